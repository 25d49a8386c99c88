"""Verdicts for people: whatever a function returned can be shown and explained."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from cnnkit.check import _where, examine
from cnnkit.filmed import scene_panels
from cnnkit.key import exercise_names, read_key
from cnnkit.render import case_panels, verdict_html, verdict_text
from cnnkit.tables import Panel, number, panel_html

from .conftest import ROOT

KEYS = sorted((ROOT / "course").glob("*/key.npz"))
INF, NAN = float("inf"), float("nan")
ODD = [
    None, True, 10**400, -INF, NAN, 1e308, 2**64, "<b>text</b>", object(), len,
    (), (1,), (1, 2, 3), ((1, (2,)),), [], [1, 2], [[1, 2], [3, 4]], [[1, [2]], 3], [None], {}, {"<b>": 1},
    np.full((3, 4), NAN), np.full((3, 4), INF), np.array([[INF, -INF]]), np.full((4, 4), 2**64 - 1, np.uint64),
    np.array(5), np.float16(3), np.zeros((0, 3)), np.zeros((2,) * 9), np.zeros((2, 3, 4)), np.zeros(3, complex),
    np.array(["a"]), np.array([object()]), np.zeros((3, 4), "M8[s]"),
]  # fmt: skip


@pytest.mark.parametrize("path", KEYS, ids=lambda path: path.parent.name)
def test_whatever_comes_back_is_explained_and_shown(path: Path):
    for name in exercise_names(path):
        key = read_key(path, name)
        for value in ODD:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                verdict, outcomes = examine(key, lambda *_, value=value, **__: value)
                if verdict.status == "passed":
                    continue
                panels = case_panels(key, verdict, outcomes)
                html = verdict_html(verdict, panels, "case")
            assert verdict.message
            assert "<b>text" not in html
            assert name in verdict_text(verdict, panels, "case")


def test_a_wrong_part_of_a_tuple_is_named():
    key = read_key(ROOT / "course/06-training/key.npz", "dense_backward")
    verdict, _ = examine(key, lambda gradient, *_: (float(gradient.flat[0]), 2.0, 3.0))
    assert verdict.message.startswith("Of what you returned, the first is wrong.")


def test_results_with_channels_begin_a_line_of_their_own():
    key = read_key(ROOT / "course/03-stride/key.npz", "pad")
    panels = case_panels(key, *examine(key, lambda image, padding: np.pad(image, padding)))
    starts = [panel.title for panel in panels if panel.new_row]
    assert starts == ["expected[:, :, 0]", "yours[:, :, 0]"]


def test_what_an_argument_looked_like_before_the_call_is_said():
    key = read_key(ROOT / "course/02-filters/key.npz", "relu")
    verdict, outcomes = examine(key, lambda x: np.maximum(x, 0, out=x))
    words = _where(outcomes[verdict.position])
    assert words == "After the call, `x` did not look like this any more."


def test_numbers_are_short_and_told_apart():
    values = [0.12345, 12.3456, 999.75, 1000, 1000.25, -12345.6, 3e7]
    assert [number(value) for value in values] == [
        "0.123", "12.3", "999.8", "1000", "1000.2", "−12346", "3e+07",
    ]  # fmt: skip


def test_of_a_long_row_its_columns_are_named():
    shown = panel_html(Panel("yours", np.zeros((1, 48)), shape=(48,)))
    assert "(48, columns 0–11)" in shown


def test_of_a_scene_the_frame_is_shown_in_which_something_went_wrong_first():
    frames = np.zeros((3, 40, 70), np.uint8)
    frames[1, 10:30, 50:60] = 200
    truth = np.array([[0, 0, 0, 20, 20, 8], [1, 10, 50, 20, 10, 9]])
    want = {"truth": truth, "hidden": np.zeros((0, 6))}
    picture, there, yours = scene_panels(frames, want, truth[:1])
    assert picture.title.startswith("frames[1]")
    assert picture.outline == (1, 5, 2, 1)
    assert np.array_equal(np.argwhere(picture.array == 200), [[1, 5], [2, 5]])
    assert np.array_equal(there.array, truth[1:])
    assert yours.text == "nothing"
    misnamed = truth.copy()
    misnamed[0, 5] += 1
    assert scene_panels(frames, want, misnamed.tolist())[0].title.startswith("frames[0]")
    ghost = np.array([*truth, [2, 5, 5, 4, 4, 1]])
    assert scene_panels(frames, want, ghost)[0].title.startswith("frames[2]")
    assert scene_panels(frames, want, [[1, 2], [3]]) == []
