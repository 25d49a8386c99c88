"""Read the files of a submission without trusting any of them."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.mend import archives
from autograder.mend.text import clean_name

MAX_FILE = 64 * 2**20
MAX_TOTAL = 192 * 2**20
MAX_FILES = 1000
MAX_DEPTH = 24
KEPT_FREE = 64 * 2**20
"""So much room is kept for what may be a notebook, whatever else lies beside it."""
KEPT_PLACES = 100
"""So many more files are taken if they may be a notebook."""
MAX_NESTED = 3
"""So often an archive may lie in another."""
MAX_ENTRIES = 20_000
"""So many names are looked at in one submission, whatever they are."""

_DRIVE = re.compile(r"[A-Za-z]:")
LEFT_OUT = (
    "__pycache__", ".git", "node_modules", ".venv", "venv", "site-packages", "__MACOSX",
    ".DS_Store",
)
"""Folders and files that are never part of what a learner means to hand in."""


@dataclass(frozen=True)
class Collected:
    """A submission's files by relative path (with ``/``), and why others were refused."""

    files: dict[str, bytes]
    refused: tuple[str, ...] = ()


class _Taken:
    """Files taken so far, within the limits."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.refused: list[str] = []
        self.size = 0
        self.budget = archives.Budget(2 * MAX_TOTAL)

    def room(self, name: str) -> int:
        kept = 0 if may_be_work(name) else min(KEPT_FREE, MAX_TOTAL // 2)
        return max(0, min(MAX_FILE, MAX_TOTAL - kept - self.size))

    def refuse(self, name: str, why: str) -> None:
        if len(self.refused) < 50:
            self.refused.append(f"“{clean_name(name)}” {why}")

    def add(self, name: str, data: bytes) -> None:
        self.files[name] = data
        self.size += len(data)

    def full(self, name: str) -> bool:
        if len(self.files) >= MAX_FILES + KEPT_PLACES * may_be_work(name):
            self.refuse(name, f"was left out: a submission may have {MAX_FILES} files.")
            return True
        return False


def may_be_work(name: str) -> bool:
    """Whether a file may well be a notebook, or hold one, by its name."""
    return name.lower().endswith((".ipynb", *archives.SUFFIXES))


def collect_files(folder: Path) -> Collected:
    """Read a submission's folder.

    Links are not followed, and FIFOs, sockets and devices are not opened: each is
    named in ``refused``, one sentence each, as is what is too large or too much.
    Archives are kept as they are and unpacked as well, into a folder of their name.
    A folder that cannot be read gives no files and the reason.
    """
    taken = _Taken()
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return Collected({}, (f"The folder “{clean_name(folder.name)}” cannot be read.",))
    _read_folder(descriptor, taken)
    for name, data in list(taken.files.items()):
        if archives.is_archive(name, data):
            _unpack(name, data, taken)
    return Collected(taken.files, tuple(taken.refused))


def _read_folder(descriptor: int, taken: _Taken) -> None:
    """Read level by level, so that a deep folder does not crowd out the notebook."""
    waiting: list[tuple[int, str, int]] = [(descriptor, "", 0)]
    seen = 0
    while waiting:
        folder, prefix, depth = waiting.pop(0)
        try:
            for entry in _names(folder):
                seen += 1
                if seen > MAX_ENTRIES:
                    taken.refuse(prefix or ".", "holds too many names; the rest was left out.")
                    break
                name = prefix + entry.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                inner = _read_entry(folder, entry, name, taken)
                if inner is None:
                    continue
                if depth >= MAX_DEPTH or len(waiting) > 200:
                    taken.refuse(name, "lies too deep; it was left out.")
                    os.close(inner)
                else:
                    waiting.append((inner, f"{name}/", depth + 1))
        finally:
            os.close(folder)
        if seen > MAX_ENTRIES:
            for rest, _, _ in waiting:
                os.close(rest)
            return


def _names(folder: int) -> Iterator[str]:
    try:
        names = sorted(os.listdir(folder), key=lambda name: (not may_be_work(name), name))
    except OSError:
        return
    yield from (name for name in names if name not in LEFT_OUT)


def _read_entry(folder: int, entry: str, name: str, taken: _Taken) -> int | None:
    """Take a file in; return the descriptor of a folder."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    try:
        before = os.stat(entry, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISLNK(before.st_mode):
            taken.refuse(name, "is a link; links are not followed.")
            return None
        if stat.S_ISDIR(before.st_mode):
            return os.open(entry, flags | os.O_DIRECTORY, dir_fd=folder)
        if not stat.S_ISREG(before.st_mode):
            taken.refuse(name, f"is {_kind(before.st_mode)}, not a file; it was not opened.")
            return None
        descriptor = os.open(entry, flags, dir_fd=folder)
    except OSError:
        taken.refuse(name, "cannot be read.")
        return None
    with os.fdopen(descriptor, "rb") as file:
        now = os.fstat(file.fileno())
        if not stat.S_ISREG(now.st_mode):  # exchanged between looking and opening
            taken.refuse(name, "is no file; it was not read.")
        elif now.st_size > taken.room(name):
            taken.refuse(name, f"is too large ({now.st_size / 2**20:.0f} MiB); it was left out.")
        elif not taken.full(name):
            try:
                data = file.read(taken.room(name) + 1)
            except OSError:
                taken.refuse(name, "cannot be read.")
                return None
            if len(data) > taken.room(name):
                taken.refuse(name, "is too large; it was left out.")
            else:
                taken.add(name, data)
    return None


def _kind(mode: int) -> str:
    for test, word in (
        (stat.S_ISFIFO, "a FIFO"), (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"),
    ):
        if test(mode):
            return word
    return "something special"


def unpack(name: str, data: bytes) -> Collected:
    """Unpack an archive in memory.

    Paths out of the archive, links, encrypted and damaged entries and bombs are named
    in ``refused``.
    """
    return unpack_all({name: data})


def unpack_all(packed: Mapping[str, bytes]) -> Collected:
    """Unpack several archives in memory, within the limits of one submission."""
    taken = _Taken()
    for name, data in packed.items():
        _unpack(name, data, taken)
    return Collected(taken.files, tuple(taken.refused))


def _unpack(name: str, data: bytes, taken: _Taken, depth: int = 0) -> None:
    try:
        for number, entry in enumerate(archives.entries(name, data, taken.budget)):
            if number >= MAX_ENTRIES:
                taken.refuse(name, "holds too many files; the rest was left out.")
                break
            _unpack_entry(name, entry, taken, depth)
    except archives.ERRORS:
        why = "is a damaged archive" if taken.budget.left >= 0 else "unpacks to too much"
        taken.refuse(name, f"{why}; it cannot be unpacked.")


def _unpack_entry(name: str, entry: archives.Packed, taken: _Taken, depth: int) -> None:
    # half characters and bytes that are no text cannot be hashed, written or shown
    inner = entry.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    shown = f"{name}: {inner}"
    path = PurePosixPath(inner)
    if any(part in LEFT_OUT for part in path.parts):
        return
    outside = path.is_absolute() or ".." in path.parts or bool(_DRIVE.match(inner)) or "\0" in inner
    if outside or not path.name or len(path.parts) > MAX_DEPTH:
        taken.refuse(shown, "has a path that leads out of the archive; it was left out.")
        return
    if entry.special:
        taken.refuse(shown, "is a link or a special file; it was left out.")
        return
    if entry.encrypted:
        taken.refuse(shown, "is encrypted; hand it in without a password.")
        return
    where = f"{archives.folder_of(name)}/{path.as_posix()}"
    if where in taken.files or taken.full(shown):
        return
    room = taken.room(inner)
    if entry.size > room:  # not read: unpacking what is refused costs time, too
        taken.refuse(shown, "unpacks to too much; it was left out.")
        return
    try:
        content = entry.read(room + 1)
    except archives.ERRORS:
        why = "is damaged" if taken.budget.left >= 0 else "unpacks to too much"
        taken.refuse(shown, f"{why}; it cannot be unpacked.")
        return
    if len(content) > room:
        taken.refuse(shown, "unpacks to too much; it was left out.")
        return
    taken.add(where, content)
    if depth < MAX_NESTED and archives.is_archive(where, content):
        _unpack(where, content, taken, depth + 1)


def digest(files: Mapping[str, bytes]) -> str:
    """Return a hash of a submission's files: their names and what is in them."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(f"{name}\0{len(files[name])}\0".encode())
        total.update(files[name])
    return total.hexdigest()
