"""For each exercise, find the code that counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.mend.code import Modules, Statement, analyse, star_binds, text_defines
from autograder.mend.pieces import CHECK, Piece


@dataclass(frozen=True)
class Choice:
    """Where an exercise's code is: the place of its piece and of its statement in there.

    ``statement`` is None where the piece is the exercise's cell but binds no such name,
    or binds it in a way that cannot be read off.
    """

    piece: int
    statement: int | None
    rivals: tuple[int, ...] = ()


def places_of(released: NotebookNode, exercises: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return where each exercise's solution cell and check cell stand in the release."""
    at = {
        cell.metadata["nbgrader"]["grade_id"]: index
        for index, cell in enumerate(released.cells) if "nbgrader" in cell.metadata
    }
    return {name: (at.get(name, at[CHECK + name]), at[CHECK + name]) for name in exercises}


def choose(
    pieces: Sequence[Piece], places: Mapping[str, tuple[int, int]], modules: Modules
) -> dict[str, Choice]:
    """Return, for each exercise that has any code, the code that counts.

    That is what its name is bound to where its check cell stands; failing that, what its
    own cell binds it to; then its last definition anywhere; then whatever stands in its
    own cell.
    """
    choices = {}
    for name, (solution, check) in places.items():
        candidates = _candidates(pieces, name, modules)
        end = _check_place(pieces, check, solution)
        before = [place for place in candidates if place[0] < end]
        own = [
            index for index, piece in enumerate(pieces)
            if piece.at == solution and piece.kind == "code"
        ]
        in_own = [place for place in candidates if place[0] in own]
        chosen = (before or in_own or candidates)[-1:]
        if chosen:
            index, statement = _first_like(chosen[0], in_own, pieces)
            rivals = tuple(sorted({i for i, _ in candidates} - {index}))
            choices[name] = Choice(index, statement, rivals)
        elif own:
            choices[name] = Choice(_fullest(pieces, own, name), None)
        else:
            broken = [
                index for index, piece in enumerate(pieces)
                if piece.kind == "code" and piece.at is None
                and text_defines(piece.source, name) and not analyse(piece.source).parsed
            ]
            if broken:
                choices[name] = Choice(broken[-1], None)
    return choices


def _first_like(
    chosen: tuple[int, int | None], own: Sequence[tuple[int, int | None]], pieces: Sequence[Piece]
) -> tuple[int, int | None]:
    """Return the exercise's own cell instead, where it says the very same."""
    for index, statement in own:
        if index == chosen[0]:
            continue
        if statement is not None and pieces[index].source == pieces[chosen[0]].source:
            return index, statement
        if statement is not None and chosen[1] is not None:
            texts = [
                analyse(pieces[i].source).statements[number].text.strip("\n")
                for i, number in ((index, statement), (chosen[0], chosen[1]))
            ]
            if texts[0] == texts[1]:
                return index, statement
    return chosen


def _candidates(
    pieces: Sequence[Piece], name: str, modules: Modules
) -> list[tuple[int, int | None]]:
    found: list[tuple[int, int | None]] = []
    for index, piece in enumerate(pieces):
        if piece.kind != "code" or (name not in piece.source and not modules):
            continue
        for number, statement in enumerate(analyse(piece.source).statements):
            written = statement.defines(name) and not statement.is_stub(name)
            if written or (name in star_binds(statement.text, modules)):
                found.append((index, number))
    return found


def _check_place(pieces: Sequence[Piece], check: int, solution: int) -> int:
    """Return the place in the submission where an exercise is checked.

    Where its check cell is gone, that is before the next released cell after its code.
    """
    places = [index for index, piece in enumerate(pieces) if piece.at == check]
    if places:
        return places[-1]
    after = [index for index, piece in enumerate(pieces) if piece.at == solution]
    if not after:
        return len(pieces)
    return next(
        (index for index in range(after[-1] + 1, len(pieces))
         if pieces[index].at is not None),
        len(pieces),
    )


def _fullest(pieces: Sequence[Piece], own: Sequence[int], name: str) -> int:
    """Of several cells of one exercise, none with a function, return the one with most in it."""

    def worth(index: int) -> tuple[bool, int]:
        code = analyse(pieces[index].source)
        stub = any(statement.is_stub(name) for statement in code.statements)
        return (not stub and bool(pieces[index].source.strip()), index)

    return max(own, key=worth)


def own_statements(statements: Sequence[Statement], names: Sequence[str]) -> list[Statement]:
    """Return the statements that are not mere calls of ``check`` and ``hint``."""
    return [
        statement for statement in statements
        if not any(_is_check_call(statement, name) for name in names)
    ]


def _is_check_call(statement: Statement, name: str) -> bool:
    lines = [line for line in statement.text.split("\n") if line.split("#")[0].strip()]
    bare = "".join("".join(lines).split("#")[0].split())
    return len(lines) == 1 and bare in (f"check({name})", f"hint({name})")
