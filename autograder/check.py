"""``autograder check``: mark notebooks that belong to no gradebook."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.build import CONFIG, course_folder
from autograder.checked import Checked, json_line, table
from autograder.errors import UserError
from autograder.mark import Assignment, mark, refused
from autograder.marking import prepare, released_text
from autograder.mend import (
    Unreadable,
    clean_name,
    exercise_ids,
    find_notebook,
    plain,
    read_notebook,
    shown,
)
from autograder.mend.archives import is_archive
from autograder.mend.files import may_be_work
from autograder.mend.find import fit
from autograder.mend.near import unpacked
from autograder.ordinary import read_ordinary
from autograder.sandbox import UNPROTECTED, IsolationError, check_isolation
from autograder.source import assignment_names

BESIDE = 16 * 2**20
"""So many bytes of files beside a notebook go into the sandbox with it."""
OURS = (CONFIG, "gradebook.db", "exercises.py")
"""By these a folder is known that holds more than one learner's work."""


def check(options: argparse.Namespace) -> int:
    """Run the command; return 0 for all full marks, 1 for not all, 2 for some not markable."""
    course = course_folder(options.course)
    require_isolation(options.isolation)
    names = assignment_names(course / "solutions")
    if options.assignment is not None and options.assignment not in names:
        raise UserError(
            f"There is no assignment {options.assignment!r}; there are {', '.join(names)}."
        )
    show = json_line if options.json else table
    codes = []
    prepared: dict[str, Assignment] = {}
    for path in options.notebooks:
        checked = check_one(
            course, path, options.assignment, options.isolation, prepared, options.notebooks
        )
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
    asked: Sequence[Path] = (),
) -> Checked:
    """Mark one notebook; whatever is wrong with it becomes its reason.

    The others that are ``asked`` for are other people's, and no files of this one.
    """
    try:
        data = read_ordinary(path)
    except FileNotFoundError:
        return Checked(str(path), name, None, None, f"There is no file {shown(path)}.")
    except PermissionError:
        reason = f"{shown(path)} cannot be read: permission denied."
        return Checked(str(path), name, None, None, reason)
    except OSError:
        reason = f"{shown(path)} is no ordinary file; links, folders and devices are not opened."
        return Checked(str(path), name, None, None, reason)
    if name is None:
        name = guess_assignment(course, path, data)
        if isinstance(name, Unreadable):
            return Checked(str(path), None, None, None, str(name))
    if name not in prepared:
        with contextlib.redirect_stdout(sys.stderr):  # what exercises.py prints is no result
            prepared[name] = prepare(course, name)
    assignment = prepared[name]
    own = own_name(path, data, assignment.notebook_name)
    try:
        beside = files_beside(path, asked)
        marked = mark(assignment, {**beside, own: data}, isolation, pointed_at=own)
    except IsolationError as error:
        raise UserError(str(error)) from None
    except Unreadable as error:
        marked = refused(assignment, str(error))
    except Exception as error:  # one notebook's trouble is not the others'
        why = f"Marking it failed ({type(error).__name__}: {plain(str(error))[:200]})."
        marked = refused(assignment, why)
    said = marked.reason and marked.reason.replace(f"“{own}”", f"“{clean_name(path.name)}”")
    return Checked(str(path), name, marked, assignment.max_score, said)


def files_beside(path: Path, asked: Sequence[Path] = ()) -> dict[str, bytes]:
    """Return what a notebook may import or read: the files in its folder.

    Left out are notebooks, archives, and what else is ``asked`` for, all of which may be
    somebody else's; and everything where the folder is the course's: the gradebook lies
    there, or the solutions.
    """
    found: dict[str, bytes] = {}
    others = {other.resolve() for other in asked}
    if any((path.parent / name).exists() for name in OURS):
        return found
    room = BESIDE
    try:
        entries = sorted(os.scandir(path.parent), key=lambda entry: entry.name)
    except PermissionError:
        return found
    for entry in entries:
        if entry.name.startswith(".") or entry.name == path.name:
            continue
        if may_be_work(entry.name) or Path(entry.path).resolve() in others:
            continue
        if entry.is_file(follow_symlinks=False) and entry.stat().st_size <= room:
            with contextlib.suppress(OSError):
                found[entry.name] = read_ordinary(Path(entry.path))
                room -= len(found[entry.name])
    return found


def guess_assignment(course: Path, path: Path, data: bytes) -> Any:
    """Return the assignment a notebook belongs to.

    That is said by its grade ids, else by its file name, else by the functions in it.
    Returns (not raises) Unreadable where that cannot be said.
    """
    released = {
        file.parent.name: nbformat.reads(released_text(file), as_version=4)
        for file in sorted((course / "course").glob("*/*.ipynb"))
        if (course / "solutions" / file.parent.name / "exercises.py").is_file()
    }
    by_name = [
        file.parent.name for file in sorted((course / "course").glob("*/*.ipynb"))
        if file.parent.name in released and file.stem == path.stem
    ]
    if not released:
        raise UserError(f"Nothing in {course / 'course'} is built yet: run autograder build.")
    problem = Unreadable("It cannot be said which assignment this is; name it with --assignment.")
    best: list[str] = []
    try:
        notebook = read_notebook(data)
    except Unreadable as error:
        problem = _why_not_unpacked(path, data) or error
    else:
        ids = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells}
        best = _largest({
            name: len(ids & (wanted := set(exercise_ids(nb)))) / max(1, len(wanted))
            for name, nb in released.items()
        })
    if len(best) != 1:
        best = [name for name in by_name if name in best or not best][:1] or _by_functions(
            path, data, {name: nb for name, nb in released.items() if name in best or not best}
        )
    return best[0] if len(best) == 1 else problem


def _why_not_unpacked(path: Path, data: bytes) -> Unreadable | None:
    """Return what is wrong with an archive: not that it is one."""
    if not is_archive(path.name, data):
        return None
    files, refused = unpacked({path.name: data})
    if refused and len(files) == 1:
        return Unreadable(refused[0])
    where = f"“{clean_name(path.name)}”"
    if any(name.lower().endswith(".ipynb") for name in files):
        return Unreadable(
            f"It cannot be said which assignment {where} is for; name it with --assignment."
        )
    return Unreadable(f"There is no notebook in {where}.")


def _by_functions(path: Path, data: bytes, released: dict[str, NotebookNode]) -> list[str]:
    shares: dict[str, float] = {}
    for name, nb in released.items():
        with contextlib.suppress(Unreadable):
            _, content = find_notebook({own_name(path, data, "?"): data}, nb, "?")
            found = fit(read_notebook(content), nb)
            shares[name] = (found.found + found.written) / (2 * found.of)
    return _largest(shares)


def _largest(shares: dict[str, float]) -> list[str]:
    """Return the names of those that have the largest share, of any."""
    return [name for name, share in shares.items() if share == max(shares.values()) and share > 0]


def own_name(path: Path, data: bytes, released: str) -> str:
    """Return the name a file is looked at under: the released one, if it is no archive.

    It was pointed at, so nothing is to be guessed from what it is called.
    """
    return path.name if is_archive(path.name, data) else f"{released}{path.suffix or '.ipynb'}"
