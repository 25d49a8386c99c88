"""How lesson 01 is marked: sizes, brightness, normalization, grey, standardization."""

import numpy as np

from autograder.declare import Exercise, case, grid, pixels

BT601 = np.array([0.299, 0.587, 0.114])
BT709 = np.array([0.2126, 0.7152, 0.0722])

# --- image_size ------------------------------------------------------------------------

image_size = Exercise(
    "image_size",
    points=1,
    minutes=9,
    hints=(
        "Every array knows its shape. What comes first in it, the height or the width?",
        "A colour image has three numbers in its shape, a grey image two. The third one is the "
        "number of channels. Where it is missing, you have to say 1 yourself: ask how many axes "
        "the array has.",
        "An array of shape (4, 6, 3) is 4 pixels high, 6 wide and has 3 channels: (4, 6, 3). "
        "One of shape (4, 6) is grey: (4, 6, 1).",
    ),
)


@image_size.cases
def image_size_cases(rng):
    # Height, width and channels all differ, so that no two can be mistaken for each other.
    height, width, other = (int(n) for n in rng.permutation(np.arange(5, 10))[:3])
    yield case("colour images", "a wide image", pixels(rng, (4, height + 6, 3)))
    yield case("colour images", "a tall image", pixels(rng, (height, 2, 3)))
    yield case("colour images", "a square image", pixels(rng, (other, other, 3)))
    yield case("grey images", "a wide grey image", pixels(rng, (2, width)))
    yield case("grey images", "a tall grey image", pixels(rng, (width, 4)))
    yield case("grey images", "a grey image of 3×3", pixels(rng, (3, 3)))
    yield case("other numbers of channels", "one channel, written out", pixels(rng, (5, 2, 1)))
    yield case("other numbers of channels", "four channels", pixels(rng, (2, 5, 4)))
    yield case("other numbers of channels", "two channels", pixels(rng, (4, 3, 2)))
    yield case("other kinds of arrays", "floats", pixels(rng, (3, width, 3)) / 256)
    yield case("other kinds of arrays", "by name, every second column",
               image=pixels(rng, (4, 6))[:, ::2])  # fmt: skip


@image_size.mistake(
    "no-channels-for-grey",
    "For a grey image you return two numbers. Its shape has no third one, but three are asked "
    "for: a grey image has 1 channel.",
)
def image_size_no_channels_for_grey(image):
    return image.shape


@image_size.mistake(
    "shape-inside",
    "For a grey image you return a pair: the whole shape, and 1. Three single numbers are asked "
    "for. Take the height and the width out of the shape first.",
)
def image_size_shape_inside(image):
    return image.shape if image.ndim == 3 else (image.shape, 1)


@image_size.mistake(
    "grey-not-expected",
    "Your function stops at grey images. Their shape has only two numbers, and you ask for a "
    "third. Find out first how many there are.",
)
def image_size_grey_not_expected(image):
    return image.shape[0], image.shape[1], image.shape[2]


@image_size.mistake(
    "grey-not-unpacked",
    "Your function stops at grey images: three names stand left of the equals sign, and a grey "
    "image's shape has two numbers. Take the first two, then think about the third.",
)
def image_size_grey_not_unpacked(image):
    height, width, channels = image.shape
    return height, width, channels


@image_size.mistake(
    "width-first",
    "Height and width are swapped. An array counts rows first, and the number of rows is the "
    "height.",
)
def image_size_width_first(image):
    return image.shape[1], image.shape[0], 1 if image.ndim == 2 else image.shape[2]


@image_size.mistake(
    "always-three",
    "You always say 3 channels. A grey image has 1. Some images have 4.",
)
def image_size_always_three(image):
    return image.shape[0], image.shape[1], 3


@image_size.mistake(
    "always-one",
    "You always say 1 channel. That is right for grey images. A colour image says how many it has "
    "in the third number of its shape.",
)
def image_size_always_one(image):
    return image.shape[0], image.shape[1], 1


@image_size.mistake(
    "three-for-grey",
    "You are right for colour images. A grey image has one number at each pixel, not three: it "
    "has 1 channel.",
)
def image_size_three_for_grey(image):
    return image.shape if image.ndim == 3 else (*image.shape, 3)


@image_size.mistake(
    "axes-for-channels",
    "Your third number is how many axes the array has. A colour image has three axes, a grey one "
    "two. Channels are something else: how many numbers each pixel has.",
)
def image_size_axes_for_channels(image):
    return image.shape[0], image.shape[1], image.ndim


