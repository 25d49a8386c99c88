"""Collecting submissions: what nbgrader does, and the released name for what has another.

nbgrader looks for notebooks only. A submission that came as a ``.zip``, in a folder of
its own, or under another name is found here, so that ``nbgrader autograde`` and the
button in formgrader see it too.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbgrader.exchange.default import ExchangeCollect

from autograder.mend import Unreadable, collect_files, find_notebook


def name_as_released(folder: Path, released: Path) -> str | None:
    """Copy a submission's notebook to the released name, if nothing is there.

    Returns the path, inside the submission, of what was copied; None where there was
    nothing to do, or nothing to be found (``autograder grade`` says why).
    """
    target = folder / released.name
    if target.exists() or target.is_symlink():
        return None
    try:
        expected = nbformat.read(released, as_version=4)
        path, data = find_notebook(collect_files(folder).files, expected, released.name)
    except Unreadable:
        return None
    target.write_bytes(data)
    return path


class Collect(ExchangeCollect):
    """nbgrader's collect; after it, every submission has a notebook of the released name."""

    def copy_files(self) -> None:
        """Copy the submissions, then look through those that were copied."""
        super().copy_files()
        assignment = self.coursedir.assignment_id
        course = Path(self.coursedir.format_path(
            self.coursedir.release_directory, ".", assignment
        ))
        released = sorted(course.glob("*.ipynb"))
        if len(released) != 1:
            return
        for record in self.src_records:
            folder = Path(self.coursedir.format_path(
                self.coursedir.submitted_directory, record["username"], assignment
            ))
            found = name_as_released(folder, released[0])
            if found is not None:
                self.log.info("%s: %s is read as %s", folder, found, released[0].name)
