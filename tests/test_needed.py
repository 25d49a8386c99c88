"""Which cells marking leaves out, and what it does when one was needed after all."""

from __future__ import annotations

import shutil

import nbformat
import pytest

from autograder import mark as marking
from autograder.build import build
from autograder.mark import Assignment, mark
from autograder.marking import prepare
from autograder.needed import needless_cells

from .conftest import EXERCISES, ROOT, SETUP, small_notebook

SHOWS = ["photograph = 3", "edges = photograph + 1", "edges"]


def cells(*sources: str) -> nbformat.NotebookNode:
    """Return a notebook of the release's three showing cells, and the learner's after them."""
    nb = nbformat.v4.new_notebook()
    nb.cells = [nbformat.v4.new_code_cell(source) for source in (*SHOWS, *sources)]
    return nb


@pytest.mark.parametrize(("source", "needless", "sure"), [
    ("def f(x):\n    return x", {0, 1, 2}, True),
    ("def f(x):\n    return edges", {2}, True),  # and with edges what it is made of
    ("def f(x):\n    return photograph", {1, 2}, True),
    ("print('half", {0, 1, 2}, True),
    ("# In [2]:\nedges = photograph + 1\n\n# and\nedges", {0, 1, 2, 3}, True),  # an exported script
    ("edges = photograph + 1\nedges *= 2", {1, 2}, True),
    ("edges = photograph + 1\ndef f(x):\n    return edges", {2}, True),
    ("# a note", {0, 1, 2}, True),
    ("%matplotlib inline\nimport numpy as np", {0, 1, 2}, True),
    ("%%time\nphotograph", {1, 2}, True),
    ("seconds = %timeit -o edges", {2}, True),
    ("!pip install torch {photograph}", {1, 2}, True),
    ("found = !ls", {0, 1, 2}, True),
    ("np.sum?", {0, 1, 2}, True),
    ("%run other.py", {0, 1, 2}, False),
    ("names = %store", {0, 1, 2}, False),
    ("%%R -i edges\nx", {2}, False),
    ("from helper import *", {0, 1, 2}, False),
    ("def f(x):\n    return globals()['photograph']", {1, 2}, False),
    ("def f(x):\n    return eval('pho' + 'tograph')", {0, 1, 2}, False),
])
def test_what_is_needless(source, needless, sure):
    found = needless_cells(cells(source), cells())
    assert (set(found.places), found.sure) == (needless, sure)


@pytest.mark.parametrize(("source", "sure"), [
    ("(\n" + " " * 10**6 + "? x ?", True), ("(=" * 10**6, True),
    ("%" * 10**6, False), ("= !" * 10**6, True),
], ids=["blanks", "brackets", "percents", "shells"])
def test_a_long_line_is_looked_at_once(source, sure):
    assert needless_cells(cells(source), cells()).sure is sure


@pytest.fixture(scope="module")
def assignment(tmp_path_factory) -> Assignment:
    """A small assignment, with a cell that only shows something above its exercises."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "solutions/01-small").mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    (folder / "solutions/01-small/small.md").write_text(
        small_notebook().replace(SETUP, SETUP + "\n```python\nphotograph = 2\n```\n"))
    (folder / "solutions/01-small/exercises.py").write_text(EXERCISES)
    build(folder)
    return prepare(folder, "01-small")


SHOWN = ["photograph = 2", "print('the end')"]


@pytest.mark.kernel
@pytest.mark.parametrize(("looks_for", "score", "rounds"), [
    ("'two'", 2, [SHOWN]), ("'photo' + 'graph'", 2, [SHOWN, []]), ("'no' + 'body'", 0, [SHOWN, []]),
])
def test_where_it_is_not_sure_and_something_is_wrong_all_is_run(
    assignment, monkeypatch, looks_for, score, rounds
):
    asked = []
    run = marking._Marker._round

    def counted(self, skip):
        asked.append([self.notebook.cells[place].source for place in sorted(skip)])
        return run(self, skip)

    monkeypatch.setattr(marking._Marker, "_round", counted)
    nb = nbformat.reads(assignment.released, as_version=4)
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "double":
            cell.source = f"two = 2\ndef double(x):\n    return x * globals().get({looks_for}, 3)"
    marked = mark(assignment, {"small.ipynb": nbformat.writes(nb).encode()})
    assert (marked.score, asked) == (score, rounds)
