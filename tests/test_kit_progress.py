"""Does the start page say which exercises pass today, whatever lies in the notebooks?"""

import json

import pytest

from autograder.build import build
from cnnkit import progress as kit
from cnnkit.progress import Row, assignments, progress, rows_of


@pytest.fixture
def released(small_course):
    """A released course of one assignment with the exercises ``double`` and ``total``."""
    build(small_course)
    return small_course / "course"


def write(folder, **solutions):
    """Put source into the solution cells of a released notebook."""
    path = next((folder / "01-small").glob("*.ipynb"))
    notebook = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in solutions:
            cell["source"] = solutions[name]
    path.write_text(json.dumps(notebook), "utf-8")


def standing(folder):
    return {row.exercise: (row.status, row.score) for row in rows_of(folder / "01-small")}


def test_nothing_is_started_in_a_released_notebook(released):
    """Is every exercise of a fresh notebook 'not started', worth nothing?"""
    assert rows_of(released / "01-small") == [
        Row("double", "not-attempted", 0.0, 2.0),
        Row("total", "not-attempted", 0.0, 1.0),
    ]


def test_what_is_right_passes(released):
    """Does a right answer pass at once, also one that prints and draws on the side?"""
    write(
        released,
        double="print('hello')\ndef double(x):\n    print(x)\n    return np.asarray(x) * 2",
        total="total = lambda x: float(np.sum(x))",
    )
    assert standing(released) == {"double": ("passed", 2.0), "total": ("passed", 1.0)}


def test_what_is_wrong_does_not(released):
    """Is a mistake told from an exercise that was not started?"""
    write(released, double="def double(x):\n    return np.asarray(x) ** 2")
    found = standing(released)
    assert found["double"][0] in ("failed", "partial")
    assert found["double"][1] < 2
    assert found["total"] == ("not-attempted", 0.0)


@pytest.mark.parametrize(
    "broken",
    ["def double(x:", "1 / 0", "raise SystemExit", "%matplotlib nowhere\n!false", "import nothing_here"],
)
def test_a_broken_cell_costs_itself_only(released, broken):
    """Do the other exercises stand although one cell cannot run?"""
    write(released, double=broken, total="def total(x):\n    return float(np.sum(x))")
    assert standing(released) == {"double": ("not-attempted", 0.0), "total": ("passed", 1.0)}


@pytest.mark.parametrize(
    ("body", "status"),
    [("while True: pass", "timeout"), ("import os; os._exit(3)", "crashed")],
)
def test_a_function_that_never_comes_back(released, monkeypatch, body, status):
    """Is a function that hangs or kills Python named, and does the page go on?"""
    monkeypatch.setattr(kit, "SECONDS", 6.0)
    write(
        released,
        double="def double(x):\n    return np.asarray(x) * 2",
        total=f"def total(x):\n    {body}",
    )
    assert standing(released) == {"double": ("passed", 2.0), "total": (status, 0.0)}


def test_only_definitions_of_other_cells_run():
    """Are imports and helpers of free cells run, but nothing that draws or computes?"""
    free = {"source": ["import math\n", "def helper(): pass\n", "size = 3\n", "show(size)\n",
                       "maps = slow()\n"], "metadata": {}}  # fmt: skip
    kinds = [type(module.body[0]).__name__ for module in kit.definitions(free)]
    assert kinds == ["Import", "FunctionDef", "Assign"]
    given = {**free, "metadata": {"tags": ["given"]}}
    assert len(list(kit.definitions(given))) == 5
    check = {"source": "check(relu)", "metadata": {"nbgrader": {"grade": True}}}
    assert list(kit.definitions(check)) == []


def test_the_page_finds_its_neighbours(released, monkeypatch, capsys):
    """Does the table appear for the start page in a folder of its own, beside the others?"""
    (released / "00-start").mkdir()
    monkeypatch.chdir(released / "00-start")
    assert [folder.name for folder in assignments()] == ["01-small"]
    progress()
    assert capsys.readouterr().out.splitlines() == [
        "01-small: 0 of 3 points",
        "  ○ double: not started, 0 of 2",
        "  ○ total: not started, 0 of 1",
        "Together: 0 of 3 points",
    ]


def test_a_damaged_course_is_said(released, monkeypatch, capsys, tmp_path):
    """Is a damaged key or an empty folder one sentence, not a traceback?"""
    (released / "01-small" / "key.npz").write_bytes(b"nonsense")
    progress(released)
    assert "01-small: no answer key" in capsys.readouterr().out
    progress(tmp_path / "nowhere")
    assert "No notebooks with exercises were found here" in capsys.readouterr().out
    next((released / "01-small").glob("*.ipynb")).write_text("[]")
    assert rows_of(released / "01-small") == []
