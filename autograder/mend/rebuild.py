"""Rebuild a submission on the released notebook."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode

from autograder.mend.choose import Choice, choose, places_of
from autograder.mend.code import analyse, imported_modules, star_binds
from autograder.mend.find import exercise_ids
from autograder.mend.given import additions, compare_release
from autograder.mend.halves import join_split
from autograder.mend.near import module_sources
from autograder.mend.pieces import (
    Piece,
    decipher,
    match,
    read_pieces,
    retype,
    squeeze,
    unmerge,
    unwrap_magic,
)
from autograder.mend.read import READING, Unreadable
from autograder.mend.rescue import Slot, rescue
from autograder.mend.salvage import salvage
from autograder.mend.split import split_piece

RELEASED = "released"
"""In a mended notebook, the metadata name of cells whose text is the release's."""


@dataclass(frozen=True)
class Mended:
    """A mended notebook, and what was mended: one plain sentence each."""

    notebook: NotebookNode
    repairs: tuple[str, ...]


@dataclass
class _Plan:
    """Where everything goes: at each released cell, what is before, in and after it."""

    before: dict[int, list[Slot]] = field(default_factory=dict)
    instead: dict[int, str] = field(default_factory=dict)
    after: dict[int, list[Slot]] = field(default_factory=dict)


def mend(
    nb: NotebookNode, released: NotebookNode, files: Mapping[str, bytes] | None = None
) -> Mended:
    """Rebuild a notebook on the released one.

    The learner's code for each exercise is found by its grade id, else by the function
    it defines, in any cell or in a ``.py`` of ``files`` that a cell imports. The
    learner's own cells stay, in order; all else is the release's. Mending what is
    mended changes nothing, and what is whole needs no repairs.

    Parameters
    ----------
    nb : as `read_notebook` gives it; left as it is.
    released : the released notebook.
    files : the submission's files by relative path.

    Raises Unreadable where the code is too deeply nested to be looked into.
    """
    try:
        return _mend(nb, released, files or {})
    except (RecursionError, MemoryError):
        raise Unreadable("Its code is nested too deeply to be read.") from None


def _mend(nb: NotebookNode, released: NotebookNode, files: Mapping[str, bytes]) -> Mended:
    exercises = exercise_ids(released)
    repairs = [line for line in nb.metadata.get(READING, []) if isinstance(line, str)]
    pieces = read_pieces(nb)
    decipher(pieces, exercises, repairs)
    pieces = join_split(pieces, exercises, repairs)
    unwrap_magic(pieces, exercises, repairs)
    unmerge(pieces, released, exercises, repairs)
    salvage(pieces, exercises, repairs)
    match(pieces, released)
    retype(pieces, released, exercises, repairs)
    salvage(pieces, exercises, repairs)  # words that stood around code in a text cell
    sources = module_sources(files)
    modules = {name: analyse(source).binds for name, source in sources.items()}
    _import_beside(pieces, exercises, modules, repairs)
    places = places_of(released, exercises)
    choices = choose(pieces, places, modules)
    compare_release(nb, pieces, released, places, choices, repairs)
    plan = _plan(pieces, released, places, choices, modules, repairs)
    slots = _assemble(released, plan)
    slots = rescue(slots, released, exercises, repairs)
    return Mended(_notebook(slots, released), tuple(dict.fromkeys(repairs)))


def _import_beside(
    pieces: list[Piece],
    exercises: list[str],
    modules: Mapping[str, frozenset[str]],
    repairs: list[str],
) -> None:
    """Bind an exercise that only a module beside the notebook defines, if a cell imports it."""
    for index, piece in enumerate(list(pieces)):
        if piece.kind != "code":
            continue
        for module in sorted(imported_modules(piece.source) & modules.keys()):
            for name in exercises:
                if name not in modules[module] or name in star_binds(piece.source, modules):
                    continue
                if any(
                    statement.defines(name) and not statement.is_stub(name)
                    for other in pieces if other.kind == "code"
                    for statement in analyse(other.source).statements
                ):
                    continue
                line = f"from {module} import {name}"
                pieces.insert(index + 1, Piece("code", line, None, None))
                repairs.append(f"{name} was only in {module}.py; taken from there")


