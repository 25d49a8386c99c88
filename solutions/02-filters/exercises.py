"""How lesson 02 is marked: one window, a whole map, ReLU, channels, a layer."""

import numpy as np

from autograder.declare import Exercise, Window, case, grid

# The image and the filter that the lesson works through by hand.
IMAGE = np.array(
    [
        [3.0, 0.0, 1.0, 2.0, 7.0, 4.0],
        [1.0, 5.0, 8.0, 9.0, 3.0, 1.0],
        [2.0, 7.0, 2.0, 5.0, 1.0, 3.0],
        [0.0, 1.0, 3.0, 1.0, 7.0, 8.0],
        [4.0, 2.0, 1.0, 6.0, 2.0, 8.0],
        [2.0, 4.0, 5.0, 2.0, 3.0, 9.0],
    ]
)
EDGE = np.array([[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]])


def windows(image, height, width):
    """Every window of this size, as (rows, columns, height, width, ...)."""
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    return np.array(
        [
            [image[r : r + height, c : c + width] for c in range(columns)]
            for r in range(rows)
        ]
    )


def correlate(image, kernel):
    """Slide a kernel over an image of two or three axes; the mistakes below bend this."""
    products = windows(image, *kernel.shape[:2]) * kernel
    return products.sum(axis=tuple(range(2, products.ndim)))


def layer(image, filters, biases):
    """One map per filter, stacked behind one another."""
    return np.stack([correlate(image, one) for one in filters], axis=-1) + biases


def nonzero(rng, shape):
    """Random multiples of 1/4 between −2 and 2 without a zero: every weight counts."""
    return grid(rng, shape, 0.25, 2.0) * rng.choice([-1.0, 1.0], size=shape)


# --- apply_filter ----------------------------------------------------------------------

apply_filter = Exercise(
    "apply_filter",
    points=1,
    minutes=5,
    hints=(
        "Two arrays of the same shape go in and one number comes out. Which pairs of numbers "
        "belong together?",
        "Multiply each pixel by the weight that lies on it. NumPy does this for all pairs at "
        "once when you multiply two arrays. Then add up all the products, over every axis.",
        "Patch [[1, 2], [3, 4]], kernel [[10, 0], [0, -1]]: the products are 10, 0, 0 and −4. "
        "The answer is 6.",
    ),
)


@apply_filter.cases
def apply_filter_cases(rng):
    yield case("a 3×3 window", "a corner of the lesson's image", IMAGE[:3, :3].copy(), EDGE)
    # Sevenths, so that nothing may be rounded.
    yield case("a 3×3 window", "a 3×3 window", nonzero(rng, (3, 3)) / 7, nonzero(rng, (3, 3)))
    # Weights of the opposite sign of their pixels: the sum is surely below zero.
    patch = nonzero(rng, (3, 3))
    yield case("negative sums", "a sum below zero", patch, -np.sign(patch))
    yield case("other shapes", "2 rows, 3 columns", nonzero(rng, (2, 3)) / 7, nonzero(rng, (2, 3)))
    yield case("other shapes", "5 rows, 2 columns", nonzero(rng, (5, 2)) / 7, nonzero(rng, (5, 2)))
    yield case(
        "windows with channels", "3×3 with 2 channels",
        nonzero(rng, (3, 3, 2)), nonzero(rng, (3, 3, 2)),
    )  # fmt: skip
    yield case(
        "windows with channels", "2×3 with 4 channels",
        nonzero(rng, (2, 3, 4)), nonzero(rng, (2, 3, 4)),
    )  # fmt: skip
    # An odd number of eighths, whatever the odd pixels are: never a whole number.
    yield case(
        "other kinds of arrays", "whole-number pixels, weights of fractions",
        (rng.integers(0, 100, (1, 3)) * 2 + 1).astype(np.uint8), np.array([[0.125, 0.25, 0.5]]),
    )  # fmt: skip
    yield case(
        "other kinds of arrays", "float32, every second column",
        nonzero(rng, (3, 6)).astype(np.float32)[:, ::2],
        nonzero(rng, (3, 3)).astype(np.float32),
    )  # fmt: skip
    yield case(
        "other kinds of arrays", "arguments by name, Fortran order",
        kernel=nonzero(rng, (2, 4)), patch=np.asfortranarray(nonzero(rng, (2, 4))),
    )  # fmt: skip


@apply_filter.mistake(
    "not-summed",
    "You return all the products, an array. One window gives one number: add the products up.",
)
def apply_filter_not_summed(patch, kernel):
    return patch * kernel


@apply_filter.mistake(
    "summed-over-rows-only",
    "You return a row of sums. You added along the first axis only. Add along all axes, so that "
    "one number is left.",
)
def apply_filter_summed_over_rows_only(patch, kernel):
    return np.sum(patch * kernel, axis=0)


@apply_filter.mistake(
    "channels-apart",
    "For a window with channels you return one sum for each channel. They belong in the same "
    "sum: all products, all channels, one number.",
)
def apply_filter_channels_apart(patch, kernel):
    return np.sum(patch * kernel, axis=(0, 1))


@apply_filter.mistake(
    "first-channel-only",
    "For a window with channels you use only the first one. Every channel has its own weights, "
    "and all the products count.",
)
def apply_filter_first_channel_only(patch, kernel):
    products = patch * kernel
    return float(np.sum(products if products.ndim == 2 else products[:, :, 0]))


