"""One learner's kernel: run cells in it, call functions in it, outlive its death.

The kernel is asked two things only: *run this cell* and *call this function with
these arrays and send back the arrays*. It is told no expected value.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from autograder.mend import definitions
from autograder.outputs import Outputs
from autograder.replies import Waiter
from autograder.sandbox import Limits, kernel_manager
from cnnkit.calls import MIME, Outcome, ask_text, read_outcomes
from cnnkit.key import ExerciseKey
from cnnkit.values import ValuesError

CELL_SECONDS = 60.0
NOTEBOOK_SECONDS = 180.0
LEAST_SECONDS = 5.0
"""So long a cell may always take, however little is left."""
GRACE = 2.0
MAX_DEATHS = 16
_CALLS = "__import__('cnnkit.calls', fromlist=['answer'])"
_SENT = f"(lambda c: c.Reply(c.outcomes_text([c.Outcome(c.np.arange(2.0))])))({_CALLS})"


@dataclass(frozen=True)
class Ran:
    """How running one cell ended: ``ok``, ``error``, ``timeout`` or ``died``."""

    status: str
    outputs: list[NotebookNode]


@dataclass(frozen=True)
class Answer:
    """What asking a function came to.

    ``status`` is ``ok``, ``missing``, ``timeout``, ``died`` or ``garbled``.
    ``seconds`` is the time it took as seen from outside.
    """

    status: str
    outcomes: tuple[Outcome, ...] = ()
    seconds: float = 0.0


class Session:
    """A learner's kernel and its history, to be used as an async context manager."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        isolation: str = "bubblewrap",
        limits: Limits | None = None,
        seconds: float = NOTEBOOK_SECONDS,
    ) -> None:
        self._files, self._isolation = files, isolation
        self._limits = limits or Limits()
        self._history: list[str] = []
        self._deadline = time.monotonic() + seconds
        self._manager: Any = None
        self._client: Any = None
        self.deaths = 0
        self._mended = False

    async def __aenter__(self) -> Session:
        await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    def another(self) -> Session:
        """Return a session of the same kind that has, and runs, nothing of the learner's."""
        return Session({}, self._isolation, self._limits)

    @property
    def seconds_left(self) -> float:
        """How much of the notebook's time is left."""
        return self._deadline - time.monotonic()

    async def _start(self) -> None:
        self._manager = kernel_manager(self._files, self._isolation, self._limits)
        await self._manager.start_kernel()
        self._client = self._manager.client()
        # what nobody reads is not to be sent here either: it would fill the memory
        self._client.start_channels(stdin=False, control=False)
        await self._client.wait_for_ready(timeout=60)

    async def _stop(self) -> None:
        if self._client is not None:
            self._client.stop_channels()
            self._client = None
        if self._manager is not None:
            manager, self._manager = self._manager, None
            await manager.shutdown_kernel(now=True)

    async def _revive(self, suspicious: bool = False) -> bool:
        """Start a new kernel and restore what was defined before the old one died.

        A cell after which no kernel answers any more, because it changed what that takes, is
        found by a ``suspicious`` round that asks after each; of it only definitions are kept.
        Return whether there was such a round.
        """
        while True:
            self.deaths += 1
            await self._stop()
            await self._start()
            if not await self._restore(suspicious):
                if await self._ready():
                    continue
                return suspicious
            if suspicious or not self._history or not await self._ready():
                return suspicious
            if await self._answers():
                return False
            suspicious = True

    async def _restore(self, suspicious: bool) -> bool:
        """Run the history again; return False if a cell was taken out of it and it must start anew.

        That is one that ended the kernel or, where that is asked, one that broke it.
        """
        for at, source in enumerate(list(self._history)):
            if not await self._ready():  # nothing more will be asked of it
                return True
            limit = min(CELL_SECONDS, self.seconds_left)
            status, _, _ = await self._execute(source, {}, Outputs(), limit)
            ended = status in ("died", "timeout")
            if ended or (suspicious and not await self._answers()):
                kept = "" if ended else definitions(source)
                self._history[at : at + 1] = [kept] if kept and kept != source else []
                return False
        return True

    async def _answers(self) -> bool:
        """Whether the kernel still does what it is asked.

        It is to say that there is no function of no name, and to send an array.
        """
        nonces = secrets.token_hex(8), secrets.token_hex(8)
        asked = dict(zip(nonces, (f"{_CALLS}.answer('', '')", _SENT), strict=True))
        _, reply, alive = await self._execute("", asked, Outputs(), GRACE)
        try:
            texts = [reply["user_expressions"][nonce]["data"][MIME] for nonce in nonces]
            sent = read_outcomes(texts[1], 1) or []
            right = read_outcomes(texts[0], 0) is None and sent[0].value.tolist() == [0.0, 1.0]
        except (KeyError, TypeError, IndexError, AttributeError, ValuesError):
            return False
        return alive and right

    async def run(self, source: str, kept: float = 0.0) -> Ran:
        """Run one cell. If it kills the kernel, what was before it is restored.

        So many seconds of the notebook's time are ``kept`` for what comes after it. Of a
        cell that never ended, or ended the kernel, its definitions are kept: they are all
        that later cells may need of it.
        """
        if not await self._ready():
            return Ran("timeout", [])
        outputs = Outputs()
        left = self.seconds_left
        limit = min(CELL_SECONDS, left, max(left - kept, LEAST_SECONDS))
        status, _, alive = await self._execute(source, {}, outputs, limit)
        if alive and status != "timeout":
            self._history.append(source)
            return Ran(status, outputs.finish())
        if alive:  # it was interrupted, and what it defined is there
            self._history.append(definitions(source))
        else:
            await self._revive()
            await self._keep_definitions(source)
        return Ran(status, outputs.finish())

    async def _keep_definitions(self, source: str) -> None:
        """Define again what a cell that ended the kernel defined; compute only what can be."""
        for plain in (False, True):
            defined = definitions(source, plain)
            if not defined or not await self._ready():
                return
            _, _, alive = await self._execute(defined, {}, Outputs(), LEAST_SECONDS)
            if alive:
                self._history.append(defined)
                return
            await self._revive()

    async def ask(self, key: ExerciseKey, plan: Sequence[int] | None = None) -> Answer:
        """Have the function of this exercise called on the calls of the plan.

        Where another cell had broken the kernel, it is asked for again in one that is whole.
        """
        answer = await self._ask(key, plan)
        broken = answer.status == "garbled" and not await self._answers()
        if broken and await self._ready():
            self._mended = await self._revive(suspicious=True)
        if self._mended and answer.status in ("garbled", "timeout", "died"):
            answer = await self._ask(key, plan)
        self._mended = False
        return answer

    async def _ask(self, key: ExerciseKey, plan: Sequence[int] | None) -> Answer:
        if not await self._ready():
            return Answer("timeout")
        plan = key.plan if plan is None else plan
        nonce = secrets.token_hex(8)
        request = _request(key, plan)
        expression = f"{_CALLS}.answer({key.id!r}, {request})"
        limit = min(key.seconds, self.seconds_left)
        started = time.monotonic()
        status, reply, alive = await self._execute("", {nonce: expression}, Outputs(), limit)
        seconds = time.monotonic() - started
        if not alive:
            self._mended = await self._revive()
        if status in ("died", "timeout"):
            return Answer(status, seconds=seconds)
        try:
            data = reply["user_expressions"][nonce]["data"]
            outcomes = read_outcomes(data[MIME], len(plan))
        except (KeyError, TypeError, ValuesError):
            return Answer("garbled", seconds=seconds)
        if outcomes is None:
            return Answer("missing", seconds=seconds)
        return Answer("ok", tuple(outcomes), seconds)

    async def _ready(self) -> bool:
        return self.seconds_left > 0 and self.deaths < MAX_DEATHS

    async def _execute(
        self, source: str, expressions: dict[str, str], outputs: Outputs, limit: float
    ) -> tuple[str, dict[str, Any], bool]:
        """Run code; return how it ended, the reply's content, and whether the kernel lives."""
        content = {
            "code": source, "silent": bool(expressions), "store_history": not expressions,
            "user_expressions": expressions, "allow_stdin": False, "stop_on_error": False,
        }
        session = self._client.session
        request = session.msg("execute_request", content, metadata={"quiet": True})
        self._client.shell_channel.send(request)
        identifier = request["header"]["msg_id"]
        waiter = Waiter(self._client, self._manager, identifier, outputs)
        state = await waiter.wait(limit)
        if state == "done":
            status = "ok" if waiter.reply.get("status") == "ok" else "error"
            return status, waiter.reply, True
        if state == "died":
            return "died", {}, False
        await self._manager.interrupt_kernel()
        state = await waiter.wait(GRACE, interrupted=True)
        if state == "done":
            return "timeout", {}, True
        return ("died" if state == "died" else "timeout"), {}, False


_requests: dict[int, tuple[ExerciseKey, str]] = {}


def _request(key: ExerciseKey, plan: Sequence[int]) -> str:
    """Write down what to call, as Python source; once for all who are asked the same."""
    known = _requests.get(id(key))
    if known is not None and known[0] is key and plan is key.plan:
        return known[1]
    request = json.dumps(ask_text(key.calls(), key.arrays, plan))
    if plan is key.plan:
        if len(_requests) > 100:
            _requests.clear()
        _requests[id(key)] = key, request  # with the key, so that its id is not another's
    return request
