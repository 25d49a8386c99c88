"""nbgrader's gradebook: what marking needs in it, and what to do where it cannot be had."""

from __future__ import annotations

import tempfile
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import ArgumentError, DBAPIError

from autograder.build import release, write_notebook
from autograder.errors import UserError
from autograder.mark import Assignment
from autograder.source import CHECK, read_source


def ensure_assignment(course: Path, coursedir: CourseDirectory, assignment: Assignment) -> None:
    """Put the assignment and its points into the gradebook, by nbgrader's own step."""
    name = assignment.name
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            notebook = gradebook.find_notebook(assignment.notebook_name, name)
        except MissingEntry:
            gradebook.update_or_create_assignment(name)
        else:
            points = {CHECK + key.id: key.points for key in assignment.keys}
            cells = {
                cell.name: cell.max_score
                for cell in notebook.grade_cells if cell.name.startswith(CHECK)
            }
            if cells == points:
                return
            if cells.keys() != points.keys() and notebook.submissions:
                raise UserError(
                    f"The exercises of {name} are others than in the gradebook, and nbgrader "
                    "adds none to an assignment that has submissions. With nbgrader db "
                    f"assignment remove {name} --force, which forgets marks given by hand, and "
                    "then this with --force, all are marked anew."
                )
    source = read_source(course / "solutions" / assignment.name)
    write_notebook(source)
    with tempfile.TemporaryDirectory() as scratch:
        release(course, source, Path(scratch), database=True)


def database_trouble(error: Exception) -> str:
    """Return what to do about a gradebook that cannot be reached, in one sentence or two."""
    if isinstance(error, ModuleNotFoundError):
        return (
            f"The gradebook's address (c.CourseDirectory.db_url) asks for the Python package "
            f"{error.name!r}, which is not installed."
        )
    said = [
        *str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines(),
        type(error).__name__,
    ]
    if isinstance(error, ArgumentError):
        return f"The gradebook's address (c.CourseDirectory.db_url) is wrong: {said[0]}"
    if "not a database" in said[0] or "malformed" in said[0]:
        return (
            f"The gradebook is damaged ({said[0]}): put your last copy of gradebook.db in its "
            "place; or move it away and run this with --force, which marks all again into a "
            "new one."
        )
    return (
        f"The gradebook cannot be used ({said[0]}). What "
        "was marked before is kept; run the same command again to go on."
    )
