"""What became of the release's own cells, and what a learner added to them."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from nbformat import NotebookNode

from autograder.mend.choose import Choice
from autograder.mend.code import Statement, analyse
from autograder.mend.pieces import Piece, squeeze
from autograder.mend.split import chunks, joined


def additions(piece: Piece, cell: NotebookNode) -> list[str]:
    """Return what a learner added to a setup or given cell, as cells of its own.

    What the release's cell says or binds is the release's; other imports, functions
    and settings in the learner's version run after it.
    """
    if piece.kind != "code":
        return []
    original = analyse(cell.source)
    known = {_dump(statement) for statement in original.statements}
    kept = []
    for statement in analyse(piece.source).statements:
        if _dump(statement) in known:
            continue
        if not statement.binds & original.binds:
            kept.append(statement.text)
        else:
            kept += _other_imports(statement, original.binds)
    added = analyse("\n".join(kept))
    return [text for chunk in chunks(added.statements) if (text := joined(chunk)).strip()]


def _dump(statement: Statement) -> str:
    return " ".join(ast.dump(node) for node in statement.nodes)


def _other_imports(statement: Statement, bound: frozenset[str]) -> list[str]:
    lines = []
    for node in statement.nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            others = [
                part for part in node.names
                if (part.asname or part.name).split(".")[0] not in bound and part.name != "*"
            ]
            if others:
                node = (
                    ast.Import(others) if isinstance(node, ast.Import)
                    else ast.ImportFrom(node.module, others, node.level)
                )
                lines.append(ast.unparse(node))
    return lines


def compare_release(
    nb: NotebookNode,
    pieces: list[Piece],
    released: NotebookNode,
    places: Mapping[str, tuple[int, int]],
    choices: Mapping[str, Choice],
    repairs: list[str],
) -> None:
    """Note what of the release was missing, changed or there twice; it is all put back."""
    by_place: dict[int, list[Piece]] = {}
    for piece in pieces:
        if piece.at is not None:
            by_place.setdefault(piece.at, []).append(piece)
    if nb.metadata.get("language", "python") not in ("python", "ipython", ""):
        repairs.append("the notebook asked for another language's kernel; set to Python 3")
    _lost_ids(pieces, released, repairs)
    plain = 0
    lost: list[str] = []
    for at, cell in enumerate(released.cells):
        found = by_place.get(at, [])
        data = cell.metadata.get("nbgrader", {})
        if data.get("solution"):
            name = str(data.get("grade_id", ""))
            if name in places and not found and name not in choices:
                repairs.append(f"the cell of {name} was missing; put back empty")
            elif len(found) > 1:
                repairs.append(f"the cell of {name} was there {_times(found)}; one counts")
        elif "nbgrader" in cell.metadata:
            problem = _problem(found, cell)
            if problem:
                repairs.append(f"{data.get('grade_id')} {problem}")
        elif {"given", "setup"} & set(cell.metadata.get("tags", [])):
            what = "the setup cell" if "setup" in cell.metadata["tags"] else _given_name(cell)
            problem = _problem(found, cell)
            if problem and not found and what != "the setup cell":
                lost.append(what)
            elif problem:
                repairs.append(f"{what} {problem}")
        elif not found:
            plain += 1
    if len(lost) > 2:
        repairs.append(f"{len(lost)} given cells were missing; put back")
    else:
        repairs.extend(f"{what} was missing; put back" for what in lost)
    if plain:
        cells = "1 cell" if plain == 1 else f"{plain} cells"
        repairs.append(f"{cells} of the released notebook were missing; put back"
                       if plain > 1 else f"{cells} of the released notebook was missing; put back")
    for piece in pieces:
        if piece.grade_id and piece.points is not None and piece.at is None:
            repairs.append("a cell claimed points that the assignment does not have; ignored")


def _times(found: list[Piece]) -> str:
    return "twice" if len(found) == 2 else f"{len(found)} times"


def _given_name(cell: NotebookNode) -> str:
    names = sorted(analyse(cell.source).binds)
    return f"the given cell ({', '.join(names[:3])})" if names else "a given cell"


def _problem(found: list[Piece], cell: NotebookNode) -> str | None:
    """Say what is wrong with a cell that must be as it was released, None if nothing is."""
    if not found:
        return "was missing; put back"
    if any(piece.kind != cell.cell_type for piece in found):
        return "had been turned into another kind of cell; put back"
    if any(squeeze(piece.source) != squeeze(cell.source) for piece in found):
        if cell.metadata.get("tags"):
            return "had been changed; put back, and what was added to it runs after it"
        return "had been changed; put back"
    points = cell.metadata.get("nbgrader", {}).get("points")
    if any(piece.points is not None and piece.points != points for piece in found):
        return "had been given other points; put back"
    if len(found) > 1:
        return f"was there {_times(found)}; one kept"
    return None


def _lost_ids(pieces: list[Piece], released: NotebookNode, repairs: list[str]) -> None:
    matched = [
        piece for piece in pieces
        if piece.at is not None and "nbgrader" in released.cells[piece.at].metadata
    ]
    if any(piece.grade_id is None for piece in matched):
        repairs.append("cells had lost their grading data; put back")
