"""Hidden keys, compiled once and kept: to compile one, a dozen networks may be trained.

A kept key is used only while all that went into it is what it was: the seed, the
assignment's sources and what they import, this code, the data, NumPy. Else it is
compiled anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import cnnkit
from autograder.keys import compile_hidden
from autograder.ordinary import read_ordinary
from autograder.source import Source
from cnnkit.key import FILE_NAME, ExerciseKey, KeyFileError, read_key, write_key

MADE = {".ipynb", ".pyc"}
"""What a build or a run leaves in a folder of sources; nothing depends on it."""
MOST_FILES, MOST_BYTES = 5000, 256 * 2**20
"""Where there is more than this to look through, compiling is as quick."""
SEAL = 32


def hidden_keys(source: Source, seed: int, kept: Path) -> tuple[ExerciseKey, ...]:
    """Return an assignment's hidden keys, from the folder ``kept`` if they are there.

    Raises SourceError if they cannot be compiled. Where the folder cannot be written, or
    it cannot be said what they depend on, they are compiled each time.
    """
    made_from = _made_from(source, seed)
    path = kept / f"{source.assignment}-{made_from}.npz"
    with contextlib.suppress(OSError, KeyFileError):
        if made_from is not None:
            return _read(_unsealed(read_ordinary(path, MOST_BYTES, links=True), path), source)
    data = write_key(compile_hidden(source, seed))
    # compiling may have imported more, and somebody may have changed a file meanwhile
    if made_from is not None and made_from == _made_from(source, seed):
        with contextlib.suppress(OSError):
            _keep(path, _seal(data, path) + data)
    return _read(data, source)


def _read(data: bytes, source: Source) -> tuple[ExerciseKey, ...]:
    return tuple(read_key(data, exercise.id) for exercise in source.exercises)


def _seal(data: bytes, path: Path) -> bytes:
    return hashlib.blake2b(data, key=path.stem[-SEAL:].encode(), digest_size=SEAL).digest()


def _unsealed(content: bytes, path: Path) -> bytes:
    """Return a kept key; KeyFileError if this is not, byte for byte, what was kept there."""
    seal, data = content[:SEAL], content[SEAL:]
    if seal != _seal(data, path):
        raise KeyFileError
    return data


def _keep(path: Path, content: bytes) -> None:
    """Write a key, whole or not at all, in the place of older ones of its assignment."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=path.parent)  # for its owner only
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    assignment = path.stem.rpartition("-")[0]
    for old in path.parent.glob("*.npz"):
        if old != path and old.stem.rpartition("-")[0] == assignment:
            old.unlink(missing_ok=True)


def _made_from(source: Source, seed: int) -> str | None:
    """Return a digest of all that a hidden key depends on; None where there is no saying."""
    whole = hashlib.blake2b(digest_size=16)
    whole.update(repr((seed, np.__version__, sys.version_info[:2])).encode())
    room, count = MOST_BYTES, 0
    try:
        for name, path in _files(source.folder):
            content = read_ordinary(path, room, links=True)
            room, count = room - len(content), count + 1
            if count > MOST_FILES:
                return None
            whole.update(os.fsencode(name) + b"\0" + hashlib.blake2b(content).digest())
    except OSError:
        return None
    return whole.hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield each file that a key of the sources in ``folder`` may depend on, with its name."""
    yield from _inside(folder)
    for path in sorted(folder.parent.iterdir()):  # what assignments share may lie beside them
        if path.is_file() and path.name[0] != ".":
            yield f"../{path.name}", path
        elif path.is_dir() and _counts(path.name) and not (path / "exercises.py").is_file():
            yield from ((f"../{path.name}/{name}", inner) for name, inner in _inside(path))
    assert cnnkit.__file__ is not None
    ours = (Path(__file__).parent, Path(cnnkit.__file__).parent)
    for package in ours:
        yield from _inside(package)
    known = (folder, *ours, *map(Path, {*sysconfig.get_paths().values(), sys.prefix}))
    for name, module in sorted(sys.modules.items()):
        path = Path(getattr(module, "__file__", None) or __file__)
        if name != "__main__" and path.is_file() and not any(map(path.is_relative_to, known)):
            yield name, path


def _counts(name: str) -> bool:
    return name[0] != "." and name != "__pycache__"


def _inside(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files in a folder, also in folders linked there; OSError for too many places."""
    for number, (place, folders, names) in enumerate(os.walk(folder, followlinks=True)):
        if number > MOST_FILES:
            raise OSError
        folders[:] = sorted(filter(_counts, folders))
        for name in sorted(names):
            path = Path(place, name)
            made = path.suffix in MADE or name == FILE_NAME
            if name[0] != "." and not (made and Path(place) == folder) and path.is_file():
                yield str(path.relative_to(folder)), path
