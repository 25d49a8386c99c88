"""Read a cell as Python, and where that fails as IPython would."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator

LONGEST = 200_000
"""A cell of more characters is not looked into."""

BODY_MAGICS = ("time", "capture", "prun")
"""Cell magics whose body runs in the notebook's own namespace."""

ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)

_ASSIGNED_MAGIC = re.compile(r"^(\s*[\w.,\s\[\]]+=\s*)[!%].*$")
_MAGIC = re.compile(r"^(\s*)([%!?]|.*[^#'\"]\?{1,2}\s*$)")
_CELL_MAGIC = re.compile(r"^\s*%%(\w+)")


def parse(source: str) -> tuple[ast.Module, str] | None:
    """Return a cell's syntax tree and the text it was read from, None if there is none.

    Magics and shell commands are read as ``pass``; lines keep their numbers.
    """
    if len(source) > LONGEST:
        return None
    for text in _readings(source):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return ast.parse(text), text
            except ERRORS:
                continue
    return None


def _readings(source: str) -> Iterator[str]:
    """Yield the text as Python might read it: as it is, then as IPython would."""
    yield source
    text = _without_leading_indent(source)
    lines = text.split("\n")
    start = next((i for i, line in enumerate(lines) if line.strip()), 0)
    magic = _CELL_MAGIC.match(lines[start])
    if magic:
        if magic[1] not in BODY_MAGICS:
            yield ""
            return
        lines[start] = "pass"
    yield "\n".join(lines)
    yield "\n".join(_without_magic(line) for line in lines)


def _without_leading_indent(source: str) -> str:
    body = source.lstrip("\n")
    return textwrap.dedent(source) if body[:1] in (" ", "\t") else source


def _without_magic(line: str) -> str:
    assigned = _ASSIGNED_MAGIC.match(line)
    if assigned:
        return assigned[1] + "None"
    magic = _MAGIC.match(line)
    return magic[1] + "pass" if magic else line
