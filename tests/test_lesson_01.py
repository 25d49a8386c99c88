"""Lesson 01 says nothing that is not so: every number of its prose, computed."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.source import read_source

from .conftest import ROOT
from .played import Played, play

SOURCE = (ROOT / "solutions" / "01-pixels" / "pixels.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lesson() -> Played:
    return play("01-pixels")


def test_the_header_adds_up_points_and_minutes(lesson):
    exercises = read_source(ROOT / "solutions" / "01-pixels").exercises
    points, minutes = sum(e.points for e in exercises), sum(e.minutes for e in exercises)
    assert f"{minutes} of them for five exercises worth {points} points" in lesson.prose
    for exercise in exercises:
        plural = "s" if exercise.points > 1 else ""
        worth = f"{exercise.points} point{plural}, {exercise.minutes} minutes"
        assert f"Exercise: {exercise.id} ({worth})" in lesson.prose


def test_the_predictions_come_out_as_the_lesson_says(lesson):
    assert lesson.truths == {
        "house-pixel": "grass",
        "how-many-numbers": 200 * 256 * 3,
        "overflow": 4,
        "own-maximum": "both look the same",
        "green-blue": "both the same",
    }


def test_the_frames_of_the_first_picture_are_around_what_is_shown_beside_it(lesson):
    camera = lesson["camera"]
    row, column = 28 + 48, 84 + 32
    assert np.array_equal(camera[row : row + 12, column : column + 12], camera[76:88, 116:128])
    assert "highlights=[(28, 84, 64, 64), (48, 32, 12, 12), None]" in SOURCE


def test_the_table_is_read_rows_first(lesson):
    assert lesson["table"].shape == (4, 6)
    assert lesson["table"][2, 4] == 170
    assert lesson["table"][1:3, 2:5].tolist() == [[90, 100, 110], [150, 160, 170]]


def test_the_house_has_the_articles_shape_and_its_colours_in_place(lesson):
    house = lesson["house"]
    assert house.shape == (4, 4, 3)
    assert house.dtype == np.uint8
    assert house[0, 3].tolist() == list(lesson["SUN"])  # much red, much green, no blue
    assert house[0, 3].tolist() == [255, 220, 0]
    assert (house[3] == lesson["GRASS"]).all()


def test_the_wood_is_brightest_in_red_and_the_cup_bright_in_all_three(lesson):
    coffee = lesson["coffee"]
    assert coffee.shape == (200, 256, 3)
    assert (int(coffee.min()), int(coffee.max())) == (0, 255)
    red, green, blue = coffee[:40, 200:].mean(axis=(0, 1))  # a corner of the table
    assert red > green > blue
    whitest = coffee.min(axis=2)
    row, column = np.unravel_index(whitest.argmax(), whitest.shape)
    assert coffee[row, column].min() > 220
    assert 10 < row < 110  # on the cup
    assert 60 < column < 190


def test_eight_bits_wrap_around_without_a_word(lesson, recwarn):
    assert 2**8 == 256
    assert (np.array([250], np.uint8) + np.array([10], np.uint8))[0] == 4 == 260 - 256
    pixels = np.array([100, 230, 250])
    assert (pixels + 20).tolist() == [120, 250, 270]
    assert (pixels + 20).astype(np.uint8).tolist() == [120, 250, 14]
    assert np.clip(pixels + 20, 0, 255).tolist() == [120, 250, 255]
    coffee = lesson["coffee"]
    assert (coffee + np.uint8(90))[coffee > 200].max() < 90  # what was brightest is dark
    assert not recwarn.list


def test_brighter_and_darker_again_loses_part_of_the_picture(lesson):
    coffee, brighten = lesson["coffee"], lesson["brighten"]
    lost = np.mean(brighten(brighten(coffee, 90), -90) != coffee)
    assert f"{lost:.0%} of the numbers are not what they were" in lesson.printed
    bright = brighten(coffee, 90)
    assert (bright == 255).all(axis=2).mean() > 0.05  # the rim
    assert (bright[:60, 200:, 0] == 255).mean() > 0.95  # the wood behind it


def test_the_row_of_normalized_pixels(lesson):
    assert np.allclose(lesson["pixels"] / 255, [[0, 0.2, 0.4, 0.8, 1]])


def test_by_its_own_maximum_night_looks_like_day(lesson):
    day, night, lamp = lesson["day"], lesson["night"], lesson["lamp"]
    assert (night == day // 4).all()
    assert np.abs(day / day.max() - night / night.max()).max() < 0.02
    apart = day / 255 - night / 255
    assert apart.mean() > 0.25  # by 255 they stay day and night
    changed = (night / night.max() != lamp / lamp.max())[night > 0]
    assert changed.mean() > 0.999  # all the cat's numbers but those under the lamp
    assert lesson["normalize"](day).max() == day.max() / 255


def test_the_weights_for_grey_and_the_worked_pixel(lesson):
    weights = np.array([0.299, 0.587, 0.114])
    assert weights.sum() == pytest.approx(1)
    assert weights * [1.0, 0.5, 0.2] == pytest.approx([0.299, 0.2935, 0.0228])
    assert weights @ [1.0, 0.5, 0.2] == pytest.approx(0.6153)
    green, blue = lesson["green"], lesson["blue"]
    assert np.allclose(green.mean(axis=2), 1 / 3)
    assert np.allclose(blue.mean(axis=2), 1 / 3)


def test_the_ring_is_gone_in_the_plain_mean_and_clear_in_grey(lesson):
    sign, ring = lesson["sign"], lesson["ring"]
    assert np.ptp(sign.mean(axis=2)) < 1e-9
    grey = lesson["to_grayscale"](sign)
    assert abs(grey[ring].mean() - grey[~ring].mean()) > 0.3


def test_the_batch_is_reddish_until_it_is_standardized(lesson):
    batch, standardize = lesson["batch"], lesson["standardize"]
    assert batch.shape == (3, 128, 128, 3)
    red, green, blue = batch.mean(axis=(0, 1, 2))
    assert red > green > blue
    done = standardize(batch)
    assert np.allclose(done.mean(axis=(0, 1, 2)), 0)
    assert np.allclose(done.std(axis=(0, 1, 2)), 1)


def test_the_worked_standardization(lesson):
    values = np.array([1, 1, 5, 5])
    assert values.mean() == 3
    assert ((values - 3) ** 2).tolist() == [4, 4, 4, 4]
    assert values.std() == 2
    assert ((values - 3) / 2).tolist() == [-1, -1, 1, 1]
    batch = values.reshape(2, 1, 2, 1)  # two images of 1×2 pixels
    assert lesson["standardize"](batch).ravel().tolist() == [-1, -1, 1, 1]


def test_a_constant_channel_of_a_tenth_becomes_zero(lesson):
    batch = np.full((3, 1, 3, 1), 0.1)
    assert batch.std() < 1e-8
    assert not lesson["standardize"](batch).any()


def test_the_hints_worked_examples_are_right(lesson):
    assert lesson["image_size"](np.zeros((4, 6, 3))) == (4, 6, 3)
    assert lesson["image_size"](np.zeros((4, 6))) == (4, 6, 1)
    assert lesson["brighten"](np.array([10, 100, 250], np.uint8), 20).tolist() == [30, 120, 255]
    assert lesson["normalize"](np.array([0, 51, 102])) == pytest.approx([0, 0.2, 0.4])
    assert lesson["to_grayscale"](np.array([[[1, 0.5, 0]]]))[0, 0] == pytest.approx(0.5925)
    batch = np.stack([[1, 1, 5, 5], [7, 7, 7, 7]], axis=-1).reshape(1, 2, 2, 2)
    done = lesson["standardize"](batch).reshape(4, 2).T
    assert done.tolist() == [[-1, -1, 1, 1], [0, 0, 0, 0]]