@apply_filter.mistake(
    "flipped-kernel",
    "Your kernel is flipped: its last weight meets the first pixel. In this course the kernel "
    "lies on the window as it is, top left on top left.",
)
def apply_filter_flipped_kernel(patch, kernel):
    return float(np.sum(patch * kernel[::-1, ::-1]))


@apply_filter.mistake(
    "transposed-kernel",
    "Rows and columns of your kernel are swapped. The weight in row 0, column 2 belongs on the "
    "pixel in row 0, column 2.",
)
def apply_filter_transposed_kernel(patch, kernel):
    return float(np.sum(patch * kernel.T))


@apply_filter.mistake(
    "matrix-product",
    "You used matrix multiplication, rows times columns. Here each pixel meets just one weight: "
    "the one in the same place. Which sign multiplies place by place?",
)
def apply_filter_matrix_product(patch, kernel):
    return float(np.sum(patch @ kernel))


@apply_filter.mistake(
    "matrix-product-not-summed",
    "You return an array: a matrix product, rows times columns. Here each pixel meets just one "
    "weight, the one in the same place. Which sign multiplies place by place? Then add up.",
)
def apply_filter_matrix_product_not_summed(patch, kernel):
    return np.dot(patch, kernel)


@apply_filter.mistake(
    "mean",
    "Your number is the mean of the products: too small by the number of pixels. The sum is "
    "asked for.",
)
def apply_filter_mean(patch, kernel):
    return float(np.mean(patch * kernel))


@apply_filter.mistake(
    "added",
    "You add pixel and weight. They are multiplied; what is added are the products.",
)
def apply_filter_added(patch, kernel):
    return float(np.sum(patch + kernel))


@apply_filter.mistake(
    "sums-multiplied",
    "You add first and multiply after. The order matters: multiply each pixel by its own weight, "
    "then add. Try it by hand with two pixels.",
)
def apply_filter_sums_multiplied(patch, kernel):
    return float(np.sum(patch) * np.sum(kernel))


@apply_filter.mistake(
    "negative-products-positive",
    "You made the negative products positive. A negative weight is meant to pull the sum down. "
    "Keep the signs.",
)
def apply_filter_negative_products_positive(patch, kernel):
    return float(np.sum(np.abs(patch * kernel)))


@apply_filter.mistake(
    "relu-inside",
    "Your sums below zero have become 0. That step is called ReLU and comes later in this "
    "lesson. Here a negative sum stays negative.",
)
def apply_filter_relu_inside(patch, kernel):
    return max(0.0, float(np.sum(patch * kernel)))


@apply_filter.mistake(
    "largest-product",
    "You return the largest product. The answer is all of them added up.",
)
def apply_filter_largest_product(patch, kernel):
    return float(np.max(patch * kernel))


@apply_filter.mistake(
    "returns-too-early",
    "Only the first row counts in your sum. A `return` inside a loop ends the function at once. "
    "How far is yours indented?",
)
def apply_filter_returns_too_early(patch, kernel):
    return float(np.sum(patch[0] * kernel[0]))


@apply_filter.mistake(
    "sum-written-over",
    "You return the last product alone. Each pass of your loop writes over the sum of the passes "
    "before. Add to it.",
)
def apply_filter_sum_written_over(patch, kernel):
    return float((patch * kernel).ravel()[-1])


@apply_filter.mistake(
    "whole-number",
    "Your number has lost its fraction. Somewhere it is turned into a whole number. Where?",
)
def apply_filter_whole_number(patch, kernel):
    return int(np.sum(patch * kernel))


@apply_filter.mistake(
    "printed",
    "Your function prints the number but does not hand it back. Printing shows a value to you; "
    "`return` gives it to the code that called.",
)
def apply_filter_printed(patch, kernel):
    print(np.sum(patch * kernel))


# --- convolve2d ------------------------------------------------------------------------

convolve2d = Exercise(
    "convolve2d",
    points=4,
    minutes=12,
    hints=(
        "Start with the size. In how many rows can the window's top edge stand, and in how "
        "many columns its left edge?",
        "Make an array of float zeros of that size. Two loops visit each of its cells. The "
        "window for cell (r, c) starts at pixel (r, c) and is as high and as wide as the "
        "kernel. Let `apply_filter` do the sum.",
        "A 4×5 image and a 2×3 kernel: the top edge can stand in rows 0, 1, 2, the left edge in "
        "columns 0, 1, 2. So the map is 3×3, and cell (2, 1) looks at rows 2 to 3 and "
        "columns 1 to 3.",
    ),
    window=Window(of="image", kernel="kernel"),
)


