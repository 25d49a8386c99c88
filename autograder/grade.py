"""``autograder grade``: mark all submissions into nbgrader's gradebook, in parallel.

Marking is a pure function of bytes, so Dask runs it on the cores of this machine
or on any cluster; the results come back here to the one writer.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import re
import signal
import sys
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError

from autograder.build import course_folder, load_config
from autograder.check import require_isolation
from autograder.cluster import Job, cluster, stream
from autograder.errors import UserError
from autograder.gradebook import database_trouble, ensure_assignment
from autograder.mark import Marked, refused
from autograder.marking import STATE, prepare
from autograder.mend import clean_name, collect_files, digest, plain, shown
from autograder.source import assignment_names
from autograder.writer import Writer


@dataclass
class Summary:
    """What one run of the command came to."""

    marked: int = 0
    skipped: int = 0
    reasons: dict[str, str] = field(default_factory=dict)
    changed: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)


def grade(options: argparse.Namespace) -> int:
    """Run the command; return 0 if every submission has a mark, else 1."""
    course = course_folder(options.course)
    require_isolation(options.isolation)
    config = load_config(course)
    config.CourseDirectory.root = str(course)
    coursedir = CourseDirectory(config=config)
    known = assignment_names(course / "solutions")
    if options.assignment not in known:
        raise UserError(
            f"There is no assignment {options.assignment!r}; there are {', '.join(known)}."
        )
    submissions = find_submissions(coursedir, options.assignment, options.student)
    assignment = prepare(course, options.assignment)
    try:
        with alone(course, assignment.name):
            ensure_assignment(course, coursedir, assignment)
            writer = Writer(coursedir, config, assignment)
            try:
                summary = run(writer, submissions, options)
            finally:
                writer.close()
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise UserError(database_trouble(error)) from None
    report(summary)
    return 1 if summary.reasons else 0


@contextlib.contextmanager
def alone(course: Path, assignment: str) -> Iterator[None]:
    """Hold the assignment for this process; raise UserError if another one has it.

    The lock is the operating system's: it is gone when the process is, however it ended.
    """
    path = course / STATE / f"{assignment}.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"{assignment} is being marked already, by another autograder grade."
            ) from None
        yield


def find_submissions(
    coursedir: CourseDirectory, assignment: str, students: Sequence[str] | None
) -> dict[str, Path]:
    """Return, by student, what was handed in, of these students or of all."""
    pattern = coursedir.format_path(
        coursedir.submitted_directory, "(?P<student>[^/]+)", assignment, escape=True
    )
    root = Path(coursedir.root)
    wanted = Path(coursedir.format_path(coursedir.submitted_directory, "*", assignment))
    found = {}
    for place in sorted(root.glob(str(wanted.relative_to(root)))):
        match = re.fullmatch(pattern, str(place), re.DOTALL)
        if match and not match["student"].startswith("."):
            found[match["student"]] = place
    for folder in root.glob(str(wanted.relative_to(root).parent)):
        match = re.fullmatch(pattern, str(folder / wanted.name), re.DOTALL)
        if match and folder.is_dir() and not os.access(folder, os.X_OK):
            found[match["student"]] = folder / wanted.name  # is named, not passed over
    if students:
        for student in students:
            if student not in found:
                raise UserError(f"{plain(student)} has handed in nothing for {assignment}.")
        found = {student: place for student, place in found.items() if student in students}
    if not found:
        raise UserError(
            f"Nobody has handed in anything for {assignment}: there is nothing that matches "
            f"{wanted.relative_to(root)}. Run nbgrader collect first."
        )
    return found


NO_NAME = (
    "The name of the student's folder is not one line of text (UTF-8), so no gradebook can hold "
    "it; rename the folder."
)


def is_name(name: str) -> bool:
    """Whether a folder's name is one for nbgrader: Linux takes any bytes, also a line's end."""
    return name.isprintable() or not {"Cc", "Cs"} & set(map(unicodedata.category, name))


def read_submission(student: str, place: Path) -> Job:
    """Read what a student handed in. What is no folder has no files, and says so."""
    try:
        linked = place.is_symlink() or place.parent.is_symlink()
    except PermissionError:
        return Job(student, {}, ("The student's folder cannot be read: permission denied.",))
    if linked or not place.is_dir():
        kind = "a link" if linked else "no folder"
        return Job(student, {}, (f"“{clean_name(place.name)}” is {kind}; it was not opened.",))
    collected = collect_files(place)
    return Job(student, collected.files, collected.refused)


def _columns() -> int:
    """Return how wide the terminal is; some say 0, and a bar of no width shows nothing."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def run(writer: Writer, submissions: dict[str, Path], options: Any) -> Summary:
    """Mark what is not marked yet, write each result as it comes."""
    from tqdm import tqdm

    summary = Summary()
    todo = {}
    for student, place in submissions.items():
        if not is_name(student):
            summary.reasons[student] = NO_NAME
            continue
        state = None if options.force else _state(writer, student, place)
        if state is None:
            todo[student] = place
            continue
        summary.skipped += 1
        if state["reason"]:
            summary.reasons[student] = state["reason"]
    if not todo:
        return summary
    jobs = (read_submission(student, place) for student, place in todo.items())
    try:
        with (
            cluster(options.scheduler, options.workers, len(todo)) as client,
            tqdm(
                total=len(todo), unit="notebook", disable=None, smoothing=0.05,
                ncols=_columns(), nrows=20,
            ) as bar,
            contextlib.closing(stream(client, writer.assignment, jobs, options.isolation)) as done,
        ):
            for job, marked in done:
                with finished_first():
                    _record(writer, job, marked, summary, options.force)
                bar.update()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"stopped with {summary.marked} marked and {len(todo) - summary.marked} to go; "
            "run the same command again to go on."
        ) from None
    return summary


