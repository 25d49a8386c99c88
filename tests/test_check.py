"""What the learner sees: a verdict in words and pictures, never a traceback of ours."""

from __future__ import annotations

import linecache
import re
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from autograder.build import build
from cnnkit import CannotCheck, CheckFailed, check, failed_case, hint
from cnnkit.calls import run_calls
from cnnkit.check import _memory
from cnnkit.judge import judge
from cnnkit.key import read_key
from cnnkit.render import case_panels, verdict_html, verdict_text
from cnnkit.tables import panel_html, panel_text
from cnnkit.windows import window_of


@pytest.fixture(autouse=True)
def lesson(small_course, monkeypatch):
    build(small_course)
    monkeypatch.chdir(small_course / "course/01-small")
    _memory.failed = None
    _memory.hints.clear()


def double(x):
    return x**2


def total(x):
    return np.sum(x)


def test_a_right_function_passes_quietly(capsys):
    assert check(total) is None
    assert capsys.readouterr().out == "✓ total: all right (1 point)\n"


def test_a_right_function_that_marking_would_stop_is_warned(capsys, monkeypatch):
    monkeypatch.setattr(
        sys.modules["cnnkit.check"], "read_key", lambda *which: replace(read_key(*which), seconds=0)
    )
    check(total)
    said = capsys.readouterr().out
    assert said.startswith("✓")
    assert "it is stopped after 0" in said


def test_a_wrong_function_raises_a_sentence_or_two_and_shows_the_case(capsys):
    with pytest.raises(CheckFailed) as caught:
        check(double)
    assert isinstance(caught.value, AssertionError)
    lines = caught.value._render_traceback_()
    assert " ".join(lines).split() == str(caught.value).split()
    # nbgrader's Validate cuts long lines off, JupyterLab breaks them in the middle of a word.
    assert max(map(len, lines)) <= 64
    assert lines[-1] == "To work on the case: case = failed_case()"  # in one piece, to be copied
    assert lines[0].startswith("✗ double: 0 of 2 points. You squared the values.")
    shown = capsys.readouterr().out
    for part in ("✗ double: 0 of 2 points", "You squared", "a 3×4 array", "expected", "yours"):
        assert part in shown


def test_an_error_is_shown_with_the_line_of_the_notebook_that_it_came_from(capsys):
    lines = ["def double(x):\n", "    return helper(x)\n", "def helper(x):\n", "    return x[99, 99]\n"]
    file = "/tmp/ipykernel_1/2.py"
    linecache.cache[file] = (1, None, lines, file)
    names = {"np": np}
    exec(compile("".join(lines), file, "exec"), names)
    with pytest.raises(CheckFailed):
        check(names["double"])
    shown = capsys.readouterr().out
    assert "a 3×4 array. It stopped in line 4: `return x[99, 99]`" in shown
    with pytest.raises(CheckFailed):
        check(double)
    assert "It stopped" not in capsys.readouterr().out


def test_what_counts_later_is_said_to(capsys):
    with pytest.raises(CheckFailed):
        check(double)
    shown = capsys.readouterr().out
    assert "○ result type" in shown
    assert "(○ counts once a result is right)" in shown


def test_the_failed_case_can_be_worked_on():
    with pytest.raises(CheckFailed):
        check(double)
    case = failed_case()
    np.testing.assert_allclose(case.expected, 2 * case.arguments["x"])
    np.testing.assert_allclose(case.yours, double(**case.arguments))
    assert "a 3×4 array" in repr(case)


def test_no_failed_case_yet_is_one_sentence():
    with pytest.raises(CannotCheck, match="No check has failed"):
        failed_case()


def test_hints_come_one_at_a_time(capsys):
    hint(double)
    first = capsys.readouterr().out
    hint(double)
    second = capsys.readouterr().out
    assert "Look." in first
    assert "Think." not in first
    assert "Think." in second
    hint(double)
    hint(double)
    assert "3 becomes 6." in capsys.readouterr().out


def test_an_exercise_is_known_by_the_name_it_is_bound_to():
    space = {"check": check}
    exec("total = lambda x: x.sum()\ncheck(total)", space)