@convolve2d.cases
def convolve2d_cases(rng):
    def pair(image, kernel):
        return nonzero(rng, image), nonzero(rng, kernel)

    yield case("the lesson's example", "the 6×6 image and the 3×3 filter", IMAGE, EDGE)
    yield case("the lesson's example", "the same image, another filter",
               IMAGE, nonzero(rng, (3, 3)))  # fmt: skip
    image, kernel = pair((5, 5), (3, 3))
    yield case("square images", "5×5, kernel 3×3", image / 3, kernel)
    yield case("square images", "4×4, kernel 2×2", *pair((4, 4), (2, 2)))
    yield case("wide and tall images", "4×7, kernel 3×3", *pair((4, 7), (3, 3)))
    yield case("wide and tall images", "6×3, kernel 2×2", *pair((6, 3), (2, 2)))
    yield case("wide and tall kernels", "5×6, kernel 2×3", *pair((5, 6), (2, 3)))
    yield case("wide and tall kernels", "6×5, kernel 4×1", *pair((6, 5), (4, 1)))
    yield case("the smallest and the largest kernel", "a kernel of one pixel",
               *pair((2, 4), (1, 1)))  # fmt: skip
    yield case("the smallest and the largest kernel", "a kernel as large as the image",
               *pair((3, 4), (3, 4)))  # fmt: skip
    # One odd pixel and an odd number of quarters on it: the first sum is surely a
    # fraction. No sum is above 255, so that cutting fractions off is all that happens.
    image = (rng.integers(1, 30, (4, 4)) * 2).astype(np.uint8)
    image[0, 0] += 1
    yield case("other kinds of arrays", "an 8-bit image, weights of fractions",
               image, np.array([[0.25, 0.5], [0.5, 0.75]]))  # fmt: skip
    yield case("other kinds of arrays", "float32, every second column",
               nonzero(rng, (4, 8)).astype(np.float32)[:, ::2],
               nonzero(rng, (2, 3)).astype(np.float32))  # fmt: skip
    yield case("other kinds of arrays", "Fortran order, arguments by name",
               kernel=np.asfortranarray(nonzero(rng, (3, 2))),
               image=np.asfortranarray(nonzero(rng, (4, 5))))  # fmt: skip


@convolve2d.mistake(
    "flipped-kernel",
    "Your filter is flipped: its last weight meets the window's first pixel. That is what "
    "mathematicians call convolution. This course, like the whole field, leaves the kernel as it "
    "is: top left on top left.",
)
def convolve2d_flipped_kernel(image, kernel):
    return correlate(image, kernel[::-1, ::-1])


@convolve2d.mistake(
    "flipped-up-down",
    "Your filter is upside down: its bottom row of weights meets the window's top row of pixels. "
    "Look at the row index of the kernel.",
)
def convolve2d_flipped_up_down(image, kernel):
    return correlate(image, kernel[::-1])


@convolve2d.mistake(
    "flipped-left-right",
    "Your filter is mirrored: its right column of weights meets the window's left column of "
    "pixels. Look at the column index of the kernel.",
)
def convolve2d_flipped_left_right(image, kernel):
    return correlate(image, kernel[:, ::-1])


@convolve2d.mistake(
    "transposed-kernel",
    "Rows and columns of your kernel are swapped. The weight in row 0, column 1 belongs on the "
    "pixel to the right of the first, not below it.",
)
def convolve2d_transposed_kernel(image, kernel):
    return correlate(image, kernel.T)


@convolve2d.mistake(
    "transposed-result",
    "Your map lies on its side: rows and columns are swapped. Which index counts rows, and does "
    "it come first?",
)
def convolve2d_transposed_result(image, kernel):
    return correlate(image, kernel).T


@convolve2d.mistake(
    "no-plus-one",
    "Your map lacks its last row and its last column. A window of 3 fits into a row of 3 once, "
    "and 3 − 3 is 0. Count the places where the window can stand, not the steps between them.",
)
def convolve2d_no_plus_one(image, kernel):
    return correlate(image, kernel)[:-1, :-1]


@convolve2d.mistake(
    "padded",
    "Your map is as large as the image. You added a border of zeros. That is called padding and "
    "belongs to the next lesson. Here a window that does not fit entirely does not count.",
)
def convolve2d_padded(image, kernel):
    h, w = kernel.shape
    top, left = (h - 1) // 2, (w - 1) // 2
    return correlate(np.pad(image, ((top, h - 1 - top), (left, w - 1 - left))), kernel)


@convolve2d.mistake(
    "too-much-room",
    "Your map is as large as the image, and its last rows and columns stay 0. Make room only for "
    "windows that fit. How many rows is that?",
)
def convolve2d_too_much_room(image, kernel):
    result = np.zeros(image.shape)
    found = correlate(image, kernel)
    result[: found.shape[0], : found.shape[1]] = found
    return result


@convolve2d.mistake(
    "centred",
    "Your map is as large as the image, with a frame of zeros. The values inside are right. "
    "Leave the frame out: cell (0, 0) belongs to the window at the top left.",
)
def convolve2d_centred(image, kernel):
    result = np.zeros(image.shape)
    found = correlate(image, kernel)
    top, left = kernel.shape[0] // 2, kernel.shape[1] // 2
    result[top : top + found.shape[0], left : left + found.shape[1]] = found
    return result


@convolve2d.mistake(
    "jumps-a-whole-window",
    "Your window jumps by its own size, so that windows never overlap. It should move by one "
    "pixel at a time.",
)
def convolve2d_jumps_a_whole_window(image, kernel):
    return correlate(image, kernel)[:: kernel.shape[0], :: kernel.shape[1]]


@convolve2d.mistake(
    "square-kernel-only",
    "You use the kernel's height as its width too. Kernels may be wide or tall: ask for both "
    "numbers of its shape.",
)
def convolve2d_square_kernel_only(image, kernel):
    size = kernel.shape[0]
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    result = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            result[r, c] = np.sum(image[r : r + size, c : c + size] * kernel)
    return result


