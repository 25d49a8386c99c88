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
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.exchange.default import ExchangeCollect

from autograder.mend import Unreadable, clean_name, collect_files, find_notebook, plain
from autograder.times import TIMESTAMP, parsed, submitted_at


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


def copy_ordinary(source: Path, target: Path, room: int) -> list[str]:
    """Copy a folder's ordinary files; return what was left out.

    A link in a shared folder would be followed with the instructor's rights, to another's
    submission or to a secret, and a FIFO would be waited for. A file may say that it is a
    terabyte and hold nothing: what is more than ``room`` bytes in all is left out, too.
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
                        known = os.fstat(file.fileno())
                        if not stat.S_ISREG(known.st_mode) or known.st_size > room:
                            raise OSError
                        room -= known.st_size
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

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """Return whose submission a folder is, and of when; nobody's, where its name says none.

        Everybody may write to the folder they lie in: one name must not stop them all.
        """
        name = Path(path).name
        user, _, time, *_ = [*name.rsplit("+", 3), "", ""]
        known = parsed(time)
        bad = user != plain(user) or user.startswith(".") or "\n" in user
        if known is None or bad or Path(path).is_symlink() or not Path(path).is_dir():
            return {"username": f"{name}/", "filename": name, "timestamp": datetime.min}
        return {"username": user, "filename": name, "timestamp": known}

    def init_src(self) -> None:
        """Find the submissions, and say which folders are none."""
        super().init_src()
        for record in [record for record in self.src_records if record["username"][-1:] == "/"]:
            self.src_records.remove(record)
            self.log.error(
                "“%s” is not called, or not made, as nbgrader's submissions are; it was not "
                "collected.", clean_name(record["filename"]),
            )

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy one submission: its ordinary files, and say what was none."""
        with tempfile.TemporaryDirectory() as scratch:
            clean = Path(scratch, "submission")
            try:
                room = 1000 * (self.coursedir.max_dir_size - 1)
                left_out = copy_ordinary(Path(src), clean, room)
            except OSError as error:
                self.log.error("%s was not collected: %s", clean_name(src), error.strerror)
                return
            for name in left_out:
                self.log.warning(
                    "%s: “%s” is a link, no file or too large; it was not collected.",
                    clean_name(Path(src).name), clean_name(name),
                )
            if submitted_at(clean) is None:  # what is no time would stop nbgrader later
                shutil.rmtree(clean / TIMESTAMP, ignore_errors=True)
                time = self._path_to_record(src)["timestamp"]
                (clean / TIMESTAMP).write_text(f"{time} UTC")
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
