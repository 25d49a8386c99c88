"""Take archives apart in memory: zip, tar, gzip, bzip2 and xz, whatever they are called."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, Any, cast

SUFFIXES = (
    ".zip", ".tar", ".tgz", ".tbz2", ".txz",
    *(inner + outer for inner in (".tar", ".ipynb", ".py") for outer in (".gz", ".bz2", ".xz")),
)  # fmt: skip
"""Data sets come compressed, too; what is neither a notebook nor many files stays as it is."""

_ENDINGS = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".gz", ".bz2", ".xz", ".ipynb", ".py")
_PACKED: tuple[tuple[bytes, Callable[[IO[bytes]], Any]], ...] = (
    (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
)
_IN_ZIP = b"PK\x01\x02"
MOST_NAMES = 100_000
"""So many files a zip may list: a million take seconds and a gigabyte to be read at all."""
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
ERRORS = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, ValueError, OSError,
    EOFError, NotImplementedError, RuntimeError, OverflowError, MemoryError,
)  # fmt: skip


@dataclass(frozen=True)
class Packed:
    """One file in an archive; ``read(most)`` gives at most so many bytes. It may raise ERRORS.

    ``size`` is what the archive says it is, 0 if it does not say.
    """

    name: str
    size: int
    read: Callable[[int], bytes] = field(repr=False)
    special: bool = False
    encrypted: bool = False


def is_archive(name: str, data: bytes) -> bool:
    """Whether a file is to be unpacked: by its name, or if that says little, by what is in it."""
    lower = name.lower()
    vague = lower.endswith((".ipynb", ".txt")) or "." not in PurePosixPath(lower).name
    packed = data.startswith((*_ZIPS, *(magic for magic, _ in _PACKED)))
    return lower.endswith(SUFFIXES) or (vague and packed)


def folder_of(name: str) -> str:
    """Return the folder that an archive's contents go into: its path without the endings."""
    where = name
    while where.lower().endswith(_ENDINGS):
        where = where[: where.rindex(".")]
    # "...zip" without its ending is "..", and would lead out of the submission
    bare = where.rpartition("/")[2] in ("", ".", "..")
    return f"{where}archive" if bare else where


def entries(name: str, data: bytes, budget: Budget) -> Iterator[Packed]:
    """Yield the files in an archive, folders left out. Raises ERRORS where it is damaged."""
    budget.spend(0)
    opener = next((opener for magic, opener in _PACKED if data.startswith(magic)), None)
    if opener is not None:
        with opener(io.BytesIO(data)) as file:
            start = file.read(512)
        if start[257:262] == b"ustar":
            with opener(io.BytesIO(data)) as file:
                yield from _tar(_Counted(file, budget))
        else:
            file = opener(io.BytesIO(data))
            yield Packed(_inner_name(name), 0, _Counted(file, budget).read)
    elif data[257:262] == b"ustar" or name.lower().endswith(".tar"):
        yield from _tar(_Counted(io.BytesIO(data), budget))
    elif data.count(_IN_ZIP) > MOST_NAMES:  # its list of them is read as a whole
        raise OSError("it holds too many files")
    else:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            # notebooks first: there may be more in it than is taken
            for entry in sorted(archive.infolist(), key=_is_other):
                if not entry.is_dir():
                    yield _zipped(archive, entry, budget)


def _is_other(entry: zipfile.ZipInfo) -> bool:
    return not entry.filename.lower().endswith(".ipynb")


class Budget:
    """How many bytes may still be unpacked of one submission, whatever becomes of them."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, size: int) -> None:
        """Take note of bytes that were unpacked. Raises OSError where they are too many."""
        self.left -= size
        if self.left < 0:
            raise OSError("it unpacks to too much")


class _Counted:
    """A stream whose bytes are counted."""

    def __init__(self, file: IO[bytes], budget: Budget) -> None:
        self._file, self._budget = file, budget

    def read(self, size: int) -> bytes:
        """Read on. Raises OSError."""
        data = self._file.read(max(0, min(size, self._budget.left + 1)))
        self._budget.spend(len(data))
        return data


def _inner_name(name: str) -> str:
    """Return what a file was called before it was packed by itself."""
    last = PurePosixPath(name).name
    return last if last.lower().endswith(".ipynb") else last[: last.rindex(".")] or "file"


def _zipped(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget) -> Packed:
    def read(most: int) -> bytes:
        with archive.open(entry) as file:
            return _Counted(file, budget).read(most)

    kind = stat.S_IFMT(entry.external_attr >> 16)
    return Packed(
        entry.filename.replace("\\", "/"), entry.file_size, read,
        special=kind not in (0, stat.S_IFREG), encrypted=bool(entry.flag_bits & 0x1),
    )


def _tar(file: _Counted) -> Iterator[Packed]:
    """Read as a stream, once, so that each file is to be read before the next is asked for."""
    with tarfile.open(fileobj=cast(IO[bytes], file), mode="r|") as archive:
        for member in archive:
            if not member.isdir():
                inner = archive.extractfile(member) if member.isreg() else None
                read = inner.read if inner is not None else lambda most: b""
                yield Packed(member.name, member.size, read, special=inner is None)
