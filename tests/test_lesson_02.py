"""Lesson 02 says nothing that is not so: every number of its prose, computed."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.source import read_source
from cnnkit.widgets import _filter

from .conftest import ROOT
from .played import Played, play


@pytest.fixture(scope="module")
def lesson() -> Played:
    return play("02-filters")


def same_after_half_a_turn(kernel: np.ndarray) -> bool:
    return bool(np.allclose(kernel, kernel[::-1, ::-1]))


def test_the_header_adds_up_points_and_minutes(lesson):
    exercises = read_source(ROOT / "solutions" / "02-filters").exercises
    points, minutes = sum(e.points for e in exercises), sum(e.minutes for e in exercises)
    assert f"{minutes} of them for five exercises worth {points} points" in lesson.prose
    for exercise in exercises:
        plural = "s" if exercise.points > 1 else ""
        worth = f"{exercise.points} point{plural}, {exercise.minutes} minutes"
        assert f"Exercise: {exercise.id} ({worth})" in lesson.prose


def test_the_predictions_come_out_as_the_lesson_says(lesson):
    assert lesson.truths == {
        "second-window": -4,
        "map-size": "4×4",
        "mirrored": "−3",
        "outline-sky": 0,
        "turned-same": "outline",
        "two-or-one": "equal",
        "channels-shape": "(3, 3)",
        "layer-weights": 224,
        "careless-blur": "a blurred photograph, as it should be",
        "careless-edge": "a wrong map: negative values become large positive ones",
        "test-turned": 3,
    }


def test_the_example_worked_sum_by_sum(lesson):
    example, edge = lesson["example"], lesson["edge"]
    assert (example[0:3, 0:3] * edge).sum(axis=1).tolist() == [2, -7, 0]
    assert lesson["apply_filter"](example[0:3, 0:3], edge) == -5 == 2 - 7 + 0
    left, middle, right = (example[0:3, 1:4] * edge).sum(axis=0)
    assert (left, middle, right) == (0 + 5 + 7, 0, -(2 + 9 + 5))
    assert left + right == 12 - 16 == -4


def test_the_whole_map_of_the_example(lesson):
    want = [[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]
    assert lesson["convolve2d"](lesson["example"], lesson["edge"]).tolist() == want
    assert lesson["whole"].tolist() == want
    assert 6 - 3 + 1 == 4 == len(want)


def test_the_explorer_shows_the_lessons_example_and_filter(lesson):
    assert np.array_equal(_filter.IMAGE, lesson["example"])
    assert np.array_equal(_filter.PRESETS["vertical edges"], lesson["edge"])


def test_an_edge_has_the_sign_of_its_brighter_side(lesson):
    step, edge, convolve2d = lesson["step"], lesson["edge"], lesson["convolve2d"]
    assert convolve2d(step, edge).tolist() == [[0, 3, 3, 0]] * 4
    assert convolve2d(lesson["mirrored"], edge).tolist() == [[0, -3, -3, 0]] * 4
    assert not convolve2d(step, edge.T).any()


def test_the_photograph_has_as_many_windows_as_the_lesson_says(lesson):
    rows, columns = lesson["camera"].shape
    assert (rows - 2) * (columns - 2) > 15_000
    assert "more than 15,000 windows" in lesson.prose


def test_the_sums_of_the_gallerys_weights(lesson):
    sums = {name: round(kernel.sum(), 6) for name, kernel in lesson["gallery"].items()}
    assert sums == {"blur": 1, "sharpen": 1, "emboss": 1,
                    "outline": 0, "vertical edges": 0, "horizontal edges": 0}  # fmt: skip
    even = np.full((3, 3), 0.7)
    assert lesson["apply_filter"](even, lesson["gallery"]["outline"]) == pytest.approx(0)
    assert lesson["apply_filter"](even, lesson["gallery"]["blur"]) == pytest.approx(0.7)


def test_half_a_turn_leaves_three_filters_and_changes_the_sign_of_two(lesson):
    gallery = lesson["gallery"]
    still = [name for name, kernel in gallery.items() if same_after_half_a_turn(kernel)]
    assert still == ["blur", "sharpen", "outline"]
    for name in ("vertical edges", "horizontal edges"):
        assert np.array_equal(gallery[name][::-1, ::-1], -gallery[name])
    assert lesson["noticed"] == ["emboss", "vertical edges", "horizontal edges"]


def test_two_filters_in_a_row_are_one(lesson):
    merged = lesson["merge"](np.ones((3, 3)), lesson["edge"])
    assert merged.shape == (5, 5)
    assert merged[2].tolist() == [3, 3, 0, -3, -3]
    assert np.abs(lesson["two"] - lesson["one"]).max() < 1e-12


def test_with_relu_between_they_are_not(lesson):
    step, any_edge = lesson["step"], lesson["any_edge"]
    assert any_edge(step).tolist() == any_edge(step[:, ::-1]).tolist() == [[0, 3, 3, 0]] * 4


def test_the_window_of_twelve_products(lesson):
    house, reddish = lesson["house"], lesson["reddish"]
    assert house.shape == (4, 4, 3)
    products = house[0:2, 0:2] * reddish
    assert products.size == 12
    assert products.sum(axis=(0, 1)) == pytest.approx([2.8, 0, -1.6])
    found = lesson["convolve_channels"](house, reddish)
    assert found.shape == (3, 3)
    assert found[0, 0] == pytest.approx(1.2)


def test_the_suit_is_red_and_the_flag_is_blue(lesson):
    found = lesson["convolve_channels"](lesson["astronaut"], lesson["reddish"])
    assert found.max() > 1.5
    assert found.min() < -0.3


def test_a_layers_numbers_do_not_depend_on_the_image():
    assert 8 * 3 * 3 * 3 == 216
    assert 216 + 8 == 224


def test_the_dark_filter_needs_its_bias(lesson):
    layer, astronaut = lesson["convolution_layer"], lesson["astronaut"]
    dark = lesson["four"][3:]
    assert layer(astronaut, dark, np.zeros(1)).max() <= 0
    maps = layer(astronaut, dark, lesson["biases"][3:])
    assert 0.1 < (maps > 0).mean() < 0.9


def test_the_trained_filters_are_larger_and_one_of_them_finds_the_sole(lesson):
    filters = lesson["model"]["filters"]
    assert filters.shape == (8, 5, 5, 1)
    best = int(lesson["top_minus_bottom"].argmax())
    shoe = lesson["shoe"]
    maps = lesson["convolution_layer"](shoe, filters, lesson["model"]["filter_biases"])
    row, column = np.unravel_index(maps[:, :, best].argmax(), maps.shape[:2])
    window = shoe[row : row + 5, column : column + 5, 0]
    assert window[:2].mean() > window[3:].mean() + 0.3  # bright above, dark below


def test_careless_is_right_with_blur_and_wraps_with_edges(lesson, recwarn):
    photograph, careless, gallery = lesson["photograph"], lesson["careless"], lesson["gallery"]
    blurred = lesson["convolve2d"](photograph, gallery["blur"])
    assert np.abs(careless(photograph, gallery["blur"]) - blurred).max() <= 1
    right = lesson["convolve2d"](photograph.astype(int), lesson["edge"])
    wrong = careless(photograph, lesson["edge"]).astype(int)
    assert ((wrong - right) % 256 == 0).all()
    assert wrong[right == -1].tolist() == [255] * int((right == -1).sum())
    assert f"{np.mean(wrong == right):.0%} of the values are right" in lesson.printed
    assert not recwarn.list


def test_the_hints_worked_examples_are_right(lesson):
    patch, kernel = np.array([[1, 2], [3, 4]]), np.array([[10, 0], [0, -1]])
    assert (patch * kernel).ravel().tolist() == [10, 0, 0, -4]
    assert lesson["apply_filter"](patch, kernel) == 6
    image = np.arange(20.0).reshape(4, 5)
    found = lesson["convolve2d"](image, np.ones((2, 3)))
    assert found.shape == (3, 3)
    assert found[2, 1] == image[2:4, 1:4].sum()
    assert lesson["relu"](np.array([[-2, 0.5], [3, -0.25]])).tolist() == [[0, 0.5], [3, 0]]
    window = np.ones((2, 2, 2)) * [1, 2]
    assert (window * [1, 10]).sum(axis=(0, 1)).tolist() == [4, 80]
    assert lesson["convolve_channels"](window, np.ones((2, 2, 2)) * [1, 10]).tolist() == [[84]]
    image, filters, biases = np.ones((5, 5, 3)), np.ones((4, 3, 3, 3)), np.arange(4)
    maps = lesson["convolution_layer"](image, filters, biases)
    assert maps.shape == (3, 3, 4)
    assert maps[1, 0, 2] == 27 + 2