def test_what_is_no_exercise_is_named():
    with pytest.raises(CannotCheck, match="double, total"):
        check(len)


def test_outside_a_lesson_folder_one_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CannotCheck, match=r"There is no key\.npz"):
        check(total)


def test_checking_adds_little_to_the_learners_own_time():
    with pytest.raises(CheckFailed):
        check(double)
    started = time.process_time()
    for _ in range(5):
        with pytest.raises(CheckFailed):
            check(double)
    assert (time.process_time() - started) / 5 < 0.1


def test_the_html_has_no_scripts_and_no_outside_references(small_course):
    key = read_key(small_course / "course/01-small/key.npz", "double")
    outcomes = run_calls(lambda x: "<script>alert(1)</script>", key.calls(), key.arrays, key.plan)
    verdict = judge(key, outcomes)
    html = verdict_html(verdict, case_panels(key, verdict, outcomes), "a <b>case</b>")
    assert "<script" not in html
    assert not re.search(r"(src|href)=|url\(|class=", html)
    assert "&lt;b&gt;case" in html


def test_every_table_says_what_it_shows(small_course):
    key = read_key(small_course / "course/01-small/key.npz", "double")
    outcomes = run_calls(double, key.calls(), key.arrays, key.plan)
    verdict = judge(key, outcomes)
    panels = case_panels(key, verdict, outcomes)
    assert [panel.title for panel in panels] == ["x", "expected", "yours", "yours − expected"]
    html = verdict_html(verdict, panels)
    assert html.count("<table") == html.count("<caption") == 4
    assert "[" in verdict_text(verdict, panels)


@pytest.mark.parametrize(
    ("at", "outline"),
    [((0, 0), (-1, -1, 3, 2)), ((1, 2), (1, 3, 3, 2)), ((1, 2, 5), (1, 3, 3, 2))],
)
def test_the_window_of_an_output_cell(at, outline):
    window = {"of": "image", "kernel": "kernel", "size": None, "stride": "stride", "padding": 1}
    arguments = {"image": np.zeros((7, 9)), "kernel": np.zeros((3, 2)), "stride": 2}
    assert window_of(window, arguments, "image", at) == outline
    assert window_of(window, arguments, "kernel", at) is None


def drawn(key, function):
    outcomes = run_calls(function, key.calls(), key.arrays, key.plan)
    verdict = judge(key, outcomes)
    return verdict, case_panels(key, verdict, outcomes)


def test_the_case_shown_is_one_that_the_named_mistake_is_about(key_of):
    key = key_of(
        lambda x: 2 * x,
        [*(("positive", np.array([first, 3.0])) for first in (1.0, 2.0, 3.0)),
         ("negative", np.array([-1.0, 3.0]))],
        {"clipped": lambda x: np.maximum(2 * x, 0)},
    )
    verdict, panels = drawn(key, lambda x: np.maximum(2 * x, 0) + (x.min() == 1))
    assert verdict.mistake == "clipped"
    assert panels[0].array.tolist() == [[-1.0, 3.0]]


def test_a_table_of_one_axis_says_so(key_of):
    key = key_of(lambda x: 2 * x, [("a", np.array([1.0, 3.0]))])
    _, panels = drawn(key, lambda x: x)
    assert "x (2,):" in panel_text(panels[0])[0]
    assert "(2)" in panel_html(panels[0])


def test_what_counts_as_right_is_no_difference(key_of):
    key = key_of(lambda x: 2 * x, [("a", np.array([1.0, 3.0]))])
    _, panels = drawn(key, lambda x: 2 * x + np.array([1e-9, 1.0]))
    assert panels[-1].title == "yours − expected"
    assert panels[-1].array.tolist() == [[0.0, 1.0]]


def test_a_wrong_dtype_is_named_in_the_tables(key_of):
    key = key_of(lambda x: x // 2, [("a", np.array([[10, 30]], np.uint8))], dtype=True)
    _, panels = drawn(key, lambda x: x.astype(int) // 2)
    assert [panel.title for panel in panels] == ["x", "expected, uint8", "yours, int64"]