def _plan(
    pieces: list[Piece],
    released: NotebookNode,
    places: Mapping[str, tuple[int, int]],
    choices: Mapping[str, Choice],
    modules: Mapping[str, frozenset[str]],
    repairs: list[str],
) -> _Plan:
    plan = _Plan()
    with_ids = any(piece.grade_id is not None for piece in pieces)
    checks = {check: name for name, (_, check) in places.items()}
    solutions = {solution: name for name, (solution, _) in places.items()}
    checked = {piece.at for piece in pieces} & checks.keys()
    by_piece: dict[int, list[str]] = {}
    for name, choice in choices.items():
        by_piece.setdefault(choice.piece, []).append(name)
    anchor = -1
    for index, piece in enumerate(pieces):
        if piece.at is not None:
            anchor = _anchor(piece.at, solutions, places, checked)
        if index in by_piece:
            split = split_piece(piece.source, by_piece[index], choices, list(places), modules)
            if split.note:
                repairs.append(split.note)
            for name, source in split.codes.items():
                solution = places[name][0]
                plan.instead[solution] = source
                own = split.before.get(name, [])
                plan.before.setdefault(solution, []).extend(_extra(text) for text in own)
                if piece.at != solution and with_ids:
                    repairs.append(f"{name} was not in its own cell; taken from where it was")
            continue
        rival = next((name for name, choice in choices.items() if index in choice.rivals), None)
        keep = _own_work(piece, released, solutions)
        if rival is not None and piece.at == places[rival][0] and (
            piece.source == pieces[choices[rival].piece].source
        ):
            continue  # a copy of the exercise's own cell
        slots = [Slot("extra", piece.kind, text, id=piece.id) for text in keep]
        if not slots:
            continue
        if rival is not None and index < choices[rival].piece:
            plan.before.setdefault(places[rival][0], []).extend(slots)
        elif piece.at in solutions:  # it must not bind what the code that counts has bound
            plan.before.setdefault(piece.at, []).extend(slots)
        elif piece.at is not None and _is_plain(released.cells[piece.at]):
            plan.instead[piece.at] = keep[0]
        else:
            plan.after.setdefault(anchor, []).extend(slots)
    return plan


def _anchor(
    at: int,
    solutions: Mapping[int, str],
    places: Mapping[str, tuple[int, int]],
    checked: set[int | None],
) -> int:
    """Return after which released cell the learner's next own cells go.

    Where a check cell is gone it is put back directly after its code.
    """
    if at in solutions:
        check = places[solutions[at]][1]
        return at if check in checked else check
    return at


def _extra(source: str) -> Slot:
    return Slot("extra", "code", source)


def _is_plain(cell: NotebookNode) -> bool:
    tags = cell.metadata.get("tags", [])
    return "nbgrader" not in cell.metadata and not {"given", "setup"} & set(tags)


def _own_work(
    piece: Piece, released: NotebookNode, solutions: Mapping[int, str]
) -> list[str]:
    """Return what of a cell is the learner's own, as the cells it is to be kept in."""
    if piece.at is None:
        return [piece.source]
    cell = released.cells[piece.at]
    if squeeze(piece.source) == squeeze(cell.source):
        return []
    if _is_plain(cell):
        return [piece.source] if piece.kind == cell.cell_type else []
    if piece.at in solutions:
        # the exercise's code is elsewhere; helpers may be here
        return [piece.source] if piece.kind == "code" and piece.source.strip() else []
    added = additions(piece, cell)
    if cell.metadata.get("nbgrader", {}).get("grade"):
        # a helper that was written into a check cell, but not what else was tried there
        return [text for text in added if analyse(text).binds]
    return added


def _assemble(released: NotebookNode, plan: _Plan) -> list[Slot]:
    slots = list(plan.after.get(-1, []))
    for at, cell in enumerate(released.cells):
        slots += plan.before.get(at, [])
        source = plan.instead.get(at)
        data = cell.metadata.get("nbgrader", {})
        role = "released"
        if data.get("solution"):
            role = "solution"
        elif data.get("grade"):
            role = "check"
        elif source is not None:
            role = "edited"
        slots.append(
            Slot(
                role, cell.cell_type, cell.source if source is None else source,
                at=at, name=str(data.get("grade_id", "")), written=source is not None,
            )
        )
        slots += plan.after.get(at, [])
    return slots


def _notebook(slots: list[Slot], released: NotebookNode) -> NotebookNode:
    taken = {cell.get("id") for cell in released.cells}
    copies: Counter[str] = Counter()
    cells = []
    for slot in slots:
        if slot.at is not None:
            old = released.cells[slot.at]
            identifier = old.get("id") or f"released-{slot.at}"
            metadata = dict(old.metadata)
            if slot.source == old.source:
                metadata[RELEASED] = True
        else:
            identifier = _identifier(slot, taken, copies)
            metadata = {}
        taken.add(identifier)
        cell = {
            "id": identifier, "cell_type": slot.kind, "metadata": metadata, "source": slot.source,
        }
        if slot.kind == "code":
            cell |= {"outputs": [], "execution_count": None}
        cells.append(cell)
    return nbformat.from_dict({
        "nbformat": 4, "nbformat_minor": 5, "metadata": dict(released.metadata), "cells": cells,
    })


def _identifier(slot: Slot, taken: set[str | None], copies: Counter[str]) -> str:
    own = slot.id
    if own is not None and re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", own) and own not in taken:
        return own
    base = "x" + hashlib.sha256(f"{slot.kind}\n{slot.source}".encode()).hexdigest()[:11]
    while True:
        copies[base] += 1
        name = base if copies[base] == 1 else f"{base}-{copies[base]}"
        if name not in taken:
            return name