@image_size.mistake(
    "one-or-three",
    "You know two kinds of images, with 1 and with 3 channels. There are others, with 4 for "
    "example. The third number of the shape says it.",
)
def image_size_one_or_three(image):
    return image.shape[0], image.shape[1], 3 if image.ndim == 3 else 1


@image_size.mistake(
    "zero-for-grey",
    "For a grey image you say 0 channels. It has one: a single number for each pixel.",
)
def image_size_zero_for_grey(image):
    return image.shape[0], image.shape[1], 0 if image.ndim == 2 else image.shape[2]


@image_size.mistake(
    "width-for-channels",
    "Your third number is the last of the shape. In a grey image that is the width. Ask first how "
    "many axes the array has.",
)
def image_size_width_for_channels(image):
    return image.shape[0], image.shape[1], image.shape[-1]


@image_size.mistake(
    "channels-first",
    "You read the shape as channels, height, width. Other libraries keep images that way. In this "
    "course the channels come last.",
)
def image_size_channels_first(image):
    if image.ndim == 2:
        return image.shape[0], image.shape[1], 1
    return image.shape[1], image.shape[2], image.shape[0]


@image_size.mistake(
    "last-index",
    "Your numbers are one too small: those are the last indices. A shape counts how many there "
    "are.",
)
def image_size_last_index(image):
    channels = 1 if image.ndim == 2 else image.shape[2]
    return image.shape[0] - 1, image.shape[1] - 1, channels


@image_size.mistake(
    "count-of-values",
    "You return one number: how many values the array holds. Three numbers are asked for: height, "
    "width, channels.",
)
def image_size_count_of_values(image):
    return image.size


@image_size.mistake(
    "floats",
    "The numbers are right, but they are floats: 4.0 instead of 4. You can't use a float to count "
    "rows. Leave them as they come from the shape.",
)
def image_size_floats(image):
    channels = 1.0 if image.ndim == 2 else float(image.shape[2])
    return float(image.shape[0]), float(image.shape[1]), channels


@image_size.mistake(
    "printed",
    "Your function prints the numbers but does not hand them back. Printing shows something to "
    "you; `return` gives it to the code that called.",
)
def image_size_printed(image):
    print(image.shape)


# --- brighten --------------------------------------------------------------------------

brighten = Exercise(
    "brighten",
    points=3,
    minutes=6,
    dtype=True,
    weights={"result type": 2.0},
    hints=(
        "What should 250 + 10 be? Not 4, and not 260 either. And 5 − 10?",
        "Three steps: change to a dtype with more room, add there, bring what lies outside 0–255 "
        "back to the nearest end. Only then change back to uint8. Order matters.",
        "Pixels 10, 100, 250 and amount 20: with room the sums are 30, 120, 270. The last is too "
        "large and becomes 255. Result: 30, 120, 255.",
    ),
)


@brighten.cases
def brighten_cases(rng):
    def middle(shape):
        """Pixels that ±60 leaves within 0–255."""
        return rng.integers(60, 196, size=shape).astype(np.uint8)

    def whole(shape):
        """Pixels that surely include both ends and a middle."""
        values = pixels(rng, shape)
        values.ravel()[:4] = 0, 255, 100, 200
        return values

    up, down = int(rng.integers(20, 61)), -int(rng.integers(20, 61))
    yield case("within the range", "brighter", middle((2, 3)), up)
    yield case("within the range", "darker", middle((3, 2)), down)
    yield case("within the range", "an amount of 0", whole((2, 3)), 0)
    yield case("too bright", "some pixels above 255", whole((2, 3)), up + 60)
    yield case("too bright", "white stays white", np.full((2, 2), 255, np.uint8), 1)
    yield case("too dark", "some pixels below 0", whole((3, 2)), down - 60)
    yield case("too dark", "black stays black", np.zeros((2, 2), np.uint8), -1)
    yield case("the largest amounts", "an amount of 255", whole((2, 3)), 255)
    yield case("the largest amounts", "an amount of −255", whole((2, 3)), -255)
    # The first pixel lands on 256 exactly: one more than there is room for.
    edge = whole((2, 2))
    edge[0, 0] = 256 - up
    yield case("too bright", "a pixel just above 255", edge, up)
    yield case("any shape", "a colour image", whole((2, 2, 3)), up)
    yield case("any shape", "a single row", whole((6,)), down)
    yield case("any shape", "every second column, by name", amount=up, image=whole((3, 4))[:, ::2])


@brighten.mistake(
    "wraps-around",
    "The sum is made in 8 bits, where 255 + 1 is 0, and a negative amount does not fit at all. "
    "Clipping after that is too late. Change to a dtype with more room first.",
)
def brighten_wraps_around(image, amount):
    return image + amount


