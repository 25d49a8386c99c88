"""Adds up what all the processes of one kernel take, which no per-process limit does."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_FILES = 4
"""So many times what one process may have open, all of a kernel's may together."""
_MANY, _SESSIONS = 8, 2
"""Who has more processes and threads, or sessions, busy at once is a crowd."""


def excess(first: int, limits: Mapping[str, int]) -> str:
    """Why the kernel whose first process is `first` must die; empty while it may live."""
    members = list(_processes_of(first))
    if len(members) > limits["processes"] or len(_sessions(members)) > _MANY:
        return "processes"
    # what the system keeps for an open socket, pipe or epoll is nobody's memory
    most = _FILES * limits["open_files"]
    if len(members) > _FILES and sum(map(_open_files, members)) > most:
        return "files"
    if sum(map(_resident, members)) <= limits["memory"]:
        return ""
    # pages that the processes share were counted once for each of them
    if sum(map(_proportional, members)) <= limits["memory"]:
        return ""
    return "memory"


def is_crowd(first: int) -> bool:
    """Whether so many of a kernel's processes or threads want a processor at once.

    Each waits its turn among all that are on the machine: sixty that spin would leave a
    neighbour's one a sixtieth, and its time would be up. Where Linux shares out by sessions
    first, many of these are as good. Those that sleep are in nobody's way.
    """
    busy = [task for member in _processes_of(first) for task in _tasks(member) if _runs(task)]
    return len(busy) > _MANY or len(_sessions(busy)) > _SESSIONS


def stand_back(first: int) -> None:
    """Give a kernel's crowd what time on the processors others leave, for good.

    The kernel itself is spared unless the crowd is its own threads: what is asked of it next
    is one process' work, and would come to nothing behind what a cell left running.
    """
    spared = sum(map(_runs, _tasks(first))) <= _MANY
    members = [member for member in _processes_of(first) if member != first or not spared]
    for task in [task for member in members for task in _tasks(member)]:
        with contextlib.suppress(OSError):  # RLIMIT_NICE lets nobody undo it
            os.sched_setscheduler(task, os.SCHED_IDLE, os.sched_param(0))
    sessions = _sessions(members)
    for shared in _sessions([first] if spared else []):
        sessions.pop(shared, None)  # all in it have one share together
    for member in sessions.values():
        # Linux takes ten of these a second, so some wait for the next look
        with contextlib.suppress(OSError), open(f"/proc/{member}/autogroup", "r+") as file:
            if " nice 19" not in file.read():
                file.write("19")


def _runs(task: int) -> bool:
    with contextlib.suppress(OSError, IndexError), open(f"/proc/{task}/stat") as file:
        return file.read().rpartition(") ")[2][0] == "R"
    return False


def _sessions(members: Sequence[int]) -> dict[int, int]:
    """The sessions of some processes, and one process of each."""
    found = {}
    for member in members:
        with contextlib.suppress(OSError):
            found[os.getsid(member)] = member
    return found


def _tasks(pid: int) -> list[int]:
    """The threads of a process, by their numbers."""
    with contextlib.suppress(OSError):
        return [int(entry.name) for entry in os.scandir(f"/proc/{pid}/task")]
    return []


def _open_files(pid: int) -> int:
    with contextlib.suppress(OSError):
        return sum(1 for _ in os.scandir(f"/proc/{pid}/fd"))
    return 0


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
