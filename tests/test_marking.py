"""Marking: decided outside the learner's process, one exercise's trouble costs no other."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbgrader.utils import determine_grade

from autograder import mark as marking
from autograder import session
from autograder.__main__ import main
from autograder.build import build
from autograder.mark import Assignment, Marked, mark, verdict_outputs
from autograder.marking import prepare
from cnnkit.calls import ask_text
from cnnkit.check import examine
from cnnkit.judge import Verdict
from cnnkit.key import read_key
from cnnkit.render import case_panels
from cnnkit.tables import number, panel_html, panel_text

pytestmark = pytest.mark.kernel

NAME = "small.ipynb"
RIGHT = {"double": "def double(x):\n    return 2 * x", "total": "def total(x):\n    return np.sum(x)"}


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    import shutil

    from .conftest import EXERCISES, ROOT, small_notebook

    folder = tmp_path_factory.mktemp("course")
    (folder / "solutions/01-small").mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    (folder / "solutions/01-small/small.md").write_text(small_notebook())
    (folder / "solutions/01-small/exercises.py").write_text(
        EXERCISES + '\nprint("is no result")\n'
    )
    build(folder)
    return folder


@pytest.fixture(scope="module")
def assignment(course) -> Assignment:
    return prepare(course, "01-small")


def notebook(assignment: Assignment, cells: dict[str, str] | None = None, *extra: tuple[int, str]) -> bytes:
    nb = nbformat.reads(assignment.released, as_version=4)
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in (cells or {}):
            cell.source = cells[name]
    for at, source in extra:
        nb.cells.insert(at, nbformat.v4.new_code_cell(source))
    return nbformat.writes(nb).encode()


def test_what_a_kernel_is_asked_holds_no_answer(assignment):
    """Of a key's arrays, a kernel gets the arguments; not what is expected, nor mistakes'."""
    for key in assignment.keys:
        frames = json.loads(ask_text(key.calls(), key.arrays, key.plan))["arrays"]
        arguments = [
            value for case in range(len(key.cases)) for value in key.arguments(case).values()
        ]
        given = {np.asarray(value).tobytes() for value in arguments}
        asked = {base64.b64decode(frame["data"]) for frame in frames}
        assert asked == given
        assert len(key.arrays) > len(frames) or key.id != "double"


def marks(marked: Marked) -> dict[str, tuple[float, str]]:
    assert marked.reason is None
    return {verdict.exercise: (verdict.score, verdict.status) for verdict in marked.verdicts}


def test_right_answers_get_full_marks_and_the_stub_none(assignment):
    assert marks(mark(assignment, {NAME: notebook(assignment, RIGHT)})) == {
        "double": (2, "passed"), "total": (1, "passed"),
    }
    assert marks(mark(assignment, {NAME: notebook(assignment)})) == {
        "double": (0, "not-attempted"), "total": (0, "not-attempted"),
    }


def shown(marked: Marked, exercise: str = "double") -> dict[str, str]:
    """Return what stands under a check cell, by kind."""
    for cell in nbformat.reads(marked.notebook, 4).cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == f"check-{exercise}":
            return cell.outputs[0].data
    raise KeyError(exercise)


def tables(html: str) -> set[tuple[str, ...]]:
    """Return the numbers of each table, in reading order."""
    found = re.findall(r"<table.*?</table>", html)
    return {tuple(re.findall(r"<td[^>]*>([^<]*)</td>", table)) for table in found}


def arrays(*keys) -> set[tuple[str, ...]]:
    """Return the numbers of each array of a key, as its table would show them."""
    return {tuple(number(float(x)) for x in a.flat) for key in keys for a in key.arrays if a.size > 1}


def secret(assignment: Assignment) -> set[tuple[str, ...]]:
    """Return the hidden arrays that are not among the public ones."""
    names = [key.id for key in assignment.keys]
    return arrays(*assignment.keys) - arrays(*(public_key(assignment, name) for name in names))


def public_key(assignment: Assignment, exercise: str = "double"):
    return read_key(assignment.files["key.npz"], exercise)


def test_a_mistake_is_named_and_shown_on_a_public_case(assignment):
    cells = {**RIGHT, "double": "def double(x):\n    return x ** 2"}
    marked = mark(assignment, {NAME: notebook(assignment, cells)})
    assert marked.verdicts[0].mistake == "squared"
    data = shown(marked)
    assert "You squared the values" in data["text/html"]
    assert tables(data["text/html"]) & arrays(public_key(assignment))
    assert not tables(data["text/html"]) & secret(assignment)
    # the same table as the learner's own check shows, of the same case
    key = public_key(assignment)
    verdict, outcomes = examine(key, lambda x: x**2)
    panels = case_panels(key, verdict, outcomes)
    assert key.cases[key.plan[verdict.position]].name in data["text/plain"]
    for panel in panels:
        assert panel_html(panel) in data["text/html"]
        assert panel_text(panel)[1] in data["text/plain"]


def test_what_is_right_is_not_run_twice(assignment, monkeypatch):
    def never(*_):
        raise AssertionError("a picture was made")

    monkeypatch.setattr("autograder.mark.pictures", never)
    assert mark(assignment, {NAME: notebook(assignment, RIGHT)}).score == 3
    assert mark(assignment, {NAME: notebook(assignment)}).score == 0  # nor what was not attempted
    endless = {**RIGHT, "double": TROUBLE["kills the kernel"][0]}
    assert mark(assignment, {NAME: notebook(assignment, endless)}).score == 1


def test_a_picture_holds_no_hidden_argument_that_a_submission_kept(assignment):
    source = """
