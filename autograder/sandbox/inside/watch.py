"""Adds up what all the processes of one kernel take, which no per-process limit does."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path


def excess(first: int, limits: Mapping[str, int]) -> str:
    """Why the kernel whose first process is `first` must die; empty while it may live."""
    members = list(_processes_of(first))
    if len(members) > limits["processes"]:
        return "processes"
    if sum(map(_resident, members)) <= limits["memory"]:
        return ""
    # pages that the processes share were counted once for each of them
    if sum(map(_proportional, members)) <= limits["memory"]:
        return ""
    return "memory"


def _processes_of(first: int) -> Iterator[int]:
    """The processes in the process namespace of `first`, itself included."""
    try:
        wanted = Path(f"/proc/{first}/ns/pid").readlink()
    except OSError:
        return
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if Path(entry.path, "ns/pid").readlink() == wanted:
                    yield int(entry.name)


def _resident(pid: int) -> int:
    """Bytes of anonymous and shared memory in use, shared pages in full."""
    return _kilobytes(f"/proc/{pid}/status", ("RssAnon:", "RssShmem:"))


def _proportional(pid: int) -> int:
    """Bytes of anonymous and shared memory in use, shared pages divided by their users."""
    return _kilobytes(f"/proc/{pid}/smaps_rollup", ("Pss_Anon:", "Pss_Shmem:"))


def _kilobytes(path: str, names: tuple[str, ...]) -> int:
    total = 0
    with contextlib.suppress(OSError), open(path) as file:
        for line in file:
            if line.startswith(names):
                total += int(line.split()[1])
    return 1024 * total
