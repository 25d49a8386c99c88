"""Waiting for a kernel's reply, among messages that a submission may have forged."""

from __future__ import annotations

import asyncio
import contextlib
import time
from queue import Empty
from typing import Any

from nbformat import ValidationError

from autograder.outputs import Outputs

_MALFORMED = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, MemoryError,
    ValidationError,
)  # fmt: skip
"""What reading a forged or damaged message may raise."""


LOST = 5.0
"""So many seconds after a kernel said that it was idle no reply will come any more."""


class Waiter:
    """Waits for the reply to one request, taking in what the cell shows meanwhile."""

    def __init__(self, client: Any, manager: Any, identifier: str, outputs: Outputs) -> None:
        self._client, self._manager = client, manager
        self._identifier, self._outputs = identifier, outputs
        self.reply: dict[str, Any] = {}
        self._idle = False
        self._idle_since = 0.0

    async def wait(self, limit: float, interrupted: bool = False) -> str:
        """Return ``done``, ``late`` or ``died``."""
        deadline = time.monotonic() + limit
        check_alive = time.monotonic() + 0.5
        while True:
            await self._take_iopub()
            if not self.reply:
                await self._take_shell(0.05 if self._idle else 0.0)
            if self.reply and self._idle:
                return "done"
            now = time.monotonic()
            if self._idle and not self.reply:
                # IPython itself failed on this cell and will never answer.
                deadline = min(deadline, self._idle_since + LOST)
            if self.reply:
                # The last messages may have been lost in a flood: do not wait for long.
                deadline = min(deadline, now + 1.0)
            if now > deadline or (self._outputs.flooded and not interrupted):
                if self.reply:
                    return "done"
                return "late"
            if now > check_alive:
                check_alive = now + 0.25
                if not await self._manager.is_alive():
                    return "died"

    async def _take_iopub(self) -> None:
        for _ in range(200):
            try:
                timeout = 0.05 if not self._idle else 0.0
                message = self._ours(await self._client.get_iopub_msg(timeout=timeout))
            except Empty:
                return
            except _MALFORMED:
                continue
            if message is None:
                continue
            if message["header"]["msg_type"] == "status":
                if message["content"].get("execution_state") == "idle":
                    self._idle, self._idle_since = True, time.monotonic()
                    return
                continue
            with contextlib.suppress(*_MALFORMED):
                self._outputs.add(message)
            if self._outputs.flooded:
                return

    async def _take_shell(self, timeout: float) -> None:
        try:
            message = self._ours(await self._client.get_shell_msg(timeout=timeout))
        except Empty:
            await asyncio.sleep(0)
            return
        except _MALFORMED:
            return
        if message is not None:
            self.reply = message["content"] or {"status": "error"}

    def _ours(self, message: Any) -> dict[str, Any] | None:
        """Return a message that belongs to this request and has a message's form, else None."""
        parts = [message.get(name) for name in ("header", "parent_header", "content")]
        if not all(isinstance(part, dict) for part in parts):
            return None
        return message if parts[1].get("msg_id") == self._identifier else None
