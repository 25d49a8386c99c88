"""The one writer: puts marked submissions into nbgrader's gradebook and folders.

One transaction a submission. The gradebook is written first and the autograded
folder appears after it, whole, by a rename: whoever is killed in between marks
that submission again, to the same result.
"""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config

from autograder.mark import MARKS, Assignment, Marked
from autograder.mend import in_markdown
from autograder.mend.archives import is_archive
from autograder.source import CHECK
from autograder.times import submitted_at

KEPT = 50
"""How many submissions are written before the session's memory is emptied."""


class _OneTransaction:
    """A session whose commits, and what they would send, wait for the end of the submission."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def commit(self) -> None:
        """Do nothing yet."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


class Writer:
    """Writes marks through nbgrader's own Gradebook. Not for use from two processes."""

    def __init__(self, coursedir: CourseDirectory, config: Config, assignment: Assignment) -> None:
        self.coursedir, self.assignment = coursedir, assignment
        self.gradebook = Gradebook(coursedir.db_url, coursedir.course_id)
        # What one submission's commit leaves in memory serves the next: the assignment, its
        # cells. Of the submissions themselves each is written once.
        self.gradebook.db().expire_on_commit = False
        self._written = 0
        self._cells: tuple[str, dict[str, str]] = ("", {})
        self._late = AssignLatePenalties(config=config)
        self._late.init_plugin()

    def close(self) -> None:
        """Close the gradebook."""
        self.gradebook.close()

    def path(self, step: str, student: str) -> Path:
        """Return a student's folder of an nbgrader step."""
        return Path(self.coursedir.format_path(step, student, self.assignment.name))

    def autograded(self, student: str) -> Path:
        """Return the folder a student's marked notebook goes to."""
        return self.path(self.coursedir.autograded_directory, student)

    def state(self, student: str, submitted: str) -> dict[str, Any] | None:
        """Return what was recorded of just these files of a student, None if nothing was.

        ``submitted`` is the files' digest. The result is what the marked notebook says
        of itself: verdicts, or the reason why there is no mark.
        """
        path = self.autograded(student) / f"{self.assignment.notebook_name}.ipynb"
        try:
            marks = json.loads(path.read_bytes())["metadata"][MARKS]
            if marks["digest"] != submitted:
                return None
            self.gradebook.find_submission(self.assignment.name, student)
        except (OSError, ValueError, KeyError, TypeError, MissingEntry):
            return None
        return dict(marks)

    def score(self, student: str) -> float | None:
        """Return the score, after late penalty, of the gradebook; None if a part is missing."""
        self.gradebook.db.expire_all()
        try:
            submission = self.gradebook.find_submission(self.assignment.name, student)
        except MissingEntry:
            return None
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        if any(grade.auto_score is None and grade.manual_score is None for grade in grades):
            return None
        return max(0.0, float(submission.score - submission.late_submission_penalty))

    def write(self, student: str, files: Mapping[str, bytes], marked: Marked) -> None:
        """Record one marked submission: gradebook first, then the folder."""
        with self._transaction():
            self._record(student, marked)
        self._lay_out(student, files, marked)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        session = self.gradebook.db
        self.gradebook.db = _OneTransaction(session)
        try:
            yield
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            self.gradebook.db = session
            self._written += 1
            if self._written % KEPT == 0:
                session.expunge_all()  # or 10,000 submissions stay in memory

    def _record(self, student: str, marked: Marked) -> None:
        name, gradebook = self.assignment.name, self.gradebook
        gradebook.update_or_create_student(student)
        gradebook.db.flush()
        folder = self.path(self.coursedir.submitted_directory, student)
        timestamp = submitted_at(folder)
        extra = {"timestamp": timestamp} if timestamp else {}
        with gradebook.db.no_autoflush:
            submission = gradebook.update_or_create_submission(name, student, **extra)
        notebook = next(
            book for book in submission.notebooks if book.name == self.assignment.notebook_name
        )
        names = self._names(notebook.notebook)
        scores = {verdict.exercise: verdict.score for verdict in marked.verdicts}
        for grade in notebook.grades:
            grade.auto_score = scores.get(names.get(grade.cell_id, "").removeprefix(CHECK))
            # As nbgrader's own step does: a score given by hand is kept, and looked at again.
            grade.needs_manual_grade = grade.auto_score is None or grade.manual_score is not None
        verdicts = {verdict.exercise: verdict for verdict in marked.verdicts}
        for comment in notebook.comments:
            verdict = verdicts.get(names.get(comment.cell_id, ""))
            if marked.reason is not None:
                # nbgrader's feedback reads comments as Markdown
                comment.auto_comment = f"Not marked: {in_markdown(marked.reason)}"
            elif verdict is not None and verdict.status == "not-attempted":
                comment.auto_comment = "No response."
            else:
                comment.auto_comment = None
        notebook.late_submission_penalty = None
        if submission.total_seconds_late > 0 and marked.reason is None:
            self.gradebook.db.flush()
            penalty = self._late.plugin_inst.late_submission_penalty(
                student, notebook.score, submission.total_seconds_late
            )
            if penalty is not None:
                notebook.late_submission_penalty = self._late._check_late_penalty(
                    notebook, penalty
                )

    def _names(self, source: Any) -> dict[str, str]:
        """Return the grade id of every cell of the assignment's notebook, by its row's id."""
        if source.id != self._cells[0]:
            cells = [*source.grade_cells, *source.solution_cells, *source.task_cells]
            self._cells = source.id, {cell.id: cell.name for cell in cells}
        return self._cells[1]

    def _lay_out(self, student: str, files: Mapping[str, bytes], marked: Marked) -> None:
        """Write the autograded folder beside its place, then move it there at once."""
        place = self.autograded(student)
        fresh = place.with_name(f".{place.name}.new")
        if fresh.exists():
            _remove(fresh)
        own = {
            f"{self.assignment.notebook_name}.ipynb": marked.notebook.encode(),
            **self.assignment.files,
        }
        for name, data in own.items():
            _write(fresh / name, data)
        for name, data in files.items():
            if name in own or name.lower().endswith(".ipynb") or is_archive(name, data):
                continue
            if {"", ".", ".."} & set(name.split("/")):
                continue
            try:
                _write(fresh / name, data)
            except (OSError, ValueError) as error:
                # a name that is too long, no text, or also a folder's: nothing is lost by it
                if isinstance(error, OSError) and error.errno not in _NAMES:
                    raise
        if place.exists():
            _remove(place)
        fresh.replace(place)


_NAMES = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(0o444)


def _remove(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)