@contextlib.contextmanager
def finished_first() -> Iterator[None]:
    """Let Ctrl-C wait for the end of the block; a second one does not wait.

    So what the gradebook has, the folder has too, and the number told is the number done.
    """
    asked = False

    def wait(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    if threading.current_thread() is not threading.main_thread():
        yield  # signals come to the main thread only
        return
    before = signal.signal(signal.SIGINT, wait)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if asked:
        raise KeyboardInterrupt


def _state(writer: Writer, student: str, place: Path) -> dict[str, Any] | None:
    """Return what was recorded of a submission as it is now, None if it is to be marked."""
    if not writer.autograded(student).is_dir():
        return None
    return writer.state(student, digest(read_submission(student, place).files))


def _record(
    writer: Writer, job: Job, marked: Marked | Exception, summary: Summary, compare: bool
) -> None:
    """Write one result. Where marking itself failed, a mark that was there stays."""
    if isinstance(marked, Exception):
        reason = f"Marking it failed ({type(marked).__name__}: {plain(str(marked))[:200]})."
        marked = refused(writer.assignment, reason, job.left_out)  # unstamped: tried again
        if writer.score(job.student) is not None:
            summary.reasons[job.student] = reason
            return
    old = writer.score(job.student) if compare else None
    writer.write(job.student, job.files, marked)
    summary.marked += 1
    if marked.reason is not None:
        summary.reasons[job.student] = marked.reason
    if compare:
        new = writer.score(job.student)
        if old != new:
            summary.changed[job.student] = (old, new)


def report(summary: Summary) -> None:
    """Print what was done, and every submission without a mark."""
    without = f", {len(summary.reasons)} without a mark" if summary.reasons else ""
    print(f"{summary.marked} marked now, {summary.skipped} before{without}.")
    for student, reason in sorted(summary.reasons.items()):
        print(f"  no mark: {shown(student)}: {plain(reason)}")
    for student, (old, new) in sorted(summary.changed.items()):
        print(f"  changed: {plain(student)}: {_score(old)} → {_score(new)}")


def _score(score: float | None) -> str:
    return "no mark" if score is None else f"{score:g}"
