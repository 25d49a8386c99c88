"""What nbgrader loads: our marking inside its own autograde step.

``nbgrader_config.py`` names these. ``nbgrader autograde`` and formgrader's button
then mark as ``autograder grade`` does, one submission at a time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from traitlets import Enum

from autograder.errors import UserError
from autograder.mark import MARKS, Assignment, mark_notebook, reason_for, refused
from autograder.marking import prepare
from autograder.mend import (
    Unreadable,
    beside,
    clean_name,
    collect_files,
    find_notebook,
    in_markdown,
    mend,
    read_notebook,
)
from autograder.sandbox import IsolationError, check_isolation
from autograder.times import TIMESTAMP, submitted_at

REFUSED = ".refused-"
"""Links and devices in a submission get this before their name: nbgrader then skips them."""

_prepared: dict[tuple[str, str], tuple[tuple[float, ...], Assignment]] = {}


def assignment_of(root: Path, name: str) -> Assignment:
    """Return what marking needs of an assignment, made anew when its sources change."""
    watched = [*sorted((root / "solutions" / name).glob("[!.]*")), root / "nbgrader_config.py"]
    watched += sorted((root / "course" / name).glob("[!.]*"))
    stamp = tuple(path.lstat().st_mtime for path in watched)
    known = _prepared.get((str(root), name))
    if known is None or known[0] != stamp:
        known = _prepared[str(root), name] = (stamp, prepare(root, name))
    return known[1]


def require_copyable(folder: Path) -> None:
    """Raise UserError for what nbgrader cannot copy beside a submission: an editor's lock, say."""
    for path in sorted(folder.rglob("*")):
        if not (path.is_file() or path.is_dir()):
            raise UserError(
                f"{path} is no file (a link to nowhere, or a FIFO), and nbgrader cannot copy it: "
                "save and close what is open in an editor, or remove it."
            )


def find_submissions(assignment: str, student: str, notebooks: list[str]) -> None:
    """Before nbgrader reads a submission: put the released notebook's name in the list.

    nbgrader calls this hook with the notebooks it found. A renamed notebook has
    another name than the gradebook knows; the exporter finds it again. Links and
    special files are set aside under a name that nbgrader passes over.
    """
    if not notebooks:
        return
    folder = Path(notebooks[0]).parent
    released = sorted(Path("course", folder.name).glob("*.ipynb"))
    if len(released) != 1:
        return
    _set_aside(folder)
    notebooks[:] = [str(folder / released[0].name)]


def _set_aside(folder: Path) -> None:
    """Rename what nbgrader would follow, wait for or stumble over, so that it skips it."""
    if _is_linked(folder):
        return  # what lies there is another's, and is left as it is
    for path in sorted(folder.rglob("*")):
        special = path.is_symlink() or not (path.is_file() or path.is_dir())
        if special and not path.name.startswith(REFUSED):
            path.rename(path.with_name(REFUSED + path.name))
    stamp = folder / TIMESTAMP
    if stamp.exists() and submitted_at(folder) is None:
        stamp.rename(folder / (REFUSED + TIMESTAMP))


def _is_linked(folder: Path) -> bool:
    """Whether a submission is a link to somewhere else, or the student's folder is."""
    return folder.is_symlink() or folder.parent.is_symlink()