@brighten.mistake(
    "wraps-at-the-end",
    "You add with enough room, but then go straight back to 8 bits, and what does not fit wraps "
    "around. Bring the values into 0–255 before that.",
)
def brighten_wraps_at_the_end(image, amount):
    return (image.astype(np.int64) + amount).astype(np.uint8)


@brighten.mistake(
    "only-too-bright-handled",
    "White stays white, but dark pixels jump to bright when the amount is negative. You limit the "
    "values above. They need a limit below, too.",
)
def brighten_only_too_bright_handled(image, amount):
    return np.minimum(image.astype(np.int64) + amount, 255).astype(np.uint8)


@brighten.mistake(
    "only-too-dark-handled",
    "Black stays black, but bright pixels jump to dark. You limit the values below. They need a "
    "limit above, too.",
)
def brighten_only_too_dark_handled(image, amount):
    return np.maximum(image.astype(np.int64) + amount, 0).astype(np.uint8)


@brighten.mistake(
    "limit-256",
    "Some very bright pixels have become black. Your upper limit is 256, and that does not fit "
    "into 8 bits any more. What is the largest number that does?",
)
def brighten_limit_256(image, amount):
    return np.clip(image.astype(np.int64) + amount, 0, 256).astype(np.uint8)


@brighten.mistake(
    "limit-254",
    "Your brightest pixels are 254. The largest number that fits into 8 bits is one more.",
)
def brighten_limit_254(image, amount):
    return np.clip(image.astype(np.int64) + amount, 0, 254).astype(np.uint8)


@brighten.mistake(
    "not-limited",
    "Your values go beyond 0–255. No 8-bit image can hold those. Bring them back to the nearest "
    "end, then change the dtype to uint8.",
)
def brighten_not_limited(image, amount):
    return image.astype(np.int64) + amount


@brighten.mistake(
    "still-wide",
    "The values are right, but their dtype is not: the image came as uint8 and should leave as "
    "uint8. One conversion is missing at the end.",
)
def brighten_still_wide(image, amount):
    return np.clip(image.astype(np.int64) + amount, 0, 255)


@brighten.mistake(
    "floats",
    "The values are right, but they are floats. The image came as uint8 and should leave as "
    "uint8.",
)
def brighten_floats(image, amount):
    return np.clip(image.astype(np.float64) + amount, 0, 255)


@brighten.mistake(
    "subtracted",
    "A positive amount makes your image darker. It should be added.",
)
def brighten_subtracted(image, amount):
    return np.clip(image.astype(np.int64) - amount, 0, 255).astype(np.uint8)


@brighten.mistake(
    "never-darker",
    "A negative amount makes your image brighter. Keep its sign: adding −20 makes darker.",
)
def brighten_never_darker(image, amount):
    return np.clip(image.astype(np.int64) + abs(amount), 0, 255).astype(np.uint8)