SEEN = []
def double(x):
    import pathlib
    for place in ("seen.npy", "/tmp/seen.npy", "/dev/shm/seen.npy"):
        if pathlib.Path(place).exists():
            SEEN.append(np.load(place))
    SEEN.append(np.array(x))
    for place in ("seen.npy", "/tmp/seen.npy", "/dev/shm/seen.npy"):
        np.save(place, SEEN[0])
    return SEEN[0]
"""
    marked = mark(assignment, {NAME: notebook(assignment, {**RIGHT, "double": source})})
    data = shown(marked)
    assert "<table" in data["text/html"]
    assert tables(data["text/html"]) & arrays(public_key(assignment))
    assert not tables(data["text/html"]) & secret(assignment)


def test_a_picture_made_of_hostile_answers_is_harmless(assignment):
    source = (
        "class E(Exception): pass\nE.__name__ = E.__qualname__ = '$\\\\href{javascript:x}{y}$'\n"
        "def double(x):\n    raise E('\\x1b[2J<script>alert(1)</script>$\\\\href{javascript:x}{y}$')"
    )
    data = shown(mark(assignment, {NAME: notebook(assignment, {**RIGHT, "double": source})}))
    assert "&lt;script&gt;" in data["text/html"]
    assert "<script" not in data["text/html"]
    assert "\\href" not in data["text/html"]
    assert "\x1b" not in "".join(data.values())
    for value in ("np.full((3, 4), np.nan)", "np.full((3, 4), np.inf)", "[[1, [2]], 3]", "{'<b>': 1}",
                  "np.zeros((0, 3))", "np.zeros((2,) * 9)", "10 ** 6000", "'<script>'", "float('nan')"):
        answer = {**RIGHT, "double": f"def double(x):\n    return {value}"}
        marked = mark(assignment, {NAME: notebook(assignment, answer)})
        assert marked.score == 1
        assert "<script" not in shown(marked)["text/html"]


def test_a_picture_is_there_where_the_function_was_written_late_or_a_cell_is_in_trouble(
    assignment, monkeypatch
):
    monkeypatch.setattr(session, "CELL_SECONDS", 3.0)
    wrong = "def double(x):\n    return x ** 2"
    data = notebook(assignment, {"total": RIGHT["total"]}, (4, "while True: pass"), (8, wrong))
    assert "<table" in shown(mark(assignment, {NAME: data}))["text/html"]


def test_a_submission_brings_no_key_of_its_own(assignment):
    bare = replace(assignment, files={})
    cells = {**RIGHT, "double": "def double(x):\n    return x ** 2"}
    files = {NAME: notebook(assignment, cells), "key.npz": assignment.files["key.npz"]}
    assert "<table" not in shown(mark(bare, files))["text/html"]


FORGERIES = {
    "an object that equals everything": "class Y:\n    def __eq__(s, o): return True\n    def __sub__(s, o): return 0\n"
    "    def __array__(s, *a, **k): return np.zeros(1)\ndef double(x): return Y()",
    "patched comparisons": "np.testing.assert_allclose = np.allclose = np.array_equal = lambda *a, **k: True\n"
    "import cnnkit.judge, cnnkit.compare\ncnnkit.compare.close = lambda *a, **k: True\n"
    "cnnkit.judge.judge = lambda *a: None\ndef double(x): return x",
    "a patched check": "import cnnkit\ncheck = cnnkit.check = lambda f: 2.0\ndef double(x): return x",
    "a printed score": "print(2.0)\ndef double(x):\n    print(2.0)\n    return 2.0",
    "patched display": "from IPython.display import display\nimport IPython\nIPython.display.display = print\n"
    "get_ipython().display_formatter.format = lambda *a, **k: ({'text/plain': '2.0'}, {})\n"
    "def double(x): return x",
    "a forged reply": "import cnnkit.calls\ncnnkit.calls.answer = lambda *a: cnnkit.calls.Reply('{\"tree\": "
    "{\"score\": 2}, \"arrays\": []}')\ndef double(x): return x",
    "the public key looked up": "import cnnkit.key, pathlib\nK = cnnkit.key.read_key(pathlib.Path('key.npz'), 'double')\n"
    "def double(x):\n    for i, c in enumerate(K.cases):\n        if np.array_equal(K.arguments(i)['x'], x):\n"
    "            return K.value(c.expected)\n    return x",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forging_gives_nothing(assignment, name):
    cells = {**RIGHT, "double": FORGERIES[name]}
    marked = mark(assignment, {NAME: notebook(assignment, cells)})
    assert marks(marked)["double"][0] == 0
    assert not tables(shown(marked)["text/html"]) & secret(assignment)


TROUBLE = {
    "never ends": ("def double(x):\n    while True: pass", "timeout"),
    "kills the kernel": ("import os\ndef double(x):\n    os._exit(3)", "crashed"),
    "crashes": ("import ctypes\ndef double(x):\n    ctypes.string_at(0)", "crashed"),
    "leaves": ("import sys\ndef double(x):\n    sys.exit(0)", "error"),
    "eats memory": ("def double(x):\n    return np.ones((2 ** 34,)) * 2", "error"),
    "returns an enormous array": ("def double(x):\n    return np.zeros(2 ** 25)", "failed"),
    "returns objects": ("def double(x):\n    return np.array([object()])", "failed"),
    "is no function": ("double = 5", "not-attempted"),
    "does not parse": ("def double(x:\n    return", "error"),
}


@pytest.mark.parametrize("name", TROUBLE)
def test_trouble_in_one_exercise_costs_that_exercise_only(assignment, name, monkeypatch):
    source, status = TROUBLE[name]
    cells = {**RIGHT, "double": source}
    quick = Assignment(
        assignment.name, assignment.notebook_name, assignment.released,
        tuple(_with_limit(key) for key in assignment.keys), assignment.files,
    )
    found = marks(mark(quick, {NAME: notebook(assignment, cells)}))
    assert found["double"] == (0, status)
    assert found["total"] == (1, "passed")


def _with_limit(key):
    return replace(key, seconds=3.0)


CELLS = {
    "an endless cell": "while True: pass",
    "a cell that prints without end": "while True: print('x' * 1000)",
    "a cell that ends the kernel": "import os; os._exit(0)",
    "a cell that asks the kernel to stop": "import time\ndef leave():\n    quit()\n\nleave()\ntime.sleep(0.2)",
    "a cell that asks": "input('your name?')",
    "a cell that fails": "1 / 0",
    "a cell that ends the kernel below what it defines": "def keep(x):\n    return 2 * x\n\nimport ctypes\nctypes.string_at(0)",
    "numpy told to raise": "np.seterr(all='raise')",
    "a cell with magic": "%matplotlib inline\n!echo hello",
    "np rebound": "np = None",
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_in_trouble_costs_nothing(assignment, name, monkeypatch):
    monkeypatch.setattr(session, "CELL_SECONDS", 3.0)
    at = 4 if name != "np rebound" else 6
    if name == "np rebound":
        right = {"double": RIGHT["double"], "total": "def total(x):\n    return x.sum()"}
    elif "keep" in CELLS[name]:
        right = {**RIGHT, "double": "def double(x):\n    return keep(x)"}
    elif "seterr" in CELLS[name]:
        right = {**RIGHT, "double": "def double(x):\n    return 2 * x + 0 * np.exp(np.array(-1e9))"}
    else:
        right = RIGHT
    found = marks(mark(assignment, {NAME: notebook(assignment, right, (at, CELLS[name]))}))
    assert [score for score, _ in found.values()] == [2, 1]


def test_cells_that_never_end_leave_time_for_the_exercises(assignment, monkeypatch):
    monkeypatch.setattr(session, "LEAST_SECONDS", 1.0)
    monkeypatch.setattr(marking, "Session", partial(session.Session, seconds=30))
    monkeypatch.setattr(marking, "KEPT_SECONDS", 24.0)
    waits = "import time\nwhile not None:\n    time.sleep(0.1)"
    data = notebook(assignment, RIGHT, (4, waits), (4, waits), (4, waits), (4, waits))
    assert [score for score, _ in marks(mark(assignment, {NAME: data})).values()] == [2, 1]


def test_a_cell_on_which_ipython_itself_fails_is_not_waited_for(assignment, monkeypatch):
    monkeypatch.setattr(marking, "Session", partial(session.Session, seconds=40))
    monkeypatch.setattr(marking, "KEPT_SECONDS", 0.0)
    data = notebook(assignment, RIGHT, (4, "x" + ".x" * 20_000))  # it never replies to this
    assert [score for score, _ in marks(mark(assignment, {NAME: data})).values()] == [2, 1]


def test_what_a_name_is_bound_to_at_its_check_cell_counts(assignment):
    data = notebook(assignment, RIGHT, (6, "def double(x):\n    return 0 * x"))
    assert marks(mark(assignment, {NAME: data}))["double"] == (2, "passed")


def test_a_function_written_at_the_end_counts_where_the_stub_stood(assignment):
    data = notebook(assignment, {"total": RIGHT["total"]}, (7, RIGHT["double"]))
    assert marks(mark(assignment, {NAME: data}))["double"] == (2, "passed")


def test_what_was_left_out_is_named_where_there_is_no_mark(assignment):
    link = "“edges.ipynb” is a link; links are not followed."
    for files in ({}, {"photo.jpg": b"\xff\xd8\xff"}):
        marked = mark(assignment, files, left_out=[link])
        assert marked.score is None
        assert link in (marked.reason or "")


def test_outputs_are_in_the_form_that_nbgrader_reads(assignment):
    nb = nbformat.reads(assignment.released, as_version=4)
    cell = next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "check-double")
    for score in (0.0, 0.5, 2.0):
        status = {0.0: "failed", 2.0: "passed"}.get(score, "partial")
        cell.outputs = verdict_outputs(Verdict("double", score, 2.0, status, "why"))
        assert determine_grade(cell) == (score, 2.0)


# --- autograder check -------------------------------------------------------------------


def run_check(course: Path, capsys, *arguments: str) -> tuple[int, str]:
    code = main(["check", "--course", str(course), *arguments])
    return code, capsys.readouterr().out


def test_check_prints_json_lines_in_the_order_of_the_arguments(course, assignment, tmp_path, capsys):
    wrong = {**RIGHT, "double": "def double(x):\n    return x ** 2"}
    paths = []
    for name, data in (("b.ipynb", notebook(assignment, wrong)), ("a.ipynb", notebook(assignment, RIGHT)),
                       ("c.ipynb", b"<html>Please log in</html>")):
        (tmp_path / name).write_bytes(data)
        paths.append(str(tmp_path / name))
    code, said = run_check(course, capsys, *paths, "--json")
    lines = [json.loads(line) for line in said.splitlines()]
    assert code == 2
    assert [line["notebook"] for line in lines] == paths
    assert [line["score"] for line in lines] == [1.0, 3.0, None]
    assert lines[0]["exercises"][0] == {
        "id": "double", "score": 0.0, "max_score": 2.0, "status": "failed", "mistake": "squared",
        "message": "You squared the values. Twice 3 is 6, not 9.",
    }
    assert lines[2]["exercises"] == []
    assert lines[2]["error"].endswith(".")


def test_check_exit_codes(course, assignment, tmp_path, capsys):
    path = tmp_path / "x.ipynb"
    path.write_bytes(notebook(assignment, RIGHT))
    assert run_check(course, capsys, str(path))[0] == 0
    path.write_bytes(notebook(assignment))
    assert run_check(course, capsys, str(path))[0] == 1
    assert run_check(course, capsys, str(tmp_path / "none.ipynb"))[0] == 2
    assert run_check(course, capsys, str(path), "--assignment", "99-none")[0] == 2
    path.write_bytes(b'{"cells": [{"cell_type": "code", "source": "def other(): pass"}]}')
    code, said = run_check(course, capsys, str(path), "--assignment", "01-small")
    assert code == 2
    assert "“x.ipynb” holds another notebook" in said
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("photo.png", "x")
    for data, reason in ((packed.getvalue(), "There is no notebook in “x.zip”."),
                         (packed.getvalue()[:-9], "“x.zip” is a damaged archive")):
        (tmp_path / "x.zip").write_bytes(data)
        code, said = run_check(course, capsys, str(tmp_path / "x.zip"))
        assert (code, reason in said) == (2, True)


def test_check_finds_the_assignment_by_the_functions_where_nothing_else_tells(course, tmp_path, capsys, assignment):
    nb = nbformat.reads(notebook(assignment, RIGHT).decode(), as_version=4)
    for cell in nb.cells:
        cell.metadata = {}
        cell.id = f"x{cell.id}"
    script = "\n\n".join(["import numpy as np", *RIGHT.values()]).encode()
    files = {"mine.ipynb": nbformat.writes(nb).encode(), "a.py": script, "b.py": script + b"\n", "c.zip": b""}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("hw/mine.ipynb", files["mine.ipynb"])
    files["c.zip"] = packed.getvalue()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    code, said = run_check(course, capsys, "--json", *(str(tmp_path / name) for name in files))
    lines = [json.loads(line) for line in said.splitlines()]
    assert [(line["assignment"], line["score"]) for line in lines] == [("01-small", 3.0)] * 4
    assert code == 0


def test_check_marks_what_it_was_pointed_at_and_nothing_beside_it(course, tmp_path, capsys, assignment):
    (tmp_path / "mine.ipynb").write_bytes(notebook(assignment))
    (tmp_path / "others.ipynb.gz").write_bytes(gzip.compress(notebook(assignment, RIGHT)))
    (tmp_path / "others.py").write_text("\n\n".join(["import numpy as np", *RIGHT.values()]))
    code, said = run_check(course, capsys, "--json", str(tmp_path / "mine.ipynb"))
    assert (code, json.loads(said)["score"]) == (1, 0.0)
