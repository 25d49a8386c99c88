"""Lesson 04 says nothing that is not so: every number of its prose, computed."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.keys import reference_functions
from autograder.source import read_source
from cnnkit.data import load_photo

from .conftest import ROOT

SOLUTIONS = ROOT / "solutions"


@pytest.fixture(scope="module")
def prose() -> str:
    return (SOLUTIONS / "04-pooling" / "pooling.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lesson() -> dict:
    return reference_functions(read_source(SOLUTIONS / "04-pooling"))


@pytest.fixture(scope="module")
def outlines(lesson) -> np.ndarray:
    return lesson["feature_map_of"](load_photo("camera") / 255, lesson["OUTLINE"])


def test_the_header_adds_up_points_and_minutes(prose):
    exercises = read_source(SOLUTIONS / "04-pooling").exercises
    points, minutes = sum(e.points for e in exercises), sum(e.minutes for e in exercises)
    assert f"{minutes} of them for four exercises worth {points} points" in prose
    for exercise in exercises:
        plural = "s" if exercise.points > 1 else ""
        worth = f"{exercise.points} point{plural}, {exercise.minutes} minutes"
        assert f"Exercise: {exercise.id} ({worth})" in prose


def test_the_given_convolution_is_the_one_of_lesson_02(lesson):
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(6, 7)), rng.normal(size=(3, 2))
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 2))
    want = np.maximum((windows * kernel).sum(axis=(2, 3)), 0)
    assert np.allclose(lesson["feature_map_of"](image, kernel), want)


def test_four_by_four_becomes_two_by_two_as_written(lesson):
    small = np.array([[0, 2, 5, 1], [3, 7, 0, 2], [4, 4, 1, 0], [0, 4, 6, 1]])
    assert lesson["max_pool2d"](small).tolist() == [[7, 5], [4, 6]]
    assert lesson["average_pool2d"](small).tolist() == [[3, 2], [3, 2]]


def test_the_largest_of_a_negative_window_is_minus_one(lesson):
    assert lesson["max_pool2d"](np.array([[-4, -1], [-3, -2]])).tolist() == [[-1]]


def test_seven_by_nine_gives_four_columns(lesson):
    assert lesson["max_pool2d"](np.zeros((7, 9)), 3, 2).shape == (3, 4)


def test_size_2_and_stride_2_lose_the_last_row_and_column_of_5_by_7(lesson):
    board = np.zeros((5, 7))
    board[4, :] = board[:, 6] = 1
    assert lesson["max_pool2d"](board).max() == 0


def test_the_maximum_is_brighter_and_the_average_keeps_the_mean(lesson, outlines):
    largest, mean = (lesson[name](outlines, 4, 4) for name in ("max_pool2d", "average_pool2d"))
    assert np.all(mean <= largest)
    assert largest.mean() > 4 * outlines.mean()
    assert mean.mean() == pytest.approx(outlines[:252, :252].mean())
    assert largest.max() == outlines[:252, :252].max()


def test_pooling_keeps_the_channels(lesson):
    assert lesson["pool_layer"](np.zeros((8, 6, 3))).shape == (4, 3, 3)


def test_a_shift_within_a_window_changes_nothing_and_across_it_does(lesson):
    def pooled(column):
        spot = np.zeros((4, 8))
        spot[1, column] = 9
        return lesson["max_pool2d"](spot)

    same = [np.array_equal(pooled(column), pooled(column + 1)) for column in range(1, 6)]
    assert same == [False, True, False, True, False]
    assert not np.array_equal(pooled(2), pooled(4))


def test_pooling_softens_a_shift_and_removes_none(lesson, outlines):
    def change(summary):
        still, shifted = summary(outlines[:, 1:]), summary(outlines[:, :-1])
        return np.mean(np.abs(still - shifted)) / np.mean(still)

    def pool(name, size):
        return change(lambda one: lesson[name](one, size, size))

    before = change(lambda one: one)
    assert change(lambda one: one[::2, ::2]) >= before > 1
    for name in ("max_pool2d", "average_pool2d"):
        assert before / 2 > pool(name, 2) - 0.01 > pool(name, 4) > 0.1


def test_a_shift_by_the_stride_moves_the_pooled_map_by_one_cell(lesson, outlines):
    one, two = lesson["max_pool2d"](outlines[:, 2:]), lesson["max_pool2d"](outlines[:, :-2])
    assert np.array_equal(one[:, :-1], two[:, 1:])


def test_two_different_maps_pool_to_the_same(lesson):
    one = np.array([[9, 0, 0, 0], [0, 0, 0, 5], [0, 0, 0, 0], [0, 3, 7, 0]])
    other = np.array([[0, 0, 5, 0], [0, 9, 0, 0], [3, 0, 0, 0], [0, 0, 0, 7]])
    assert np.array_equal(lesson["max_pool2d"](one), lesson["max_pool2d"](other))


def test_global_averages_come_out_as_written_and_do_not_mind_shuffling(lesson, outlines):
    pair = np.stack([[[1, 2], [3, 4]], [[0, 0], [0, 8]]], axis=-1)
    assert lesson["global_average_pool"](pair).tolist() == [2.5, 2.0]
    shuffled = np.random.default_rng(4).permutation(outlines.ravel()).reshape(outlines.shape)
    before, after = (lesson["global_average_pool"](m[:, :, None]) for m in (outlines, shuffled))
    assert before == pytest.approx(after)


def test_the_savings_are_those_of_the_table(lesson, prose):
    maps = np.zeros((28, 28, 8))
    stages = [maps, lesson["pool_layer"](maps), lesson["global_average_pool"](maps)]
    assert [stage.size for stage in stages] == [6_272, 1_568, 8]
    assert [10 * stage.size for stage in stages] == [62_720, 15_680, 80]
    assert all(f"{10 * stage.size:,}" in prose for stage in stages)
    assert (28 * 28 * 72 * 16, 14 * 14 * 72 * 16) == (903_168, 225_792)
    assert 3 * 3 * 8 == 72


def test_starting_at_zero_is_harmless_after_relu_only(lesson, outlines):
    right = lesson["max_pool2d"](outlines, 4, 4)
    assert np.array_equal(right, np.maximum(right, 0))
    signed = np.array([[-4, -1, 2, -3], [-3, -2, -5, 1]])
    assert lesson["max_pool2d"](signed).tolist() == [[-1, 2]]


def test_hasty_pooling_leaves_two_of_four_lines(lesson):
    lines = np.zeros((24, 24))
    lines[:, [3, 8, 13, 18]] = 1

    def count(pooled):
        return np.count_nonzero(pooled.max(axis=0))

    assert count(lines[1::2, 1::2]) == 2
    assert count(lesson["max_pool2d"](lines)) == 4
    assert lesson["average_pool2d"](lines).max() == 0.5