@convolve2d.mistake(
    "square-image-only",
    "You use the image's height as its width too. Images may be wide or tall: ask for both "
    "numbers of its shape.",
)
def convolve2d_square_image_only(image, kernel):
    h, w = kernel.shape
    rows, columns = image.shape[0] - h + 1, image.shape[0] - w + 1
    result = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            result[r, c] = np.sum(image[r : r + h, c : c + w] * kernel)
    return result


@convolve2d.mistake(
    "always-three-by-three",
    "You count on a kernel of 3×3. It works for those and for no other. The kernel knows its "
    "own height and width.",
)
def convolve2d_always_three_by_three(image, kernel):
    rows, columns = image.shape[0] - 2, image.shape[1] - 2
    result = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            result[r, c] = np.sum(image[r : r + 3, c : c + 3] * kernel)
    return result


@convolve2d.mistake(
    "mean",
    "Your values are too small, all by one factor: the number of weights. You take the mean of "
    "the products. Their sum is asked for.",
)
def convolve2d_mean(image, kernel):
    return correlate(image, kernel) / kernel.size


@convolve2d.mistake(
    "matrix-product",
    "Inside the window you used matrix multiplication, rows times columns. Each pixel meets just "
    "one weight: the one in the same place.",
)
def convolve2d_matrix_product(image, kernel):
    products = windows(image, *kernel.shape) @ kernel
    return products.sum(axis=(2, 3))


@convolve2d.mistake(
    "sum-not-reset",
    "Only your first value is right; each later one has all those before it in it. The sum must "
    "start from 0 again for every window.",
)
def convolve2d_sum_not_reset(image, kernel):
    found = correlate(image, kernel)
    return np.cumsum(found.ravel()).reshape(found.shape)


@convolve2d.mistake(
    "first-row-and-column-missing",
    "The first row and the first column of your map stay 0. Counting starts at 0: so does the "
    "first window.",
)
def convolve2d_first_row_and_column_missing(image, kernel):
    result = correlate(image, kernel)
    result[0, :] = 0
    result[:, 0] = 0
    return result


@convolve2d.mistake(
    "window-one-off",
    "Your map is the right one moved by one pixel, and its last row and column are cut off. Your "
    "window starts one pixel too far to the right and too low.",
)
def convolve2d_window_one_off(image, kernel):
    return correlate(image, kernel)[1:, 1:]


@convolve2d.mistake(
    "relu-inside",
    "Your negative values have become 0. That step is called ReLU; you will write it after this "
    "one. Here negative values stay.",
)
def convolve2d_relu_inside(image, kernel):
    return np.maximum(correlate(image, kernel), 0)


@convolve2d.mistake(
    "absolute-values",
    "Your negative values have lost their sign. The sign tells which side of an edge is "
    "brighter. Keep it.",
)
def convolve2d_absolute_values(image, kernel):
    return np.abs(correlate(image, kernel))


@convolve2d.mistake(
    "whole-numbers",
    "With a whole-number image your map has lost its fractions. You store the sums in an array "
    "of the image's own dtype. Start from one that holds floats.",
)
def convolve2d_whole_numbers(image, kernel):
    return correlate(image, kernel).astype(image.dtype)


@convolve2d.mistake(
    "writes-into-image",
    "The values are right, but your function wrote them into the image. Whoever called it still "
    "needs that image. Put the results into a new array.",
)
def convolve2d_writes_into_image(image, kernel):
    result = correlate(image, kernel)
    image[: result.shape[0], : result.shape[1]] = result
    return result


# --- relu ------------------------------------------------------------------------------

relu = Exercise(
    "relu",
    points=1,
    minutes=7,
    hints=(
        "Look at one number first. What should become of 5? Of −5? Of 0?",
        "Each value is compared with 0 and the larger of the two stays. Python's `max` compares "
        "two numbers. NumPy has a function that compares value by value. It is not `np.max`, "
        "which finds one number for the whole array.",
        "[[-2, 0.5], [3, -0.25]] becomes [[0, 0.5], [3, 0]]: the shape stays, and so do the "
        "positive values.",
    ),
)


@relu.cases
def relu_cases(rng):
    # Surely a value below zero, one above 1 and one with a fraction in each array.
    def mixed(shape):
        values = nonzero(rng, shape)
        flat = values.ravel()
        flat[0], flat[1], flat[-1] = -1.75, 1.75, -0.25
        return values

    yield case("positive and negative values", "a 3×4 map", mixed((3, 4)))
    yield case("positive and negative values", "all negative", -np.abs(nonzero(rng, (2, 3))))
    yield case("positive and negative values", "all positive",
               np.abs(nonzero(rng, (3, 2))) * 1000 + 250)  # fmt: skip
    yield case("zeros", "zeros among the values",
               rng.permutation([0.0, -1.5, 2.0, 0.75, 0.0, -0.25]).reshape(2, 3))  # fmt: skip
    # Thirds, so that nothing may be rounded.
    yield case("any shape", "a single row", mixed((5,)) / 3)
    yield case("any shape", "three maps of 3×2", mixed((3, 2, 3)))
    yield case("any shape", "a batch", mixed((2, 2, 3, 2)))
    yield case("other kinds of arrays", "whole numbers", rng.permutation(np.arange(-4, 5)))
    yield case("other kinds of arrays", "float32, every second column",
               mixed((2, 8)).astype(np.float32)[:, ::2])  # fmt: skip
    yield case("other kinds of arrays", "Fortran order, by name",
               x=np.asfortranarray(mixed((3, 4))))  # fmt: skip


