"""Read a cell as Python, and where that fails as IPython would."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence

LONGEST = 200_000
"""A cell of more characters is not looked into."""

BODY_MAGICS = ("time", "capture", "prun")
"""Cell magics whose body runs in the notebook's own namespace."""

DEEPEST = 150
"""Code nested more deeply is not looked into: what walks through it calls itself."""

ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)

_ASSIGNED_MAGIC = re.compile(r"([\w.,\s\[\]]+=\s*)[!%]")
_CELL_MAGIC = re.compile(r"^\s*%%(\w+)")
_SAFE_MAGIC = re.compile(r"^\s*(!|%matplotlib inline\b)")


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
                tree = ast.parse(text)
            except ERRORS:
                continue
        return None if _is_deep(tree) else (tree, text)
    return None


def _is_deep(tree: ast.Module) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


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


def risky_magics(shown: Sequence[str], read: Sequence[str]) -> list[int]:
    """Return the lines of a cell, given as written and as read, that are magics that may fail.

    A cell magic in the first line is none of them; further down it always fails.
    """
    first = next((number for number, line in enumerate(shown) if line.strip()), 0)
    return [
        number
        for number, (line, plain) in enumerate(zip(shown, read, strict=True))
        if line.strip() != plain.strip() and not _SAFE_MAGIC.match(line)
        and not (number == first and _CELL_MAGIC.match(line))
    ]


def _without_leading_indent(source: str) -> str:
    body = source.lstrip("\n")
    return textwrap.dedent(source) if body[:1] in (" ", "\t") else source


def _without_magic(line: str) -> str:
    assigned = _ASSIGNED_MAGIC.match(line)
    if assigned:
        return assigned[1] + "None"
    body = line.strip()
    if body[:1] in ("%", "!", "?") or _asks_for_help(body):
        return line[: len(line) - len(line.lstrip())] + "pass"
    return line


def _asks_for_help(body: str) -> bool:
    """Whether a line ends in one or two question marks that close no text or comment."""
    return any(
        body.endswith(marks) and body[: -len(marks)][-1:] not in ("", "#", "'", '"')
        for marks in ("?", "??")
    )
