"""How lesson 03 is marked: the size of a map, padding, and convolution with both."""

import numpy as np

from autograder.declare import Exercise, Window, case, grid, pixels


def correlate(image, kernel, row_step=1, column_step=1):
    """Slide a kernel over an image of two or three axes; the mistakes below bend this."""
    height, width = kernel.shape[:2]
    return np.array(
        [
            [
                np.sum(image[r : r + height, c : c + width] * kernel)
                for c in range(0, image.shape[1] - width + 1, column_step)
            ]
            for r in range(0, image.shape[0] - height + 1, row_step)
        ]
    )


def frame(image, top, bottom, left, right, mode="constant"):
    """Pad the two spatial axes, each side by its own width."""
    widths = ((top, bottom), (left, right)) + ((0, 0),) * (image.ndim - 2)
    return np.pad(image, widths, mode=mode)


def ring(image, padding, mode="constant"):
    """Pad all four sides alike."""
    return frame(image, padding, padding, padding, padding, mode)


def layer(image, filters, biases, row_step=1, column_step=1):
    """One map per filter, stacked behind one another."""
    maps = [correlate(image, one, row_step, column_step) for one in filters]
    return np.stack(maps, axis=-1) + biases


def must_fit(size, kernel_size, padding):
    """Refuse a kernel that is larger than the padded image."""
    if size + 2 * padding < kernel_size:
        raise ValueError("the kernel does not fit")


# --- output_size ---------------------------------------------------------------------------

output_size = Exercise(
    "output_size",
    points=2,
    minutes=11,
    hints=(
        "The first window always starts at the first pixel. How much room is left for it to "
        "move? How many whole steps fit in that room?",
        "Padding makes the row longer on both ends. The room is the longer row minus one "
        "kernel. Count the whole steps in it, then count the position where you started. "
        "No room for even one window is an error, not a number.",
        "Size 10, kernel 3, stride 3, padding 1: the row is 12 long, the room is 9, so 3 "
        "whole steps fit, plus the start: 4 windows.",
    ),
)


@output_size.cases
def output_size_cases(rng):
    kernel = int(rng.integers(2, 6))
    room = int(rng.integers(4, 9))
    yield case("stride 1", "stride and padding left out", kernel + room, kernel)
    yield case("stride 1", "a kernel of one pixel", 3 + room, 1)
    yield case("stride 1", "a kernel exactly as long as the row", kernel + 2, kernel + 2)

    stride, steps = int(rng.integers(2, 5)), int(rng.integers(2, 6))
    yield case("a larger stride", "the steps fit exactly", kernel + stride * steps, kernel, stride)
    yield case("a larger stride", "a stride of 2", kernel + 2 * steps + 4, kernel, stride=2)

    # A rest just above nothing and one just below a whole step: rounding up,
    # rounding to the nearest and rounding down all differ.
    stride, steps = int(rng.integers(3, 6)), int(rng.integers(1, 5))
    size = kernel + stride * steps
    yield case("windows that do not fit", "one pixel left over", size + 1, kernel, stride)
    yield case(
        "windows that do not fit", "one pixel short", size + stride - 1, kernel, stride=stride
    )
    yield case(
        "windows that do not fit", "a stride longer than the row", kernel + 3, kernel, kernel + 5
    )

    padding = int(rng.integers(1, 4))
    yield case("padding", "padding with stride 1", kernel + room, kernel, padding=padding)
    yield case("padding", "padding with stride 2", 7 + 2 * steps, 3, 2, 2)
    yield case("padding", "it fits only thanks to the padding", 4, 6, 1, padding)
    yield case("padding", "the padded row is exactly one kernel", 3, 5, stride=2, padding=1)

    yield case("a kernel that does not fit", "one pixel too long", kernel + 1, kernel + 2)
    yield case("a kernel that does not fit", "much too long", kernel, kernel + 4, 1)
    yield case("a kernel that does not fit", "even with padding", 3, 8, stride=2, padding=2)


@output_size.mistake(
    "no-plus-one",
    "You get one window too few. You counted the steps, and there is one window more than there "
    "are steps: the one you start from. Count fence posts, not the gaps between them.",
)
def output_size_no_plus_one(size, kernel_size, stride=1, padding=0):
    must_fit(size, kernel_size, padding)
    return (size + 2 * padding - kernel_size) // stride


