"""What a corpus entry is, and the few words entries are written with."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import nbformat
from nbformat import NotebookNode


@dataclass(frozen=True)
class Link:
    """A symbolic link in a submission's folder."""

    target: str


@dataclass(frozen=True)
class Special:
    """A FIFO, a socket or a folder in a submission's folder: ``kind`` says which."""

    kind: str


Files = Mapping[str, "bytes | Link | Special"]


@dataclass(frozen=True)
class Targets:
    """What attacks go for; a runner puts its canaries here."""

    secret: str = "/nonexistent/secret.txt"
    written: str = "/nonexistent/written.txt"
    gradebook: str = "/nonexistent/gradebook.db"
    others: str = "/nonexistent/submitted/somebody/02-filters/filters.ipynb"
    port: int = 9


@dataclass(frozen=True)
class Given:
    """What an entry is made from: one assignment, released and solved."""

    assignment: str
    name: str
    released: NotebookNode
    solved: NotebookNode
    targets: Targets = field(default_factory=Targets)

    @property
    def file(self) -> str:
        """The released file name."""
        return f"{self.name}.ipynb"

    def exercises(self) -> list[str]:
        """The exercises' names, in order."""
        return [data["grade_id"] for _, data in _graded(self.released) if data["solution"]]


@dataclass(frozen=True)
class Entry:
    """One submission of the corpus and what it is fairly due.

    Parameters
    ----------
    name : a short name, unique.
    does : what happened to it, or what it tries.
    make : a pure function from `Given` to the submission's files.
    due : ``"all"`` points, ``"none"``, or ``"unreadable"``: no mark, and a reason.
    loses : exercises that get nothing although ``due`` is ``"all"``.
    free : exercises whose fair mark is anything from nothing to full.
    says : part of the reason an unreadable one is given, or of a repair.
    assignment : which assignment it is handed in for.
    seconds : how long marking it may take, where that is more than most.
    """

    name: str
    does: str
    make: Callable[[Given], Files]
    due: str = "all"
    loses: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    says: str = ""
    assignment: str = "02-filters"
    seconds: float = 60.0

    def fair(self, points: Mapping[str, float]) -> dict[str, tuple[float, float]] | None:
        """Return the least and the most each exercise is due; None if there is to be no mark."""
        if self.due == "unreadable":
            return None
        fair = {}
        for name, full in points.items():
            due = 0.0 if self.due == "none" or name in self.loses else full
            fair[name] = (0.0, full) if name in self.free else (due, due)
        return fair


# --- Notebooks -----------------------------------------------------------------------


def _graded(nb: NotebookNode) -> list[tuple[NotebookNode, dict[str, Any]]]:
    return [(cell, cell.metadata["nbgrader"]) for cell in nb.cells if "nbgrader" in cell.metadata]


def place(nb: NotebookNode, grade_id: str) -> int:
    """Return where the cell with a grade id stands."""
    return next(
        index for index, cell in enumerate(nb.cells)
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def code(source: str, **metadata: Any) -> NotebookNode:
    """Return a code cell."""
    return nbformat.from_dict({
        "cell_type": "code", "source": source, "metadata": metadata, "outputs": [],
        "execution_count": None,
    })


def text(source: str, kind: str = "markdown") -> NotebookNode:
    """Return a Markdown or raw cell."""
    return nbformat.from_dict({"cell_type": kind, "source": source, "metadata": {}})


def with_code(nb: NotebookNode, **sources: str) -> NotebookNode:
    """Return a copy with other code in some solution cells."""
    nb = copy.deepcopy(nb)
    for name, source in sources.items():
        nb.cells[place(nb, name)].source = source
    return nb


def with_cells(nb: NotebookNode, cells: list[NotebookNode], before: str | None = None,
               after: str | None = None) -> NotebookNode:
    """Return a copy with cells put in: before or after a graded cell, else at the end."""
    nb = copy.deepcopy(nb)
    at = len(nb.cells)
    if before is not None:
        at = place(nb, before)
    elif after is not None:
        at = place(nb, after) + 1
    nb.cells[at:at] = cells
    return nb


def without(nb: NotebookNode, *grade_ids: str) -> NotebookNode:
    """Return a copy without some graded cells."""
    nb = copy.deepcopy(nb)
    nb.cells = [
        cell for cell in nb.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") not in grade_ids
    ]
    return nb


def source_of(nb: NotebookNode, grade_id: str) -> str:
    """Return the source of a graded cell."""
    return nb.cells[place(nb, grade_id)].source


def stub(name: str) -> str:
    """Return what a function's cell holds before anybody wrote in it."""
    return f"def {name}(*args):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


def claiming(given: Given, result: str, setup: str = "") -> NotebookNode:
    """Return an unsolved notebook whose functions all return one thing, after some setup."""
    nb = with_code(given.released, **{
        name: f"def {name}(*args, **kwargs):\n    return {result}" for name in given.exercises()
    })
    first = given.exercises()[0]
    return with_cells(nb, [code(setup)], before=first) if setup else nb


def packed(nb: Any) -> bytes:
    """Return a notebook's bytes, whatever state it is in."""
    return json.dumps(nb, indent=1).encode()


def only(given: Given, nb: Any) -> Files:
    """Return a submission of one notebook under the released name."""
    return {given.file: nb if isinstance(nb, bytes) else packed(nb)}


class Register:
    """Collects entries: a decorator that takes what `Entry` takes."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def __call__(self, does: str, **options: Any) -> Callable[..., Any]:
        """Register a function from `Given` to files, or to a notebook, under its name."""

        def register(function: Callable[[Given], Any]) -> Callable[[Given], Any]:
            def make(given: Given) -> Files:
                made = function(given)
                return made if isinstance(made, dict) and "cells" not in made else only(given, made)

            name = function.__name__.replace("_", "-")
            self.entries.append(Entry(name, does, make, **options))
            return function

        return register
