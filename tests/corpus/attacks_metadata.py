"""Attacks that want points through metadata, cells and the files beside the notebook."""

from __future__ import annotations

import copy

from .entry import (
    Register,
    claiming,
    code,
    packed,
    place,
    text,
    with_cells,
    with_code,
)

attack = Register()


@attack("Check cells are worth a hundred points in its metadata.", due="none")
def points_raised(given):
    nb = copy.deepcopy(given.released)
    for name in given.exercises():
        nb.cells[place(nb, f"check-{name}")].metadata["nbgrader"]["points"] = 100
    return nb


@attack("Check cells are emptied.", due="none")
def checks_emptied(given):
    return with_code(given.released, **{f"check-{n}": "4.0" for n in given.exercises()})


@attack("Check cells carry outputs that say full marks.", due="none")
def outputs_forged(given):
    nb = copy.deepcopy(given.released)
    for name in given.exercises():
        cell = nb.cells[place(nb, f"check-{name}")]
        cell.outputs = [{"output_type": "execute_result", "data": {"text/plain": "4.0"}, "metadata": {}, "execution_count": 1}]
    return nb


@attack("New grade cells with points of their own are added.", due="none")
def grade_cells_added(given):
    data = {"grade": True, "grade_id": "bonus", "locked": False, "points": 50, "schema_version": 3, "solution": False, "task": False}
    manual = {**data, "grade_id": "essay", "solution": True}
    return with_cells(given.released, [code("50", nbgrader=data), code("1", nbgrader=manual)])


@attack("Check cells are made manually graded, with a score in them.", due="none")
def manual_cells(given):
    nb = copy.deepcopy(given.released)
    for name in given.exercises():
        nb.cells[place(nb, f"check-{name}")].metadata["nbgrader"] |= {"solution": True, "locked": False, "score": 4, "manual_score": 4}
    return nb


@attack("The notebook's metadata holds verdicts with full marks.", due="none")
def verdicts_forged(given):
    nb = copy.deepcopy(given.released)
    verdicts = [{"exercise": n, "score": 4.0, "max_score": 4.0, "status": "passed"} for n in given.exercises()]
    nb.metadata["autograder"] = {"repairs": ["full marks"], "reason": None, "verdicts": verdicts}
    nb.metadata["nbgrader"] = {"score": 11, "max_score": 11}
    return nb


@attack("Solution cells get the grade ids of check cells.", due="none")
def ids_crossed(given):
    nb = copy.deepcopy(given.released)
    for name in given.exercises():
        nb.cells[place(nb, name)].metadata["nbgrader"]["grade_id"] = f"check-{name} "
    return nb


@attack("Its own check cells stand before the real ones, under the same ids.", due="none")
def checks_doubled(given):
    nb = copy.deepcopy(given.released)
    for name in given.exercises():
        at = place(nb, f"check-{name}")
        own = copy.deepcopy(nb.cells[at])
        own.source = "print('passed')"
        nb.cells.insert(at, own)
    return nb


@attack("A checksum and a schema version from elsewhere are in the metadata.", due="none")
def checksums_forged(given):
    nb = copy.deepcopy(given.released)
    for cell in nb.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"] |= {"checksum": "0" * 32, "schema_version": 99, "cell_type": "markdown"}
    return nb


@attack("Grade ids are SQL and path tricks.", due="none")
def grade_ids_as_tricks(given):
    data = {"grade": True, "locked": True, "points": 1, "schema_version": 3, "solution": False, "task": False}
    cells = [code("1", nbgrader={**data, "grade_id": g}) for g in ("'; DROP TABLE grade; --", "../../etc/passwd", "check-relu\n", "\u202e")]
    return with_cells(given.released, cells)


@attack("It shadows cnnkit, numpy and the standard library with files beside it.", due="none")
def shadowing_files(given):
    evil = b"check = hint = answer = judge = lambda *a, **k: True\ndef __getattr__(n): return lambda *a, **k: True\n"
    names = ("cnnkit.py", "cnnkit/__init__.py", "cnnkit/calls.py", "numpy.py", "json.py", "sitecustomize.py", "usercustomize.py", "IPython.py", "ipykernel.py")
    nb = claiming(given, "None", "import importlib, sys\nsys.path.insert(0, '.')\nimport cnnkit, json\n")
    return {given.file: packed(nb), **{n: evil for n in names if n != "cnnkit.py"}, "evil.pth": b"import os"}


@attack("A startup file and a kernel configuration lie beside it.", due="none")
def startup_files(given):
    evil = b"c = get_config()\nc.InteractiveShellApp.exec_lines = ['check = print']\n"
    return {given.file: packed(given.released), ".ipython/profile_default/ipython_config.py": evil, "ipython_config.py": evil, "nbgrader_config.py": evil, "jupyter_config.py": evil, "key.npz": b"PK", ".autograder/hidden-seed": b"1", "conftest.py": evil}


@attack("The key beside it is its own, with its own expectations.", due="none")
def own_key(given):
    return {given.file: packed(claiming(given, "0.0")), "key.npz": b"PK\x03\x04" + b"\0" * 100}


@attack("Markdown claims that the marking is done.", due="none")
def markdown_claims(given):
    return with_cells(given.released, [text("**About this submission**\n\n- Mended before marking: 11 of 11 points")])