@output_size.mistake(
    "missing-parentheses",
    "Your result is far too big as soon as the stride is not 1. Only part of the room is divided: "
    "division goes before plus and minus. Put the whole room in parentheses, then divide.",
)
def output_size_missing_parentheses(size, kernel_size, stride=1, padding=0):
    must_fit(size, kernel_size, padding)
    return size + 2 * padding - kernel_size // stride + 1


@output_size.mistake(
    "plus-one-too-early",
    "With stride 1 you are right, with larger strides often one too few. The starting window is "
    "added before you divide, so it is divided too. Count the steps first, then add the start.",
)
def output_size_plus_one_too_early(size, kernel_size, stride=1, padding=0):
    must_fit(size, kernel_size, padding)
    return (size + 2 * padding - kernel_size + 1) // stride


@output_size.mistake(
    "stride-ignored",
    "Your result never changes with the stride. A longer step means fewer places to stop. How "
    "many steps of that length fit in the room the window has?",
)
def output_size_stride_ignored(size, kernel_size, stride=1, padding=0):
    must_fit(size, kernel_size, padding)
    return size + 2 * padding - kernel_size + 1


@output_size.mistake(
    "padding-ignored",
    "Your result never changes with the padding. Padding makes the row longer, so there is more "
    "room for the window to move. Where does that extra length belong in your sum?",
)
def output_size_padding_ignored(size, kernel_size, stride=1, padding=0):
    must_fit(size, kernel_size, padding)
    return max((size - kernel_size) // stride + 1, 0)


@output_size.mistake(
    "padding-once",
    "You count the padding once. It is put on both ends of the row: in front of the first pixel "
    "and behind the last. Draw a row of four pixels with padding 1 and count its length.",
)
def output_size_padding_once(size, kernel_size, stride=1, padding=0):
    must_fit(size, kernel_size, padding)
    return max((size + padding - kernel_size) // stride + 1, 0)


@output_size.mistake(
    "fraction",
    "Your result is sometimes a fraction. There is no half window: one that does not fit "
    "entirely does not count. Which kind of division leaves only whole steps?",
)
def output_size_fraction(size, kernel_size, stride=1, padding=0):
    must_fit(size, kernel_size, padding)
    return (size + 2 * padding - kernel_size) / stride + 1


@output_size.mistake(
    "rounds-up",
    "You count one window too many when the steps do not come out even. The last window hangs "
    "over the edge, and a window that does not fit entirely does not count. Round the other way.",
)
def output_size_rounds_up(size, kernel_size, stride=1, padding=0):
    must_fit(size, kernel_size, padding)
    return -((kernel_size - size - 2 * padding) // stride) + 1


@output_size.mistake(
    "rounds-to-nearest",
    "You are sometimes one too many: when more than half a step is left over. Rounding to the "
    "nearest number counts a window that hangs over the edge. Only whole steps count.",
)
def output_size_rounds_to_nearest(size, kernel_size, stride=1, padding=0):
    must_fit(size, kernel_size, padding)
    return round((size + 2 * padding - kernel_size) / stride) + 1


@output_size.mistake(
    "refuses-an-exact-fit",
    "You raise an error when the kernel is exactly as long as the row. Such a kernel does fit: "
    "in one place. Look at the comparison in your condition: what about equal?",
)
def output_size_refuses_an_exact_fit(size, kernel_size, stride=1, padding=0):
    if size + 2 * padding <= kernel_size:
        raise ValueError("the kernel does not fit")
    return (size + 2 * padding - kernel_size) // stride + 1


@output_size.mistake(
    "refuses-before-padding",
    "You raise an error for a kernel that would fit after padding. The window slides over the "
    "padded row. Compare the kernel with that length, not with the bare size.",
)
def output_size_refuses_before_padding(size, kernel_size, stride=1, padding=0):
    must_fit(size, kernel_size, 0)
    return (size + 2 * padding - kernel_size) // stride + 1


@output_size.mistake(
    "zero-instead-of-error",
    "You return 0 when the kernel does not fit. Zero would travel on and cause an odd error "
    "far away. Here a clear ValueError is asked, at the place where things go wrong.",
)
def output_size_zero_instead_of_error(size, kernel_size, stride=1, padding=0):
    return max((size + 2 * padding - kernel_size) // stride + 1, 0)


@output_size.mistake(
    "no-error",
    "You return a number even when the kernel is longer than the padded row: zero or less. No "
    "window fits there. Check for that first, and raise a ValueError.",
)
def output_size_no_error(size, kernel_size, stride=1, padding=0):
    return (size + 2 * padding - kernel_size) // stride + 1


@output_size.mistake(
    "float",
    "Your numbers are right, but they are floats: 5.0 instead of 5. A size is an int, or else it "
    "can't be used in `np.zeros` or `range`. Is there a division that gives ints?",
)
def output_size_float(size, kernel_size, stride=1, padding=0):
    must_fit(size, kernel_size, padding)
    return float((size + 2 * padding - kernel_size) // stride + 1)


# --- pad -----------------------------------------------------------------------------------

pad = Exercise(
    "pad",
    points=2,
    minutes=7,
    hints=(
        "Think of a larger, empty sheet of paper, and the image laid in its middle.",
        "Make an array of zeros with the new height and width, and with the same channels if "
        "there are any. Then copy the image to the rows and columns where it belongs. Say "
        "where the copy ends by counting from its start: that also works for padding 0.",
        "A 2×3 image with padding 1 becomes 4×5. The image fills rows 1 and 2, columns 1, 2 "
        "and 3. A 2×3×4 image becomes 4×5×4: still 4 channels.",
    ),
)


@pad.cases
def pad_cases(rng):
    # No zeros in the images: an image's own zero would look like padding.
    def signed(shape):
        return grid(rng, shape, 0.25, 2.0) * rng.choice([-1.0, 1.0], size=shape)

    yield case("grey images", "a 2×3 image, padding 1", signed((2, 3)), 1)
    yield case("grey images", "a 5×3 image, padding 2", signed((5, 3)) / 3, 2)
    yield case("grey images", "a 3×4 image, padding 3", signed((3, 4)), padding=3)
    yield case("images with channels", "a 3×4×3 image, padding 1", signed((3, 4, 3)), 1)
    yield case("images with channels", "a 4×2×5 image, padding 2", signed((4, 2, 5)), 2)
    yield case("no padding and much", "a 3×4 image, padding 0", signed((3, 4)), 0)
    yield case("no padding and much", "a 2×3×2 image, padding 0", signed((2, 3, 2)), padding=0)
    # Else handing the image back would be worth points.
    yield case("no padding and much", "a 2×1 image, padding 4", signed((2, 1)), 4)
    yield case(
        "other kinds of arrays", "whole numbers 1–255", pixels(rng, (3, 2)) | np.uint8(1), 1
    )
    yield case(
        "other kinds of arrays", "a float32 image", signed((2, 4)).astype(np.float32), padding=2
    )
    yield case("other kinds of arrays", "every second column", signed((3, 6))[:, ::2], 1)
    yield case("other kinds of arrays", "Fortran order", np.asfortranarray(signed((3, 4, 2))), 1)


@pad.mistake(
    "channels-padded",
    "Your result has more channels than the image. You padded all axes, also the channels. Only "
    "rows and columns grow. Look at the last number of your result's shape.",
)
def pad_channels_padded(image, padding):
    return np.pad(image, padding)


@pad.mistake(
    "grey-only",
    "Right for grey images, but yours stops at images with channels. They have three axes. The "
    "first two grow, the third stays as it is.",
)
def pad_grey_only(image, padding):
    return np.pad(image, ((padding, padding), (padding, padding)))


@pad.mistake(
    "channels-expected",
    "Right for images with channels, but yours stops at grey images. They have two axes, and no "
    "channels to keep. Find out first how many axes there are.",
)
def pad_channels_expected(image, padding):
    return np.pad(image, ((padding, padding), (padding, padding), (0, 0)))


@pad.mistake(
    "edge-repeated",
    "You repeat the pixels at the edge. That is another kind of padding, and sometimes a good "
    "one, but here the new pixels are all zero.",
)
def pad_edge_repeated(image, padding):
    return ring(image, padding, "edge")


@pad.mistake(
    "mirrored",
    "Your border mirrors the image. That is another kind of padding, and sometimes a good one, "
    "but here the new pixels are all zero.",
)
def pad_mirrored(image, padding):
    return ring(image, padding, "reflect")


@pad.mistake(
    "mirrored-with-edge",
    "Your border mirrors the image, its edge included. That is another kind of padding. Here the "
    "new pixels are all zero.",
)
def pad_mirrored_with_edge(image, padding):
    return ring(image, padding, "symmetric")


@pad.mistake(
    "wrapped-around",
    "Your border shows the opposite side of the image, as if it were bent into a ring. Here the "
    "new pixels are all zero.",
)
def pad_wrapped_around(image, padding):
    return ring(image, padding, "wrap")


@pad.mistake(
    "ones",
    "Your border is filled with ones. Zero padding adds zeros, so that whatever weight lies "
    "there, the product adds nothing to the sum.",
)
def pad_ones(image, padding):
    return np.where(ring(np.ones(image.shape), padding) == 1, ring(image, padding), 1)


@pad.mistake(
    "bottom-right-only",
    "Your zeros are only below and to the right. The image must lie in the middle: as many new "
    "rows above as below, as many new columns left as right.",
)
def pad_bottom_right_only(image, padding):
    return frame(image, 0, padding, 0, padding)


@pad.mistake(
    "top-left-only",
    "Your zeros are only above and to the left. All four sides get the same padding. How many "
    "rows and columns does the result need?",
)
def pad_top_left_only(image, padding):
    return frame(image, padding, 0, padding, 0)


@pad.mistake(
    "in-a-corner",
    "Your result has the right size, but the image sits in its top left corner. It belongs in "
    "the middle. In which row and which column does it start?",
)
def pad_in_a_corner(image, padding):
    return frame(image, 0, 2 * padding, 0, 2 * padding)


@pad.mistake(
    "rows-only",
    "You added rows above and below, but no columns left and right. Both spatial axes grow.",
)
def pad_rows_only(image, padding):
    return frame(image, padding, padding, 0, 0)


@pad.mistake(
    "columns-only",
    "You added columns left and right, but no rows above and below. Both spatial axes grow.",
)
def pad_columns_only(image, padding):
    return frame(image, 0, 0, padding, padding)


@pad.mistake(
    "twice-too-wide",
    "Your border is twice as wide as asked. The padding is the width on each side. The total "
    "growth is twice that, shared by two sides.",
)
def pad_twice_too_wide(image, padding):
    return ring(image, 2 * padding)


@pad.mistake(
    "always-one",
    "You always add one ring of zeros, whatever the padding is. Padding 0 adds none, padding 2 "
    "adds two. Which number in your code should be the argument?",
)
def pad_always_one(image, padding):
    return ring(image, 1)


@pad.mistake(
    "whole-numbers",
    "The border is right, but the pixels have lost their fractions. You copied them into an array "
    "of whole numbers. Look at the dtype of the array you start from.",
)
def pad_whole_numbers(image, padding):
    return ring(image, padding).astype(np.int64)


@pad.mistake(
    "empty-when-zero",
    "Padding 0 goes wrong. A slice that ends at minus zero ends at zero, so "
    "nothing is left in it. Say the end by counting from the start instead.",
)
def pad_empty_when_zero(image, padding):
    padded = np.zeros_like(ring(image, padding))
    padded[padding:-padding, padding:-padding] = image
    return padded


# --- convolve2d ----------------------------------------------------------------------------

# What lesson 02 can do already is worth little here: the steps and the ring are new.
NEW = {"stride": 2.0, "padding": 2.0, "stride and padding": 3.0, "gives the same answer twice": 0.5}

convolve2d = Exercise(
    "convolve2d",
    points=4,
    minutes=11,
    weights=NEW,
    hints=(
        "Pad first. Then it is the convolution you know, only that the window's corner jumps.",
        "Ask `output_size` for both sides of the map. For each cell of the map, find the window's "
        "top left corner in the padded image: how does it follow from the cell's row, column and "
        "the stride? Then multiply and sum as ever.",
        "Stride 3: cell (0, 0) looks from pixel (0, 0), cell (0, 1) from pixel (0, 3), cell "
        "(2, 1) from pixel (6, 3).",
    ),
    window=Window(of="image", kernel="kernel", stride="stride", padding="padding"),
)


@convolve2d.cases
def convolve2d_cases(rng):
    # Thirds, so that nothing may be rounded.
    yield case("stride 1, no padding", "3×3 on 5×6", grid(rng, (5, 6)) / 3, grid(rng, (3, 3)))
    yield case("stride 1, no padding", "2×3 on 6×5", grid(rng, (6, 5)), grid(rng, (2, 3)))
    yield case("stride", "3×3 on 7×9, stride 2", grid(rng, (7, 9)), grid(rng, (3, 3)), 2)
    yield case("stride", "2×2 on 8×5, stride 3", grid(rng, (8, 5)), grid(rng, (2, 2)), stride=3)
    yield case("padding", "3×3 on 4×5, padding 1", grid(rng, (4, 5)), grid(rng, (3, 3)), padding=1)
    yield case("padding", "2×3 on 4×3, padding 2", grid(rng, (4, 3)), grid(rng, (2, 3)), 1, 2)
    yield case(
        "stride and padding",
        "3×3 on 5×7, stride 2, padding 1",
        grid(rng, (5, 7)),
        grid(rng, (3, 3)),
        2,
        1,
    )
    yield case(
        "stride and padding",
        "3×2 on 7×6, stride 3, padding 2",
        grid(rng, (7, 6)),
        grid(rng, (3, 2)),
        padding=2,
        stride=3,
    )
    yield case(
        "windows that do not fit", "3×3 on 8×6, stride 2", grid(rng, (8, 6)), grid(rng, (3, 3)), 2
    )
    yield case(
        "windows that do not fit", "2×3 on 7×9, stride 4", grid(rng, (7, 9)), grid(rng, (2, 3)), 4
    )
    # Odd pixels and one weight of an eighth: no sum is a whole number.
    yield case(
        "other kinds of arrays",
        "whole numbers, a kernel of fractions, stride 2",
        pixels(rng, (4, 6)) | np.uint8(1),
        rng.permutation(np.array([0.25, 0.25, 0.25, 0.125])).reshape(2, 2),
        2,
    )
    yield case(
        "other kinds of arrays",
        "float32, every second column, padding 1",
        grid(rng, (4, 8)).astype(np.float32)[:, ::2],
        grid(rng, (3, 2)).astype(np.float32),
        padding=1,
    )
    yield case(
        "other kinds of arrays",
        "Fortran order, stride 2",
        np.asfortranarray(grid(rng, (6, 5))),
        np.asfortranarray(grid(rng, (2, 3))),
        stride=2,
    )


@convolve2d.mistake(
    "flipped-kernel",
    "Your kernel is turned upside down and back to front. In this course the kernel is not "
    "flipped: its top left weight meets the window's top left pixel.",
)
def convolve2d_flipped_kernel(image, kernel, stride=1, padding=0):
    return correlate(ring(image, padding), kernel[::-1, ::-1], stride, stride)


@convolve2d.mistake(
    "average",
    "Your values are too small by the number of weights in the kernel. You take the mean of the "
    "products. A convolution takes their sum.",
)
def convolve2d_average(image, kernel, stride=1, padding=0):
    return correlate(ring(image, padding), kernel, stride, stride) / kernel.size


@convolve2d.mistake(
    "pixels-skipped",
    "You took every so-many-th pixel first and convolved what was left. A stride moves the window; "
    "inside the window the pixels stay neighbours, and all of them count.",
)
def convolve2d_pixels_skipped(image, kernel, stride=1, padding=0):
    return correlate(ring(image, padding)[::stride, ::stride], kernel)


@convolve2d.mistake(
    "corner-not-multiplied",
    "Your map has the right size, but every window is only one pixel from the last. The cell's "
    "row and column count windows. Where in the image does window number 1 begin?",
)
def convolve2d_corner_not_multiplied(image, kernel, stride=1, padding=0):
    every = correlate(ring(image, padding), kernel)
    return every[: (len(every) - 1) // stride + 1, : (every.shape[1] - 1) // stride + 1]


@convolve2d.mistake(
    "stride-ignored",
    "Your map is as large as with stride 1. The stride is how far the window moves from one cell "
    "of the map to the next. Where does your code use it?",
)
def convolve2d_stride_ignored(image, kernel, stride=1, padding=0):
    return correlate(ring(image, padding), kernel)


@convolve2d.mistake(
    "stride-down-only",
    "The window jumps downwards but creeps sideways: your map is too wide. The stride is the "
    "same on both axes.",
)
def convolve2d_stride_down_only(image, kernel, stride=1, padding=0):
    return correlate(ring(image, padding), kernel, stride, 1)


@convolve2d.mistake(
    "stride-across-only",
    "The window jumps sideways but creeps downwards: your map is too high. The stride is the "
    "same on both axes.",
)
def convolve2d_stride_across_only(image, kernel, stride=1, padding=0):
    return correlate(ring(image, padding), kernel, 1, stride)


@convolve2d.mistake(
    "kernel-steps",
    "Your windows lie side by side and never overlap: you step by the kernel's size. The step is "
    "the stride, whatever the kernel is.",
)
def convolve2d_kernel_steps(image, kernel, stride=1, padding=0):
    return correlate(ring(image, padding), kernel, *kernel.shape)


@convolve2d.mistake(
    "last-window-missing",
    "Your map lacks its last row and column whenever the steps fit exactly. The window may "
    "touch the edge. Remember that `range` stops before its end.",
)
def convolve2d_last_window_missing(image, kernel, stride=1, padding=0):
    return correlate(ring(image, padding)[:-1, :-1], kernel, stride, stride)


@convolve2d.mistake(
    "hanging-windows",
    "Your map has a row or column too many when the steps do not fit. Windows that hang over "
    "the edge are counted too. One that does not fit entirely does not count.",
)
def convolve2d_hanging_windows(image, kernel, stride=1, padding=0):
    padded = ring(image, padding)
    below, right = ((k - n) % stride for n, k in zip(padded.shape, kernel.shape, strict=True))
    return correlate(frame(padded, 0, below, 0, right), kernel, stride, stride)


@convolve2d.mistake(
    "result-padded",
    "You put the ring of zeros around the map. It belongs around the image, before the kernel "
    "slides, so that the kernel can reach over the edge.",
)
def convolve2d_result_padded(image, kernel, stride=1, padding=0):
    return ring(correlate(image, kernel, stride, stride), padding)


@convolve2d.mistake(
    "padding-ignored",
    "Your map is as small as without padding. Lay the image in its ring of zeros first, and let "
    "the window slide over that.",
)
def convolve2d_padding_ignored(image, kernel, stride=1, padding=0):
    return correlate(image, kernel, stride, stride)


@convolve2d.mistake(
    "padding-top-left-only",
    "Your map is too small with padding: the zeros are only above and to the left. All four "
    "sides get them.",
)
def convolve2d_padding_top_left_only(image, kernel, stride=1, padding=0):
    return correlate(frame(image, padding, 0, padding, 0), kernel, stride, stride)


@convolve2d.mistake(
    "edge-repeated",
    "The middle of your map is right and its border is not: you pad with copies of the edge. "
    "Here padding is zeros.",
)
def convolve2d_edge_repeated(image, kernel, stride=1, padding=0):
    return correlate(ring(image, padding, "edge"), kernel, stride, stride)


@convolve2d.mistake(
    "whole-numbers",
    "With a whole-number image your map has lost its fractions. You store the sums in an array "
    "of the image's own dtype. Use one for floats.",
)
def convolve2d_whole_numbers(image, kernel, stride=1, padding=0):
    return correlate(ring(image, padding), kernel, stride, stride).astype(image.dtype)


# --- convolution_layer ---------------------------------------------------------------------

convolution_layer = Exercise(
    "convolution_layer",
    points=3,
    minutes=12,
    weights=NEW,
    hints=(
        "How many maps does a layer with five filters give? Make one map at a time, then stack "
        "them.",
        "One filter has as many channels as the image. Multiply window and filter, sum over "
        "rows, columns and channels: one number. Add that filter's bias, once. Or use your "
        "`convolve2d` for each channel and add the maps up.",
        "Image 5×5×3, four filters 3×3×3, stride 2: each map is 2×2, and the result is 2×2×4. "
        "Cell (1, 0, 2) sums 27 products of filter 2 and adds bias 2.",
    ),
    window=Window(of="image", kernel="filters", stride="stride", padding="padding"),
)


@convolution_layer.cases
def convolution_layer_cases(rng):
    # Biases that are never zero and never equal, larger than any chance.
    def biases(count):
        return rng.permutation(np.arange(1, count + 1)) * 1.25 + 3.0

    def arguments(image, filters):
        return grid(rng, image), grid(rng, filters), biases(filters[0])

    image, filters, bias = arguments((6, 5, 3), (2, 3, 3, 3))
    yield case("stride 1, no padding", "two 3×3×3", image / 3, filters, bias)
    yield case("stride 1, no padding", "one filter", *arguments((4, 5, 2), (1, 2, 3, 2)))
    # Each bias is below any possible sum of 18 products, so every value is negative.
    image, filters, _ = arguments((4, 4, 2), (3, 3, 3, 2))
    yield case("negative values stay", "three filters", image, filters, -100.0 - biases(3))
    yield case("stride", "three 3×3×2, stride 2", *arguments((7, 5, 2), (3, 3, 3, 2)), stride=2)
    yield case("stride", "four 2×2×3, stride 3", *arguments((6, 8, 3), (4, 2, 2, 3)), 3)
    yield case("padding", "two 3×3×3, padding 1", *arguments((3, 4, 3), (2, 3, 3, 3)), padding=1)
    yield case("padding", "three 2×3×1, padding 2", *arguments((3, 3, 1), (3, 2, 3, 1)), 1, 2)
    yield case(
        "stride and padding",
        "four 3×2×2, stride 2, padding 1",
        *arguments((5, 6, 2), (4, 3, 2, 2)),
        padding=1,
        stride=2,
    )
    yield case(
        "stride and padding",
        "two 3×3×3, stride 3, padding 2",
        *arguments((5, 6, 3), (2, 3, 3, 3)),
        3,
        2,
    )
    yield case(
        "other kinds of arrays",
        "whole numbers, filters of fractions",
        pixels(rng, (4, 4, 3)),
        grid(rng, (2, 2, 2, 3), 0.25, 1.75, 0.5),
        biases(2) + 0.125,
        2,
    )
    image, filters, bias = arguments((5, 8, 2), (3, 3, 3, 2))
    yield case(
        "other kinds of arrays",
        "float32, every second column",
        image.astype(np.float32)[:, ::2],
        np.asfortranarray(filters.astype(np.float32)),
        bias.astype(np.float32),
        padding=1,
    )


@convolution_layer.mistake(
    "bias-forgotten",
    "Each of your maps is off by one number that is the same everywhere in it. The biases are "
    "missing: one per filter, added to every cell of its map.",
)
def convolution_layer_bias_forgotten(image, filters, biases, stride=1, padding=0):
    return layer(ring(image, padding), filters, 0.0, stride, stride)


@convolution_layer.mistake(
    "bias-subtracted",
    "Your maps are off by twice the bias. It is taken away where it should be added.",
)
def convolution_layer_bias_subtracted(image, filters, biases, stride=1, padding=0):
    return layer(ring(image, padding), filters, -biases, stride, stride)


@convolution_layer.mistake(
    "first-bias-for-all",
    "The first map is right, the others are off by a constant. All of them got the first bias. "
    "Each filter has its own.",
)
def convolution_layer_first_bias_for_all(image, filters, biases, stride=1, padding=0):
    return layer(ring(image, padding), filters, biases[0], stride, stride)


@convolution_layer.mistake(
    "all-biases-for-each",
    "Every map got the sum of all biases. Each filter has one bias of its own, at its own index.",
)
def convolution_layer_all_biases_for_each(image, filters, biases, stride=1, padding=0):
    return layer(ring(image, padding), filters, biases.sum(), stride, stride)


@convolution_layer.mistake(
    "bias-per-channel",
    "Your maps are too large by a few biases. You add the bias once for every channel. Sum the "
    "channels first; then add it once.",
)
def convolution_layer_bias_per_channel(image, filters, biases, stride=1, padding=0):
    return layer(ring(image, padding), filters, biases * image.shape[2], stride, stride)


@convolution_layer.mistake(
    "relu-inside",
    "Your negative values have become 0. That is ReLU, a step of its own that comes after this "
    "one. The layer asked for here has no activation inside.",
)
def convolution_layer_relu_inside(image, filters, biases, stride=1, padding=0):
    return np.maximum(layer(ring(image, padding), filters, biases, stride, stride), 0)


@convolution_layer.mistake(
    "maps-first",
    "Your numbers are right but the axes are not: yours is (filters, rows, columns). Here the "
    "maps come last: (rows, columns, filters).",
)
def convolution_layer_maps_first(image, filters, biases, stride=1, padding=0):
    return np.moveaxis(layer(ring(image, padding), filters, biases, stride, stride), -1, 0)


@convolution_layer.mistake(
    "maps-reshaped",
    "Your maps are torn apart: the shape is right, but numbers of one map stand in others. "
    "`reshape` only deals the same numbers out anew. To bring the maps' axis to the end, move it "
    "or stack along the last axis.",
)
def convolution_layer_maps_reshaped(image, filters, biases, stride=1, padding=0):
    maps = layer(ring(image, padding), filters, biases, stride, stride)
    return np.moveaxis(maps, -1, 0).reshape(maps.shape)


@convolution_layer.mistake(
    "first-channel-only",
    "Your maps use only the first channel of the image. Each filter has weights for all "
    "channels, and all their products go into one sum.",
)
def convolution_layer_first_channel_only(image, filters, biases, stride=1, padding=0):
    return layer(ring(image, padding)[..., :1], filters[..., :1], biases, stride, stride)


@convolution_layer.mistake(
    "channels-averaged",
    "Before the bias, your values are too small by the number of channels. You take the mean over "
    "the channels. Convolution sums them.",
)
def convolution_layer_channels_averaged(image, filters, biases, stride=1, padding=0):
    return layer(ring(image, padding), filters / image.shape[2], biases, stride, stride)


@convolution_layer.mistake(
    "channels-reversed",
    "Your filters meet the channels in reverse order, red with blue. Channel 0 of the filter "
    "belongs to channel 0 of the image.",
)
def convolution_layer_channels_reversed(image, filters, biases, stride=1, padding=0):
    return layer(ring(image, padding), filters[..., ::-1], biases, stride, stride)


@convolution_layer.mistake(
    "flipped-filters",
    "Your filters are turned upside down and back to front. In this course they are not flipped: "
    "top left weight meets top left pixel.",
)
def convolution_layer_flipped_filters(image, filters, biases, stride=1, padding=0):
    return layer(ring(image, padding), filters[:, ::-1, ::-1], biases, stride, stride)


@convolution_layer.mistake(
    "last-filter-only",
    "All your maps show the last filter. Each pass of the loop writes over the ones before. Where "
    "does each filter's map have its own place?",
)
def convolution_layer_last_filter_only(image, filters, biases, stride=1, padding=0):
    last = np.broadcast_to(filters[-1], filters.shape)
    return layer(ring(image, padding), last, biases[-1], stride, stride)


@convolution_layer.mistake(
    "corner-not-multiplied",
    "Your maps have the right size, but every window is only one pixel from the last. Where in "
    "the image does window number 1 begin?",
)
def convolution_layer_corner_not_multiplied(image, filters, biases, stride=1, padding=0):
    every = layer(ring(image, padding), filters, biases)
    return every[: (len(every) - 1) // stride + 1, : (every.shape[1] - 1) // stride + 1]


@convolution_layer.mistake(
    "stride-ignored",
    "Your maps are as large as with stride 1. If you call another function for the work, does "
    "it get the stride?",
)
def convolution_layer_stride_ignored(image, filters, biases, stride=1, padding=0):
    return layer(ring(image, padding), filters, biases)


@convolution_layer.mistake(
    "padding-ignored",
    "Your maps are as small as without padding. If you call another function for the work, does "
    "it get the padding?",
)
def convolution_layer_padding_ignored(image, filters, biases, stride=1, padding=0):
    return layer(image, filters, biases, stride, stride)


@convolution_layer.mistake(
    "whole-numbers",
    "With a whole-number image your maps have lost their fractions. You store the sums in an "
    "array of the image's own dtype. Use one for floats.",
)
def convolution_layer_whole_numbers(image, filters, biases, stride=1, padding=0):
    result = layer(ring(image, padding), filters, biases, stride, stride)
    return np.trunc(result) if image.dtype.kind in "iu" else result
