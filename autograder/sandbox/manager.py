"""Kernel managers that nbclient and nbgrader use as they would use any other."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
import uuid
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Type, default

from .limits import Limits
from .provisioner import SandboxProvisioner

_ROOM = 128 << 20  # bytes of a submission's files
_QUEUE = 16  # messages kept for a reader who is busy; each may be as large as the limit


class _CountingChannel(AsyncZMQSocketChannel):
    """The channel of outputs, which ends a kernel that never stops talking."""

    heard = 0
    manager: Any = None

    async def _recv(self, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        assert self.socket is not None
        frames = await self.socket.recv_multipart(**kwargs)
        self.heard += sum(map(len, frames))
        if self.manager is not None and self.heard > self.manager.limits.output:
            self.manager.provisioner.give_up("output")
        _, rest = self.session.feed_identities(frames)
        return dict(self.session.deserialize(rest))


class QuietClient(AsyncKernelClient):
    """A client without a heartbeat, whose thread has no use beside a manager's process."""

    def start_channels(
        self,
        shell: bool = True,
        iopub: bool = True,
        stdin: bool = True,
        hb: bool = False,
        control: bool = True,
    ) -> None:
        """Start the channels; the heartbeat only when asked."""
        super().start_channels(shell, iopub, stdin, hb, control)


class SandboxClient(QuietClient):
    """A client that counts what it hears and is ready when the kernel has greeted it."""

    iopub_channel_class = Type(_CountingChannel)  # type: ignore[assignment]

    @property
    def iopub_channel(self) -> Any:
        """The channel of outputs."""
        channel = super().iopub_channel
        channel.manager = self.parent
        return channel

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for the kernel's greeting to a new subscriber. Raises RuntimeError."""
        try:
            await self.iopub_channel.get_msg(timeout=timeout)
        except Empty:
            raise RuntimeError(f"the kernel did not answer in {timeout} seconds") from None


class _Manager(AsyncKernelManager):
    """What both managers share: a private short folder, and a kernel never looked up by name."""

    def __init__(self, *, files: Mapping[str, bytes], **kwargs: Any) -> None:
        super().__init__(**{"client_factory": QuietClient, **kwargs})
        self.files = {name: files[name] for name in _fitting(files, _ROOM)}
        self.left_out = tuple(sorted(set(files) - set(self.files)))
        # a socket's path has at most 107 bytes, and TMPDIR may be long
        self._folder = tempfile.mkdtemp(prefix="cnk-", dir=_short_folder())
        weakref.finalize(self, _remove, self._folder, os.getpid())
        self.transport = "ipc"
        self.ip = f"{self._folder}/k"
        self.connection_file = f"{self._folder}/connection.json"
        self.shell_port, self.iopub_port, self.stdin_port = 1, 2, 3
        self.control_port, self.hb_port = 4, 5
        # Last, because naming a kernel forgets its specification. By that name there is
        # none: a virtual environment's own would be found first, and not be sandboxed.
        self.kernel_name = "cnnkit-sandbox"
        self._kernel_spec = self._specification()

    def _specification(self) -> KernelSpec:
        raise NotImplementedError

    @default("context")
    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        return zmq.asyncio.Context()

    def client(self, **kwargs: Any) -> AsyncKernelClient:  # type: ignore[override]
        """A client that shares this manager's ZeroMQ context, and so its threads."""
        return super().client(context=self.context, **kwargs)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart)
        if not restart:
            shutil.rmtree(self._folder, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources


class SandboxKernelManager(_Manager):
    """Manages one kernel that `SandboxProvisioner` forks."""

    def __init__(self, *, files: Mapping[str, bytes], limits: Limits) -> None:
        self.limits = limits
        super().__init__(files=files, client_factory=SandboxClient)
        self.context.setsockopt(zmq.MAXMSGSIZE, limits.message)
        self.context.setsockopt(zmq.RCVHWM, _QUEUE)

    async def _async_pre_start_kernel(self, **kw: Any) -> Any:
        # not by its name either: what an installation's entry points say is not asked
        if self.provisioner is None:
            self.kernel_id = self.kernel_id or str(uuid.uuid4())
            self.provisioner = SandboxProvisioner(
                parent=self, kernel_id=self.kernel_id, kernel_spec=self.kernel_spec
            )
        return await super()._async_pre_start_kernel(**kw)

    pre_start_kernel = _async_pre_start_kernel  # type: ignore[assignment]

    def _specification(self) -> KernelSpec:
        return KernelSpec(
            argv=["unused"],
            display_name="Python 3 (sandboxed)",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": "cnnkit-sandbox"}},
        )


class LocalKernelManager(_Manager):
    """Manages one ordinary kernel in a fresh folder: no isolation at all."""

    def _specification(self) -> KernelSpec:
        words = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=words, display_name="Python 3", language="python")

    async def _async_pre_start_kernel(self, **kw: Any) -> Any:
        work = Path(self._folder, "notebook")
        await asyncio.get_running_loop().run_in_executor(None, _lay, work, self.files)
        kw["cwd"] = str(work)
        return await super()._async_pre_start_kernel(**kw)

    pre_start_kernel = _async_pre_start_kernel  # type: ignore[assignment]


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # and not a process forked from it
        shutil.rmtree(folder, ignore_errors=True)


def _short_folder() -> str | None:
    return None if len(tempfile.gettempdir()) < 60 else "/tmp"


def _fitting(files: Mapping[str, bytes], room: int) -> Iterator[str]:
    """The names that are relative paths to stay in a folder, while there is room for them."""
    for name, content in files.items():
        bad = not name or name.startswith("/") or {"", ".", ".."} & set(name.split("/"))
        room -= 0 if bad else len(content)
        if not bad and "\0" not in name and room >= 0:
            yield name


def _lay(work: Path, files: Mapping[str, bytes]) -> None:
    work.mkdir(exist_ok=True)
    for name, content in files.items():
        path = work / name
        with contextlib.suppress(OSError, ValueError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
