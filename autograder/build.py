"""Build ``course/`` from ``solutions/``: the same bytes every time.

For each assignment: Markdown → notebook (beside it, git-ignored) → nbgrader's own
``generate_assignment`` → ``course/<assignment>/``, with the public answer key.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from autograder.errors import SourceError, UserError
from autograder.keys import compile_public
from autograder.source import Source, assignment_names, read_source
from cnnkit.key import FILE_NAME as KEY

CONFIG = "nbgrader_config.py"


def course_folder(course: Path) -> Path:
    """Return the resolved course folder; UserError if it is none."""
    if not (course / CONFIG).is_file():
        raise UserError(
            f"{course} is no course: there is no {CONFIG} in it. "
            "Name the folder that holds it with --course."
        )
    return course.resolve()


def build(course: Path, assignments: Sequence[str] = ()) -> list[str]:
    """Build the named assignments, or all, and return their names.

    Nothing in ``course/`` changes unless every source is right.
    Raises UserError (SourceError for a wrong source).
    """
    course = course_folder(course)
    solutions = course / "solutions"
    known = assignment_names(solutions)
    for name in assignments:
        if name not in known:
            raise UserError(f"There is no assignment {name!r}; there are {', '.join(known)}.")
    sources = [read_source(solutions / name) for name in dict.fromkeys(assignments or known)]
    keys = {source.assignment: compile_public(source) for source in sources if source.exercises}
    with tempfile.TemporaryDirectory() as scratch:
        for source in sources:
            write_notebook(source)
            if source.assignment in keys:
                (source.folder / KEY).write_bytes(keys[source.assignment])
            release(course, source, Path(scratch))
        for source in sources:
            replace_folder(Path(scratch) / source.assignment, course / "course" / source.assignment)
    return [source.assignment for source in sources]


def write_notebook(source: Source) -> Path:
    """Write the instructor's ``.ipynb`` beside its Markdown."""
    path = source.folder / f"{source.name}.ipynb"
    path.write_text(to_json(source.notebook), encoding="utf-8")
    return path


def to_json(notebook: NotebookNode) -> str:
    """Return a notebook's text, always with a line end."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def load_config(course: Path) -> Config:
    """Return the course's nbgrader configuration."""
    try:
        return PyFileConfigLoader(CONFIG, path=str(course)).load_config()
    except (Exception, SystemExit) as error:
        raise UserError(f"{course / CONFIG} does not run: {error}") from None


class _quiet:
    """nbgrader's steps log every file; a build says only what is wrong."""

    def __enter__(self) -> None:
        self._level = logging.root.manager.disable
        logging.disable(logging.CRITICAL)

    def __exit__(self, *_: object) -> None:
        logging.disable(self._level)


def release(course: Path, source: Source, destination: Path, database: bool = False) -> None:
    """Run nbgrader's generate_assignment for one assignment into another folder.

    With ``database`` the assignment is put into the gradebook too.
    """
    config = Config(load_config(course))
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.release_directory = str(destination)
    config.CourseDirectory.assignment_id = source.assignment
    config.CourseDirectory.student_id = "."
    config.GenerateAssignment.no_database = not database
    config.GenerateAssignment.force = True
    config.SaveCells.enabled = database  # what nbgrader's own --no-db does
    try:
        step = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
        with _quiet():
            step.start()
    except Exception as error:
        raise SourceError(
            f"{source.assignment}: nbgrader could not make the release: {error}"
        ) from None
    path = destination / source.assignment / f"{source.name}.ipynb"
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    notebook.metadata.pop("jupytext", None)
    path.write_text(to_json(notebook), encoding="utf-8")


def replace_folder(new: Path, old: Path) -> None:
    """Put a freshly made folder in the place of the old one."""
    if old.exists():
        shutil.rmtree(old)
    old.parent.mkdir(exist_ok=True)
    shutil.copytree(new, old)
    for path in old.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
