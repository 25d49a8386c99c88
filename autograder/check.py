"""``autograder check``: mark notebooks that belong to no gradebook."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import stat
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder.build import course_folder
from autograder.errors import UserError
from autograder.mark import Assignment, Marked, mark, refused
from autograder.marking import prepare, released_text
from autograder.mend import Unreadable, exercise_ids, plain, read_notebook
from autograder.sandbox import UNPROTECTED, IsolationError, check_isolation
from autograder.source import assignment_names

BESIDE = 16 * 2**20
"""So many bytes of files beside a notebook go into the sandbox with it."""


@dataclass(frozen=True)
class Checked:
    """One notebook's result: its path as given, its assignment, its marks."""

    path: str
    assignment: str | None
    marked: Marked | None
    max_score: float | None
    reason: str | None = None


def check(options: argparse.Namespace) -> int:
    """Run the command; return 0 for all full marks, 1 for not all, 2 for some not markable."""
    course = course_folder(options.course)
    require_isolation(options.isolation)
    names = assignment_names(course / "solutions")
    if options.assignment is not None and options.assignment not in names:
        raise UserError(
            f"There is no assignment {options.assignment!r}; there are {', '.join(names)}."
        )
    show = _json_line if options.json else _table
    codes = []
    prepared: dict[str, Assignment] = {}
    for path in options.notebooks:
        checked = check_one(course, path, options.assignment, options.isolation, prepared)
        print(show(checked), flush=True)
        codes.append(_code(checked))
    return max(codes)


def require_isolation(isolation: str) -> None:
    """Stop with one sentence where the isolation that was asked for is not to be had."""
    if isolation == "none":
        print(UNPROTECTED, file=sys.stderr)
        return
    try:
        check_isolation(isolation)
    except IsolationError as error:
        raise UserError(str(error)) from None


def _code(checked: Checked) -> int:
    if checked.marked is None or checked.marked.score is None:
        return 2
    return 0 if checked.marked.score == checked.max_score else 1


def check_one(
    course: Path,
    path: Path,
    name: str | None,
    isolation: str,
    prepared: dict[str, Assignment],
) -> Checked:
    """Mark one notebook; whatever is wrong with it becomes its reason."""
    try:
        data = read_ordinary(path)
    except FileNotFoundError:
        return Checked(str(path), name, None, None, f"There is no file {path}.")
    except OSError:
        reason = f"{path} is no ordinary file; links, folders and devices are not opened."
        return Checked(str(path), name, None, None, reason)
    if name is None:
        name = guess_assignment(course, path, data)
        if isinstance(name, Unreadable):
            return Checked(str(path), None, None, None, str(name))
    if name not in prepared:
        prepared[name] = prepare(course, name)
    assignment = prepared[name]
    others = files_beside(path)
    # Under its released name: it was pointed at, so nothing is to be guessed.
    own = f"{assignment.notebook_name}{path.suffix if path.suffix != '' else '.ipynb'}"
    try:
        marked = mark(assignment, {**others, own: data}, isolation)
    except IsolationError as error:
        raise UserError(str(error)) from None
    except Unreadable as error:
        marked = refused(assignment, str(error))
    return Checked(str(path), name, marked, assignment.max_score, marked.reason)


def read_ordinary(path: Path) -> bytes:
    """Return the bytes of an ordinary file; OSError for a link, a FIFO, a folder or a device."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError
        return file.read()


def files_beside(path: Path) -> dict[str, bytes]:
    """Return what a notebook may import or read: the files in its folder, but no notebook."""
    found: dict[str, bytes] = {}
    room = BESIDE
    for entry in sorted(os.scandir(path.parent), key=lambda entry: entry.name):
        if entry.name.startswith(".") or entry.name == path.name:
            continue
        if Path(entry.name).suffix.lower() in (".ipynb", ".zip"):
            continue
        if entry.is_file(follow_symlinks=False) and entry.stat().st_size <= room:
            with contextlib.suppress(OSError):
                found[entry.name] = read_ordinary(Path(entry.path))
                room -= len(found[entry.name])
    return found


def guess_assignment(course: Path, path: Path, data: bytes) -> Any:
    """Return the assignment a notebook belongs to, from its grade ids, else its file name.

    Returns (not raises) Unreadable where that cannot be said.
    """
    released = {
        notebook.parent.name: notebook
        for notebook in sorted((course / "course").glob("*/*.ipynb"))
        if (course / "solutions" / notebook.parent.name / "exercises.py").is_file()
    }
    by_name = [name for name, file in released.items() if file.stem == path.stem]
    try:
        notebook = read_notebook(data)
    except Unreadable as error:
        return by_name[0] if by_name else error
    ids = {
        cell.metadata.get("nbgrader", {}).get("grade_id")
        for cell in notebook.cells
        if isinstance(cell.metadata.get("nbgrader", {}), dict)
    }
    fits = {}
    for name, file in released.items():
        wanted = set(exercise_ids(nbformat.reads(released_text(file), as_version=4)))
        fits[name] = len(ids & wanted) / max(1, len(wanted))
    best = [name for name, fit in fits.items() if fit == max(fits.values()) and fit > 0]
    if len(best) == 1:
        return best[0]
    both = [name for name in by_name if name in best or not best]
    if both:
        return both[0]
    return Unreadable(
        "It cannot be said which assignment this is; name it with --assignment."
    )


def _json_line(checked: Checked) -> str:
    line: dict[str, Any] = {
        "notebook": checked.path,
        "assignment": checked.assignment,
        "score": None,
        "max_score": checked.max_score,
    }
    if checked.marked is None or checked.marked.reason is not None:
        line |= {"error": checked.reason, "exercises": []}
        return json.dumps(line, ensure_ascii=False)
    line["score"] = checked.marked.score
    line["repairs"] = list(checked.marked.repairs)
    line["exercises"] = [
        {
            "id": verdict.exercise,
            "score": verdict.score,
            "max_score": verdict.max_score,
            "status": verdict.status,
            "mistake": verdict.mistake,
            "message": verdict.message,
        }
        for verdict in checked.marked.verdicts
    ]
    return json.dumps(line, ensure_ascii=False)


def _table(checked: Checked) -> str:
    if checked.marked is None or checked.marked.reason is not None:
        return f"{plain(checked.path)}: not marked. {plain(checked.reason or '')}"
    marked = checked.marked
    lines = [
        f"{plain(checked.path)} ({checked.assignment}): "
        f"{marked.score:g} of {checked.max_score:g} points"
    ]
    lines += [f"  mended: {plain(repair)}" for repair in marked.repairs]
    rows = [
        (verdict.exercise, f"{verdict.score:g}/{verdict.max_score:g}", verdict.status,
         verdict.message)
        for verdict in marked.verdicts
    ]
    lines += _columns(rows)
    return "\n".join(lines)


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterable[str]:
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield f"  {'  '.join(cells)}  {plain(row[3])}".rstrip()
