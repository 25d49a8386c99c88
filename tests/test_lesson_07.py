"""Lesson 07: the scenes are as told, detections are judged as told, and the prose is so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.keys import reference_functions
from autograder.source import read_source
from cnnkit.check import examine
from cnnkit.data import load_model
from cnnkit.detections import compare_with_truth, detections, overlaps, quality
from cnnkit.key import read_key
from cnnkit.scenes import KINDS, render

from .conftest import ROOT

SOURCE = ROOT / "solutions" / "07-video"
PROSE = (SOURCE / "video.md").read_text(encoding="utf-8")
LESSON = reference_functions(read_source(SOURCE))
MODEL = load_model("fashion-cnn")


def declared(name):
    return next(e for e in read_source(SOURCE).exercises if e.id == name)


def test_the_same_seed_gives_the_same_scene_and_another_seed_another():
    one, again, other = render(3), render(3), render(4)
    np.testing.assert_array_equal(one.frames, again.frames)
    np.testing.assert_array_equal(one.truth, again.truth)
    assert not np.array_equal(one.frames, other.frames)


@pytest.mark.parametrize("seed", range(6))
def test_the_truth_lies_in_the_picture_and_things_stand_out_there(seed):
    scene = render(seed, noise=0.0, flicker=0.0)
    count, height, width = scene.frames.shape
    empty = np.median(scene.frames, axis=0)
    assert len(scene.truth) > 10
    for frame, top, left, tall, wide, label in scene.truth:
        assert 0 <= frame < count
        assert 0 <= top <= top + tall <= height
        assert 0 <= left <= left + wide <= width
        assert label in KINDS
        inside = np.abs(scene.frames[frame, top : top + tall, left : left + wide] - empty[
            top : top + tall, left : left + wide])  # fmt: skip
        assert inside.mean() > 20


def test_an_empty_scene_has_no_truth():
    scene = render(1, things=0)
    assert scene.truth.shape == (0, 6)
    assert scene.hidden.shape == (0, 6)


@pytest.mark.parametrize("seed", range(200, 212))
def test_the_reference_finds_the_places_in_every_scene(seed):
    scene = render(seed)
    places, _ = quality(compare_with_truth(LESSON["watch"](scene.frames, MODEL), scene.truth,
                                           scene.hidden))  # fmt: skip
    assert places >= 0.9


def test_most_labels_of_the_reference_are_right():
    right = hits = 0
    for seed in range(200, 212):
        scene = render(seed)
        counts = compare_with_truth(LESSON["watch"](scene.frames, MODEL), scene.truth, scene.hidden)
        right, hits = right + counts["right"], hits + counts["hits"]
    assert right / hits >= 0.85


@pytest.mark.parametrize("seed", range(20))
def test_no_case_of_heat_maps_gives_the_same_for_every_image(seed):
    for case in declared("heat_maps").generator(np.random.default_rng(seed)):
        image, *rest = case.args
        heat = LESSON["heat_maps"](image, *rest, **case.kwargs)
        nothing = LESSON["heat_maps"](np.zeros_like(image), *rest, **case.kwargs)
        assert np.all(np.abs(heat - nothing).max(axis=2) > 1e-4), case.name


def earned(function):
    """The points of watch that the public key gives to a function."""
    verdict, _ = examine(read_key(ROOT / "course" / "07-video" / "key.npz", "watch"), function)
    return verdict.score


def test_who_never_finds_anything_earns_next_to_nothing_and_names_count_for_a_quarter():
    def anonymous(frames, model):
        found = LESSON["watch"](frames, model)
        found[:, 5] = 5  # nothing of this kind ever passes
        return found

    assert 0 < earned(lambda frames, model: np.zeros((0, 6), int)) < 0.2 * 3
    assert earned(LESSON["watch"]) == 3
    assert 0.7 * 3 < earned(anonymous) < 0.8 * 3


box = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 12), st.integers(1, 12))


@settings(max_examples=60, deadline=None)
@given(box, box)
def test_overlap_is_symmetric_between_0_and_1_and_the_one_of_the_marking(a, b):
    value = LESSON["overlap"](a, b)
    assert 0 <= value <= 1
    assert value == LESSON["overlap"](b, a)
    assert (value == 1) == (a == b)
    table = overlaps(np.array([[0, *a, 0]]), np.array([[0, *b, 0], [1, *b, 0]]))
    np.testing.assert_allclose([[value, 0]], table)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_sliding_the_network_is_asking_it_window_by_window(seed):
    rng = np.random.default_rng(seed)
    image = rng.random((33, 37))
    heat = LESSON["heat_maps"](image, MODEL)
    assert heat.shape == (3, 5, 10)
    for row, column in ((0, 0), (2, 4), (1, 2)):
        window = image[2 * row : 2 * row + 28, 2 * column : 2 * column + 28]
        np.testing.assert_allclose(LESSON["heat_maps"](window, MODEL)[0, 0], heat[row, column])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 7), st.integers(1, 7))
def test_boxes_of_all_sizes_cover_exactly_the_mask(seed, height, width):
    mask = np.random.default_rng(seed).random((height, width)) < 0.4
    covered = np.zeros(mask.shape, bool)
    for top, left, tall, wide in LESSON["find_boxes"](mask):
        covered[top : top + tall, left : left + wide] = True
    assert not np.any(mask & ~covered)
    assert len(LESSON["find_boxes"](mask, mask.size + 1)) == 0


def test_detections_are_counted_once_and_partly_visible_things_excused():
    truth = np.array([[0, 10, 10, 10, 10, 8]])
    hidden = np.array([[0, 40, 0, 10, 4, 9]])
    found = np.array([[0, 10, 10, 10, 10, 8], [0, 11, 10, 10, 10, 8], [0, 40, 0, 10, 5, 1],
                      [1, 10, 10, 10, 10, 8]])  # fmt: skip
    counts = compare_with_truth(found, truth, hidden)
    assert counts == {"hits": 1, "misses": 0, "false alarms": 2, "right": 1}
    assert quality({"hits": 0, "misses": 0, "false alarms": 0, "right": 0}) == (1.0, 0.0)


@pytest.mark.parametrize("got", [None, "none", 3, [[1, 2, 3]], np.zeros((2, 5)), {"a": 1}])
def test_what_is_no_table_earns_nothing_and_is_told(got):
    scene = render(1)
    want = {"truth": scene.truth, "hidden": scene.hidden}
    found = detections({}, want, got, {"places": 0.8, "labels": 0.45}, 0.0)
    assert found.share == 0
    assert found.note


READINGS = {
    "left, top, right, bottom": lambda f: np.c_[f[:, 0], f[:, 2], f[:, 1], f[:, 2] + f[:, 4],
                                                f[:, 1] + f[:, 3], f[:, 5]],
    "middle": lambda f: np.c_[f[:, 0], f[:, 1:3] + f[:, 3:5] // 2, f[:, 3:]],
    "Height comes first": lambda f: f[:, [0, 1, 2, 4, 3, 5]],
    "the table and something else": lambda f: (f, [1.0]),
    "fit into a table of numbers": lambda f: [[*row[:5], "a bag"] for row in f.tolist()],
    "stand in a list": lambda f: f.tolist(),
    "you say (38, -8, 42, 28)": lambda f: f + np.array([0, -8, -8, 16, 16, 0]),
}  # fmt: skip


@pytest.mark.parametrize("said", READINGS)
def test_of_a_table_in_another_form_it_is_said_which(said):
    truth = np.array([[0, 46, 0, 26, 12, 9], [0, 4, 60, 20, 9, 1], [1, 46, 30, 26, 12, 9]])
    key = read_key(ROOT / "course" / "07-video" / "key.npz", "watch")

    def dressed(frames, model):
        return READINGS[said](LESSON["watch"](frames, model))

    verdict, _ = examine(key, dressed)
    assert verdict.score < 3
    assert verdict.mistake is None
    want = {"truth": truth, "hidden": truth[:0]}
    found = detections({}, want, READINGS[said](truth), {"places": 0.8, "labels": 0.45}, 0.0)
    assert said in found.note


@pytest.mark.parametrize("seed", range(2))
def test_no_name_and_no_place_among_the_kinds_is_right_in_every_scene(seed):
    exercise = declared("watch")
    cases = exercise.generator(np.random.default_rng(seed))
    wanted = [exercise.expectation(case, None)["truth"][:, 5] for case in cases]
    kinds = [set(labels.tolist()) for labels in wanted[:3]]
    assert set.intersection(*kinds) == set()
    assert kinds[1] & {8, 9} and kinds[0] | kinds[2] == {0, 1, 8, 9}


def test_the_first_thing_missed_is_named_with_the_box_that_stands_there_instead():
    truth = np.array([[2, 10, 10, 10, 10, 8], [3, 10, 20, 10, 10, 8], [4, 10, 30, 10, 10, 8]])
    want = {"truth": truth, "hidden": np.zeros((0, 6), int)}
    options = {"places": 0.8, "labels": 0.45}

    def note(found):
        return detections({}, want, found, options, 0.0).note

    assert note(truth[:1]).endswith("in frame 3: top, left, height, width (10, 20, 10, 10); you: none.")
    wide = truth + np.array([0, 0, 0, 20, 20, 0])
    assert note(wide).endswith("in frame 2: top, left, height, width (10, 10, 10, 10); "
                               "you say (10, 10, 30, 30).")  # fmt: skip
    unnamed = note(truth - np.array([0, 0, 0, 0, 0, 8]))
    assert "missed" not in unnamed
    assert note(None) == "You returned nothing. Is there a return at the end?"


def test_the_header_adds_up_points_and_minutes():
    exercises = read_source(SOURCE).exercises
    points, minutes = sum(e.points for e in exercises), sum(e.minutes for e in exercises)
    assert points == 10
    assert f"{minutes} of them for six exercises worth {points} points" in PROSE
    for e in exercises:
        word = "point" if e.points == 1 else "points"
        assert f"Exercise: {e.id} ({e.points} {word}, {e.minutes} minutes)" in PROSE


def test_the_numbers_of_the_prose_are_right():
    assert LESSON["overlap"]((0, 0, 2, 4), (1, 2, 2, 4)) == pytest.approx(0.143, abs=5e-4)
    assert MODEL["weights"].shape == (12 * 12 * 8, 10)
    assert (28 - 5 + 1) // 2 == 12
    assert LESSON["heat_maps"](np.zeros((32, 32)), MODEL).shape[:2] == (3, 3)  # "nine votes"
    motion = LESSON["motion_map"](
        np.array([[51, 51, 51], [51, 153, 51]], np.uint8), np.full((2, 3), 0.4)
    )
    np.testing.assert_allclose([[0, 0, 0], [0, 0.8, 0]], motion, atol=1e-12)
    right, wrong = 0.99 * 100, 0.01 * (1_000_000 - 100)
    assert round(100 * right / (right + wrong)) == 1


def test_the_threshold_has_its_valley_where_the_lesson_puts_it():
    def mistakes(threshold):
        misses = alarms = 0
        for seed in range(20, 24):
            scene, rows = render(seed), []
            background = LESSON["find_background"](scene.frames)
            for number, frame in enumerate(scene.frames):
                motion = LESSON["motion_map"](frame, background)
                blocks = LESSON["active_blocks"](motion, threshold)
                found = 2 * LESSON["find_boxes"](blocks, smallest=4)
                rows += [[number, *one, 0] for one in found.tolist()]
            table = np.array(rows, dtype=int).reshape(-1, 6)
            counts = compare_with_truth(table, scene.truth, scene.hidden)
            misses, alarms = misses + counts["misses"], alarms + counts["false alarms"]
        return np.array([misses, alarms])

    left, valley, right = (mistakes(threshold) for threshold in (0.03, 0.12, 0.3))
    assert np.all(valley < left)  # of both kinds, as the reveal says
    assert np.all(valley < right)
    assert valley.sum() * 5 < min(left.sum(), right.sum())
