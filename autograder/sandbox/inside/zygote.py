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


@dataclass(frozen=True)
class Request:
    """One submission's kernel, as the host asks for it."""

    key: bytes
    files: Mapping[str, bytes]
    limits: Mapping[str, int]
    canary: Mapping[str, Any]
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
        watched: list[Any] = [*running] if retired else [control, *running]
        ready, _, _ = select.select(watched, [], [], _TICK if running else None)
        for descriptor in ready:
            if descriptor is control:
                request = _receive(control)
                if request is None:
                    return
                if request == "retire":
                    retired = True
                    continue
                assert isinstance(request, Request)
                child = _fork(request, prepared, filter_bytes, path, own_processes)
                running[child.pidfd] = child
            else:
                _bury(running.pop(descriptor))
        for child in running.values():
            excess = watch.excess(child.pid, child.limits)
            if excess and not child.reason:
                child.reason = excess
                signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)


def _receive(control: socket.socket) -> Request | str | None:
    """The next request; ``"retire"``; or None when the host has hung up."""
    head, descriptors, _, _ = socket.recv_fds(control, 8, 6)
    if not head:
        return None
    while len(head) < 8:
        head += control.recv(8 - len(head))
    sizes = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
    if sizes == (0, 0):
        return "retire"
    with control.makefile("rb", buffering=0) as stream:
        message = json.loads(_exactly(stream, sizes[0]))
        blob = _exactly(stream, sizes[1])
    files, at = {}, 0
    for name, size in message["files"]:
        files[name] = blob[at : at + size]
        at += size
    *doors, report = descriptors
    return Request(
        message["key"].encode(), files, message["limits"], message["canary"],
        dict(zip(kernel.CHANNELS, doors, strict=True)), report,
    )  # fmt: skip


def _exactly(stream: Any, size: int) -> bytes:
    parts = []
    while size:
        part = stream.read(size)
        if not part:
            raise EOFError("the grader hung up in the middle of a request")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _fork(
    request: Request, prepared: Any, filter_bytes: bytes, path: tuple[str, ...], own: int
) -> Running:
    linux.unshare(linux.CLONE_NEWPID)
    pid = os.fork()
    if pid == 0:
        _live(request, prepared, filter_bytes, path)
    linux.setns(own, linux.CLONE_NEWPID)
    for door in request.doors.values():
        os.close(door)
    report = socket.socket(fileno=request.report)
    pidfd = os.pidfd_open(pid)
    with contextlib.suppress(OSError):
        socket.send_fds(report, [b'{"started": true}'], [pidfd])
    return Running(pid, pidfd, report, request.limits)


def _live(request: Request, prepared: Any, filter_bytes: bytes, path: tuple[str, ...]) -> None:
    """The life of one kernel. Never returns."""
    loop = None
    try:
        report = socket.socket(fileno=request.report)
        keep = {*request.doors.values(), request.report}
        try:
            walls.go_behind(request.limits, keep)
            walls.lay(request.files)
            kernel.forget_the_common_past([*path, walls.FOLDER])
            seccomp.install(filter_bytes)
            found = walls.check(request.canary, path, frozenset(keep))
            if not found:
                loop = kernel.attach(prepared, request.key, request.doors)
        except Exception as error:
            found = [f"it could not be walled in ({type(error).__name__}: {error})"]
        report.send(json.dumps({"problems": found}).encode())
        report.close()
        if loop is not None:
            loop.start()
    finally:
        os._exit(0)


def _bury(child: Running) -> None:
    _, status = os.waitpid(child.pid, 0)
    last = {"exit": os.waitstatus_to_exitcode(status), "reason": child.reason}
    with contextlib.suppress(OSError):
        child.report.send(json.dumps(last).encode())
    child.report.close()
    os.close(child.pidfd)
