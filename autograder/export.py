"""Grades as CSV, for spreadsheets, Canvas and Moodle: export plug-ins of nbgrader.

    nbgrader export --to grades.csv
    nbgrader export --exporter autograder.export.CanvasExportPlugin --to canvas.csv
    nbgrader export --exporter autograder.export.MoodleExportPlugin --to moodle.csv

The first is nbgrader's own list, a row for each student and assignment, but empty where
there is no mark; ``nbgrader_config.py`` chooses it. For the others:

Who has no mark in any of the exported assignments is left out. Who has one in some of
them gets an empty field in the others, and both systems take that for "no grade": a mark
given there by other means would go. ``--assignment '["02-filters"]'`` exports one
assignment, without empty fields. Column names are those of the systems' own import
pages; Canvas finds a student by the login, Moodle by what is chosen there, and
both ask where an assignment is new to them.
"""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbgrader.plugins
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin

COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_INSIDE = re.compile(rf"(?<=[;,\t|\r\n])(?=[\s\"']*[{re.escape(''.join(FORMULA))}])")
"""Where a formula would begin if the spreadsheet took another mark than the comma for the end."""


def harmless_field(value: Any) -> str:
    """Return a CSV field that no spreadsheet takes for a formula."""
    text = "" if value is None else "".join(map(_written, str(value)))
    return _INSIDE.sub("'", "'" + text if text.lstrip(" \"'").startswith(FORMULA) else text)


def _written(mark: str) -> str:
    """Return a character, a mark of replacement where it is none that a file can hold."""
    return "\ufffd" if "\ud800" <= mark <= "\udfff" else mark


class CsvExportPlugin(nbgrader.plugins.CsvExportPlugin):
    """nbgrader's own export: the same columns and rows, in fields that only can be read.

    A score that was never given is empty, not 0. A name with a comma does not move the
    columns, and none is taken for a formula.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Export the chosen assignments and students, all by default."""
        wanted, students = set(map(str, self.assignment)), set(map(str, self.student))
        place = Path(self.to or "grades.csv")
        with place.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for assignment in gradebook.assignments:
                for student in gradebook.students:
                    chosen = not wanted or assignment.name in wanted
                    if chosen and (not students or student.id in students):
                        fields = self._row(gradebook, assignment, student)
                        writer.writerow([harmless_field(field) for field in fields])
        self.log.info("Exported grades to %s", place)

    def _row(self, gradebook: Gradebook, assignment: Any, student: Any) -> list[Any]:
        time, scores = None, ["", "", ""]
        with contextlib.suppress(MissingEntry):
            submission = gradebook.find_submission(assignment.name, student.id)
            time = submission.timestamp
            if score_of(gradebook, assignment.name, student.id):
                raw, penalty = submission.score, submission.late_submission_penalty
                scores = [str(round(n, 4)) for n in (raw, penalty, max(0.0, raw - penalty))]
        return [
            assignment.name, assignment.duedate, time, student.id, student.last_name,
            student.first_name, student.email, *scores, assignment.max_score,
        ]


class _LmsExportPlugin(ExportPlugin):
    """Writes one row a student and one column an assignment."""

    default_name = "grades.csv"

    def export(self, gradebook: Gradebook) -> None:
        """Write the chosen assignments and students, all by default."""
        wanted = {str(name) for name in self.assignment}
        assignments = [a for a in gradebook.assignments if not wanted or a.name in wanted]
        students = {str(name) for name in self.student}
        place = Path(self.to or self.default_name)
        with place.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            for row in self.rows(gradebook, assignments, students):
                writer.writerow([harmless_field(field) for field in row])
        self.log.info("Exported %d assignments to %s", len(assignments), place)

    def rows(
        self, gradebook: Gradebook, assignments: Sequence[Any], students: set[str]
    ) -> Iterator[list[Any]]:
        """Yield the file's rows."""
        names = [assignment.name for assignment in assignments]
        yield from self.head(names, [assignment.max_score for assignment in assignments])
        for student in gradebook.students:
            scores = [score_of(gradebook, name, student.id) for name in names]
            if (not students or student.id in students) and any(scores):
                yield [*self.identity(student), *scores]

    def head(self, names: Sequence[str], points: Sequence[float]) -> list[list[Any]]:
        """Return the rows above the students."""
        raise NotImplementedError

    def identity(self, student: Any) -> list[Any]:
        """Return the fields that say who it is."""
        raise NotImplementedError


def score_of(gradebook: Gradebook, assignment: str, student: str) -> str:
    """Return a score after late penalty, or an empty text where there is no mark."""
    try:
        submission = gradebook.find_submission(assignment, student)
    except MissingEntry:
        return ""
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    if any(grade.auto_score is None and grade.manual_score is None for grade in grades):
        return ""
    return f"{max(0.0, submission.score - submission.late_submission_penalty):g}"


class CanvasExportPlugin(_LmsExportPlugin):
    """Grades as Canvas's gradebook imports them (Grades → Import)."""

    default_name = "canvas.csv"

    def head(self, names: Sequence[str], points: Sequence[float]) -> list[list[Any]]:
        """Return Canvas's two rows of headings."""
        return [
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *names],
            ["    Points Possible", "", "", "", "", *(f"{number:g}" for number in points)],
        ]

    def identity(self, student: Any) -> list[Any]:
        """Return the name and the login, by which Canvas finds the student."""
        name = ", ".join(part for part in (student.last_name, student.first_name) if part)
        return [name or student.id, "", "", student.id, ""]


class MoodleExportPlugin(_LmsExportPlugin):
    """Grades as Moodle's gradebook imports them (Grades → Import → CSV file)."""

    default_name = "moodle.csv"

    def head(self, names: Sequence[str], points: Sequence[float]) -> list[list[Any]]:
        """Return Moodle's row of headings."""
        return [["Username", "First name", "Last name", "Email address", *names]]

    def identity(self, student: Any) -> list[Any]:
        """Return the fields by which Moodle finds the student."""
        return [student.id, student.first_name, student.last_name, student.email]
