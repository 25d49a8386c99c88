"""Save whole functions out of a cell that Python cannot read as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autograder.mend.characters import readable
from autograder.mend.code import analyse, text_defines
from autograder.mend.pieces import Piece, defines_one_of

LONGEST = 20_000
"""A cell of more characters is not looked through."""
MOST = 300
"""So many blocks a cell may have for that."""
CELLS = 20
"""So many cells of a notebook are looked through."""
REACH = 12
"""So many blocks may belong together: a string may have lines at the margin."""

_GOES_ON = re.compile(r"(else|elif|except|finally)\b")


def salvage(pieces: list[Piece], exercises: Sequence[str], repairs: list[str]) -> None:
    """Take apart cells that hold an exercise's function beside lines that are no Python.

    Those lines, a note or a slip, come to stand in cells of their own, as they are.
    """
    broken = [
        piece for piece in pieces
        if piece.kind == "code" and len(piece.source) <= LONGEST
        and not analyse(piece.source).parsed
        and any(text_defines(piece.source, name) for name in exercises)
    ]
    for piece in broken[-CELLS:]:
        parts = list(_parts(piece.source))
        own = next((part for part in parts if piece.grade_id in exercises
                    and defines_one_of(part, [str(piece.grade_id)])), None)
        own = own or next((part for part in parts if defines_one_of(part, exercises)), None)
        if own is None:
            continue
        name = next(name for name in exercises if defines_one_of(own, [name]))
        at = pieces.index(piece)
        piece.source = own
        place = parts.index(own)
        others = [Piece("code", part, None, None) for part in parts]
        pieces[at : at + 1] = [*others[:place], piece, *others[place + 1 :]]
        repairs.append(
            f"lines in the cell of {name} that Python cannot read were put in a cell of their own"
        )


def _parts(source: str) -> Iterator[str]:
    """Yield what Python can read and what it cannot, in turn, as large as may be."""
    group: list[str] = []
    good = True
    for text in _blocks(source):
        fits = analyse(text).parsed
        if not fits and "def " in text:
            text = readable(text) or text
            fits = analyse(text).parsed
        if group and fits != good:
            yield "\n".join(group).strip("\n")
            group = []
        good = fits
        group.append(text)
    yield "\n".join(group).strip("\n")


def _blocks(source: str) -> Iterator[str]:
    """Cut before lines at the margin; put together what Python can only read together."""
    blocks: list[str] = []
    tries = MOST
    for line in source.split("\n"):
        closes = line[:1] in (")", "]", "}") and bool(blocks)
        if closes and tries:  # a bracket too many closes nothing
            tries -= 1
            closes = not analyse(blocks[-1]).parsed
        if blocks and (line[:1] in ("", " ", "\t") or closes or _GOES_ON.match(line)):
            blocks[-1] += f"\n{line}"
        else:
            blocks.append(line)
    at = 0
    while at < len(blocks):
        reach = range(at + 1, min(at + REACH, len(blocks)) + 1) if len(blocks) <= MOST else ()
        texts = ("\n".join(blocks[at:end]) for end in reach)
        whole = next((end for end, text in zip(reach, texts, strict=True)
                      if analyse(text).parsed), at + 1)
        yield "\n".join(blocks[at:whole])
        at = whole