@relu.mistake(
    "absolute-values",
    "You made negative values positive: −2 became 2. ReLU makes them 0.",
)
def relu_absolute_values(x):
    return np.abs(x)


@relu.mistake(
    "wrong-side",
    "You kept the negative values and made the positive ones 0. It is the other way round: the "
    "larger of x and 0 stays.",
)
def relu_wrong_side(x):
    return np.minimum(x, 0)


@relu.mistake(
    "sign-lost-and-turned",
    "Your result is what ReLU makes of −x. Positive values should stay, negative ones become 0.",
)
def relu_sign_lost_and_turned(x):
    return np.maximum(-x, 0)


@relu.mistake(
    "unchanged",
    "Your function returns its argument as it came: negative values are still there. They should "
    "become 0.",
)
def relu_unchanged(x):
    return x


@relu.mistake(
    "zero-or-one",
    "You return only zeros and ones (or True and False): whether a value is positive. ReLU keeps "
    "the positive value itself.",
)
def relu_zero_or_one(x):
    return (x > 0).astype(float)


@relu.mistake(
    "capped-at-one",
    "Your values above 1 have become 1. ReLU has a floor at 0 and no ceiling.",
)
def relu_capped_at_one(x):
    return np.clip(x, 0, 1)


@relu.mistake(
    "leaky",
    "Your negative values have become small, not 0. That is a relative of ReLU, called leaky "
    "ReLU. Here they become exactly 0.",
)
def relu_leaky(x):
    return np.where(x > 0, x, 0.01 * x)


@relu.mistake(
    "negatives-dropped",
    "You left the negative values out, and the shape went with them. They should stay in their "
    "places, as zeros.",
)
def relu_negatives_dropped(x):
    return x[x > 0]


@relu.mistake(
    "pythons-max",
    "Python's `max` compares two numbers, not two arrays: it asks whether a whole array is larger "
    "than 0, and that has no single answer. NumPy has a function that does it value by value.",
)
def relu_pythons_max(x):
    return max(x, 0)


@relu.mistake(
    "largest-value-only",
    "You return one number, the largest of all. `np.max` looks through a whole array. Look for "
    "its relative that compares two arrays value by value.",
)
def relu_largest_value_only(x):
    return max(float(np.max(x)), 0.0)


@relu.mistake(
    "largest-of-each-column",
    "Your result has lost its first axis. In `np.max(x, 0)` the 0 is an axis, not a number to "
    "compare with: it gives the largest value of each column. Look for its relative that compares "
    "value by value.",
)
def relu_largest_of_each_column(x):
    return np.max(x, 0)


@relu.mistake(
    "shifted",
    "You moved all values up until the smallest is 0. ReLU leaves positive values alone and only "
    "changes negative ones.",
)
def relu_shifted(x):
    return x - np.min(x)


@relu.mistake(
    "floor-at-one",
    "Your values below 1 have become 1. The floor is 0.",
)
def relu_floor_at_one(x):
    return np.maximum(x, 1)


@relu.mistake(
    "whole-numbers",
    "Your positive values have lost their fractions. Look for a place where they are turned into "
    "whole numbers, or an array that holds only those.",
)
def relu_whole_numbers(x):
    return np.maximum(x, 0).astype(np.int64)


@relu.mistake(
    "last-axis-only",
    "Your result is smaller than the argument: one value for each row. Compare value by value and "
    "keep the shape.",
)
def relu_last_axis_only(x):
    return np.maximum(np.max(x, axis=-1), 0)


@relu.mistake(
    "changes-its-argument",
    "The values are right, but the array that came in was changed too. `x[...] = 0` writes into "
    "the caller's array. Make a new one.",
)
def relu_changes_its_argument(x):
    x[x < 0] = 0
    return x


# --- convolve_channels -----------------------------------------------------------------

convolve_channels = Exercise(
    "convolve_channels",
    points=2,
    minutes=5,
    hints=(
        "A window of a colour image is a small box: rows, columns, channels. The kernel is a box "
        "of the same size. What did you do with a window before?",
        "There are two ways. Cut the box out and multiply and sum it all, as `apply_filter` can "
        "already do. Or run `convolve2d` on each channel with that channel's weights, and add "
        "the maps.",
        "A 2×2×2 window with ones in channel 0 and twos in channel 1, weights 1 and 10: channel "
        "0 gives 4, channel 1 gives 80. The map's cell is 84.",
    ),
    window=Window(of="image", kernel="kernel"),
)


