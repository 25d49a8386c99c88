"""Damage to what cells are: their kind, their metadata, the release's own cells."""

from __future__ import annotations

import copy

from .entry import (
    Register,
    code,
    packed,
    place,
    source_of,
    stub,
    text,
    with_cells,
    with_code,
    without,
)

damage = Register()


@damage("A solution cell was turned into Markdown.", says="made code again")
def solution_as_markdown(given):
    nb = copy.deepcopy(given.solved)
    nb.cells[place(nb, "relu")].cell_type = "markdown"
    return nb


@damage("All solution cells were turned into raw cells.", says="made code again")
def solutions_as_raw(given):
    nb = copy.deepcopy(given.solved)
    for name in given.exercises():
        nb.cells[place(nb, name)].cell_type = "raw"
    return nb


@damage("A solution was pasted into a text cell, in a fence.", says="made code again")
def solution_in_a_fence(given):
    own = source_of(given.solved, "relu")
    nb = with_cells(given.solved, [text(f"```python\n{own}\n```")], before="relu")
    return without(nb, "relu")


@damage("Check cells were turned into text.", says="another kind of cell")
def checks_as_markdown(given):
    nb = copy.deepcopy(given.solved)
    for name in given.exercises():
        nb.cells[place(nb, f"check-{name}")].cell_type = "markdown"
    return nb


@damage("Every cell was turned into code.")
def all_as_code(given):
    nb = copy.deepcopy(given.solved)
    for cell in nb.cells:
        cell.cell_type = "code"
    return nb


@damage("The setup cell was deleted.", says="the setup cell was missing")
def setup_deleted(given):
    nb = copy.deepcopy(given.solved)
    nb.cells = [cell for cell in nb.cells if "setup" not in cell.metadata.get("tags", [])]
    return nb


@damage("The learner's imports were added to the setup cell.")
def imports_added_to_setup(given):
    nb = with_code(given.solved, apply_filter="def apply_filter(patch, kernel):\n    return math.fsum((patch * kernel).ravel())")
    setup = next(cell for cell in nb.cells if "setup" in cell.metadata.get("tags", []))
    setup.source = "import math\nimport not_installed_here\n" + setup.source
    return nb


@damage("Half of the setup cell was deleted.", says="the setup cell had been changed")
def setup_halved(given):
    nb = copy.deepcopy(given.solved)
    setup = next(cell for cell in nb.cells if "setup" in cell.metadata.get("tags", []))
    setup.source = "import numpy"
    return nb


@damage("Given cells were deleted.", says="given cell")
def given_deleted(given):
    nb = copy.deepcopy(given.solved)
    nb.cells = [cell for cell in nb.cells if "given" not in cell.metadata.get("tags", [])]
    return nb


@damage("A given function was broken by a slip of the hand.", says="given cell")
def given_broken(given):
    nb = copy.deepcopy(given.solved)
    cell = next(cell for cell in nb.cells if "given" in cell.metadata.get("tags", []))
    cell.source = cell.source.replace("=", "", 1)
    return nb


@damage("Only the solution cells were handed in.", says="missing; put back")
def only_solutions(given):
    nb = copy.deepcopy(given.solved)
    nb.cells = [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    return nb


@damage("All text was deleted.", says="missing; put back")
def no_text(given):
    nb = copy.deepcopy(given.solved)
    nb.cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    return nb


@damage("Hundreds of empty cells were added.")
def empty_cells(given):
    nb = copy.deepcopy(given.solved)
    for at in range(len(nb.cells), 0, -1):
        nb.cells[at:at] = [code(""), text("  \n"), code("")]
    return nb


@damage("A check cell's source was edited.", says="check-relu had been changed")
def check_edited(given):
    return with_code(given.solved, **{"check-relu": "check(relu)\nprint('done')"})


@damage("The points in the metadata are damaged.", says="other points")
def points_damaged(given):
    nb = copy.deepcopy(given.solved)
    nb.cells[place(nb, "check-relu")].metadata["nbgrader"]["points"] = "1 point"
    return nb


@damage("nbgrader's metadata is half there.", says="")
def half_metadata(given):
    nb = copy.deepcopy(given.solved)
    for cell in nb.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"] = {"grade_id": cell.metadata["nbgrader"]["grade_id"]}
    return nb


@damage("Grade ids are numbers.", says="grading data")
def grade_ids_as_numbers(given):
    nb = copy.deepcopy(given.solved)
    for number, cell in enumerate(nb.cells):
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"]["grade_id"] = number
            cell.pop("id", None)
    return nb


@damage("Two grade ids were exchanged.")
def grade_ids_exchanged(given):
    nb = copy.deepcopy(given.solved)
    one, two = nb.cells[place(nb, "relu")], nb.cells[place(nb, "convolve2d")]
    one.source, two.source = two.source, one.source
    return nb


@damage("The whole notebook was pasted into itself.")
def doubled(given):
    nb = copy.deepcopy(given.solved)
    nb.cells += copy.deepcopy(nb.cells)
    return nb


@damage("The functions are in a module that a cell imports.")
def in_a_module(given):
    module = "import numpy as np\n\n" + "\n\n".join(source_of(given.solved, n) for n in given.exercises())
    nb = with_cells(given.released, [code("from my_functions import *")], before="apply_filter")
    return {given.file: packed(nb), "my_functions.py": module.encode()}


@damage("The functions are in a module that is imported by its name only.", says="taken from there")
def in_a_module_by_name(given):
    module = "import numpy as np\n\n" + "\n\n".join(source_of(given.solved, n) for n in given.exercises())
    nb = with_cells(given.released, [code("import my_functions")], before="apply_filter")
    return {given.file: packed(nb), "my_functions.py": module.encode()}


@damage("One exercise has a syntax error.", loses=("relu",))
def syntax_error(given):
    return with_code(given.solved, relu="def relu(x)\n    return np.maximum(x, 0)")


@damage("One exercise was left as a stub.", loses=("relu",))
def one_stub(given):
    return with_code(given.solved, relu=stub("relu"))


@damage("A later try to break it redefines the function, as the lesson suggests.")
def broken_on_purpose_later(given):
    return with_cells(given.solved, [code("def relu(x):\n    return -x")])

