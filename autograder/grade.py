"""``autograder grade``: mark all submissions into nbgrader's gradebook, in parallel.

Marking is a pure function of bytes, so Dask runs it on the cores of this machine
or on any cluster; the results come back here to the one writer.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from autograder.build import course_folder, load_config, release, write_notebook
from autograder.check import require_isolation
from autograder.errors import UserError
from autograder.mark import Assignment, Marked, mark
from autograder.marking import prepare
from autograder.mend import collect_files, plain
from autograder.source import read_source
from autograder.writer import Submission, Writer, digest

AHEAD = 3
"""How many submissions wait at each worker: enough to keep it busy, few enough to fit."""


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
    submissions = find_submissions(coursedir, options.assignment, options.student)
    assignment = prepare(course, options.assignment)
    ensure_assignment(course, coursedir, assignment)
    writer = Writer(coursedir, config, assignment)
    try:
        summary = run(writer, submissions, options)
    finally:
        writer.close()
    report(summary)
    return 1 if summary.reasons else 0


def find_submissions(
    coursedir: CourseDirectory, assignment: str, students: Sequence[str] | None
) -> list[Submission]:
    """Return the folders that were handed in, of these students or of all."""
    pattern = coursedir.format_path(
        coursedir.submitted_directory, "(?P<student>[^/]+)", assignment, escape=True
    )
    root = Path(coursedir.root)
    shown = Path(coursedir.format_path(coursedir.submitted_directory, "*", assignment))
    found = []
    for folder in sorted(root.glob(str(shown.relative_to(root)))):
        match = re.fullmatch(pattern, str(folder))
        if match and folder.is_dir() and not folder.is_symlink():
            found.append(Submission(match["student"], folder))
    if students:
        known = {submission.student for submission in found}
        for student in students:
            if student not in known:
                raise UserError(f"{plain(student)} has handed in nothing for {assignment}.")
        found = [submission for submission in found if submission.student in students]
    if not found:
        raise UserError(
            f"Nobody has handed in anything for {assignment}: there is nothing that matches "
            f"{shown.relative_to(root)}. Run nbgrader collect first."
        )
    return found


def ensure_assignment(course: Path, coursedir: CourseDirectory, assignment: Assignment) -> None:
    """Put the assignment into the gradebook if it is not there, by nbgrader's own step."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            gradebook.find_notebook(assignment.notebook_name, assignment.name)
            return
        except MissingEntry:
            gradebook.update_or_create_assignment(assignment.name)
    source = read_source(course / "solutions" / assignment.name)
    write_notebook(source)
    with tempfile.TemporaryDirectory() as scratch:
        release(course, source, Path(scratch), database=True)


def run(writer: Writer, submissions: Sequence[Submission], options: Any) -> Summary:
    """Mark what is not marked yet, write each result as it comes."""
    from tqdm import tqdm

    summary = Summary()
    todo = []
    for submission in submissions:
        files = collect_files(submission.folder).files
        if not options.force and writer.is_done(submission.student, digest(files)):
            summary.skipped += 1
        else:
            todo.append(submission)
    if not todo:
        return summary
    with (
        cluster(options.scheduler, options.workers) as client,
        tqdm(total=len(todo), unit="notebook", disable=None, smoothing=0.05) as bar,
    ):
        for submission, files, refused, marked in stream(client, writer, todo, options.isolation):
            old = writer.old_score(submission.student)
            if refused:
                marked = with_repairs(marked, refused)
            writer.write(submission.student, files, marked)
            summary.marked += 1
            if marked.reason is not None:
                summary.reasons[submission.student] = marked.reason
            if options.force and old != marked.score:
                summary.changed[submission.student] = (old, marked.score)
            bar.update()
    return summary


def with_repairs(marked: Marked, lines: Sequence[str]) -> Marked:
    """Return the same result with more said to have been mended or refused."""
    from dataclasses import replace

    import nbformat

    from autograder.mark import MARKS, note

    notebook = nbformat.reads(marked.notebook, as_version=4)
    repairs = (*marked.repairs, *lines)
    notebook.metadata[MARKS]["repairs"] = list(repairs)
    first = [] if marked.reason is None else [f"This submission could not be marked: "
                                              f"{marked.reason}"]
    note(notebook, [*first, *(f"Mended before marking: {line}" for line in repairs)])
    return replace(marked, repairs=repairs, notebook=nbformat.writes(notebook))


@contextlib.contextmanager
def cluster(scheduler: str | None, workers: int | None) -> Iterator[Any]:
    """Yield a Dask client: of the cluster at this address, else of one on this machine."""
    from distributed import Client, LocalCluster

    logging.getLogger("distributed").setLevel(logging.ERROR)
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=10)
        except (OSError, ValueError, TimeoutError) as error:
            raise UserError(
                f"There is no Dask scheduler at {scheduler} ({type(error).__name__}); "
                "start one with: dask scheduler"
            ) from None
        if not client.scheduler_info()["workers"]:
            client.close()
            raise UserError(
                f"The Dask scheduler at {scheduler} has no workers; start some with: "
                f"dask worker {scheduler} --nthreads 1"
            )
        with client:
            yield client
        return
    local = LocalCluster(
        n_workers=workers or None,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        memory_limit=0,
        silence_logs=logging.CRITICAL,
    )
    with local, Client(local) as client:
        yield client


def stream(
    client: Any, writer: Writer, submissions: Sequence[Submission], isolation: str
) -> Iterator[tuple[Submission, Mapping[str, bytes], Sequence[str], Marked]]:
    """Send submissions out, a few ahead of the workers, and yield results as they come."""
    from distributed import as_completed

    workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
    assignment = client.scatter(writer.assignment, broadcast=True, hash=False)
    waiting = iter(submissions)
    sent: dict[str, tuple[Submission, Mapping[str, bytes], Sequence[str]]] = {}
    results = as_completed(with_results=False, raise_errors=False)

    def send() -> None:
        submission = next(waiting, None)
        if submission is None:
            return
        collected = collect_files(submission.folder)
        future = client.submit(
            mark_safely, assignment, dict(collected.files), isolation, pure=False, retries=1
        )
        sent[future.key] = submission, collected.files, collected.refused
        results.add(future)

    for _ in range(AHEAD * workers):
        send()
    for future in results:
        submission, files, refused = sent.pop(future.key)
        error = future.exception()
        if error is not None:
            raise UserError(f"{plain(submission.student)} could not be marked: {error}")
        marked = future.result()
        if isinstance(marked, str):
            raise UserError(marked)
        future.release()
        send()
        yield submission, files, refused, marked


def mark_safely(
    assignment: Assignment, files: Mapping[str, bytes], isolation: str
) -> Marked | str:
    """Mark one submission at a worker; return a sentence if nothing may be run there."""
    from autograder.sandbox import IsolationError

    try:
        return mark(assignment, files, isolation)
    except IsolationError as error:
        return str(error)


def report(summary: Summary) -> None:
    """Print what was done, and every submission without a mark."""
    marked = summary.marked - len(summary.reasons)
    print(f"{marked} marked, {summary.skipped} were marked already.")
    for student, reason in sorted(summary.reasons.items()):
        print(f"  no mark: {plain(student)}: {plain(reason)}")
    for student, (old, new) in sorted(summary.changed.items()):
        print(f"  changed: {plain(student)}: {_score(old)} → {_score(new)}")
    sys.stdout.flush()


def _score(score: float | None) -> str:
    return "no mark" if score is None else f"{score:g}"