@convolve_channels.cases
def convolve_channels_cases(rng):
    def pair(image, kernel):
        return nonzero(rng, image), nonzero(rng, kernel)

    image, kernel = pair((5, 5, 3), (3, 3, 3))
    yield case("three channels", "5×5×3, kernel 3×3×3", image / 3, kernel)
    yield case("three channels", "4×6×3, kernel 2×2×3", *pair((4, 6, 3), (2, 2, 3)))
    yield case("other numbers of channels", "4×4×2, kernel 3×3×2", *pair((4, 4, 2), (3, 3, 2)))
    yield case("other numbers of channels", "5×4×5, kernel 2×2×5", *pair((5, 4, 5), (2, 2, 5)))
    yield case("other numbers of channels", "one channel", *pair((4, 5, 1), (3, 2, 1)))
    yield case("wide and tall kernels", "5×6×3, kernel 2×4×3", *pair((5, 6, 3), (2, 4, 3)))
    yield case("wide and tall kernels", "5×4×4, kernel 3×1×4", *pair((5, 4, 4), (3, 1, 4)))
    # As in convolve2d: a fraction in the first window, and no sum above 255.
    image = (rng.integers(0, 10, (3, 4, 2)) * 2).astype(np.uint8)
    image[0, 0, 0] += 1
    weights = np.array([[0.25, 0.5], [0.75, 0.5]])
    yield case("other kinds of arrays", "an 8-bit image, weights of fractions",
               image, np.stack([weights, weights[::-1] + 1], axis=2))  # fmt: skip
    image, kernel = pair((4, 8, 3), (2, 3, 3))
    yield case("other kinds of arrays", "float32, every second column",
               image.astype(np.float32)[:, ::2], kernel.astype(np.float32))  # fmt: skip
    image, kernel = pair((4, 5, 3), (3, 2, 3))
    yield case("other kinds of arrays", "Fortran order, arguments by name",
               kernel=np.asfortranarray(kernel), image=np.asfortranarray(image))  # fmt: skip


@convolve_channels.mistake(
    "channels-apart",
    "You return one map for each channel. They belong together: add them up, and one map is left.",
)
def convolve_channels_channels_apart(image, kernel):
    channels = range(image.shape[2])
    return np.stack([correlate(image[..., c], kernel[..., c]) for c in channels], axis=-1)


@convolve_channels.mistake(
    "first-channel-only",
    "Only the first channel counts in your map. Each channel has its own weights, and all the "
    "products go into one sum.",
)
def convolve_channels_first_channel_only(image, kernel):
    return correlate(image[..., 0], kernel[..., 0])


@convolve_channels.mistake(
    "last-channel-only",
    "Only the last channel counts in your map. Each pass of your loop writes over the map of the "
    "pass before. Add to it.",
)
def convolve_channels_last_channel_only(image, kernel):
    return correlate(image[..., -1], kernel[..., -1])


@convolve_channels.mistake(
    "channels-averaged",
    "Your map is too small by one factor: the number of channels. You take the mean of the "
    "channels. They are added.",
)
def convolve_channels_channels_averaged(image, kernel):
    return correlate(image, kernel) / image.shape[2]


@convolve_channels.mistake(
    "strongest-channel",
    "You keep only the largest of the channels' values. They are added, also the negative ones.",
)
def convolve_channels_strongest_channel(image, kernel):
    channels = range(image.shape[2])
    return np.max([correlate(image[..., c], kernel[..., c]) for c in channels], axis=0)


@convolve_channels.mistake(
    "channels-multiplied",
    "You multiply the channels' maps with one another. They are added.",
)
def convolve_channels_channels_multiplied(image, kernel):
    channels = range(image.shape[2])
    return np.prod([correlate(image[..., c], kernel[..., c]) for c in channels], axis=0)


@convolve_channels.mistake(
    "one-kernel-for-all-channels",
    "You use the kernel's first channel for every channel of the image. The kernel has as many "
    "channels as the image: each meets its own.",
)
def convolve_channels_one_kernel_for_all_channels(image, kernel):
    return correlate(image.sum(axis=2), kernel[..., 0])


@convolve_channels.mistake(
    "grey-first",
    "You made the image grey before you filtered it. Then its colours are gone. Each channel "
    "meets its own weights first; the sum comes after.",
)
def convolve_channels_grey_first(image, kernel):
    return correlate(image.mean(axis=2), kernel.sum(axis=2))


@convolve_channels.mistake(
    "sums-multiplied",
    "You add the channels of image and kernel first and multiply after. Multiply each channel by "
    "its own weights, then add.",
)
def convolve_channels_sums_multiplied(image, kernel):
    return correlate(image.sum(axis=2), kernel.sum(axis=2))


@convolve_channels.mistake(
    "channels-reversed",
    "Your channels meet in reverse order, the first with the last. Channel 0 of the kernel "
    "belongs to channel 0 of the image.",
)
def convolve_channels_channels_reversed(image, kernel):
    return correlate(image, kernel[..., ::-1])


@convolve_channels.mistake(
    "flipped-kernel",
    "Your filter is flipped: its last weight meets the window's first pixel. Here the kernel lies "
    "on the window as it is, top left on top left.",
)
def convolve_channels_flipped_kernel(image, kernel):
    return correlate(image, kernel[::-1, ::-1])


@convolve_channels.mistake(
    "always-three-channels",
    "You count on three channels. Deeper in a network there may be 1, 16 or 512. The image "
    "knows how many it has.",
)
def convolve_channels_always_three_channels(image, kernel):
    parts = [correlate(image[:, :, c], kernel[:, :, c]) for c in (0, 1, 2)]
    return parts[0] + parts[1] + parts[2]


