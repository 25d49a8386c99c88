"""Read an assignment's sources: the Markdown notebook and its ``exercises.py``."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from autograder.declare import Exercise
from autograder.errors import SourceError

CHECK = "check-"
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
SOLUTION_BEGIN, SOLUTION_END = "### BEGIN SOLUTION", "### END SOLUTION"
GIVEN_TAGS = ("setup", "given")


@dataclass(frozen=True)
class Source:
    """One assignment's sources, read and found consistent."""

    assignment: str
    folder: Path
    name: str
    notebook: NotebookNode
    exercises: tuple[Exercise, ...]


def assignment_names(solutions: Path) -> list[str]:
    """Return the assignments in a folder of solutions: its subfolders with a ``.md``.

    Raises SourceError if there is none.
    """
    if not solutions.is_dir():
        raise SourceError(
            f"There is no folder {solutions.name}/ in {solutions.parent}; "
            "name the course's folder with --course."
        )
    names = sorted({path.parent.name for path in solutions.glob("[!._]*/*.md")})
    if not names:
        raise SourceError(
            f"{solutions} holds no assignment: a folder such as 02-filters, with its notebook "
            "in Markdown (.md)."
        )
    return names


def read_source(folder: Path) -> Source:
    """Read and check one assignment's folder.

    Raises SourceError, in one sentence, for whatever does not fit together.
    """
    texts = sorted(folder.glob("*.md"))
    if not folder.is_dir() or not texts:
        raise SourceError(f"{folder.name}: there is no assignment of that name in {folder.parent}.")
    if len(texts) > 1:
        names = " and ".join(path.name for path in texts)
        raise SourceError(f"{folder.name}: one notebook an assignment, but there are {names}.")
    notebook = read_markdown(texts[0])
    exercises = load_exercises(folder)
    check_consistency(f"{folder.name}/{texts[0].name}", notebook, exercises)
    return Source(folder.name, folder, texts[0].stem, notebook, exercises)


def read_markdown(path: Path) -> NotebookNode:
    """Read a jupytext Markdown notebook, with stable cell ids and no pairing metadata."""
    try:
        text = path.read_text(encoding="utf-8")
        notebook = jupytext.reads(text, fmt="md")
    except Exception as error:
        raise SourceError(f"{path.name} is no notebook in Markdown: {_line(error)}") from None
    if not any(cell.cell_type == "code" for cell in notebook.cells):
        raise SourceError(f"{path.name} is no notebook: it has no code cell.")
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    set_cell_ids(notebook)
    return notebook


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def set_cell_ids(notebook: NotebookNode) -> None:
    """Give each cell an id from its grade id, else from a hash of its text."""
    used: dict[str, int] = {}
    for cell in notebook.cells:
        grade = cell.metadata.get("nbgrader", {}).get("grade_id")
        text = f"{cell.cell_type}\n{cell.source}".encode()
        base = str(grade) if grade else "c" + hashlib.sha256(text).hexdigest()[:11]
        base = re.sub(r"[^a-zA-Z0-9-_]", "-", base)[:56]
        used[base] = used.get(base, 0) + 1
        cell.id = base if used[base] == 1 else f"{base}-{used[base]}"


def load_exercises(folder: Path) -> tuple[Exercise, ...]:
    """Import ``exercises.py`` of a folder and return what it declares, in order."""
    path = folder / "exercises.py"
    if not path.exists():
        return ()
    name = "exercises_" + re.sub(r"\W", "_", folder.name)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    for helper, known in list(sys.modules.items()):  # what it imports may have changed since
        place = getattr(known, "__file__", None)
        if place and not helper.startswith("exercises_") and folder.parent in Path(place).parents:
            del sys.modules[helper]
    sys.modules[name] = module  # inspect.getsource looks there
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise SourceError(
            f"{folder.name}/exercises.py does not run: {type(error).__name__}: {_line(error)}"
        ) from None
    found = [value for value in vars(module).values() if isinstance(value, Exercise)]
    return tuple({exercise.id: exercise for exercise in found}.values())


def grade_cells(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, dict[str, Any]]]:
    """Yield each cell that nbgrader knows of, with its nbgrader metadata."""
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            yield cell, cell.metadata["nbgrader"]


def is_check(cell: NotebookNode) -> bool:
    """Return whether a cell carries points that are given by calling a function."""
    data = cell.metadata.get("nbgrader", {})
    return bool(data.get("grade")) and not data.get("solution")


def check_consistency(where: str, notebook: NotebookNode, exercises: tuple[Exercise, ...]) -> None:
    """Check that cells and declarations fit: ids, solution cells, check cells, points."""
    seen: set[str] = set()
    solutions: set[str] = set()
    checks: dict[str, float] = {}
    for cell, data in grade_cells(notebook):
        grade_id = data.get("grade_id")
        if not grade_id:
            line = cell.source.strip().splitlines()[:1] or ["an empty cell"]
            raise SourceError(f"{where}: the nbgrader cell “{line[0]}” has no grade id.")
        if grade_id in seen:
            raise SourceError(f"{where}: two cells have the grade id {grade_id!r}.")
        seen.add(grade_id)
        if data.get("solution"):
            solutions.add(grade_id)
            _check_solution(where, grade_id, cell)
        elif data.get("grade"):
            checks[grade_id] = _points(where, grade_id, data.get("points", 0))
    declared = {exercise.id: exercise for exercise in exercises}
    for grade_id, points in checks.items():
        name = grade_id.removeprefix(CHECK)
        if not grade_id.startswith(CHECK) or name not in declared:
            raise SourceError(
                f"{where}: the check cell {grade_id!r} belongs to no exercise; declare "
                f"Exercise({name!r}, …) in exercises.py."
            )
        if points != declared[name].points:
            raise SourceError(
                f"{where}: {name} has {points:g} points in the notebook and "
                f"{declared[name].points:g} in exercises.py."
            )
    for name in declared:
        if name not in solutions:
            raise SourceError(f"{where}: the exercise {name!r} has no solution cell.")
        if CHECK + name not in checks:
            raise SourceError(f"{where}: the exercise {name!r} has no cell {CHECK + name!r}.")
    for name in solutions - declared.keys():
        raise SourceError(
            f"{where}: the solution cell {name!r} is not declared in exercises.py."
        )


def _points(where: str, grade_id: str, points: Any) -> float:
    if isinstance(points, bool) or not isinstance(points, int | float) or not points >= 0:
        raise SourceError(f"{where}: the points of {grade_id!r} are no number: {points!r}.")
    return float(points)


def _check_solution(where: str, name: str, cell: NotebookNode) -> None:
    begins, ends = cell.source.count(SOLUTION_BEGIN), cell.source.count(SOLUTION_END)
    if begins != ends or begins < 1:
        raise SourceError(
            f"{where}: the solution cell {name!r} needs {SOLUTION_BEGIN!r} and {SOLUTION_END!r} "
            "around what the learner is to write."
        )


def reference_code(notebook: NotebookNode) -> str:
    """Return the code that defines the references: setup, given and solution cells."""
    parts = [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "code"
        and (
            any(tag in cell.metadata.get("tags", []) for tag in GIVEN_TAGS)
            or cell.metadata.get("nbgrader", {}).get("solution")
        )
    ]
    return "\n\n".join(parts)