@brighten.mistake(
    "multiplied",
    "You multiply, so that bright pixels change more than dark ones. Here the same amount is "
    "added to every pixel.",
)
def brighten_multiplied(image, amount):
    # In whole numbers: image · (1 + amount / 255) without its fraction.
    wide = image.astype(np.int64)
    return np.clip(wide + wide * amount // 255, 0, 255).astype(np.uint8)


@brighten.mistake(
    "squeezed-to-fit",
    "When values get too large you make the whole image smaller in scale. Then all pixels change. "
    "Only those outside 0–255 should, each for itself.",
)
def brighten_squeezed_to_fit(image, amount):
    wide = image.astype(np.int64) + amount
    wide = wide - min(int(wide.min()), 0)
    return (wide * 255 // max(int(wide.max()), 255)).astype(np.uint8)


@brighten.mistake(
    "first-channel-only",
    "In a colour image only the red channel has changed. The amount is added to every channel.",
)
def brighten_first_channel_only(image, amount):
    result = np.clip(image.astype(np.int64) + amount, 0, 255).astype(np.uint8)
    if image.ndim == 3:
        result[:, :, 1:] = image[:, :, 1:]
    return result


@brighten.mistake(
    "too-large-left-alone",
    "Pixels that would get too bright or too dark stay as they were. They should go all the way "
    "to 255 or to 0.",
)
def brighten_too_large_left_alone(image, amount):
    wide = image.astype(np.int64) + amount
    return np.where((wide < 0) | (wide > 255), image, wide).astype(np.uint8)


@brighten.mistake(
    "changes-its-argument",
    "The result is right, but the image that came in was changed too. The caller may still need "
    "it. Return a new array.",
)
def brighten_changes_its_argument(image, amount):
    image[...] = np.clip(image.astype(np.int64) + amount, 0, 255)
    return image


# --- normalize -------------------------------------------------------------------------

normalize = Exercise(
    "normalize",
    points=2,
    minutes=3,
    hints=(
        "0 should become 0 and 255 should become 1. What becomes of a number half way?",
        "Every value is divided by the same number, whatever image it is in. Which number can no "
        "8-bit pixel exceed? Choose the division that keeps fractions.",
        "[0, 51, 102] becomes [0, 0.2, 0.4]. The largest value here is 102, but 102 does not "
        "become 1.",
    ),
)


@normalize.cases
def normalize_cases(rng):
    # The brightest pixel is far from 255 and the darkest far from 0, so that an image's
    # own limits are surely something else.
    def dim(shape, dtype=np.uint8):
        return rng.integers(20, 181, size=shape).astype(dtype)

    yield case("dark images", "a dark grey image", dim((2, 3)))
    yield case("dark images", "an image that is one grey all over", np.full((2, 2), 51, np.uint8))
    yield case("dark images", "an image that is all black", np.zeros((2, 3), np.uint8))
    # No value above 1, and yet 0–255: it is not normalized already.
    yield case("dark images", "a nearly black image, zeros and ones",
               rng.permutation(np.arange(8, dtype=np.uint8) % 2).reshape(2, 4))  # fmt: skip
    full = dim((3, 4))
    full.ravel()[:3] = 0, 255, 128
    yield case("the whole range", "black, white and between", full)
    yield case("any shape", "a colour image", dim((2, 3, 3)))
    yield case("any shape", "a batch", dim((2, 2, 2, 3)))
    yield case("any shape", "a single row", dim((5,)))
    yield case("other kinds of arrays", "whole numbers of 64 bits", dim((3, 2), np.int64))
    yield case("other kinds of arrays", "every second column", dim((3, 6))[:, ::2])
    yield case("other kinds of arrays", "Fortran order, by name",
               image=np.asfortranarray(dim((3, 4))))  # fmt: skip


@normalize.mistake(
    "own-maximum",
    "You divide by the image's own largest value. Then a night picture comes out as bright as a "
    "day picture, and nobody can compare the two. Divide every image by the same number.",
)
def normalize_own_maximum(image):
    return image / image.max()


@normalize.mistake(
    "own-range",
    "You stretch each image from its own darkest to its own brightest pixel. That changes every "
    "image in another way. Here 0 stays 0 and 255 becomes 1, always.",
)
def normalize_own_range(image):
    return (image - image.min()) / (image.max() - image.min())


@normalize.mistake(
    "maximum-of-each-column",
    "You divide each column by its own largest value. Divide every value by the same number.",
)
def normalize_maximum_of_each_column(image):
    return image / image.max(axis=0)


@normalize.mistake(
    "divided-by-256",
    "Your values are a tiny bit too small: you divide by 256. There are 256 different values, but "
    "the largest is one less, since counting starts at 0.",
)
def normalize_divided_by_256(image):
    return image / 256


@normalize.mistake(
    "whole-numbers",
    "Nearly all your values are 0. Either you used `//`, the division that leaves whole numbers, "
    "or you turned the result back into integers. Fractions need floats.",
)
def normalize_whole_numbers(image):
    return image // 255


@normalize.mistake(
    "rounded",
    "You round your values to 0 or 1: only black and white are left. Keep the fractions.",
)
def normalize_rounded(image):
    return np.round(image / 255)


@normalize.mistake(
    "two-decimals",
    "Your values are rounded to two decimals. Then 256 shades become 101, and neighbours can't "
    "be told apart. Leave them as the division gives them.",
)
def normalize_two_decimals(image):
    return np.round(image / 255, 2)


@normalize.mistake(
    "only-converted",
    "Your values still go from 0 to 255. Changing the dtype, to floats say, does not change the "
    "scale.",
)
def normalize_only_converted(image):
    return image.astype(np.float64)


@normalize.mistake(
    "multiplied",
    "Your values grew. To get from 0–255 down to 0–1, is it times or divided by?",
)
def normalize_multiplied(image):
    return image * 255.0


@normalize.mistake(
    "percent",
    "Your values run from 0 to 2.55. You divide by 100, as for percent. The largest possible "
    "pixel should become 1.",
)
def normalize_percent(image):
    return image / 100


@normalize.mistake(
    "minus-one-to-one",
    "Your values run from −1 to 1. Some networks like that. Here black is 0 and white is 1.",
)
def normalize_minus_one_to_one(image):
    return image / 127.5 - 1


@normalize.mistake(
    "inverted",
    "Your image is a negative: black is 1 and white is 0. It should be the other way round.",
)
def normalize_inverted(image):
    return 1 - image / 255


@normalize.mistake(
    "adds-up-to-one",
    "You divide by the sum of all pixels, so that they add up to 1. Here each pixel by itself "
    "should lie between 0 and 1.",
)
def normalize_adds_up_to_one(image):
    return image / image.sum()


@normalize.mistake(
    "standardized",
    "You subtract the mean and divide by the deviation. That is standardization, and comes later "
    "in this lesson. Here one division is all.",
)
def normalize_standardized(image):
    return (image - image.mean()) / image.std()


@normalize.mistake(
    "clipped",
    "Every pixel that is not black has become 1. You cut values off at 1. They should be scaled "
    "down instead.",
)
def normalize_clipped(image):
    return np.clip(image, 0, 1)


@normalize.mistake(
    "divided-in-place",
    "`image /= 255` stops with an error: it wants to put fractions back into an array of whole "
    "numbers. Make a new array; the caller still needs the old one anyway.",
)
def normalize_divided_in_place(image):
    image /= 255
    return image


# --- to_grayscale ----------------------------------------------------------------------

to_grayscale = Exercise(
    "to_grayscale",
    points=2,
    minutes=4,
    hints=(
        "Each pixel has three numbers and should get one. Which of the three colours looks "
        "brightest to you? It gets the largest weight.",
        "Take the three channels apart: `image[:, :, 0]` is red. Multiply each by its weight and "
        "add the three. The shape tells you if it went right: two numbers.",
        "The pixel (1, 0.5, 0) becomes 0.299 · 1 + 0.587 · 0.5 + 0.114 · 0 = 0.5925.",
    ),
)


@to_grayscale.cases
def to_grayscale_cases(rng):
    def colours(shape):
        """Colours between 0 and 1 in which red, green and blue differ clearly everywhere."""
        values = np.array([0.125, 0.5, 0.875])
        steps = rng.integers(-1, 2, size=(*shape, 3)) / 16
        return rng.permuted(np.broadcast_to(values, (*shape, 3)), axis=-1) + steps

    pure = rng.permutation(np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0], [1.0, 1.0, 1.0]]))
    yield case("pure colours", "red, green, blue and white", pure.reshape(2, 2, 3))
    yield case("pure colours", "black and a middle grey",
               np.array([[[0.0] * 3, [int(rng.integers(20, 45)) / 64] * 3]]))  # fmt: skip
    yield case("mixed colours", "a 2×4 image", colours((2, 4)))
    yield case("mixed colours", "a 4×2 image", colours((4, 2)))
    yield case("mixed colours", "a 3×3 image", colours((3, 3)))
    yield case("other ranges", "floats from 0 to 255", np.round(colours((2, 3)) * 255))
    yield case("other ranges", "floats below zero and above one",
               grid(rng, (2, 3, 3), 1.25, 3) * np.array([1.0, -1.0, 1.0]))  # fmt: skip
    yield case("other kinds of arrays", "float32", colours((2, 3)).astype(np.float32))
    yield case("other kinds of arrays", "every second column", colours((2, 6))[:, ::2])
    yield case("other kinds of arrays", "Fortran order, by name",
               image=np.asfortranarray(colours((3, 2))))  # fmt: skip


