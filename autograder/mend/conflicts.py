"""Merge-conflict markers, in a notebook's file or in one of its cells."""

from __future__ import annotations

import ast
import re
import warnings

_OURS = re.compile(r"^<{7}( |$)")
_BASE = re.compile(r"^\|{7}( |$)")
_MIDDLE = re.compile(r"^={7}$")
_THEIRS = re.compile(r"^>{7}( |$)")


def sides(text: str) -> tuple[str, ...]:
    """Return the text, or the two versions that an unfinished merge left in it."""
    if "<<<<<<<" not in text or ">>>>>>>" not in text:
        return (text,)
    ours: list[str] = []
    theirs: list[str] = []
    state, seen = "both", False
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if _OURS.match(bare):
            state, seen = "ours", True
        elif seen and _BASE.match(bare):
            state = "base"
        elif seen and state in ("ours", "base") and _MIDDLE.match(bare):
            state = "theirs"
        elif seen and _THEIRS.match(bare):
            state = "both"
        else:
            if state in ("both", "ours"):
                ours.append(line)
            if state in ("both", "theirs"):
                theirs.append(line)
    return ("".join(ours), "".join(theirs)) if seen else (text,)


def settle(source: str) -> str:
    """Return a code cell's source without conflict markers: the first side that is whole."""
    versions = sides(source)
    if len(versions) == 1:
        return source
    whole = [version for version in versions if _parses(version)]
    written = [version for version in whole if "raise NotImplementedError" not in version]
    return (written or whole or list(versions))[0]


def _parses(source: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True
