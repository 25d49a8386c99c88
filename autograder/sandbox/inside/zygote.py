"""The process that has imported everything, and forks one kernel per submission.

It is the first and only program of its bubblewrap sandbox, and runs no learner's code:
it holds the capabilities of the sandbox's user namespace, which each child uses to wall
itself in and then gives up.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import platform
import select
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import kernel, linux, seccomp, walls, watch

_TICK = 0.1  # seconds between two looks at the memory of running kernels
_PATIENCE = 4  # so many looks in a row a kernel may be a crowd


@dataclass(frozen=True)
class Order:
    """A kernel, as the host asks the zygote for it.

    The submission's files and the connection's key are not in it: the kernel itself reads
    them from `report`, so that nothing of them is in the memory that the next one inherits.
    """

    limits: Mapping[str, int]
    doors: Mapping[str, int]
    report: int


@dataclass
class Running:
    """A kernel that runs: its process, and the socket on which the host learns its end."""

    pid: int
    pidfd: int
    report: socket.socket
    limits: Mapping[str, int]
    reason: str = ""
    crowded: int = 0


def main(control_descriptor: int, added: Sequence[str]) -> None:
    """Prepare, say so, and fork kernels until the host hangs up.

    Modules are found in the standard library first, then in the folders `added`, and in
    the notebook's folder last, so that nothing in it can stand in for anything else.
    """
    path = [*(place for place in sys.path if place not in added), *added]
    sys.path[:] = path
    control = socket.socket(fileno=control_descriptor)
    control.set_inheritable(False)
    prepared = kernel.prepare()
    filter_bytes = seccomp.program(platform.machine())
    gc.collect()
    gc.freeze()  # so that no collection in a child touches, and copies, these pages
    # by this the host can end a zygote that no longer listens
    socket.send_fds(control, [b"ready"], [os.pidfd_open(os.getpid())])
    _loop(control, prepared, filter_bytes, tuple(path))


def _loop(
    control: socket.socket, prepared: Any, filter_bytes: bytes, path: tuple[str, ...]
) -> None:
    own_processes = os.open("/proc/self/ns/pid", os.O_RDONLY)
    running: dict[int, Running] = {}
    retired = False
    while running or not retired:
        watched: list[Any] = [control, *running]
        ready, _, _ = select.select(watched, [], [], _TICK if running else None)
        for descriptor in ready:
            if isinstance(descriptor, int):
                _bury(running.pop(descriptor))
                continue
            words, descriptors, _, _ = socket.recv_fds(control, 4096, 6)
            if not words:  # the host has gone
                return
            if words == b"retire":
                retired = True
                continue
            *doors, report = descriptors
            named = dict(zip(kernel.CHANNELS, doors, strict=True))
            order = Order(json.loads(words), named, report)
            child = _fork(order, prepared, filter_bytes, path, own_processes)
            running[child.pidfd] = child
        for child in running.values():
            child.crowded = child.crowded + 1 if watch.is_crowd(child.pid) else 0
            if child.crowded > _PATIENCE:
                watch.stand_back(child.pid)
            excess = watch.excess(child.pid, child.limits)
            if excess and not child.reason:
                child.reason = excess
                signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)


def _fork(
    order: Order, prepared: Any, filter_bytes: bytes, path: tuple[str, ...], own: int
) -> Running:
    linux.unshare(linux.CLONE_NEWPID)
    pid = os.fork()
    if pid == 0:
        _live(order, prepared, filter_bytes, path)
    linux.setns(own, linux.CLONE_NEWPID)
    for door in order.doors.values():
        os.close(door)
    report = socket.socket(fileno=order.report)
    pidfd = os.pidfd_open(pid)
    with contextlib.suppress(OSError):
        socket.send_fds(report, [b'{"started": true}\n'], [pidfd])
    return Running(pid, pidfd, report, order.limits)


def _live(order: Order, prepared: Any, filter_bytes: bytes, path: tuple[str, ...]) -> None:
    """The life of one kernel. Never returns."""
    loop = None
    try:
        report = socket.socket(fileno=order.report)
        keep = {*order.doors.values(), order.report}
        try:
            walls.go_behind(order.limits, keep)
            files, key, canary = _read(report)
            walls.lay(files)
            kernel.forget_the_common_past([*path, walls.FOLDER])
            seccomp.install(filter_bytes)
            found = walls.check(canary, path, frozenset(keep))
            canary.clear()
            if not found:
                loop = kernel.attach(prepared, key, order.doors)
        except Exception as error:
            found = [f"it could not be walled in ({type(error).__name__}: {error})"]
        report.sendall(json.dumps({"problems": found}).encode() + b"\n")
        report.close()
        if loop is not None:
            loop.start()
    finally:
        os._exit(0)


def _read(report: socket.socket) -> tuple[dict[str, bytes], bytes, dict[str, Any]]:
    """What the host sends this kernel alone: its files, its key, what the probe must try."""
    with report.makefile("rb") as stream:
        head = json.loads(stream.readline())
        files = {name: stream.read(size) for name, size in head["files"]}
    return files, head["key"].encode(), head["canary"]


def _bury(child: Running) -> None:
    _, status = os.waitpid(child.pid, 0)
    last = {"exit": os.waitstatus_to_exitcode(status), "reason": child.reason}
    with contextlib.suppress(OSError):
        child.report.sendall(json.dumps(last).encode() + b"\n")
    child.report.close()
    os.close(child.pidfd)
