"""Collecting submissions: what nbgrader does, and the released name for what has another.

nbgrader looks for notebooks only. A submission that came as a ``.zip``, in a folder of
its own, or under another name is found here, so that ``nbgrader autograde`` and the
button in formgrader see it too.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.exchange.default import ExchangeCollect

from autograder.mend import Unreadable, clean_name, collect_files, find_notebook


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


def copy_ordinary(source: Path, target: Path) -> list[str]:
    """Copy a folder's ordinary files; return what was left out.

    A link in a shared folder would be followed with the instructor's rights, to another's
    submission or to a secret, and a FIFO would be waited for.
    """
    left_out = []
    target.mkdir()
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    root = os.open(source, flags | os.O_DIRECTORY)
    try:
        for where, folders, names, descriptor in os.fwalk(".", dir_fd=root):
            linked = [name for name in folders if _is_link(name, descriptor)]
            left_out += [str(Path(where, name)) for name in linked]
            for name in set(folders) - set(linked):
                (target / where / name).mkdir()
            for name in names:
                try:
                    with open(os.open(name, flags, dir_fd=descriptor), "rb") as file:
                        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                            raise OSError
                        with (target / where / name).open("wb") as copy:
                            shutil.copyfileobj(file, copy)
                except OSError:
                    left_out.append(str(Path(where, name)))
    finally:
        os.close(root)
    return left_out


def _is_link(name: str, descriptor: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode)


class Collect(ExchangeCollect):
    """nbgrader's collect; after it, every submission has a notebook of the released name."""

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy one submission: its ordinary files, and say what was none."""
        with tempfile.TemporaryDirectory() as scratch:
            clean = Path(scratch, "submission")
            try:
                left_out = copy_ordinary(Path(src), clean)
            except OSError as error:
                self.log.error("%s was not collected: %s", clean_name(src), error.strerror)
                return
            for name in left_out:
                self.log.warning(
                    "%s: “%s” is a link or no file; it was not collected.",
                    clean_name(Path(src).name), clean_name(name),
                )
            super().do_copy(str(clean), dest, log)

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
