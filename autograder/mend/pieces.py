"""A submission's cells, and which cell of the released notebook each one is."""

from __future__ import annotations

import html
import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nbformat import NotebookNode

from autograder.mend.characters import readable, unescaped
from autograder.mend.code import analyse, text_defines
from autograder.mend.syntax import BODY_MAGICS

CHECK = "check-"
NOTE_ID = "marking-note"
"""The cell that marking puts on top of a marked notebook; it is nobody's work."""

_CELL_MAGIC = re.compile(r"\A\s*%%(\w+)\b.*\n")
_FENCE = re.compile(r"(`{3,}|~{3,})[ \w{}.]*\Z")
_QUOTE = re.compile(r"^(> ?)+")
_PRE = re.compile(r"<pre>\s*(?:<code[^<>]*>)?([^<]*)")


@dataclass
class Piece:
    """One cell of the submission.

    ``at`` is the place of the released cell it is, None for a cell of the learner's own.
    ``by`` says how that is known: ``"grade id"``, ``"id"`` or ``"text"``.
    """

    kind: str
    source: str
    grade_id: str | None
    id: str | None
    points: object = None
    at: int | None = None
    by: str = ""


def read_pieces(notebook: NotebookNode) -> list[Piece]:
    """Return a notebook's cells, without those that are empty and nameless."""
    ids = Counter(cell.get("id") for cell in notebook.cells)
    pieces = []
    for cell in notebook.cells:
        data = cell.metadata.get("nbgrader", {})
        grade_id = data.get("grade_id")
        if cell.get("id") == NOTE_ID or (not cell.source.strip() and grade_id is None):
            continue
        pieces.append(
            Piece(
                kind=cell.cell_type,
                source=cell.source,
                grade_id=grade_id,
                id=cell.get("id") if ids[cell.get("id")] == 1 else None,
                points=data.get("points"),
            )
        )
    return pieces


def decipher(pieces: list[Piece], exercises: Sequence[str], repairs: list[str]) -> None:
    """Put right the characters of code that Python cannot read."""
    for piece in pieces:
        if piece.kind == "code":
            code = analyse(piece.source)
            text, held = None, "characters that Python cannot read"
            if not code.parsed:
                text = readable(piece.source)
            elif {"lt", "gt", "amp"} & (code.uses - code.binds):
                text, held = unescaped(piece.source), "signs as a web page writes them (&gt;)"
            if text is not None:
                piece.source = text
                name = next((name for name in exercises if text_defines(text, name)), None)
                of = f"the cell of {name}" if name else "a cell"
                repairs.append(f"{of} held {held}; replaced")


def unwrap_magic(pieces: list[Piece], exercises: Sequence[str], repairs: list[str]) -> None:
    """Take a first line such as ``%%timeit`` off a function that nothing else defines.

    Under it the cell runs somewhere else, or not at all, and its function is not there
    afterwards. A file that is written is still written: something may import it.
    """
    for piece in list(pieces):
        magic = _CELL_MAGIC.match(piece.source) if piece.kind == "code" else None
        if magic is None or magic[1] in BODY_MAGICS:
            continue
        body = piece.source[magic.end() :]
        names = [name for name in exercises if _writes(body, name)]
        others = [other.source for other in pieces if other.kind == "code"]
        if names and not any(_writes(source, names[0]) for source in others):
            if magic[1] in ("writefile", "file"):
                written = replace(piece, at=None, grade_id=None, id=None)
                pieces.insert(pieces.index(piece), written)
            piece.source = body
            repairs.append(f"%%{magic[1]} kept {names[0]} from being defined; left out")


def match(pieces: list[Piece], released: NotebookNode) -> None:
    """Say of each piece which released cell it is: by grade id, by cell id, by its text."""
    by_grade_id: dict[str, int] = {}
    by_id: dict[str, int] = {}
    for at, cell in enumerate(released.cells):
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id:
            by_grade_id[grade_id] = at
        if cell.get("id"):
            by_id[cell.id] = at
    taken = set()
    for piece in pieces:
        if piece.grade_id in by_grade_id:
            piece.at, piece.by = by_grade_id[piece.grade_id], "grade id"
        elif piece.id is not None and piece.id in by_id:
            piece.at, piece.by = by_id[piece.id], "id"
        if piece.at is not None:
            taken.add(piece.at)
    _match_text(pieces, released, taken)