class SubmissionExporter(NotebookExporter):
    """Reads what was handed in, whatever state it is in, and mends it.

    nbgrader makes one before it touches a submission. So whatever keeps all of them from
    being marked is said then, in one line, and no earlier result is lost.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Raise NbGraderException if nothing can be marked here."""
        super().__init__(**kwargs)
        coursedir = getattr(self.parent, "coursedir", None)
        if coursedir is None:
            return
        try:
            check_isolation(Mark(parent=self.parent).isolation)
            assignment_of(Path(coursedir.root), coursedir.assignment_id)
            require_copyable(Path(coursedir.root) / "solutions" / coursedir.assignment_id)
        except (IsolationError, UserError) as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from None
        except OSError as error:
            reason = f"{error.filename} cannot be read: {error.strerror}."
            self.log.error("%s", reason)
            raise NbGraderException(reason) from None
        # before the hook, nbgrader reads when a submission was handed in
        for folder in map(Path, getattr(self.parent, "assignments", ())):
            stamp = folder / TIMESTAMP
            if submitted_at(folder) is None and (stamp.is_symlink() or stamp.exists()):
                _set_aside(folder)

    def from_filename(
        self, filename: str, resources: dict | None = None, **kwargs: Any
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook of a submission, mended; the released one if it cannot be read."""
        if not getattr(self.parent, "_sanitizing", False):
            return super().from_filename(filename, resources, **kwargs)
        assert self.parent is not None
        assert resources is not None
        root = Path(self.parent.coursedir.root)
        assignment = assignment_of(root, resources["nbgrader"]["assignment"])
        notebook = read_submission(assignment, Path(filename).parent)
        reason = notebook.metadata[MARKS]["reason"]
        if reason:
            self.log.error("%s could not be marked: %s", Path(filename).parent, reason)
        return self.from_notebook_node(notebook, resources, **kwargs)


def read_submission(assignment: Assignment, folder: Path) -> NotebookNode:
    """Return a folder's notebook, mended, with what was mended in its metadata."""
    released = nbformat.reads(assignment.released, as_version=4)
    if _is_linked(folder):
        reason = f"“{clean_name(folder.name)}” is a link; it was not opened."
        return nbformat.reads(refused(assignment, reason).notebook, as_version=4)
    collected = collect_files(folder)
    files = {
        name: data for name, data in collected.files.items()
        if not Path(name).name.startswith(REFUSED)
    }
    left_out = [line.replace(REFUSED, "") for line in collected.refused]
    try:
        path, data = find_notebook(files, released, assignment.notebook_name, assignment.others)
        mended = mend(read_notebook(data), released, beside(path, files))
    except Unreadable as error:
        reason = reason_for(assignment, error, files, left_out)
        return nbformat.reads(refused(assignment, reason, left_out).notebook, as_version=4)
    repairs = [*mended.repairs, *left_out]
    mended.notebook.metadata[MARKS] = {
        "repairs": repairs, "reason": None, "verdicts": [], "path": path,
    }
    return mended.notebook


class Mark(NbGraderPreprocessor):
    """Runs a mended notebook in the sandbox and has its exercises judged outside it."""

    isolation = Enum(
        ["bubblewrap", "none"], "bubblewrap",
        help="How learners' code is contained; 'none' runs it with all your rights.",
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the marked notebook."""
        state = nb.metadata.get(MARKS, {"repairs": [], "reason": None})
        if state["reason"]:
            return nb, resources
        coursedir = self.parent.parent.coursedir
        info = resources["nbgrader"]
        assignment = assignment_of(Path(coursedir.root), info["assignment"])
        folder = coursedir.format_path(
            coursedir.submitted_directory, info["student"], info["assignment"]
        )
        files = beside(state.get("path", ""), collect_files(Path(folder)).files)
        marked = mark_notebook(
            assignment, nb, {**files, **assignment.files}, state["repairs"], self.isolation
        )
        return nbformat.reads(marked.notebook, as_version=4), resources


class SaveMarks(SaveAutoGrades):
    """Saves the marks as nbgrader does; where there is none, says so instead of 0."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Save the marks of all cells."""
        self._reason = nb.metadata.get(MARKS, {}).get("reason")
        return super().preprocess(nb, resources)

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        if self._reason is None:
            super()._add_score(cell, resources)
            return
        grade = self.gradebook.find_grade(
            cell.metadata["nbgrader"]["grade_id"],
            self.notebook_id, self.assignment_id, self.student_id,
        )
        grade.auto_score = None
        grade.needs_manual_grade = True
        self.gradebook.db.commit()

    def _add_comment(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        if self._reason is None or utils.is_task(cell):
            super()._add_comment(cell, resources)
            return
        comment = self.gradebook.find_comment(
            cell.metadata["nbgrader"]["grade_id"],
            self.notebook_id, self.assignment_id, self.student_id,
        )
        # nbgrader's feedback reads comments as Markdown
        comment.auto_comment = f"Not marked: {in_markdown(self._reason)}"
        self.gradebook.db.commit()

