"""When a submission was handed in: read from a file that its sender may have written."""

from __future__ import annotations

import os
import stat
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

TIMESTAMP = "timestamp.txt"
_LONGEST = 100
_YEARS = range(1971, 2200)  # time zones are added to it: the calendar's ends are too near


def submitted_at(folder: Path) -> datetime | None:
    """Return what a submission's ``timestamp.txt`` says, in UTC; None if it says no time.

    A link, a FIFO and whatever else is no short text with a time in it says none.
    """
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with open(os.open(folder / TIMESTAMP, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            data = file.read(_LONGEST + 1)
    except OSError:
        return None
    return parsed(data.decode("utf-8", "replace").strip()) if len(data) <= _LONGEST else None


def parsed(text: str) -> datetime | None:
    """Return the time that a text says, in UTC and without a time zone; None if it says none."""
    zone = text.split(" ")[-1].lstrip(":")
    if not text or not text.isascii() or zone.startswith("/") or ".." in zone:
        return None  # a time zone is also looked up as a file's path
    try:
        time = parse_utc(text)
    except Exception:  # dateutil raises many kinds at what is none
        return None
    return time if isinstance(time, datetime) and time.year in _YEARS else None