def _match_text(pieces: list[Piece], released: NotebookNode, taken: set[int]) -> None:
    """Match what has lost its ids by its text, each released cell once."""
    places: dict[tuple[str, str], list[int]] = {}
    for at, cell in enumerate(released.cells):
        if at not in taken:
            places.setdefault((cell.cell_type, squeeze(cell.source)), []).append(at)
    for piece in pieces:
        free = places.get((piece.kind, squeeze(piece.source)))
        if piece.at is None and free:
            piece.at, piece.by = free.pop(0), "text"


def squeeze(source: str) -> str:
    """Return a source without what no one sees: blanks at line ends, empty lines around."""
    return "\n".join(line.rstrip() for line in source.strip().split("\n"))


def retype(
    pieces: list[Piece], released: NotebookNode, exercises: Sequence[str], repairs: list[str]
) -> None:
    """Make code again of solution cells that had been turned into text, or written into it."""
    for piece in list(pieces):
        if piece.kind == "code":
            continue
        if piece.at is not None:
            cell = released.cells[piece.at]
            own = bool(cell.metadata.get("nbgrader", {}).get("solution"))
            if not own and squeeze(cell.source) == squeeze(piece.source):
                continue
        else:
            own = False
        whole = unfenced(piece.source)
        code = next((code for code in (whole, *_quoted(piece.source))
                     if any(_writes(code, name) for name in exercises)), whole)
        names = [name for name in exercises if _writes(code, name)]
        if own:
            name = str(cell.metadata["nbgrader"]["grade_id"])
        else:
            others = [other.source for other in pieces if other.kind == "code"]
            if not names or any(_writes(source, names[0]) for source in others):
                continue
            name = names[0]
        if code is whole:
            piece.kind, piece.source = "code", code
        elif own:
            pieces.insert(pieces.index(piece), replace(piece, at=None, grade_id=None, id=None))
            piece.kind, piece.source = "code", code
        else:
            pieces.insert(pieces.index(piece) + 1, Piece("code", code, None, None))
        repairs.append(f"the cell of {name} had been turned into text; made code again")


def _quoted(source: str) -> Iterator[str]:
    """Yield what Markdown shows as code: the fenced blocks together, then the indented lines."""
    lines = source.split("\n")
    yield "\n\n".join(_fenced_blocks(lines))
    yield "\n\n".join(_fenced_blocks([_QUOTE.sub("", line) for line in lines]))
    yield "\n".join(line[4:] if line.startswith("    ") else "" for line in lines).strip("\n")
    yield "\n\n".join(html.unescape(block) for block in _PRE.findall(source))


def _fenced_blocks(lines: Sequence[str]) -> Iterator[str]:
    """Yield the text between each opening fence and the next line that is the same fence."""
    fence = ""
    block: list[str] = []
    for line in lines:
        start = _FENCE.match(line.lstrip(" "))
        if not fence and start:
            fence, block = start[1], []
        elif fence and line.strip() == fence:
            yield textwrap.dedent("\n".join(block))
            fence = ""
        else:
            block.append(line)


def unmerge(
    pieces: list[Piece], released: NotebookNode, exercises: Sequence[str], repairs: list[str]
) -> None:
    """Take the release's own text out of cells in which it was merged with code."""
    texts = sorted(
        {
            squeeze(cell.source) for cell in released.cells
            if cell.cell_type == "markdown" and len(cell.source) > 10
        },
        key=len, reverse=True,
    )
    for piece in pieces:
        if piece.kind == "code" and analyse(piece.source).parsed:
            continue
        name = next((name for name in exercises if text_defines(piece.source, name)), None)
        if name is None:
            continue
        rest = squeeze(piece.source)
        for text in texts:
            rest = rest.replace(text, "")
        if rest != squeeze(piece.source) and any(_writes(rest, name) for name in exercises):
            piece.kind, piece.source, piece.id = "code", squeeze(rest), None
            repairs.append(f"the cell of {name} had been merged with text; taken apart")


def unfenced(source: str) -> str:
    """Return the code inside a Markdown cell that is one fenced block."""
    first, *rest = source.strip().split("\n")
    start = _FENCE.match(first)
    if start is None or len(rest) < 2 or rest[-1] != start[1]:
        return source
    end = next(at for at, line in enumerate(rest) if line.rstrip() == start[1])
    return "\n".join(rest[:-1]) if end == len(rest) - 1 else source


def defines_one_of(source: str, names: Sequence[str]) -> bool:
    """Whether a cell defines one of these functions, and not as a stub."""
    return any(_writes(source, name) for name in names)


def _writes(source: str, name: str) -> bool:
    return name in source and any(
        statement.defines(name) and not statement.is_stub(name)
        for statement in analyse(source).statements
    )
