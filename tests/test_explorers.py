"""Explorers in a kernel without a front end, and the call of a learner's function."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbclient
import nbformat
import numpy as np
import pytest

from cnnkit import palette, widgets
from cnnkit.widgets._arrays import numbers, smaller
from cnnkit.widgets._call import Caller, Outcome, call

EXPLORERS = [getattr(widgets, name) for name in widgets.__all__]
STATIC = Path(widgets.__file__).parent / "static"


@pytest.mark.parametrize("explorer", EXPLORERS)
def test_is_constructing_one_cheap_and_silent(explorer, capfd):
    explorer()
    # The best of five: other processes may be at work.
    times = []
    for _ in range(5):
        start = time.perf_counter()
        explorer()
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05
    assert capfd.readouterr() == ("", "")


def test_does_importing_cnnkit_leave_the_widgets_alone():
    code = "import sys, cnnkit; print('anywidget' in sys.modules, 'ipywidgets' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.kernel
def test_does_a_notebook_with_all_of_them_run_without_a_front_end():
    code = "from cnnkit.widgets import *\nimport cnnkit.widgets as w\n"
    shown = "".join(f"display(w.{e.__name__}())\n" for e in EXPLORERS)
    called = "def f(*args, **kwargs):\n    raise SystemExit('called')\ndisplay(w.Filter(f=f))"
    cells = [nbformat.v4.new_code_cell(code + shown + called)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    outputs = notebook.cells[0].outputs
    assert {output.output_type for output in outputs} == {"display_data"}
    assert len(outputs) == len(EXPLORERS) + 1


@pytest.mark.parametrize("explorer", EXPLORERS)
def test_is_the_still_picture_there_with_words(explorer):
    shown = explorer()
    data, _ = shown._repr_mimebundle_()
    assert data["text/plain"] == repr(shown)
    assert "\n" not in repr(shown) and "JupyterLab" in repr(shown)
    assert f'data-uid="{shown.uid}"' in data["text/html"]
    assert (STATIC / f"{explorer.__name__.lower()}.png").stat().st_size < 100_000
    assert 'alt="' in data["text/html"]


def test_are_sliders_ordinary_widgets_that_keep_their_limits():
    stride = widgets.Stride()
    stride.stride.value = 99
    assert stride.stride.value == 4
    rectangle = widgets.Filter(np.arange(12).reshape(3, 4), kernel=[[1, 2]])
    assert rectangle.kernel.tolist() == [[1, 2]]
    with pytest.raises(AttributeError, match="no attribute 'wight'"):
        _ = rectangle.wight


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: widgets.Filter(np.zeros((20, 5))), "at most 16 × 16"),
        (lambda: widgets.Filter(np.zeros(5)), "rows and columns"),
        (lambda: widgets.Filter(np.zeros((2, 2)), kernel=np.zeros((3, 2))), "does not fit"),
        (lambda: widgets.Filter(kernel=[[10]]), "between −9 and 9"),
        (lambda: widgets.Filter(np.array([[np.nan, 1], [1, 1]]), [[1]]), "not finite"),
        (lambda: widgets.Pixels(np.zeros((9, 9))), "uint8"),
        (lambda: widgets.Pixels(np.zeros((3, 9), np.uint8)), "at least 4 × 4"),
        (lambda: widgets.Pooling(mode="min"), "max"),
        (lambda: widgets.Network(model={"filters": 1}), "lacks biases"),
    ],
)
def test_is_bad_input_told_in_one_sentence(make, words):
    with pytest.raises(ValueError, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_is_a_call_instead_of_a_function_explained():
    with pytest.raises(TypeError, match="without brackets"):
        widgets.Filter(f=3)


def test_do_pictures_shrink_by_whole_blocks():
    picture = np.arange(36, dtype=np.uint8).reshape(6, 6)
    assert smaller(picture, 3).tolist() == [
        [round(float(picture[r : r + 2, c : c + 2].mean())) for c in (0, 2, 4)] for r in (0, 2, 4)
    ]
    assert numbers([[1, 2]], "image").dtype == np.float64


# -- the learner's function --------------------------------------------------------


def test_is_the_result_an_array_with_its_shape():
    outcome = call(lambda a: a.astype(np.float32) * 2, (np.ones((2, 3)),), {})
    assert outcome.describe() == {
        "status": "ok", "shape": [2, 3], "float32": True, "sentence": ""
    }  # fmt: skip
    assert json.dumps(outcome.describe())


def raising(x):
    return [1, 2][x]


def silent(x):
    pass


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (raising, "raising raised IndexError in line"),
        (silent, "silent returned nothing: is there a return line?"),
        (lambda x: "four", "your function returned a str, which is no array of numbers."),
        (lambda x: np.zeros(10**6), "your function returned 1000000 numbers: too many to draw."),
        (lambda x: exec("raise NotImplementedError"), "is not written yet"),
        (lambda x: sys.exit("bye"), "your function raised SystemExit"),
    ],
)
def test_is_what_goes_wrong_one_sentence(f, words):
    outcome = call(f, (9,), {})
    assert outcome.status == "error"
    assert words in outcome.sentence
    assert "\n" not in outcome.sentence and "  " not in outcome.sentence


def test_is_a_long_message_cut():
    def wordy():
        raise ValueError("very " * 500)

    assert len(call(wordy, (), {}).sentence) < 260


def endless():
    while True:
        pass


def stubborn():
    time.sleep(3)  # one call into C: an exception from outside waits for its end


def test_is_a_never_ending_function_stopped():
    before = threading.active_count()
    start = time.monotonic()
    outcome = call(endless, (), {}, seconds=0.2)
    assert outcome.status == "timeout"
    assert "did not finish within 0.2 seconds and was stopped" in outcome.sentence
    assert time.monotonic() - start < 3
    assert threading.active_count() == before


def test_is_one_that_cannot_be_stopped_left_behind_and_named():
    outcome = call(stubborn, (), {}, seconds=0.1)
    assert outcome.status == "timeout"
    assert "could not be stopped" in outcome.sentence
    time.sleep(2.5)


def test_do_only_the_first_and_the_latest_of_many_questions_run():
    heard: list[tuple[int, Outcome]] = []
    began, go = threading.Event(), threading.Event()

    def slow(x):
        began.set()
        go.wait(5)
        return x

    caller = Caller(lambda number, outcome: heard.append((number, outcome)))
    caller.submit(0, slow, (0,), {})
    began.wait(5)
    for number in range(1, 50):
        caller.submit(number, slow, (number,), {})
    go.set()
    end = time.monotonic() + 5
    while len(heard) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.1)
    assert [number for number, _ in heard] == [0, 49]
    assert heard[1][1].values == 49


# -- the browser modules -----------------------------------------------------------


@pytest.mark.parametrize("explorer", EXPLORERS)
def test_is_the_module_whole_and_in_the_courses_colours(explorer):
    module = explorer._esm
    assert len(re.findall("^export default explorer", module, re.M)) == 1
    assert palette.DIVERGING_STOPS[0] in module
    assert "http://www.w3.org/2000/svg" in module
    # Nothing is fetched: the course works offline.
    assert module.replace("http://www.w3.org/2000/svg", "").count("http") == 0


def test_is_no_module_over_300_lines():
    for path in [*STATIC.glob("*.js"), *STATIC.glob("*.css"), *STATIC.parent.glob("*.py")]:
        assert len(path.read_text("utf-8").splitlines()) <= 300, path.name
