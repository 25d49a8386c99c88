"""Whatever happens to a notebook, as long as its functions are whole they are found."""

from __future__ import annotations

import ast
import copy
import functools
import itertools
import json
from types import SimpleNamespace
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode

from autograder.mend import Unreadable, find_notebook, mend, read_notebook

from .corpus.run import Targets
from .corpus.run import given as corpus_given

# Shrinking a failing run of edits takes minutes; the run itself is short enough to read.
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
KINDS = ("drop", "copy", "move", "retype", "rename", "split", "merge", "scratch", "strip", "reid")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32")


@functools.cache
def pixels() -> Any:
    return corpus_given("01-pixels", Targets())


def functions(notebook: NotebookNode, names: list[str]) -> dict[str, str | None]:
    """What each exercise's name is bound to where its check cell stands, as its source."""
    space: dict[str, str | None] = {}
    at_check: dict[str, str | None] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        data = cell.metadata.get("nbgrader", {})
        if data.get("grade"):
            name = data["grade_id"].removeprefix("check-")
            at_check[name] = space.get(name)
            continue
        for node in ast.parse(cell.source).body:
            if isinstance(node, ast.FunctionDef):
                space[node.name] = ast.unparse(node)
    return {name: at_check.get(name) for name in names}


def is_solution(cell: dict) -> bool:
    return "def " in cell["source"] and bool(cell.get("solution"))


def edit(cells: list[dict], kind: str, at: int, to: int) -> None:
    """Make one edit that leaves the learner's functions whole."""
    at, to = at % len(cells), to % len(cells)
    cell = cells[at]
    if kind == "drop" and not is_solution(cell):
        del cells[at]
    elif kind == "copy":
        cells.insert(to, copy.deepcopy(cell))
    elif kind == "move":
        cells.insert(to, cells.pop(at))
    elif kind == "retype":
        cell["cell_type"] = ("markdown", "raw", "code")[to % 3]
    elif kind == "rename" and "nbgrader" in cell["metadata"]:
        cell["metadata"]["nbgrader"]["grade_id"] = f"cell-{to}"
        cell.pop("id", None)
    elif kind == "merge" and to != at and is_solution(cells[to]) and is_solution(cell):
        cells[to]["source"] += "\n\n" + cell["source"]
        del cells[at]
    elif kind == "split" and cell["cell_type"] == "code" and is_solution(cell):
        lines = cell["source"].split("\n")
        if len(lines) > 3 and lines[2].startswith(" ") and lines[2].strip():
            second = {**copy.deepcopy(cell), "source": "\n".join(lines[2:]), "id": f"half{at}"}
            cell["source"] = "\n".join(lines[:2])
            second.pop("solution")
            cells.insert(at + 1, second)
    elif kind == "scratch":
        source = ("1/0", "np = 3", "x = (", "print('hm')", "def helper():\n    return 1")[to % 5]
        cells.insert(to, {"cell_type": "code", "metadata": {}, "source": source})
    elif kind == "strip":
        cell["metadata"] = {"id": cell.pop("id", "")}
    elif kind == "reid":
        cell["id"] = cells[to].get("id", "x")


@settings(max_examples=60, deadline=None, phases=QUICK)
@given(
    edits=st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 500), st.integers(0, 500)), max_size=12),
    encoding=st.sampled_from(ENCODINGS),
    name=st.sampled_from(("pixels.ipynb", "pixels (1).ipynb", "sub/PIXELS.ipynb", "x.ipynb.txt")),
)
def test_random_edits_leave_every_function_what_it_was(edits, encoding, name):
    names = pixels().exercises()
    expected = functions(pixels().solved, names)
    assert None not in expected.values()
    document = json.loads(json.dumps(pixels().solved))
    for cell in document["cells"]:
        cell["solution"] = bool(cell["metadata"].get("nbgrader", {}).get("solution"))
    for kind, at, to in edits:
        before = copy.deepcopy(document["cells"])
        edit(document["cells"], kind, at, to)
        if not still_whole(document["cells"], expected):
            document["cells"] = before
    files = {name: json.dumps(document, ensure_ascii=False).encode(encoding)}
    _, data = find_notebook(files, pixels().released, "pixels")
    mended = mend(read_notebook(data), pixels().released, files)
    sources = [c for c in mended.notebook.cells if c.cell_type != "code" or parses(c.source)]
    assert functions(SimpleNamespace(cells=sources), names) == expected
    again = mend(mended.notebook, pixels().released, files)
    assert again.notebook == mended.notebook
    assert again.repairs == ()


def still_whole(cells: list[dict], expected: dict[str, str | None]) -> bool:
    """Whether the functions are all still there: in one cell, or in the two halves of one."""
    texts = ["\n".join(line for line in cell["source"].split("\n")) for cell in cells]
    texts += [f"{one}\n{two}" for one, two in itertools.pairwise(texts)]
    found = set()
    for text in texts:
        if parses(text):
            found |= {ast.unparse(n) for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}
    return all(source in found for source in expected.values())


def parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


@settings(max_examples=100, deadline=None)
@given(junk=st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(("cells", "metadata", "nbgrader", "source", "cell_type", "outputs", "id",
                         "grade_id", "worksheets", "content", "level", "input")), inner, max_size=6),
    max_leaves=25,
))
def test_any_json_is_read_or_refused_in_one_sentence(junk):
    notebook = read_or_reason(json.dumps(junk).encode("utf-8", "replace"))
    if isinstance(notebook, str):
        assert notebook.endswith(".")
        return
    mended = mend(notebook, pixels().released, {})
    assert mend(mended.notebook, pixels().released, {}).notebook == mended.notebook


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_one_sentence(data):
    found = read_or_reason(data)
    assert not isinstance(found, str) or found.endswith(".")


def read_or_reason(data: bytes) -> NotebookNode | str:
    try:
        return read_notebook(data)
    except Unreadable as error:
        return str(error)
