"""Proves, inside the kernel and before any learner's code, that the walls stand."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from . import linux

WRITABLE = ("/learner", "/tmp", "/dev/shm")


def problems(
    canary: dict[str, Any], sealed: Sequence[str], open_files: frozenset[int]
) -> list[str]:
    """What of the outside can be reached or done from here; empty when nothing can.

    Parameters
    ----------
    canary : dict
        ``files``: paths that exist outside; ``port``: a TCP port that listens on the
        host's loopback; ``abstract``: the name of a listening abstract socket there.
    sealed : sequence of str
        Folders that must be read-only.
    open_files : frozenset of int
        The descriptors this process should have, and no other.
    """
    checks: tuple[Iterator[str], ...] = (
        _privileges(),
        _forbidden_calls(),
        _processes(),
        _network(canary["port"], canary["abstract"]),
        _files(canary["files"], sealed),
        _descriptors(open_files),
    )
    return [problem for check in checks for problem in check]


def _privileges() -> Iterator[str]:
    if 0 in os.getresuid() or 0 in os.getresgid():
        yield "it runs as root"
    with open("/proc/self/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        if int(status[name], 16):
            yield f"it has capabilities ({name} {status[name]})"
    if status["NoNewPrivs"] != "1":
        yield "it can gain privileges"
    if status["Seccomp"] != "2":
        yield "its system calls are not filtered"


def _forbidden_calls() -> Iterator[str]:
    forbidden: tuple[tuple[str, Callable[[], object]], ...] = (
        ("make a user namespace", lambda: linux.unshare(linux.CLONE_NEWUSER)),
        ("mount", lambda: linux.mount("none", "/tmp", "tmpfs")),
        ("trace", lambda: linux._checked(linux.libc.ptrace(0, 0, 0, 0), "ptrace")),
    )
    for name, call in forbidden:
        try:
            call()
        except OSError as error:
            if error.errno == errno.EPERM:
                continue
        yield f"it can {name}"


def _processes() -> Iterator[str]:
    if os.getpid() != 1:
        yield "it shares its processes' numbers"
    seen = {entry.name for entry in os.scandir("/proc") if entry.name.isdigit()}
    if seen != {"1"}:
        yield "it sees other processes"


def _network(port: int, abstract: str) -> Iterator[str]:
    with open("/proc/self/net/dev") as file:
        interfaces = [line.split(":")[0].strip() for line in file.readlines()[2:]]
    if set(interfaces) - {"lo"}:
        yield f"it has a network ({', '.join(interfaces)})"
    places: tuple[tuple[int, Any], ...] = (
        (socket.AF_INET, ("127.0.0.1", port)),
        (socket.AF_UNIX, "\0" + abstract),
    )
    for family, address in places:
        try:
            with socket.socket(family) as door:
                door.settimeout(1)
                door.connect(address)
        except OSError:
            continue
        yield "it reaches the host's network"


def _files(outside: Sequence[str], sealed: Sequence[str]) -> Iterator[str]:
    for path in outside:
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        except OSError:
            continue
        yield f"it can read {path}"
    for folder in sealed:
        try:
            os.close(os.open(Path(folder, ".probe"), os.O_WRONLY | os.O_CREAT, 0o600))
        except OSError:
            continue
        yield f"it can write to {folder}"
    for folder in WRITABLE:
        if not os.access(folder, os.W_OK):
            yield f"it cannot write to {folder}"


def _descriptors(expected: frozenset[int]) -> Iterator[str]:
    listing = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY)
    try:
        found = {int(entry.name) for entry in os.scandir(listing)}
    finally:
        os.close(listing)
    # scanning a descriptor works on a duplicate, which is listed and then gone
    extra = {number for number in found - expected - {listing} if _is_open(number)}
    if extra:
        yield f"it holds open files that are not its own ({sorted(extra)})"


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