@to_grayscale.mistake(
    "plain-mean",
    "You take the plain mean of the three channels. To our eyes green looks much brighter than "
    "blue, so each channel has its own weight.",
)
def to_grayscale_plain_mean(image):
    return image.mean(axis=2)


@to_grayscale.mistake(
    "weights-reversed",
    "You give the weight of red to blue and the weight of blue to red. Channel 0 is red. (Some "
    "libraries store blue first; here it is red, green, blue.)",
)
def to_grayscale_weights_reversed(image):
    return image @ BT601[::-1]


@to_grayscale.mistake(
    "weights-in-another-order",
    "Your weights sit on the wrong channels. Green looks brightest and has the largest weight; "
    "blue looks darkest and has the smallest.",
)
def to_grayscale_weights_in_another_order(image):
    return image @ np.array([0.587, 0.299, 0.114])


@to_grayscale.mistake(
    "weights-of-hdtv",
    "Your weights are those of a later standard (BT.709). Both are in use. Here the ones from the "
    "text are asked for: 0.299, 0.587, 0.114.",
)
def to_grayscale_weights_of_hdtv(image):
    return image @ BT709


@to_grayscale.mistake(
    "weights-of-skimage",
    "Your weights are those of another library (0.2125, 0.7154, 0.0721). Here the ones from the "
    "text are asked for: 0.299, 0.587, 0.114.",
)
def to_grayscale_weights_of_skimage(image):
    return image @ np.array([0.2125, 0.7154, 0.0721])


