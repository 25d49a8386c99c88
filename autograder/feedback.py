"""Releasing feedback: what nbgrader does, also for submissions that took another way in.

nbgrader finds a learner's feedback by the secret and the file names of what was
submitted. A submission put into its folder by hand has no secret; that of a renamed
notebook has another name than the feedback.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from nbgrader.exchange.default import ExchangeReleaseFeedback
from nbgrader.utils import notebook_hash

from autograder.mend import plain

NEEDED = ("timestamp.txt", "submission_secret.txt")
"""What nbgrader's submit puts beside a notebook, and its release_feedback reads."""


class ReleaseFeedback(ExchangeReleaseFeedback):
    """nbgrader's release_feedback; it passes over what never came through the exchange."""

    def copy_files(self) -> None:
        """Release the feedback of who submitted, and say whose pages go another way."""
        kept = self.coursedir.student_id_exclude
        excluded = set(filter(None, kept.split(",")))
        pages = [page for page in self._pages() if page[0] not in excluded]
        without = {name for name, page in pages if not _came_through(page.parent)}
        try:
            self.coursedir.student_id_exclude = ",".join(sorted(excluded | without))
            super().copy_files()
        finally:
            self.coursedir.student_id_exclude = kept
        for student, page in pages:
            if student not in without:
                self._release_under_submitted_names(student, page)
        for student in sorted(without):
            self.log.warning(
                "%s handed in without the exchange (no %s): hand the pages in feedback/%s out "
                "yourself.", plain(student), NEEDED[1], plain(student),
            )

    def _pages(self) -> list[tuple[str, Path]]:
        """Return the students and their feedback pages."""
        pattern = self.coursedir.format_path(
            self.coursedir.feedback_directory, "(?P<student>[^/]+)",
            self.coursedir.assignment_id, escape=True,
        )
        root = Path(self.coursedir.root)
        pages = sorted(root.glob(f"{Path(self.src_path).relative_to(root)}/*.html"))
        matches = [(re.fullmatch(pattern, str(page.parent)), page) for page in pages]
        return [(match["student"], page) for match, page in matches if match]

    def _release_under_submitted_names(self, student: str, page: Path) -> None:
        """Let whoever submitted a renamed notebook find the feedback under that name too."""
        submitted = Path(self.coursedir.format_path(
            self.coursedir.submitted_directory, student, self.coursedir.assignment_id
        ))
        secret = (page.parent / NEEDED[1]).read_text()
        for notebook in submitted.glob("*.ipynb"):
            name = notebook_hash(secret=secret, notebook_id=notebook.stem)
            target = Path(self.dest_path) / f"{name}.html"
            if notebook.stem != page.stem:
                shutil.copy(page, target.with_suffix(".tmp"))
                target.with_suffix(".tmp").replace(target)


def _came_through(folder: Path) -> bool:
    try:
        return all((folder / name).read_text() for name in NEEDED)
    except (OSError, UnicodeDecodeError):  # what a learner put there is no reason to stop
        return False
