"""Damage to cells: lost, doubled, split, merged, moved, turned into something else."""

from __future__ import annotations

import copy
import random

from .entry import (
    Register,
    code,
    place,
    source_of,
    with_cells,
    with_code,
    without,
)

damage = Register()
NAMES = ("apply_filter", "convolve2d", "relu", "convolve_channels", "convolution_layer")


def _shuffled(nb, seed):
    nb = copy.deepcopy(nb)
    random.Random(seed).shuffle(nb.cells)
    return nb


@damage("Nothing: it is the solved notebook.")
def untouched(given):
    return given.solved


@damage("Nothing was written at all.", due="none")
def unsolved(given):
    return given.released


@damage("One check cell was deleted.", says="check-relu was missing; put back")
def check_deleted(given):
    return without(given.solved, "check-relu")


@damage("All check cells were deleted.", says="was missing; put back")
def all_checks_deleted(given):
    return without(given.solved, *(f"check-{name}" for name in given.exercises()))


@damage("A check cell was doubled.", says="there twice")
def check_doubled(given):
    nb = copy.deepcopy(given.solved)
    nb.cells.append(copy.deepcopy(nb.cells[place(nb, "check-relu")]))
    return nb


@damage("A solution cell was doubled, and the copy is the one that was finished.")
def solution_doubled(given):
    nb = copy.deepcopy(given.solved)
    at = place(nb, "relu")
    first = copy.deepcopy(nb.cells[at])
    first.source = "def relu(x):\n    return x  # to do"
    nb.cells.insert(at, first)
    return nb


@damage("A solution cell was deleted.", loses=("relu",), says="relu was missing")
def solution_deleted(given):
    return without(given.solved, "relu")


@damage("The function was written in a new cell; its own cell was deleted.")
def written_elsewhere(given):
    own = source_of(given.solved, "relu")
    return with_cells(without(given.solved, "relu"), [code(own)], before="check-relu")


@damage("The function was written in a new cell; its own cell is as it was.")
def written_below_the_stub(given):
    nb = with_code(given.solved, relu=source_of(given.released, "relu"))
    return with_cells(nb, [code(source_of(given.solved, "relu"))], after="relu")


@damage("All functions were written at the notebook's end.")
def written_at_the_end(given):
    cells = [code(source_of(given.solved, name)) for name in given.exercises()]
    return with_cells(given.released, cells)


@damage("All functions are in one cell on top, the others are as they were.")
def all_in_one_cell(given):
    merged = "\n\n".join(source_of(given.solved, name) for name in given.exercises())
    return with_cells(given.released, [code(merged)], before="apply_filter")


@damage("All functions are in the first solution cell; the others were deleted.", says="taken apart")
def merged_into_the_first(given):
    merged = "\n\n".join(source_of(given.solved, name) for name in given.exercises())
    nb = with_code(given.solved, apply_filter=merged)
    return without(nb, *given.exercises()[1:])


@damage("Solution and check were merged.", says="check-relu")
def merged_with_its_check(given):
    own = source_of(given.solved, "relu")
    return without(with_code(given.solved, relu=f"{own}\n\ncheck(relu)"), "check-relu")


@damage("Two exercises and their checks were merged; the first is wrong.", loses=("relu",))
def merged_with_a_failing_check(given):
    nb = with_code(given.solved, relu="def relu(x):\n    return -abs(x) - 1\ncheck(relu)\n\n"
                   + source_of(given.solved, "convolve_channels"))
    return without(nb, "check-relu", "convolve_channels")


@damage("A solution cell was split in the middle of the function.", says="split")
def split_in_the_middle(given):
    nb = copy.deepcopy(given.solved)
    at = place(nb, "convolve2d")
    lines = nb.cells[at].source.split("\n")
    second = copy.deepcopy(nb.cells[at])
    second["id"] = "half"
    nb.cells[at].source, second.source = "\n".join(lines[:4]), "\n".join(lines[4:])
    nb.cells.insert(at + 1, second)
    return nb


@damage("A solution cell was split, and the second half lost its metadata.", says="split")
def split_without_metadata(given):
    lines = source_of(given.solved, "convolve2d").split("\n")
    nb = with_code(given.solved, convolve2d="\n".join(lines[:5]))
    return with_cells(nb, [code("\n".join(lines[5:]))], after="convolve2d")


@damage("The helper is in a cell of its own.")
def helper_in_its_own_cell(given):
    nb = with_code(given.solved, relu="def relu(x):\n    return keep(x)")
    return with_cells(nb, [code("def keep(x):\n    return np.maximum(x, 0)")], before="relu")


@damage("The helper came to stand below the check.", says="put before it")
def helper_below(given):
    nb = with_code(given.solved, relu="def relu(x):\n    return keep(x)")
    return with_cells(nb, [code("def keep(x):\n    return np.maximum(x, 0)")])


@damage("An import the functions need is at the notebook's end.", says="put before it")
def import_below(given):
    nb = with_code(given.solved, apply_filter="def apply_filter(patch, kernel):\n    return math.fsum((patch * kernel).ravel())")
    return with_cells(nb, [code("import math")])


@damage("All cells were shuffled.")
def shuffled(given):
    return _shuffled(given.solved, 1)


@damage("All cells were shuffled, and lost their metadata and ids.", says="grading data")
def shuffled_and_stripped(given):
    nb = _shuffled(given.solved, 2)
    for cell in nb.cells:
        cell.metadata = {}
        cell.pop("id", None)
    return nb


@damage("The notebook is upside down.")
def upside_down(given):
    nb = copy.deepcopy(given.solved)
    nb.cells.reverse()
    return nb


@damage("A solution cell was split inside a pair of brackets.", says="split")
def split_in_brackets(given):
    nb = with_code(given.solved, relu="def relu(x):\n    return np.where(")
    return with_cells(nb, [code("x > 0,\n        x, 0)")], after="relu")


def _with_heading(given, kind):
    """Merge a solution cell with the text above it, into one cell of a kind."""
    nb = copy.deepcopy(given.solved)
    at = place(nb, "relu")
    heading = nb.cells[at - 1]
    assert heading.cell_type == "markdown"
    merged = nb.cells[at]
    merged.cell_type, merged.source = kind, f"{heading.source}\n\n{merged.source}"
    del nb.cells[at - 1]
    return nb


@damage("A solution cell was merged with the text above it; the result is code.", says="merged with text")
def merged_with_text_as_code(given):
    return _with_heading(given, "code")


@damage("A solution cell was merged with the text above it; the result is text.", says="merged with text")
def merged_with_text_as_text(given):
    nb = _with_heading(given, "markdown")
    cell = nb.cells[place(nb, "relu")]
    cell.metadata = {}
    cell["id"] = "merged"
    return nb