@to_grayscale.mistake(
    "weight-of-red-in-four-digits",
    "You are nearly right: your weight of red is 0.2989, as in some programs. Here the ones from "
    "the text are asked for: 0.299, 0.587, 0.114.",
)
def to_grayscale_weight_of_red_in_four_digits(image):
    return image @ np.array([0.2989, 0.587, 0.114])


@to_grayscale.mistake(
    "weights-mistyped",
    "Your values are slightly too large. Do your weights add up to 1? Compare them with the text, "
    "digit by digit.",
)
def to_grayscale_weights_mistyped(image):
    return image @ np.array([0.299, 0.587, 0.144])


@to_grayscale.mistake(
    "no-weights",
    "You add the three channels as they are. White would become 3. Each channel has a weight, and "
    "the weights add up to 1.",
)
def to_grayscale_no_weights(image):
    return image.sum(axis=2)


@to_grayscale.mistake(
    "weighted-and-averaged",
    "Your values are too small by a factor of 3. The weights already add up to 1, so there is "
    "nothing left to divide by: add, don't take the mean.",
)
def to_grayscale_weighted_and_averaged(image):
    return (image * BT601).mean(axis=2)


@to_grayscale.mistake(
    "not-added",
    "You multiply the channels by their weights but return all three. Add them, so that one "
    "number is left for each pixel.",
)
def to_grayscale_not_added(image):
    return image * BT601


@to_grayscale.mistake(
    "channel-axis-kept",
    "Your numbers are right, but there is a third axis of length 1 left. Height and width are "
    "asked for, no more.",
)
def to_grayscale_channel_axis_kept(image):
    return (image * BT601).sum(axis=2, keepdims=True)


@to_grayscale.mistake(
    "three-equal-channels",
    "Your image looks grey but still has three channels, all equal. One is enough: return an "
    "array of height and width.",
)
def to_grayscale_three_equal_channels(image):
    return np.repeat((image @ BT601)[:, :, None], 3, axis=2)


@to_grayscale.mistake(
    "rows-added",
    "You add over the rows of the image, not over its channels. The channels are the last of the "
    "three axes.",
)
def to_grayscale_rows_added(image):
    return (image * BT601).sum(axis=0)


@to_grayscale.mistake(
    "green-only",
    "You return the green channel alone. It counts most, but a red apple needs red.",
)
def to_grayscale_green_only(image):
    return image[:, :, 1]


@to_grayscale.mistake(
    "red-only",
    "You return the red channel alone. All three channels count, each with its weight.",
)
def to_grayscale_red_only(image):
    return image[:, :, 0]


@to_grayscale.mistake(
    "brightest-channel",
    "You take the brightest of the three channels. All three count, each with its weight.",
)
def to_grayscale_brightest_channel(image):
    return image.max(axis=2)


@to_grayscale.mistake(
    "darkest-channel",
    "You take the darkest of the three channels. All three count, each with its weight.",
)
def to_grayscale_darkest_channel(image):
    return image.min(axis=2)


@to_grayscale.mistake(
    "weights-shortened",
    "You are nearly right: you shortened the weights to two decimals. Use all three, as in the "
    "text.",
)
def to_grayscale_weights_shortened(image):
    return image @ np.array([0.3, 0.59, 0.11])


@to_grayscale.mistake(
    "blue-forgotten",
    "The blue channel is missing from your sum. Its weight is small, but a blue sky would turn "
    "black without it.",
)
def to_grayscale_blue_forgotten(image):
    return 0.299 * image[:, :, 0] + 0.587 * image[:, :, 1]


@to_grayscale.mistake(
    "whole-numbers",
    "Your values have lost their fractions. Grey values are floats, as the colours are. Look for "
    "a conversion to integers.",
)
def to_grayscale_whole_numbers(image):
    return (image @ BT601).astype(np.int64)


@to_grayscale.mistake(
    "clipped",
    "You cut values off at 0 and 1. This function takes any floats, also 0 to 255. Leave the sum "
    "as it is.",
)
def to_grayscale_clipped(image):
    return np.clip(image @ BT601, 0, 1)


# --- standardize -----------------------------------------------------------------------

standardize = Exercise(
    "standardize",
    points=2,
    minutes=10,
    hints=(
        "How many means are there? One for the whole batch, one for each image, or one for each "
        "channel?",
        "NumPy's `mean` and `std` take an `axis`, which may be several axes at once: all but the "
        "channels. That leaves C numbers, which fit the last axis. Where a deviation is nearly 0, "
        "divide by 1 instead.",
        "A channel with the values 1, 1, 5, 5 has mean 3 and deviation 2. It becomes "
        "−1, −1, 1, 1. A channel of nothing but 7 becomes 0.",
    ),
)


