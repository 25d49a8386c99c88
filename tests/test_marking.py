"""Marking: decided outside the learner's process, one exercise's trouble costs no other."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbgrader.utils import determine_grade

from autograder import session
from autograder.__main__ import main
from autograder.build import build
from autograder.mark import Assignment, Marked, mark, verdict_outputs
from autograder.marking import prepare
from cnnkit.calls import ask_text
from cnnkit.judge import Verdict

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
    (folder / "solutions/01-small/exercises.py").write_text(EXERCISES)
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


def test_a_mistake_is_named_and_the_feedback_says_why_without_the_input(assignment):
    cells = {**RIGHT, "double": "def double(x):\n    return x ** 2"}
    marked = mark(assignment, {NAME: notebook(assignment, cells)})
    assert marked.verdicts[0].mistake == "squared"
    text = json.dumps([c.get("outputs") for c in nbformat.reads(marked.notebook, 4).cells])
    assert "You squared the values" in text
    assert "<table" not in text


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
    found = marks(mark(assignment, {NAME: notebook(assignment, cells)}))
    assert found["double"][0] == 0


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
    from dataclasses import replace

    return replace(key, seconds=3.0)


CELLS = {
    "an endless cell": "while True: pass",
    "a cell that prints without end": "while True: print('x' * 1000)",
    "a cell that ends the kernel": "import os; os._exit(0)",
    "a cell that asks": "input('your name?')",
    "a cell that fails": "1 / 0",
    "a cell with magic": "%matplotlib inline\n!echo hello",
    "np rebound": "np = None",
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_in_trouble_costs_nothing(assignment, name, monkeypatch):
    monkeypatch.setattr(session, "CELL_SECONDS", 3.0)
    at = 4 if name != "np rebound" else 6
    if name == "np rebound":
        right = {"double": RIGHT["double"], "total": "def total(x):\n    return x.sum()"}
    else:
        right = RIGHT
    found = marks(mark(assignment, {NAME: notebook(assignment, right, (at, CELLS[name]))}))
    assert [score for score, _ in found.values()] == [2, 1]


def test_what_a_name_is_bound_to_at_its_check_cell_counts(assignment):
    data = notebook(assignment, RIGHT, (6, "def double(x):\n    return 0 * x"))
    assert marks(mark(assignment, {NAME: data}))["double"] == (2, "passed")


def test_a_function_written_at_the_end_counts_where_the_stub_stood(assignment):
    data = notebook(assignment, {"total": RIGHT["total"]}, (7, RIGHT["double"]))
    assert marks(mark(assignment, {NAME: data}))["double"] == (2, "passed")


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
