"""Hidden keys, compiled once and kept: to compile one, a dozen networks may be trained.

A kept key is used only while all that went into it is what it was: the seed, the
assignment's sources, this code, the data, NumPy. Else it is compiled anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import cnnkit
from autograder.keys import compile_hidden
from autograder.source import Source
from cnnkit.key import ExerciseKey, KeyFileError, read_key, write_key

MADE = {".ipynb", ".npz", ".pyc"}
"""What a build or a run leaves in a folder of sources; nothing depends on it."""


def hidden_keys(source: Source, seed: int, kept: Path) -> tuple[ExerciseKey, ...]:
    """Return an assignment's hidden keys, from the folder ``kept`` if they are there.

    Raises SourceError if they cannot be compiled. Where the folder cannot be written
    they are compiled each time.
    """
    path = kept / f"{source.assignment}-{_made_from(source, seed)}.npz"
    with contextlib.suppress(OSError, KeyFileError):
        return _read(path.read_bytes(), source)
    data = write_key(compile_hidden(source, seed))
    with contextlib.suppress(OSError):
        _keep(path, data)
    return _read(data, source)


def _read(data: bytes, source: Source) -> tuple[ExerciseKey, ...]:
    return tuple(read_key(data, exercise.id) for exercise in source.exercises)


def _keep(path: Path, data: bytes) -> None:
    """Write a key, whole or not at all, in the place of older ones of its assignment."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=path.parent)  # for its owner only
    with open(descriptor, "wb") as file:
        file.write(data)
    Path(part).replace(path)
    assignment = path.stem.rpartition("-")[0]
    for old in path.parent.glob("*.npz"):
        if old != path and old.stem.rpartition("-")[0] == assignment:
            old.unlink(missing_ok=True)


def _made_from(source: Source, seed: int) -> str:
    """Return a digest of all that a hidden key depends on."""
    whole = hashlib.blake2b(digest_size=16)
    whole.update(repr((seed, np.__version__, sys.version_info[:2])).encode())
    assert cnnkit.__file__ is not None
    for folder in (source.folder, Path(__file__).parent, Path(cnnkit.__file__).parent):
        for path in _files(folder):
            content = hashlib.blake2b(path.read_bytes()).digest()
            whole.update(str(path.relative_to(folder)).encode() + b"\0" + content)
    return whole.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        made = path.suffix in MADE and len(parts) == 1  # cnnkit's data is further down
        if path.is_file() and not hidden and not made:
            yield path