@convolve_channels.mistake(
    "channel-axis-kept",
    "Your numbers are right, but your result has a third axis of length 1. One map is asked for: "
    "rows and columns.",
)
def convolve_channels_channel_axis_kept(image, kernel):
    return correlate(image, kernel)[:, :, None]


@convolve_channels.mistake(
    "no-plus-one",
    "Your map lacks its last row and its last column. Count the places where the window can "
    "stand, not the steps between them.",
)
def convolve_channels_no_plus_one(image, kernel):
    return correlate(image, kernel)[:-1, :-1]


@convolve_channels.mistake(
    "relu-inside",
    "Your negative values have become 0. ReLU is a step of its own, after this one. Here negative "
    "values stay.",
)
def convolve_channels_relu_inside(image, kernel):
    return np.maximum(correlate(image, kernel), 0)


@convolve_channels.mistake(
    "relu-in-each-channel",
    "You cut off negative values in each channel before you add. Then a channel can never speak "
    "against another. Add all the products as they are.",
)
def convolve_channels_relu_in_each_channel(image, kernel):
    channels = range(image.shape[2])
    return sum(np.maximum(correlate(image[..., c], kernel[..., c]), 0) for c in channels)


@convolve_channels.mistake(
    "whole-numbers",
    "With a whole-number image your map has lost its fractions. You store the sums in an array "
    "of the image's own dtype. Start from one that holds floats.",
)
def convolve_channels_whole_numbers(image, kernel):
    return correlate(image, kernel).astype(image.dtype)


# --- convolution_layer -----------------------------------------------------------------

convolution_layer = Exercise(
    "convolution_layer",
    points=3,
    minutes=7,
    hints=(
        "A layer is several filters side by side. Each looks at the same image and gives one "
        "map. How many maps do five filters give?",
        "For each filter: make its map with `convolve_channels`, then add that filter's bias, "
        "once, to every cell. At the end put the maps behind one another, so that the last "
        "axis counts filters.",
        "A 5×5×3 image and four filters 3×3×3: each map is 3×3, the result is 3×3×4. Cell "
        "(1, 0, 2) is the sum of 27 products with filter 2, plus bias 2.",
    ),
    window=Window(of="image", kernel="filters"),
)


@convolution_layer.cases
def convolution_layer_cases(rng):
    # Biases that are never zero, never equal, and none the sum of others.
    def biases(count):
        return rng.permutation(2.0 ** np.arange(count)) + 2.25

    def arguments(image, filters):
        return nonzero(rng, image), nonzero(rng, filters), biases(filters[0])

    image, filters, bias = arguments((6, 5, 3), (2, 3, 3, 3))
    yield case("several filters", "two filters 3×3×3", image / 3, filters, bias)
    yield case("several filters", "four filters 2×2×2", *arguments((4, 4, 2), (4, 2, 2, 2)))
    yield case("one filter", "one filter 3×3×2", *arguments((4, 5, 2), (1, 3, 3, 2)))
    yield case("one filter", "one filter, one channel", *arguments((4, 3, 1), (1, 2, 2, 1)))
    yield case("wide and tall filters", "three 2×4×3", *arguments((4, 6, 3), (3, 2, 4, 3)))
    yield case("wide and tall filters", "three 3×1×4", *arguments((5, 3, 4), (3, 3, 1, 4)))
    # Each bias is below any possible sum of 8 products, so every value is negative.
    image, filters, bias = arguments((4, 3, 2), (2, 2, 2, 2))
    yield case("negative values stay", "two filters, large negative biases",
               image, filters, -bias - 40)  # fmt: skip
    # As in convolve2d: a fraction in the first window, and no value above 255.
    image = (rng.integers(0, 10, (3, 4, 2)) * 2).astype(np.uint8)
    image[0, 0, 0] += 1
    weights = np.array([[0.25, 0.5], [0.75, 0.5]])
    kernel = np.stack([weights, weights[::-1] + 1], axis=2)
    yield case("other kinds of arrays", "an 8-bit image, weights of fractions",
               image, np.stack([kernel, kernel + 0.5]), np.array([3.0, 1.0]))  # fmt: skip
    image, filters, bias = arguments((4, 8, 3), (2, 3, 3, 3))
    yield case("other kinds of arrays", "float32, every second column",
               image.astype(np.float32)[:, ::2], filters.astype(np.float32),
               bias.astype(np.float32))  # fmt: skip
    image, filters, bias = arguments((4, 4, 3), (2, 3, 2, 3))
    yield case("other kinds of arrays", "Fortran order, arguments by name",
               biases=bias, filters=np.asfortranarray(filters),
               image=np.asfortranarray(image))  # fmt: skip


@convolution_layer.mistake(
    "bias-forgotten",
    "Each of your maps is off by one number that is the same everywhere in it. The biases are "
    "missing: one per filter, added to every cell of its map.",
)
def convolution_layer_bias_forgotten(image, filters, biases):
    return layer(image, filters, 0.0)


@convolution_layer.mistake(
    "bias-subtracted",
    "Your maps are off by twice the bias. You take it away; it should be added.",
)
def convolution_layer_bias_subtracted(image, filters, biases):
    return layer(image, filters, -biases)


@convolution_layer.mistake(
    "bias-multiplied",
    "You multiply the maps by their biases. A bias is added.",
)
def convolution_layer_bias_multiplied(image, filters, biases):
    return layer(image, filters, 0.0) * biases


