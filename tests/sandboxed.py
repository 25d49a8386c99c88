"""Running cells in a sandboxed kernel, for the tests of the sandbox."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.sandbox import Limits, kernel_manager


@dataclass
class Ran:
    """What some cells printed, showed or raised, one text a cell, and how the kernel ended."""

    texts: list[str] = field(default_factory=list)
    died: bool = False
    ended_by: str = ""


class Kernel:
    """A kernel to run cells in, as an async context manager."""

    def __init__(self, files: Mapping[str, bytes] | None = None, limits: Limits | None = None):
        self.manager: Any = kernel_manager(files or {}, limits=limits)
        self.client: Any = None

    async def __aenter__(self) -> Kernel:
        await self.manager.start_kernel()
        await self.connect()
        return self

    async def connect(self) -> None:
        """Connect a new client to the kernel."""
        self.client = self.manager.client()
        self.client.start_channels()
        await self.client.wait_for_ready(timeout=30)

    async def __aexit__(self, *_: object) -> None:
        self.client.stop_channels()
        await self.manager.shutdown_kernel(now=True)

    async def run(self, source: str, seconds: float = 60) -> str | None:
        """What the cell says; None if it kills the kernel."""
        request = self.client.execute(source, allow_stdin=False)
        text, deadline = "", time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not await self.client.iopub_channel.socket.poll(100):
                if not await self.manager.is_alive():
                    return None
                continue
            message = await self.client.get_iopub_msg(timeout=1)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                text += content["text"]
            elif kind in ("execute_result", "display_data"):
                text += content["data"]["text/plain"]
            elif kind == "error":
                text += f"{content['ename']}: {content['evalue']}"
            elif kind == "status" and content["execution_state"] == "idle":
                return text
        raise TimeoutError(f"still running after {seconds} seconds: {source}")


def run(*cells: str, files: Mapping[str, bytes] | None = None, limits: Limits | None = None) -> Ran:
    """Run the cells in a kernel of their own."""
    return asyncio.run(_run(cells, files, limits))


async def _run(
    cells: tuple[str, ...], files: Mapping[str, bytes] | None, limits: Limits | None
) -> Ran:
    ran = Ran()
    async with Kernel(files, limits) as kernel:
        for cell in cells:
            text = await kernel.run(cell)
            if text is None:
                ran.died = True
                await kernel.manager.provisioner.wait()
                ran.ended_by = kernel.manager.provisioner.ended_by
                break
            ran.texts.append(text.strip())
    return ran


def says(source: str, **options: Any) -> str:
    """What one cell says in a kernel of its own."""
    return run(source, **options).texts[0]


def processes_named(name: str) -> list[int]:
    """The numbers, out here, of the processes whose ``comm`` is `name`."""
    found = []
    for entry in sorted(os.listdir("/proc")):  # noqa: PTH208
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/comm") as file:
                    if file.read().strip() == name:
                        found.append(int(entry))
            except OSError:
                continue
    return found


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether `condition` comes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