@standardize.cases
def standardize_cases(rng):
    # Each channel is moved and stretched in its own way, and so is each image, so that
    # no other choice of axes gives the same numbers.
    def batch(count, height, width, channels):
        values = grid(rng, (count, height, width, channels))
        values[0, 0, 0], values[-1, -1, -1] = -2.0, 2.0  # no channel is constant by chance
        values = values * 2.0 ** (np.arange(channels) % 3 + 1) + np.arange(channels) * 3 + 1
        return values + np.arange(count)[:, None, None, None] * 1.5

    yield case("each channel by itself", "2 images of 2×2 with 3 channels", batch(2, 2, 2, 3))
    yield case("each channel by itself", "3 images of 2×3 with 2 channels", batch(3, 2, 3, 2))
    yield case("each channel by itself", "2 images of 3×1 with 4 channels", batch(2, 3, 1, 4))
    yield case("one image, one channel", "a single image", batch(1, 2, 3, 2))
    yield case("one image, one channel", "grey images", batch(3, 2, 2, 1))
    flat = batch(2, 2, 3, 3)
    flat[..., 1] = 3.0
    yield case("constant channels", "the middle channel is 3 everywhere", flat)
    flat = batch(3, 1, 3, 2)
    # The mean of nine times 1.1 is not 1.1 to the last digit. As float32 it is.
    flat[..., 0] = 1.1
    yield case("constant channels", "the first channel is 1.1 everywhere", flat)
    yield case("small deviations", "values that differ by little",
               0.5 + batch(2, 2, 2, 2) / 1024)  # fmt: skip
    yield case("other kinds of arrays", "whole numbers 0–255",
               (batch(2, 2, 2, 3) * 4).astype(np.int64) % 256)  # fmt: skip
    yield case("other kinds of arrays", "8-bit images",
               ((batch(2, 2, 3, 2) * 4).astype(np.int64) % 256).astype(np.uint8))  # fmt: skip
    yield case("other kinds of arrays", "float32, every second column",
               batch(2, 2, 4, 2).astype(np.float32)[:, :, ::2])  # fmt: skip
    yield case("other kinds of arrays", "Fortran order, by name",
               images=np.asfortranarray(batch(2, 3, 2, 2)))  # fmt: skip


def scaled(images, axis, ddof=0):
    """Standardize over these axes; a constant part becomes 0."""
    mean = images.mean(axis=axis, keepdims=True)
    deviation = images.std(axis=axis, keepdims=True, ddof=ddof)
    still = deviation < 1e-8
    return np.where(still, 0.0, (images - mean) / np.where(still, 1.0, deviation))


@standardize.mistake(
    "whole-batch",
    "You use one mean and one deviation for everything. Each channel needs its own: red may be "
    "bright where blue is dark.",
)
def standardize_whole_batch(images):
    return scaled(images, None)


@standardize.mistake(
    "each-image-by-itself",
    "You standardize each image by itself. Then a dark picture and a bright one look the same. "
    "The mean goes over all images of the batch.",
)
def standardize_each_image_by_itself(images):
    return scaled(images, (1, 2))


@standardize.mistake(
    "image-with-all-channels",
    "You have one mean for each image. One for each channel is asked for, taken over all images, "
    "rows and columns.",
)
def standardize_image_with_all_channels(images):
    return scaled(images, (1, 2, 3))


@standardize.mistake(
    "each-pixel-by-itself",
    "You have a mean for every place in the image, over the batch alone. Rows and columns belong "
    "to the axes you average over, too.",
)
def standardize_each_pixel_by_itself(images):
    return scaled(images, 0)


@standardize.mistake(
    "channels-first",
    "You took the wrong axes: one of them holds the channels. In (N, H, W, C) the channels are "
    "the last axis. Average over the other three.",
)
def standardize_channels_first(images):
    return scaled(images, (0, 2, 3))


@standardize.mistake(
    "columns-left-out",
    "You average over images and rows, but not over columns. All axes but the channels go into "
    "one mean.",
)
def standardize_columns_left_out(images):
    return scaled(images, (0, 1))


@standardize.mistake(
    "only-centred",
    "The mean of each channel is 0 now, but the deviation is not 1. One more step: divide by it.",
)
def standardize_only_centred(images):
    return images - images.mean(axis=(0, 1, 2))


@standardize.mistake(
    "only-divided",
    "You divide by the deviation but do not subtract the mean first. The values should lie around "
    "0.",
)
def standardize_only_divided(images):
    deviation = images.std(axis=(0, 1, 2))
    still = deviation < 1e-8
    return np.where(still, 0.0, images / np.where(still, 1.0, deviation))


