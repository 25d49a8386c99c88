"""Read files of which it is not known what they are."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_ordinary(path: Path, most: int | None = None, links: bool = False) -> bytes:
    """Return the bytes of an ordinary file of no more than ``most`` bytes.

    Raises OSError for all else: a folder, a FIFO (which is not waited for), a device and,
    unless ``links`` says otherwise, a link.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    descriptor = os.open(path, flags if links else flags | os.O_NOFOLLOW)
    with open(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or (most is not None and about.st_size > most):
            raise OSError
        return file.read()
