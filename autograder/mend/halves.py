"""Put together again what was cut in the middle: functions that lie in several cells."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from autograder.mend.code import analyse, text_defines
from autograder.mend.pieces import Piece, defines_one_of
from autograder.mend.syntax import ERRORS

MOST = 40
"""Into so many cells a function may have been cut."""
TRIES = 400
"""So often two cells of a notebook are held together, to see whether they are one."""
LONGEST = 20_000
"""So many characters a function may have for that."""


def join_split(pieces: list[Piece], exercises: Sequence[str], repairs: list[str]) -> list[Piece]:
    """Join cells that were one function until somebody split them in the middle.

    Text that was put in between comes to stand after it.
    """
    joined: list[Piece] = []
    taken: set[int] = set()
    tries = TRIES
    for start, piece in enumerate(pieces):
        if start in taken:
            continue
        joined.append(piece)
        others, tried = _other_parts(pieces, start, exercises, tries)
        tries -= tried
        if not others:
            continue
        taken.update(others)
        piece.source = _together([piece, *(pieces[at] for at in others)])
        ids = (pieces[at].grade_id for at in others)
        piece.grade_id = piece.grade_id or next((name for name in ids if name), None)
        names = [name for name in exercises if text_defines(piece.source, name)]
        of = f"the cell of {names[-1]}" if names else "a cell"
        repairs.append(f"{of} had been split in the middle; joined")
    return joined


def _together(parts: Sequence[Piece]) -> str:
    first, *others = [part.source for part in parts]
    return "\n".join([first.rstrip(), *(other.strip("\n").rstrip() for other in others)])


def _other_parts(
    pieces: Sequence[Piece], start: int, exercises: Sequence[str], tries: int
) -> tuple[list[int], int]:
    """Return the places of the cells that go on with the code of this one, and the tries made."""
    if pieces[start].kind != "code":
        return [], 0
    found: list[int] = []
    tried: list[int] = []
    apart = False
    for at in range(start + 1, min(len(pieces), start + 2 * MOST)):
        piece = pieces[at]
        so_far = [pieces[start], *(pieces[place] for place in tried)]
        text = _together(so_far)
        ids = {part.grade_id for part in [*so_far, piece]} - {None}
        indented = _is_indented(piece.source)
        whole = analyse(text).parsed
        if len(ids) > 1 or len(text) > LONGEST or len(tried) >= min(MOST - 1, tries):
            break
        if whole and "def " not in text:
            break
        if piece.kind != "code" and not indented:
            apart = True  # a note of the learner's
            continue
        sure = not whole or _returns(piece.source)
        if piece.kind == "code" and not indented and (whole or analyse(piece.source).parsed):
            break
        if (apart or piece.kind != "code") and not sure and not found:
            break
        if (indented and _parses_alone(piece.source)) or defines_one_of(piece.source, exercises):
            break
        tried.append(at)
        if analyse(_together([*so_far, piece])).parsed:
            found = list(tried)
        elif not indented and analyse(piece.source).parsed:
            break
    # where that many go on with it, somebody plays: what is joined must not grow from run to run
    return (found if len(tried) < min(MOST - 1, tries) else []), len(tried)


def _is_indented(source: str) -> bool:
    lines = (line for line in source.split("\n") if line.strip() and line.strip()[0] != "#")
    return next(lines, "")[:1] in (" ", "\t")


def _parses_alone(source: str) -> bool:
    try:
        ast.parse(source)
    except ERRORS:
        return False
    return True


def _returns(source: str) -> bool:
    """Whether it returns from a function that does not begin in it."""
    return any(
        isinstance(part, ast.Return)
        for statement in analyse(source).statements
        for node in statement.nodes if not isinstance(node, ast.FunctionDef | ast.ClassDef)
        for part in ast.walk(node)
    )
