"""Lesson 03 says nothing that is not so: every number of its prose, computed."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.keys import compile_exercise, reference_functions
from autograder.source import read_source
from cnnkit.calls import run_calls
from cnnkit.data import load_photo
from cnnkit.judge import judge
from cnnkit.render import case_panels
from cnnkit.steps import _starts, show_counted, show_field

from .conftest import ROOT

SOLUTIONS = ROOT / "solutions"


@pytest.fixture(scope="module")
def prose() -> str:
    return (SOLUTIONS / "03-stride" / "stride.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lesson() -> dict:
    return reference_functions(read_source(SOLUTIONS / "03-stride"))


def test_the_header_adds_up_points_and_minutes(prose):
    exercises = read_source(SOLUTIONS / "03-stride").exercises
    points, minutes = sum(e.points for e in exercises), sum(e.minutes for e in exercises)
    assert f"{minutes} of them for four exercises worth {points} points" in prose
    for exercise in exercises:
        heading = f"Exercise: {exercise.id} ({exercise.points} points, {exercise.minutes} minutes)"
        assert heading in prose


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "windows"),
    [
        (7, 3, 1, 0, 5), (7, 3, 2, 0, 3), (8, 3, 2, 0, 3),  # the first pictures
        (7, 3, 3, 0, 2), (8, 3, 3, 0, 2), (9, 3, 3, 0, 3), (10, 3, 3, 0, 3),  # "2, 2, 3, 3"
        (10, 4, 2, 0, 4), (10, 2, 4, 0, 3),
        (7, 3, 2, 1, 4), (28, 5, 1, 2, 28), (5, 3, 2, 0, 2),
        (10, 3, 3, 1, 4),  # hint
    ],
)  # fmt: skip
def test_the_counts_in_the_prose_are_those_of_the_formula_and_of_the_picture(
    lesson, size, kernel, stride, padding, windows
):
    assert lesson["output_size"](size, kernel, stride, padding) == windows
    assert len(_starts(size, kernel, stride, padding)[0]) == windows


def test_no_window_looks_at_the_last_of_eight_pixels():
    starts, hanging = _starts(8, 3, 2)
    assert [*starts] == [0, 2, 4]
    assert hanging == 6


def test_ten_layers_without_padding_shrink_28_to_8(lesson):
    side = 28
    for _ in range(10):
        side = lesson["output_size"](side, 3)
    assert side == 8


def test_odd_kernels_keep_the_size_with_half_of_what_they_overlap_and_even_ones_never_do(lesson):
    for kernel in (1, 3, 5, 7):
        assert lesson["output_size"](28, kernel, padding=(kernel - 1) // 2) == 28
    for kernel in (2, 4, 6):
        assert all(lesson["output_size"](28, kernel, padding=p) != 28 for p in range(10))


@pytest.mark.parametrize(
    ("padding", "seen"), [(0, [1, 2, 3, 2, 1]), (1, [2, 3, 3, 3, 2]), (2, [3, 3, 3, 3, 3])]
)
def test_a_pixel_is_seen_by_as_many_windows_as_the_picture_says(padding, seen):
    counts = np.zeros(5 + 2 * padding, dtype=int)
    for start in _starts(5, 3, 1, padding)[0]:
        counts[start : start + 3] += 1
    assert counts[padding : padding + 5].tolist() == seen


def test_the_worked_example_comes_out_as_written(lesson):
    image = np.array(
        [[3, 1, 0, 2, 1], [2, 0, 1, 1, 0], [1, 2, 2, 0, 3], [0, 1, 1, 2, 1], [2, 0, 3, 1, 0]]
    )
    kernel = np.array([[1, 0, -1]] * 3)
    assert lesson["convolve2d"](image, kernel, 2).tolist() == [[3, -1], [-3, 2]]


def test_a_strided_map_is_a_part_of_the_whole_map(lesson):
    photo = load_photo("camera")[20:60, 40:90] / 255
    kernel = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
    whole = lesson["convolve2d"](photo, kernel)
    for stride in (2, 3, 4):
        strided = lesson["convolve2d"](photo, kernel, stride)
        assert np.array_equal(whole[::stride, ::stride], strided)


def test_a_mean_over_padding_is_four_ninths_in_the_corner(lesson):
    blurred = lesson["convolve2d"](np.ones((4, 6)), np.full((3, 3), 1 / 9), padding=1)
    assert blurred[0, 0] == pytest.approx(4 / 9)
    assert blurred[0, 1] == pytest.approx(6 / 9)
    assert blurred[1, 1] == pytest.approx(1)


def test_stride_2_leaves_a_quarter_of_the_multiplications_and_all_weights(lesson, prose):
    costs = [lesson["output_size"](48, 3, stride, 1) ** 2 * 27 * 16 for stride in (1, 2)]
    assert costs == [995_328, 248_832]
    assert costs[0] == 4 * costs[1]
    assert all(f"{cost:,}" in prose for cost in costs)
    assert 16 * 27 + 16 == 448


def test_receptive_fields_are_as_wide_as_the_rule_says(lesson):
    def field_by_rule(strides):
        field, jump = 1, 1
        for stride in strides:
            field += 2 * jump
            jump *= stride
        return field

    def field_by_trying(strides, size):
        seen = []
        for column in range(size):
            image = np.zeros((size, size))
            image[size // 2, column] = 1
            for stride in strides:
                image = lesson["convolve2d"](image, np.ones((3, 3)), stride)
            seen.append(image[len(image) // 2, len(image) // 2] > 0)
        return sum(seen)

    for strides, width in [((1,), 3), ((1, 1), 5), ((2, 1), 7), ((2, 2), 7)]:
        assert field_by_rule(strides) == field_by_trying(strides, 15) == width
    assert field_by_rule([1, 1, 1]) == 7
    assert field_by_rule([2, 2, 2]) == field_by_trying([2, 2, 2], 15) == 15


@pytest.mark.parametrize(
    ("size", "strides", "cells", "pixels"), [(7, [1, 1], 3, 5), (11, [2, 1], 3, 7)]
)
def test_the_picture_of_a_field_shows_what_the_rule_says(capsys, size, strides, cells, pixels):
    show_field(size, strides)
    words = capsys.readouterr().out
    assert f"{size} in the image, " in words
    assert f"The middle cell of map 2 has seen {cells} of map 1 and {pixels} of the image." in words


def test_the_layer_has_the_shapes_of_the_table(lesson):
    rng = np.random.default_rng(0)
    maps = lesson["convolution_layer"](
        rng.random((5, 7, 3)), rng.random((4, 3, 3, 3)), np.zeros(4), stride=2
    )
    assert maps.shape == (2, 3, 4)


def test_hasty_stripes_are_gone_and_right_ones_are_not(lesson):
    stripes = np.full((24, 24), 0.5)
    stripes[:, 12::2], stripes[:, 13::2] = 0, 1
    edges = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
    right = lesson["convolve2d"](stripes, edges, 2)
    hasty = lesson["convolve2d"](stripes[::2, ::2], edges)
    assert np.abs(right[:, :5]).max() == np.abs(hasty[:, :4]).max() == 0  # plain: nothing
    assert np.abs(right[:, 6:]).min() >= 1  # striped: bright everywhere
    assert np.abs(hasty[:, 6:]).max() == 0  # striped: nothing
    assert np.count_nonzero(np.abs(hasty).max(axis=0)) == 2  # one band, two cells wide


def test_the_staircase_says_in_words_what_it_draws(capsys):
    show_counted({(7, 3, 2): 3, (8, 3, 3): 3, (5, 3, 2, 1): None})
    words = capsys.readouterr().out
    assert "windows start at pixel 0, 2, 4. You counted 3: right." in words
    assert "0, 3; one more, at 6, would hang over the end. You counted 3: it is 2." in words
    assert "with a zero on each side, a window of 3, stride 2: windows start at pixel −1, 1, 3. 3 w" in words


@pytest.fixture(scope="module")
def size_key(lesson):
    exercise = read_source(SOLUTIONS / "03-stride").exercises[0]
    return compile_exercise("03-stride", exercise, lesson["output_size"], 0)


def judged(key, function):
    outcomes = run_calls(function, key.calls(), key.arrays, key.plan)
    verdict = judge(key, outcomes)
    return verdict, {panel.title: panel.text for panel in case_panels(key, verdict, outcomes)}


@pytest.mark.parametrize("instead", ["does not fit", None, -1])
def test_who_returns_something_else_instead_of_the_error_is_told_just_that(size_key, instead):
    def output_size(size, kernel_size, stride=1, padding=0):
        room = size + 2 * padding - kernel_size
        return instead if room < 0 else room // stride + 1

    verdict, panels = judged(size_key, output_size)
    assert verdict.mistake is None  # whole numbers are no floats
    assert "Here a ValueError should be raised" in verdict.message
    assert panels["expected"] == "ValueError"
    assert panels["yours"] == ("'does not fit'" if instead == "does not fit" else
                               str(instead).replace("-", "−"))  # fmt: skip
    assert int(panels["kernel_size"]) > int(panels["size"])


def test_a_fraction_is_shown_where_it_is_one_and_a_float_with_its_point(size_key):
    def fraction(size, kernel_size, stride=1, padding=0):
        if size + 2 * padding < kernel_size:
            raise ValueError
        return (size + 2 * padding - kernel_size) / stride + 1

    verdict, panels = judged(size_key, fraction)
    assert verdict.mistake == "fraction"
    assert not float(panels["yours"]).is_integer()
    verdict, panels = judged(size_key, lambda *a, **k: float(np.floor(fraction(*a, **k))))
    assert verdict.mistake == "float"
    assert panels["yours"] == f"{panels['expected']}.0"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("rounds-up", lambda n, k, s=1, p=0: -((k - n - 2 * p) // s) + 1),
        ("no-plus-one", lambda n, k, s=1, p=0: (n + 2 * p - k) // s),
        ("padding-once", lambda n, k, s=1, p=0: (n + p - k) // s + 1),
        ("fraction", lambda n, k, s=1, p=0: (n + 2 * p - k) / s + 1),
    ],
)
def test_a_mistake_is_named_also_where_the_error_is_forgotten_too(size_key, name, wrong):
    def output_size(size, kernel_size, stride=1, padding=0):
        return wrong(size, kernel_size, stride, padding)

    assert judged(size_key, output_size)[0].mistake == name
