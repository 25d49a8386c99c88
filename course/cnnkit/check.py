"""What a learner calls: ``check``, ``hint`` and ``failed_case``."""

from __future__ import annotations

import re
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cnnkit.calls import Outcome, run_calls
from cnnkit.judge import Verdict, judge
from cnnkit.key import FILE_NAME, ExerciseKey, KeyFileError, exercise_names, read_key
from cnnkit.render import _code as code_html
from cnnkit.render import case_panels, headline, verdict_html, verdict_text

WIDTH = 64
"""What fits beside an open side bar: JupyterLab breaks longer lines in the middle of a word."""


class CheckFailed(AssertionError):
    """A check did not pass. Shows itself in a sentence or two, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        parts = [
            textwrap.wrap(line, WIDTH, break_long_words=False) for line in str(self).split("\n")
        ]
        return [line for part in parts for line in part]


class CannotCheck(Exception):
    """Nothing could be checked; shows itself as one line, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class FailedCase:
    """A public case to work on: its arguments by name, what is expected, and yours.

    ``yours`` is None if the function raised; ``error`` then says what.
    """

    exercise: str
    name: str
    arguments: dict[str, Any]
    expected: Any
    yours: Any
    error: str = ""

    def __repr__(self) -> str:
        names = ", ".join(self.arguments)
        return (
            f"FailedCase of {self.exercise}: {self.name}\n"
            f"  .arguments  a dict with {names}\n  .expected   {_kind(self.expected)}\n"
            f"  .yours      {self.error or _kind(self.yours)}"
        )


def _kind(value: Any) -> str:
    from cnnkit.explain import describe

    return describe(value)


@dataclass
class _Memory:
    failed: FailedCase | None = None
    hints: dict[str, int] = field(default_factory=dict)


_memory = _Memory()


def check(function: Callable[..., Any]) -> None:
    """Check a function against the public cases of its exercise and show the verdict.

    Raises CheckFailed (an AssertionError) unless everything is right.
    """
    name = _exercise_of(function, sys._getframe(1).f_globals)
    key = _read(name)
    if not callable(function):
        raise CannotCheck(f"{name} is not a function any more: run its cell again, then this one.")
    started = time.perf_counter()
    verdict, outcomes = examine(key, function)
    verdict = in_time(verdict, time.perf_counter() - started, key.seconds)
    case = words = ""
    panels = []
    if verdict.position is not None:
        index = key.plan[verdict.position]
        case = key.cases[index].name
        panels = case_panels(key, verdict, outcomes)
        _memory.failed = _failed_case(key, index, outcomes[verdict.position])
        words = _where(outcomes[verdict.position])
    _show(verdict_html(verdict, panels, case, words), verdict_text(verdict, panels, case, words))
    if verdict.status != "passed":
        raise CheckFailed(_advice(verdict)) from None


def _where(outcome: Outcome) -> str:
    """Say in which line of its cell a function stopped, or what it changed of what is shown."""
    number, _, text = outcome.line.replace("`", "'").partition(": ")
    if text:
        return f"It stopped in line {number}: `{text}`"
    names = " and ".join(f"`{name}`" for name in outcome.changed)
    return f"After the call, {names} did not look like this any more." if names else ""


def examine(key: ExerciseKey, function: Callable[..., Any]) -> tuple[Verdict, list[Outcome]]:
    """Call a function on a key's cases, in this process, and judge what came of it."""
    outcomes = run_calls(function, key.calls(), key.arrays, key.plan)
    return judge(key, outcomes), outcomes


def in_time(verdict: Verdict, seconds: float, limit: float) -> Verdict:
    """Return the verdict, with a word of warning if a right answer took too long to be marked."""
    if verdict.status != "passed" or seconds <= limit:
        return verdict
    return replace(
        verdict,
        message=(
            f"It is right, and it took {seconds:.0f} seconds. When it is marked it is stopped "
            f"after {limit:g}. Which loop goes round most often? It may stand in a function that "
            "this one calls."
        ),
    )


def _advice(verdict: Verdict) -> str:
    if verdict.status == "not-attempted":
        return headline(verdict)
    # Where Validate shows nothing but this, it says what is wrong too.
    first = re.split(r"(?<=[.?!])\s", verdict.message)[0]
    text = f"{headline(verdict)}. {first}\nStuck? Run hint({verdict.exercise}) in a new cell."
    if verdict.position is not None:
        text += "\nTo work on the case: case = failed_case()"
    return text


def _failed_case(key: ExerciseKey, index: int, outcome: Outcome) -> FailedCase:
    case = key.cases[index]
    expected = f"raises {case.error}" if case.expected is None else key.value(case.expected)
    error = f"raised {outcome.errors[0]}" if outcome.errors else ""
    return FailedCase(key.id, case.name, key.arguments(index), expected, outcome.value, error)


def failed_case() -> FailedCase:
    """Return the first case that the last failed check stumbled over.

    Its ``arguments`` are a dict by name: ``relu(**case.arguments)`` repeats the call.
    """
    if _memory.failed is None:
        raise CannotCheck("No check has failed on a case yet, so there is no case to work on.")
    return _memory.failed


def hint(function: Callable[..., Any]) -> None:
    """Show the next hint for an exercise: a nudge, the idea, then a small worked example."""
    name = _exercise_of(function, sys._getframe(1).f_globals)
    hints = _read(name).hints
    step = min(_memory.hints.get(name, 0) + 1, len(hints))
    _memory.hints[name] = step
    if not hints:
        _show_lines(name, ["There is no hint for this exercise."])
        return
    lines = [f"{number} of {len(hints)}: {text}" for number, text in enumerate(hints[:step], 1)]
    if step < len(hints):
        lines.append(f"Run hint({name}) again for the next step.")
    _show_lines(name, lines)


def _show_lines(name: str, lines: Sequence[str]) -> None:
    from html import escape

    items = "".join(f'<p style="margin:0.3em 0">{code_html(line)}</p>' for line in lines)
    _show(
        f'<div style="border-left:5px solid #e69f00;padding:0.1em 0 0.1em 0.9em;max-width:60em">'
        f"<b>Hints for {escape(name)}</b>{items}</div>",
        "\n".join([f"Hints for {name}", *(f"  {line}" for line in lines)]),
    )


def _exercise_of(function: Any, names: dict[str, Any]) -> str:
    """Return the exercise that ``function`` is: a name it is bound to and the key knows."""
    known = _known()
    bound = [name for name in known if name in names and names[name] is function]
    own = getattr(function, "__name__", None)
    if own in bound or (not bound and own in known):
        return str(own)
    if bound:
        return bound[0]
    raise CannotCheck(
        "This is none of the exercises of this notebook. They are: " + ", ".join(known) + "."
    )


def _known() -> list[str]:
    try:
        return exercise_names(Path(FILE_NAME))
    except KeyFileError as error:
        raise CannotCheck(str(error)) from None


def _read(name: str) -> ExerciseKey:
    try:
        return read_key(Path(FILE_NAME), name)
    except KeyFileError as error:
        raise CannotCheck(str(error)) from None


def _show(html: str, text: str) -> None:
    """Display in a notebook, print anywhere else."""
    if "IPython" in sys.modules:
        from IPython.core.getipython import get_ipython

        if get_ipython() is not None:
            from IPython.display import display

            display({"text/html": html, "text/plain": text}, raw=True)
            return
    print(text)
