"""How 00-start is marked: one tiny exercise, to see how a check works."""

import numpy as np

from autograder.declare import Exercise, case

brightest = Exercise(
    "brightest",
    points=1,
    minutes=5,
    hints=(
        "You want one number out of the whole image: its largest.",
        "NumPy arrays can find their own largest value. You did the same with the smallest.",
        "In the image [[10, 200, 30], [40, 50, 60]] the largest number is 200.",
    ),
)


def picture(rng, shape, low=20, high=220):
    """Random pixels; the brightest is one of a kind and stands at no border."""
    image = rng.integers(low, high, shape)
    row, column = rng.integers(1, shape[0] - 1), rng.integers(1, shape[1] - 1)
    image[row, column] = high + rng.integers(1, 20)
    return image


@brightest.cases
def brightest_cases(rng):
    yield case("small images", "3 rows, 4 columns", picture(rng, (3, 4)))
    yield case("small images", "5 rows, 3 columns", picture(rng, (5, 3)))
    # The last place of all, where a loop that stops too early does not come.
    image = picture(rng, (3, 4), high=200)
    image[-1, -1] = 250
    yield case("small images", "the last pixel", image)
    yield case("dark images", "no pixel above 30", picture(rng, (4, 4), 1, 10))
    yield case("photographs' numbers", "uint8", picture(rng, (4, 5)).astype(np.uint8))
    yield case("photographs' numbers", "fractions", picture(rng, (3, 5)) / 256)


@brightest.mistake("darkest",
    "That is the smallest number, the darkest pixel. You want the largest.")
def brightest_darkest(image):
    return image.min()


@brightest.mistake("place-not-value",
    "You found where the brightest pixel stands. Asked is how bright it is.")
def brightest_place(image):
    return int(np.argmax(image))


@brightest.mistake("one-per-column",
    "You have one number for each column. Asked is one number for the whole image.")
def brightest_columns(image):
    return image.max(axis=0)


@brightest.mistake("one-per-row",
    "You have one number for each row. Asked is one number for the whole image.")
def brightest_rows(image):
    return image.max(axis=1)


@brightest.mistake("first-row-only",
    "You looked at the first row only. The brightest pixel may be anywhere.")
def brightest_first_row(image):
    return image[0].max()


@brightest.mistake("first-pixel",
    "You took the first pixel, at the top left. The brightest pixel may be anywhere.")
def brightest_first(image):
    return image[0, 0]


@brightest.mistake("last-pixel",
    "You took the last pixel, at the bottom right. The brightest pixel may be anywhere.")
def brightest_last(image):
    return image[-1, -1]


@brightest.mistake("average",
    "You took the average of all pixels. Asked is the largest one.")
def brightest_average(image):
    return image.mean()


@brightest.mistake("sum",
    "You added all pixels up. Asked is the largest one.")
def brightest_sum(image):
    return int(np.sum(image)) if image.dtype.kind in "iu" else float(np.sum(image))


@brightest.mistake("always-255",
    "You answer 255 whatever the image. 255 is as bright as a pixel can be, but this image may "
    "have no such pixel.")
def brightest_white(image):
    return 255


@brightest.mistake("printed",
    "Your function shows a number but returns nothing. Write return where you wrote print.")
def brightest_printed(image):
    print(image.max())
