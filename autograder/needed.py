"""Which cells cannot matter for the marks, and need not be run for them."""

from __future__ import annotations

import re
import symtable
from dataclasses import dataclass
from functools import lru_cache

from nbformat import NotebookNode

from autograder.mend.code import analyse
from autograder.source import GIVEN_TAGS, is_check

DYNAMIC = {"globals", "eval", "exec", "vars", "locals", "get_ipython", "__import__"}
"""Who uses one of these may use any name."""
PLAIN_MAGICS = {
    "!", "autoreload", "autosave", "bash", "capture", "cd", "conda", "config", "env", "file",
    "html", "javascript", "js", "latex", "load_ext", "ls", "markdown", "matplotlib", "pip",
    "precision", "prun", "pwd", "sh", "svg", "time", "timeit", "who", "whos", "writefile",
    "xmode",
}
"""IPython's own that use no name of the notebook but those that are written beside them."""
_COMMENTS_ABOVE = re.compile(r"\A(?:[^\S\n]*(?:#[^\n]*)?\n)+")


@dataclass(frozen=True)
class Names:
    """The global names that a cell binds and those it uses; ``sure`` if there are no others."""

    bound: frozenset[str]
    used: frozenset[str]
    sure: bool = True


@dataclass(frozen=True)
class Needless:
    """The places of cells that need not run; not ``sure`` where code may use hidden names."""

    places: frozenset[int]
    sure: bool


def needless_cells(notebook: NotebookNode, released: NotebookNode) -> Needless:
    """Return the places of cells that cannot matter for the marks.

    These are cells of the release that only show something, or have nothing but statements
    of such cells: no setup, given or solution cell, and nothing they define is used by the
    learner's code, or by another of them that defines what is. Code that looks names up in
    ways that cannot be read off counts as using every word it has, and the answer is not sure.
    """
    shows = {cell.source for cell in released.cells if cell.cell_type == "code" and _shows(cell)}
    statements = {statement for source in shows for statement in _statements(source)}
    candidates: dict[int, Names] = {}
    used: set[str] = set()
    sure = True
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or is_check(cell):
            continue
        names = names_of(cell.source)
        if names.sure and _shows(cell) and (
            cell.source in shows or ((own := _statements(cell.source)) and own <= statements)
        ):
            candidates[index] = names
        else:
            used |= names.used
            sure = sure and names.sure
    while found := [index for index, names in candidates.items() if names.bound & used]:
        for index in found:
            used |= candidates.pop(index).used
    return Needless(frozenset(candidates), sure)


@lru_cache(maxsize=1000)
def _statements(source: str) -> frozenset[str]:
    """Return a cell's top-level statements without the comments above; none if it is no Python."""
    parts = (statement.text for statement in analyse(source).statements)
    return frozenset(_COMMENTS_ABOVE.sub("", part).strip() for part in parts) - {""}


def _shows(cell: NotebookNode) -> bool:
    tags = cell.metadata.get("tags", [])
    return "nbgrader" not in cell.metadata and not any(tag in tags for tag in GIVEN_TAGS)


@lru_cache(maxsize=1000)  # most cells of a submission are those of all others
def names_of(source: str) -> Names:
    """Return a cell's global names, as far as they can be read off.

    A cell that is no Python at all binds and uses nothing; one with IPython's own
    magic could do anything.
    """
    try:
        table = symtable.symtable(source, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        magics = {magic for line in source.splitlines() if (magic := _magic(line))}
        if not magics:
            return Names(frozenset(), frozenset())
        return Names(frozenset(), _words(source), sure=magics <= PLAIN_MAGICS)
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    bound |= {child.get_name() for child in table.get_children()}
    used = _globals_used(table)
    if used & DYNAMIC or ("*" in source and "import *" in source):
        return Names(frozenset(bound), _words(source), sure=False)
    return Names(frozenset(bound), frozenset(used))


def _magic(line: str) -> str:
    """Return which of IPython's own a line calls: a magic's name, or ! for the shell."""
    line = line.strip()
    if line[:1] == "?" or line[-1:] == "?":
        return "!"  # help; it looks at what is named and no more
    for part in (line, line.partition("=")[2].lstrip()):
        if part[:1] in ("!", "%"):
            name = re.split(r"\W", part.lstrip("%"), maxsplit=1)[0]
            return "!" if part[0] == "!" else name or "%"
    return ""


def _words(source: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d]\w*", source))


def _globals_used(top: symtable.SymbolTable) -> set[str]:
    used = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    waiting = list(top.get_children())
    while waiting:
        table = waiting.pop()
        used |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
        waiting += table.get_children()
    return used
