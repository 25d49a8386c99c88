"""Hand the whole corpus in, mark it in one batch, and compare with what is due."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from .entry import Entry, Files, Given, Link, Special, Targets

ROOT = Path(__file__).resolve().parent.parent.parent
MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
TRACES = (
    "/tmp/cnnkit-attack", "/var/tmp/cnnkit-attack", "/dev/shm/cnnkit-attack",
    "/etc/cnnkit-attack", "/tmp/cnnkit-slip", "/tmp/unpickled", "/tmp/big", "/dev/shm/big",
)  # fmt: skip
SURVIVORS = ("cnnkit-survive", "sleep\0" + "3601\0")


@dataclass(frozen=True)
class Result:
    """What became of one entry: points by exercise, None if there is no mark; or why not."""

    entry: Entry
    points: Mapping[str, float] | None
    reason: str
    wrong: str

    def row(self) -> str:
        """Return a line of the table of results."""
        due = self.entry.due if not self.entry.loses else f"all but {', '.join(self.entry.loses)}"
        got = "no mark" if self.points is None else f"{sum(self.points.values()):g}"
        return f"{'ok ' if not self.wrong else 'BAD'} {self.entry.name:32} due {due:24} got {got:8} {self.wrong}"


class Listener:
    """A server on this machine that nobody is to reach."""

    def __init__(self) -> None:
        self.heard = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.heard += 1
            connection.close()

    def close(self) -> None:
        """Stop listening."""
        self._server.close()


def make_course(folder: Path, assignments: Sequence[str]) -> None:
    """Copy what marking these assignments needs into a course folder of their own."""
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for name in assignments:
        for part in ("solutions", "course"):
            shutil.copytree(ROOT / part / name, folder / part / name)


def given(assignment: str, targets: Targets) -> Given:
    """Return the released and the solved notebook of an assignment."""
    released = next((ROOT / "course" / assignment).glob("*.ipynb"))
    # a checkout has the solutions as Markdown only
    from autograder.source import read_source

    solved = read_source(ROOT / "solutions" / assignment).notebook
    by_id = {cell.id: cell for cell in solved.cells}
    nb = nbformat.read(released, as_version=4)
    answers = nbformat.read(released, as_version=4)
    for cell in answers.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            lines = by_id[cell.id].source.split("\n")
            cell.source = "\n".join(line for line in lines if line.strip() not in MARKS)
    return Given(assignment, released.stem, nb, answers, targets)


def hand_in(folder: Path, files: Files) -> None:
    """Write a submission's files, its links and its special files."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            path.symlink_to(content.target)
        elif isinstance(content, Special):
            _special(path, content.kind)
        else:
            path.write_bytes(content)


def _special(path: Path, kind: str) -> None:
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        where = os.open(path.parent, os.O_DIRECTORY)
        server = socket.socket(socket.AF_UNIX)
        server.bind(f"/proc/self/fd/{where}/{path.name}")  # a long path would not fit
        server.close()
        os.close(where)


def hand_all_in(course: Path, entries: Sequence[Entry], targets: Targets) -> None:
    """Hand in every entry, each by a student of its own name."""
    made: dict[str, Given] = {}
    for entry in entries:
        if entry.assignment not in made:
            made[entry.assignment] = given(entry.assignment, targets)
        hand_in(
            course / "submitted" / entry.name / entry.assignment, entry.make(made[entry.assignment])
        )


def autograder(course: Path, *arguments: str, timeout: float = 7200) -> subprocess.CompletedProcess:
    """Run the command ``autograder`` in a course folder."""
    return subprocess.run(
        [sys.executable, "-m", "autograder", *arguments, "--course", str(course)],
        cwd=ROOT, capture_output=True, text=True, timeout=timeout,
    )


def results(
    course: Path, assignment: str, entries: Sequence[Entry], reasons: Callable[[str], str]
) -> list[Result]:
    """Read the gradebook and compare each entry with what it is due."""
    found = []
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_notebook(next((course / "course" / assignment).glob("*.ipynb")).stem, assignment)
        full = {cell.name: float(cell.max_score) for cell in notebook.grade_cells}
        for entry in entries:
            reason = reasons(entry.name)
            points = points_of(gradebook, entry.name, assignment, notebook.name)
            found.append(Result(entry, points, reason, wrong(entry, full, points, reason)))
    return found


def points_of(
    gradebook: Gradebook, student: str, assignment: str, notebook: str
) -> dict[str, float] | None:
    """Return a student's points by exercise, None where any has none."""
    try:
        submission = gradebook.find_submission_notebook(notebook, assignment, student)
    except MissingEntry:
        return None
    points = {grade.name: grade.auto_score for grade in submission.grades}
    if not points or any(score is None for score in points.values()):
        return None
    return {name: float(score) for name, score in points.items()}


def wrong(
    entry: Entry, full: Mapping[str, float], points: Mapping[str, float] | None, reason: str
) -> str:
    """Say what is wrong with what an entry got, "" if it is its due."""
    fair = entry.fair({name.removeprefix("check-"): most for name, most in full.items()})
    if fair is None:
        if points is not None:
            return f"got {sum(points.values()):g} points although it cannot be read"
        return "" if reason and entry.says.lower() in reason.lower() else f"the reason is {reason!r}"
    if points is None:
        return f"has no mark: {reason}"
    if points.keys() != full.keys():
        return f"has other grade cells: {sorted(points)}"
    return "; ".join(
        f"{name}: {points[name]:g}, due {least:g}" + (f"–{most:g}" if most > least else "")
        for name, (least, most) in
        ((f"check-{name}", bounds) for name, bounds in fair.items())
        if not least - 1e-6 <= points[name] <= most + 1e-6
    )


def survivors() -> list[str]:
    """Return the processes that attacks left behind."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            said = (folder / "comm").read_text() + (folder / "cmdline").read_text()
        except (OSError, UnicodeDecodeError):
            continue
        if any(mark in said for mark in SURVIVORS):
            found.append(f"{folder.name} {said!r}")
    return found


def nbgrader(course: Path, *arguments: str, timeout: float = 600) -> str:
    """Run an nbgrader command in a course folder and return what it said."""
    beside = Path(sys.executable).parent
    done = subprocess.run(
        [str(beside / "nbgrader"), *arguments], cwd=course, capture_output=True, text=True,
        timeout=timeout, env={**os.environ, "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