@convolution_layer.mistake(
    "first-bias-for-all",
    "Your first map is right, the others are off by a constant. All of them got the first bias. "
    "Each filter has its own.",
)
def convolution_layer_first_bias_for_all(image, filters, biases):
    return layer(image, filters, biases[0])


@convolution_layer.mistake(
    "all-biases-for-each",
    "Every map got the sum of all biases. Each filter has one bias of its own, in its own place.",
)
def convolution_layer_all_biases_for_each(image, filters, biases):
    return layer(image, filters, np.sum(biases))


@convolution_layer.mistake(
    "bias-per-channel",
    "Your maps are too large, by the bias a few times over. You add it once for every channel. "
    "Sum the channels first; then add it once.",
)
def convolution_layer_bias_per_channel(image, filters, biases):
    return layer(image, filters, biases * image.shape[2])


@convolution_layer.mistake(
    "bias-per-weight",
    "Your maps are far too large. You add the bias once for every weight of the window. Sum the "
    "products first; then add it once.",
)
def convolution_layer_bias_per_weight(image, filters, biases):
    return layer(image, filters, biases * filters[0].size)


@convolution_layer.mistake(
    "relu-inside",
    "Your negative values have become 0. That is ReLU, a step of its own that comes after this "
    "one. The layer asked for here has no activation inside.",
)
def convolution_layer_relu_inside(image, filters, biases):
    return np.maximum(layer(image, filters, biases), 0)


@convolution_layer.mistake(
    "maps-first",
    "Your numbers are right but the axes are not: yours is (filters, rows, columns). Here the "
    "maps come last: (rows, columns, filters).",
)
def convolution_layer_maps_first(image, filters, biases):
    return np.moveaxis(layer(image, filters, biases), -1, 0)


@convolution_layer.mistake(
    "maps-reshaped",
    "Your maps are torn apart: the shape is right, but numbers of one map stand in others. "
    "`reshape` only deals the same numbers out anew. To bring the maps' axis to the end, move it "
    "or stack along the last axis.",
)
def convolution_layer_maps_reshaped(image, filters, biases):
    maps = layer(image, filters, biases)
    return np.moveaxis(maps, -1, 0).reshape(maps.shape)


@convolution_layer.mistake(
    "maps-side-by-side",
    "Your maps stand side by side in one large map. Each filter's map is a layer of its own: the "
    "result has a third axis that counts the filters.",
)
def convolution_layer_maps_side_by_side(image, filters, biases):
    maps = layer(image, filters, biases)
    return np.concatenate([maps[:, :, f] for f in range(maps.shape[2])], axis=1)


@convolution_layer.mistake(
    "maps-added",
    "You added the maps of all filters into one. Channels are added; filters are not. Each "
    "filter keeps a map of its own.",
)
def convolution_layer_maps_added(image, filters, biases):
    return layer(image, filters, biases).sum(axis=-1)


@convolution_layer.mistake(
    "first-filter-only",
    "You return the map of the first filter alone. A `return` inside a loop ends the function at "
    "once. How far is yours indented?",
)
def convolution_layer_first_filter_only(image, filters, biases):
    return layer(image, filters[:1], biases[:1])


@convolution_layer.mistake(
    "last-filter-for-all",
    "All your maps show the last filter. Each pass of the loop writes over the ones before. Where "
    "does each filter's map have its own place?",
)
def convolution_layer_last_filter_for_all(image, filters, biases):
    maps = layer(image, filters[-1:], biases[-1])
    return np.repeat(maps, len(filters), axis=-1)


@convolution_layer.mistake(
    "first-channel-only",
    "Your maps use only the first channel of the image. Each filter has weights for all "
    "channels, and all their products go into one sum.",
)
def convolution_layer_first_channel_only(image, filters, biases):
    return layer(image[..., :1], filters[..., :1], biases)


@convolution_layer.mistake(
    "channels-averaged",
    "Before the bias, your values are too small by the number of channels. You take the mean of "
    "the channels. They are added.",
)
def convolution_layer_channels_averaged(image, filters, biases):
    return layer(image, filters / image.shape[2], biases)


@convolution_layer.mistake(
    "flipped-filters",
    "Your filters are flipped: the last weight meets the window's first pixel. Here they lie on "
    "the window as they are, top left on top left.",
)
def convolution_layer_flipped_filters(image, filters, biases):
    return layer(image, filters[:, ::-1, ::-1], biases)


@convolution_layer.mistake(
    "filters-last",
    "You take your filters from the last axis. In a bank of filters, (count, height, width, "
    "channels), the first axis counts the filters.",
)
def convolution_layer_filters_last(image, filters, biases):
    return layer(image, np.moveaxis(filters, -1, 0), biases)


@convolution_layer.mistake(
    "no-plus-one",
    "Your maps lack their last row and their last column. Count the places where the window can "
    "stand, not the steps between them.",
)
def convolution_layer_no_plus_one(image, filters, biases):
    return layer(image, filters, biases)[:-1, :-1]


@convolution_layer.mistake(
    "whole-numbers",
    "With a whole-number image your maps have lost their fractions. You store the sums in an "
    "array of the image's own dtype. Start from one that holds floats.",
)
def convolution_layer_whole_numbers(image, filters, biases):
    return layer(image, filters, biases).astype(image.dtype)
