"""Which cells cannot matter for the marks, and need not be run for them."""

from __future__ import annotations

import symtable
from dataclasses import dataclass
from functools import lru_cache

from nbformat import NotebookNode

from autograder.source import GIVEN_TAGS, is_check

DYNAMIC = {"globals", "eval", "exec", "vars", "locals", "get_ipython", "__import__"}
"""Who uses one of these may use any name."""


@dataclass(frozen=True)
class Names:
    """The global names that a cell binds and those it uses."""

    bound: frozenset[str]
    used: frozenset[str]


def needless_cells(notebook: NotebookNode, released: NotebookNode) -> set[int]:
    """Return the places of cells that cannot matter for the marks.

    These are cells of the release, unchanged, that only show something: no setup,
    given or solution cell, and nothing they define is used by the learner's code.
    Where learner's code looks names up in ways that cannot be read off, none is.
    """
    shows = {cell.source for cell in released.cells if cell.cell_type == "code" and _shows(cell)}
    candidates: dict[int, Names] = {}
    used: set[str] = set()
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or is_check(cell):
            continue
        names = names_of(cell.source)
        if names is None:
            return set()
        if cell.source in shows and _shows(cell):
            candidates[index] = names
        else:
            used |= names.used
    return {index for index, names in candidates.items() if not names.bound & used}


def _shows(cell: NotebookNode) -> bool:
    tags = cell.metadata.get("tags", [])
    return "nbgrader" not in cell.metadata and not any(tag in tags for tag in GIVEN_TAGS)


@lru_cache(maxsize=1000)  # most cells of a submission are those of all others
def names_of(source: str) -> Names | None:
    """Return a cell's global names, None if they cannot be read off.

    A cell that is no Python at all binds and uses nothing; one with IPython's own
    magic could do anything.
    """
    try:
        table = symtable.symtable(source, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        magic = any(line.lstrip()[:1] in ("%", "!", "?") for line in source.splitlines())
        return None if magic else Names(frozenset(), frozenset())
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    bound |= {child.get_name() for child in table.get_children()}
    used = _globals_used(table)
    if used & DYNAMIC or ("*" in source and "import *" in source):
        return None
    return Names(frozenset(bound), frozenset(used))


def _globals_used(top: symtable.SymbolTable) -> set[str]:
    used = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    waiting = list(top.get_children())
    while waiting:
        table = waiting.pop()
        used |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
        waiting += table.get_children()
    return used