@standardize.mistake(
    "sample-deviation",
    "Your values are slightly too small. You use the sample deviation, which divides by one less "
    "than the number of values. The population deviation is asked for: NumPy's default.",
)
def standardize_sample_deviation(images):
    return scaled(images, (0, 1, 2), ddof=1)


@standardize.mistake(
    "variance",
    "You divide by the variance. The deviation is its square root.",
)
def standardize_variance(images):
    variance = images.var(axis=(0, 1, 2))
    still = variance < 1e-16
    centred = images - images.mean(axis=(0, 1, 2))
    return np.where(still, 0.0, centred / np.where(still, 1.0, variance))


@standardize.mistake(
    "smallest-to-largest",
    "You stretch each channel from its smallest to its largest value, 0 to 1. Here the mean "
    "should be 0 and the deviation 1.",
)
def standardize_smallest_to_largest(images):
    low, high = images.min(axis=(0, 1, 2)), images.max(axis=(0, 1, 2))
    span = (high - low).astype(np.float64)
    return np.where(span < 1e-8, 0.0, (images - low) / np.where(span < 1e-8, 1.0, span))


@standardize.mistake(
    "divided-before-centred",
    "You divide by the deviation first and subtract the old mean after. Subtract first: the mean "
    "belongs to the values as they came.",
)
def standardize_divided_before_centred(images):
    deviation = images.std(axis=(0, 1, 2))
    still = deviation < 1e-8
    divided = images / np.where(still, 1.0, deviation)
    return np.where(still, 0.0, divided - images.mean(axis=(0, 1, 2)))


@standardize.mistake(
    "too-much-added",
    "All is well but for channels whose values differ by very little: you add too much to the "
    "deviation before you divide. Only where it is nearly 0, below 1e-8, is there anything to do.",
)
def standardize_too_much_added(images):
    centred = images - images.mean(axis=(0, 1, 2))
    return centred / np.sqrt(images.var(axis=(0, 1, 2)) + 1e-5)


@standardize.mistake(
    "constant-channel-kept",
    "All is well but for a constant channel: you leave it as it came. Its values do not differ "
    "from their mean, so they should become 0.",
)
def standardize_constant_channel_kept(images):
    return np.where(images.std(axis=(0, 1, 2)) < 1e-8, images, scaled(images, (0, 1, 2)))


def still_channels(images, value):
    """Standardize; what becomes of constant channels is ``value`` of the images."""
    still = images.std(axis=(0, 1, 2)) < 1e-8
    return np.where(still, value(images), scaled(images, (0, 1, 2)))


# Written out, for the deviation of a channel of nothing but 1.1 may be 0 or 2e-16, by machine.


@standardize.mistake(
    "divides-by-zero",
    "A constant channel has the deviation 0, and 0 divided by 0 is NaN, not a number. Treat such "
    "a channel apart: it becomes 0.",
)
def standardize_divides_by_zero(images):
    return still_channels(images, lambda x: np.where(x == 1.1, 1.0, np.nan))


@standardize.mistake(
    "not-a-number-everywhere",
    "A constant channel has the deviation 0, and 0 divided by 0 is NaN, not a number. Treat such "
    "a channel apart: it becomes 0.",
)
def standardize_not_a_number_everywhere(images):
    return still_channels(images, lambda x: np.nan)


@standardize.mistake(
    "deviation-exactly-zero",
    "A constant channel of 1.1 goes wrong. Floats are rounded: its deviation comes out as 2e-16, "
    "not as 0, and you divide by that. Don't ask if it is 0, but if it is below 1e-8.",
)
def standardize_deviation_exactly_zero(images):
    return still_channels(images, lambda x: np.where(x == 1.1, 1.0, 0.0))


@standardize.mistake(
    "whole-numbers",
    "Your values have lost their fractions. You put them into an array of the images' own dtype, "
    "and that one holds whole numbers only.",
)
def standardize_whole_numbers(images):
    result = scaled(images, (0, 1, 2))
    return np.trunc(result) if images.dtype.kind in "iu" else result


@standardize.mistake(
    "changes-its-argument",
    "The values are right, but `-=` and `/=` work in the caller's own array: they change what came "
    "in, and stop with an error if it holds whole numbers. Make a new array.",
)
def standardize_changes_its_argument(images):
    mean, deviation = images.mean(axis=(0, 1, 2)), images.std(axis=(0, 1, 2))
    images -= mean
    images /= np.where(deviation < 1e-8, 1.0, deviation)
    return images
