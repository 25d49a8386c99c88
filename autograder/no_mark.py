"""Feedback that says *no mark* where there is none; nbgrader's own says 0.

    c.GenerateFeedback.exporter_class = "autograder.no_mark.FeedbackExporter"
    c.GenerateFeedback.preprocessors = ["autograder.no_mark.Grades", …]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import GetGrades

WORDS = "no mark"


class Grades(GetGrades):
    """nbgrader's step that puts scores into the notebook; one that was never given is None."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Let nbgrader fill in the scores, then take out those that stand for nothing."""
        nb, resources = super().preprocess(nb, resources)
        known = resources["nbgrader"]
        with Gradebook(known["db_url"]) as gradebook:
            notebook = gradebook.find_submission_notebook(
                known["notebook"], known["assignment"], known["student"]
            )
            given = {
                grade.name for grade in notebook.grades
                if grade.auto_score is not None or grade.manual_score is not None
            }
        for cell in nb.cells:
            data = cell.metadata.get("nbgrader", {})
            if "score" in data and data["grade_id"] not in given:
                data["score"] = None
        if not given:
            known["score"] = None
        return nb, resources


ACTIVE = (".html", ".htm", ".xhtml", ".xht", ".shtml", ".svg", ".svgz", ".xml", ".js", ".mjs")
"""A browser would run what is in such files."""


class FeedbackExporter(HTMLExporter):
    """nbgrader's feedback page, in whose template a score may be None.

    nbgrader puts the learner's other files beside it. Pages of the learner's own among them
    would be taken for ours, or stand in its way.
    """

    def from_filename(  # type: ignore[override]
        self, filename: str, resources: dict | None = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page; take away the learner's own from where it will be."""
        if self.parent is not None and resources is not None:
            known, marked = resources["nbgrader"], Path(filename).parent
            place = Path(self.parent._format_dest(known["assignment"], known["student"]))
            for path in sorted(marked.rglob("*")):
                copy = place / path.relative_to(marked)
                if path.suffix.lower() in ACTIVE and copy.is_file():
                    copy.unlink()
        return super().from_filename(filename, resources, **kwargs)

    def default_filters(self) -> Iterable[tuple[str, Callable[..., Any]]]:
        """Yield nbconvert's filters, and two of Jinja's that let None through as words."""
        yield from super().default_filters()
        yield "float", lambda value: None if value is None else float(value)
        yield "round", lambda value, digits=0: WORDS if value is None else round(value, digits)
