"""Kernel managers that nbclient and nbgrader use as they would use any other."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import tempfile
from collections.abc import Mapping
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

_QUEUE = 256  # messages kept for a reader who is busy


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


class SandboxClient(AsyncKernelClient):
    """A client that need not ask whether the kernel lives: its manager holds the process."""

    iopub_channel_class = Type(_CountingChannel)

    @property
    def iopub_channel(self) -> Any:
        channel = super().iopub_channel
        channel.manager = self.parent
        return channel

    def start_channels(
        self,
        shell: bool = True,
        iopub: bool = True,
        stdin: bool = True,
        hb: bool = False,
        control: bool = True,
    ) -> None:
        """Start the channels; the heartbeat, which takes a thread, only when asked."""
        super().start_channels(shell, iopub, stdin, hb, control)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for the kernel's greeting to a new subscriber. Raises RuntimeError."""
        try:
            await self.iopub_channel.get_msg(timeout=timeout)
        except Empty:
            raise RuntimeError(f"the kernel did not answer in {timeout} seconds") from None


class _Manager(AsyncKernelManager):
    """What both managers share: a private short folder, and a kernel never looked up by name."""

    def __init__(self, *, files: Mapping[str, bytes], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.files = files
        # a socket's path has at most 107 bytes, and TMPDIR may be long
        self._folder = tempfile.mkdtemp(prefix="cnk-", dir=_short_folder())
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

    def __del__(self) -> None:
        super().__del__()
        with contextlib.suppress(Exception):
            shutil.rmtree(self._folder, ignore_errors=True)


class SandboxKernelManager(_Manager):
    """Manages one kernel that `SandboxProvisioner` forks."""

    def __init__(self, *, files: Mapping[str, bytes], limits: Limits) -> None:
        self.limits = limits
        super().__init__(files=files, client_factory=SandboxClient)
        self.context.setsockopt(zmq.MAXMSGSIZE, limits.message)
        self.context.setsockopt(zmq.RCVHWM, _QUEUE)

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


def _short_folder() -> str | None:
    return None if len(tempfile.gettempdir()) < 60 else "/tmp"


def _lay(work: Path, files: Mapping[str, bytes]) -> None:
    work.mkdir(exist_ok=True)
    for name, content in files.items():
        if Path(name).is_absolute() or ".." in name.split("/"):
            raise ValueError(f"a file may not be called {name!r}")
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
