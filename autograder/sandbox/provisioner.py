"""Jupyter's extension point: where `KernelManager` would start a process, ask a zygote."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerBase

from . import zygotes
from .limits import IsolationError, Limits

_CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
_PATIENCE = 30.0  # seconds from the fork to the probe's report


class SandboxProvisioner(KernelProvisionerBase):
    """Forks a walled-in kernel from this process's zygote, and ends it with all it started."""

    _pidfd: int | None = None
    _report: socket.socket | None = None
    _unread = b""
    _exit: int | None = None
    ended_by: str = ""

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel, running or not yet waited for."""
        return self._pidfd is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Write the connection file. Nothing of this process's environment goes along."""
        manager: Any = self.parent
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        return {"cmd": []}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel; return when its probe has found nothing. Raises IsolationError."""
        self._close()
        self._exit, self.ended_by = None, ""
        for attempt in (1, 2):
            zygote = zygotes.running()
            if zygote is None:
                loop = asyncio.get_running_loop()
                zygote = await loop.run_in_executor(None, zygotes.borrow)
            try:
                problems = await self._fork(zygote)
                break
            except (OSError, TimeoutError) as error:
                zygotes.discard(zygote)
                self._close()
                if attempt == 2:
                    raise IsolationError(
                        f"the sandbox does not answer, so nothing was run: {error}"
                    ) from None
        if problems:
            await self.kill()
            self._close()
            raise IsolationError(
                "the sandbox does not hold, so nothing was run: " + "; ".join(problems)
            )
        return self.connection_info

    async def _fork(self, zygote: zygotes.Zygote) -> list[str]:
        """What the probe finds wrong in the new kernel."""
        files: Mapping[str, bytes] = getattr(self.parent, "files", {})
        limits: Limits = getattr(self.parent, "limits", None) or Limits()
        doors = [_listen(self._address(channel)) for channel in _CHANNELS]
        try:
            key: Any = self.connection_info["key"]
            self._report = zygote.fork(key, files, limits, doors)
        finally:
            for door in doors:
                door.close()
        while True:
            await _readable(self._report, _PATIENCE)
            text, descriptors, _, _ = socket.recv_fds(self._report, 65536, 1)
            if not text:
                raise OSError("it hung up")
            if descriptors:
                self._pidfd = descriptors[0]
            for message in self._messages(text):
                if "problems" in message:
                    return [str(problem) for problem in message["problems"]]
                if "exit" in message:
                    return [f"the kernel ended before it began ({message['exit']})"]

    def _messages(self, text: bytes) -> Iterator[dict[str, Any]]:
        """The whole lines of what has been heard so far, read."""
        *lines, self._unread = (self._unread + text).split(b"\n")
        return map(json.loads, lines)

    def _address(self, channel: str) -> str:
        info = self.connection_info
        if info["transport"] != "ipc":
            raise IsolationError(
                "a sandboxed kernel has no network, so its manager's transport must be ipc"
            )
        return f"{info['ip']}-{info[channel + '_port']}"  # type: ignore[literal-required]

    async def poll(self) -> int | None:
        """None while the kernel runs, then its exit code, negative if a signal ended it."""
        if self._pidfd is None:
            return self._exit if self._exit is not None else 0
        if not _is_ready(self._pidfd):
            return None
        self._read_end()
        return self._exit if self._exit is not None else -signal.SIGKILL

    async def wait(self) -> int | None:
        """Wait for the kernel's end and let go of it."""
        if self._pidfd is not None:
            await _readable(self._pidfd, None)
            if self._report is not None:
                with contextlib.suppress(TimeoutError, OSError):
                    await _readable(self._report, 1.0)
        code = await self.poll()
        self._close()
        return code

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel; what would end it ends the whole process tree."""
        if self._pidfd is None:
            return
        if signum in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signum = signal.SIGKILL  # the first process of a namespace ignores the others
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signum)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and every process it started."""
        await self.send_signal(signal.SIGKILL)
        if self._pidfd is not None:
            with contextlib.suppress(TimeoutError):
                await _readable(self._pidfd, 5.0)

    async def terminate(self, restart: bool = False) -> None:
        """End it; there is nothing in a sandbox that would need tidying first."""
        await self.kill(restart)

    async def shutdown_requested(self, restart: bool = False) -> None:
        """End it at once, rather than wait for learners' code to agree."""
        await self.kill(restart)

    def give_up(self, reason: str) -> None:
        """End it because it has passed a limit that is watched from out here."""
        self.ended_by = self.ended_by or reason
        if self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of a kernel that has ended, and end one that has not."""
        if not restart:
            await self.kill()
            self._read_end()
            self._close()

    def _read_end(self) -> None:
        if self._report is None:
            return
        with contextlib.suppress(OSError, ValueError):
            while text := self._report.recv(65536):
                for message in self._messages(text):
                    if "exit" in message:
                        self._exit = int(message["exit"])
                        self.ended_by = self.ended_by or str(message["reason"])

    def _close(self) -> None:
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None
        if self._report is not None:
            self._report.close()
            self._report = None
        self._unread = b""

    def __del__(self) -> None:
        self.give_up("")
        self._close()


def _listen(path: str) -> socket.socket:
    Path(path).unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    door.listen(16)
    return door


def _is_ready(descriptor: int) -> bool:
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(0))


async def _readable(source: socket.socket | int, timeout: float | None) -> None:
    """Wait until `source` can be read. Raises TimeoutError."""
    descriptor = source if isinstance(source, int) else source.fileno()
    if _is_ready(descriptor):
        return
    loop = asyncio.get_running_loop()
    ready = loop.create_future()

    def note() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(descriptor, note)
    try:
        await asyncio.wait_for(ready, timeout)
    finally:
        loop.remove_reader(descriptor)
