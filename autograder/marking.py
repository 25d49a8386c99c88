"""Make ready for marking: compile the hidden key, take the release as it is."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

import nbformat
from nbformat.reader import NotJSONError

from autograder.build import CONFIG, course_folder, load_config
from autograder.errors import UserError
from autograder.kept_keys import hidden_keys
from autograder.mark import Assignment
from autograder.ordinary import read_ordinary
from autograder.source import Source, read_source

STATE = ".autograder"
SEED_FILE = "hidden-seed"
KEYS = "keys"


def hidden_seed(course: Path) -> int:
    """Return the course's secret seed: from nbgrader_config.py, else made once and kept."""
    configured = load_config(course).get("Autograder", {}).get("hidden_seed")
    if configured is not None:
        try:
            return _positive(int(configured))
        except ValueError:
            raise UserError(
                f"Autograder.hidden_seed in {CONFIG} must be a whole number above 0."
            ) from None
    path = course / STATE / SEED_FILE
    try:
        with contextlib.suppress(FileNotFoundError):
            return _positive(int(read_ordinary(path, 1000, links=True)))
        return _keep_seed(path, secrets.randbelow(2**31 - 2) + 1)
    except OSError:  # a course that is only read has a new one each time
        return secrets.randbelow(2**31 - 2) + 1
    except ValueError:
        raise UserError(
            f"{path} does not hold a whole number above 0; delete it to have one made."
        ) from None


def _keep_seed(path: Path, seed: int) -> int:
    """Keep a new seed, for its owner only; return it, or what another was quicker to keep."""
    path.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as part:
        part.write(f"{seed}\n")
        part.flush()
        try:
            os.link(part.name, path)
        except FileExistsError:
            pass
        except OSError:  # not every file system has links
            path.write_text(f"{seed}\n")
            path.chmod(0o600)
    return _positive(int(read_ordinary(path, 1000, links=True)))


def _positive(number: int) -> int:
    if number <= 0:
        raise ValueError
    return number


def prepare(course: Path, name: str) -> Assignment:
    """Return what marking needs of one assignment.

    Raises UserError if the assignment is not there, was never built, or is wrong.
    """
    course = course_folder(course)
    source = read_source(course / "solutions" / name)
    if not source.exercises:
        raise UserError(f"{name} has no exercises, so there is nothing to mark.")
    folder = course / "course" / name
    path = folder / f"{source.name}.ipynb"
    if not path.is_file():
        raise UserError(f"course/{name}/{path.name} is not there: run autograder build {name}.")
    beside = {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.is_symlink() and file.suffix != ".ipynb"
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    }
    return Assignment(
        name=name,
        notebook_name=source.name,
        released=released_text(path),
        keys=hidden_keys(source, hidden_seed(course), course / STATE / KEYS),
        files=beside,
        others=other_exercises(course, source),
    )


def released_text(path: Path) -> str:
    """Return a released notebook's JSON; UserError if it is damaged."""
    try:
        text = path.read_text(encoding="utf-8")
        nbformat.reads(text, as_version=4)
    except (ValueError, NotJSONError) as error:
        raise UserError(
            f"course/{path.parent.name}/{path.name} is damaged ({type(error).__name__}): run "
            f"autograder build {path.parent.name}."
        ) from None
    return text


def other_exercises(course: Path, source: Source) -> tuple[str, ...]:
    """Return the names of the course's other notebooks, to tell a mix-up from a mess."""
    return tuple(
        path.stem
        for path in sorted((course / "solutions").glob("[!._]*/*.md"))
        if path.parent.name != source.assignment
    )

