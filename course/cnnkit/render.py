"""Verdicts for people: HTML for notebooks and feedback, plain text for everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np

from cnnkit.calls import Outcome
from cnnkit.compare import as_numbers, compare
from cnnkit.filmed import scene_panels
from cnnkit.judge import Aspect, Verdict
from cnnkit.key import ExerciseKey
from cnnkit.palette import on_page
from cnnkit.tables import Panel, panel_html, panel_text, short, spread
from cnnkit.windows import window_of

GOOD, BAD, WAIT = "#0072b2", "#d55e00", "#767676"
"""Blue and vermilion of Okabe and Ito's palette, and a grey: told apart by everyone."""

PENDING = "○ counts once a result is right"

SIGNS = {"passed": "✓", "not-attempted": "○"}


def headline(verdict: Verdict) -> str:
    """Return one line: the exercise, the sign, the points."""
    sign = SIGNS.get(verdict.status, "✗")
    if verdict.status == "passed":
        return f"{sign} {verdict.exercise}: all right ({points(verdict.max_score)})"
    if verdict.status == "not-attempted":
        return f"{sign} {verdict.exercise}: not attempted yet ({points(verdict.max_score)})"
    return f"{sign} {verdict.exercise}: {verdict.score:g} of {points(verdict.max_score)}"


def points(number: float) -> str:
    """Return ``1 point``, ``4 points``."""
    return f"{number:g} point" + ("" if number == 1 else "s")


def message_of(verdict: Verdict) -> str:
    """Return what to tell the learner under the headline."""
    if verdict.status == "not-attempted":
        return "Write your code in the cell above in place of `raise NotImplementedError()`."
    return verdict.message


def verdict_text(
    verdict: Verdict, panels: Sequence[Panel] = (), case: str = "", words: str = ""
) -> str:
    """Return the verdict as plain text, for terminals and front ends without HTML.

    ``words`` are about the case, and stand beside its name.
    """
    lines = [headline(verdict)]
    message = message_of(verdict)
    if message:
        lines.append(f"  {message}")
    if case:
        lines.append(f"  The first case that went wrong: {case}. {words}".rstrip())
    if verdict.status != "passed":
        for aspect in verdict.aspects:
            lines.append(f"  {_sign(aspect)} {aspect.name}")
        if any(aspect.pending for aspect in verdict.aspects):
            lines.append(f"  ({PENDING})")
    for panel in panels:
        lines += ["", *(f"  {line}" for line in panel_text(panel))]
    return "\n".join(lines)


def _sign(aspect: Aspect) -> str:
    if aspect.pending:
        return "○"
    return "✓" if aspect.passed else ("◐" if aspect.share > 0 else "✗")


def verdict_html(
    verdict: Verdict, panels: Sequence[Panel] = (), case: str = "", words: str = ""
) -> str:
    """Return the verdict as HTML without scripts, classes or outside references."""
    colour = {"passed": GOOD, "not-attempted": WAIT}.get(verdict.status, BAD)
    parts = [
        f'<div style="border-left:5px solid {colour};padding:0.2em 0 0.2em 0.9em;'
        'margin:0.3em 0;line-height:1.45;max-width:60em">',
        f'<div style="font-weight:bold">{escape(headline(verdict))}</div>',
    ]
    message = message_of(verdict)
    if message:
        parts.append(f'<p style="margin:0.4em 0">{_code(message)}</p>')
    if verdict.aspects and verdict.status != "passed":
        parts.append(_aspects_html(verdict))
    if case:
        parts.append(
            '<p style="margin:0.6em 0 0.2em 0">The first case that went wrong: '
            f"<b>{escape(case)}</b>{f'. {_code(words)}' if words else ''}</p>"
        )
    if panels:
        parts.append('<div style="overflow-x:auto">')
        parts += [panel_html(panel) for panel in panels]
        parts.append("</div>")
    parts.append("</div>")
    return "".join(parts)


def _code(text: str) -> str:
    pieces = escape(text, quote=False).split("`")
    return "".join(
        f"<code>{piece}</code>" if number % 2 else piece for number, piece in enumerate(pieces)
    )


def _aspects_html(verdict: Verdict) -> str:
    items = []
    for aspect in verdict.aspects:
        colour = WAIT if aspect.pending else (GOOD if aspect.passed else BAD)
        items.append(
            '<span style="display:inline-block;margin:0 1.2em 0.1em 0">'
            f'<b style="{on_page(colour)}">{_sign(aspect)}</b> {escape(aspect.name)}</span>'
        )
    if any(aspect.pending for aspect in verdict.aspects):
        items.append(f'<span style="white-space:nowrap">({PENDING})</span>')
    return f'<div style="margin:0.3em 0;font-size:92%">{"".join(items)}</div>'


def case_panels(key: ExerciseKey, verdict: Verdict, outcomes: Sequence[Outcome]) -> list[Panel]:
    """Return the pictures of the first case that went wrong.

    The arguments, the window that was looked at outlined; what is expected,
    what came, and the difference. Empty where there is nothing to show.
    """
    if verdict.position is None:
        return []
    index = key.plan[verdict.position]
    case, outcome = key.cases[index], outcomes[verdict.position]
    measure = key.options.get(case.aspect, {}).get("measure", key.measure)
    if case.expected is None:
        shown = [part for name, value in key.arguments(index).items()
                 for part in _panels(name, value, None, None)]  # fmt: skip
        yours = outcome.errors[0] if outcome.errors else short(outcome.value)
        return [*shown, Panel("expected", None, str(case.error), new_row=True),
                Panel("yours", None, yours)]  # fmt: skip
    if measure == "detections" and outcome.value is not None:
        return scene_panels(key.arguments(index)["frames"], key.value(case.expected), outcome.value)
    if measure != "close":
        return []
    want, outcome, part = _wrong_part(key.value(case.expected), outcome, key)
    arguments = key.arguments(index)
    at = first_wrong(want, outcome.value)
    panels = []
    for name, value in arguments.items():
        outline = window_of(key.window, arguments, name, at)
        if key.window is None and shape_of(value) is not None and (
            shape_of(value) == shape_of(want)
        ):
            outline = _cell(at)  # value by value: the one that came out wrong
        panels += _panels(name, value, outline, at)
    expected, yours = f"expected{part}", f"yours{part}"
    if key.dtype and isinstance(want, np.ndarray) and isinstance(outcome.value, np.ndarray):
        expected, yours = f"expected, {want.dtype}", f"yours, {outcome.value.dtype}"
    wanted = _panels(expected, want, _cell(at), at, new_row=True)
    if outcome.errors:
        return panels + wanted
    if not isinstance(outcome.value, np.ndarray) and short(outcome.value) == short(want):
        # Right but for their type: let one see that they are floats.
        return [*panels, *wanted, Panel(yours, None, short(outcome.value, dots=True))]
    several = len(wanted) > 1  # then the next begin a line of their own
    if at is None or not isinstance(outcome.value, np.ndarray):
        return panels + wanted + _panels(yours, outcome.value, _cell(at), at, several)
    got = outcome.value.astype(np.float64)
    right = want.astype(np.float64)
    with np.errstate(all="ignore"):
        # What counts as right is not a difference.
        difference = np.where(_off(want, outcome.value), got - right, 0)
    # Equal numbers are shaded alike in both tables; in the last, white is "no difference".
    wanted += _panels(yours, outcome.value, _cell(at), at, several)
    panels += [replace(panel, limits=spread(right, got)) for panel in wanted]
    most = max(abs(end) for end in spread(difference)) or 1.0
    for panel in _panels("yours − expected", difference, _cell(at), at, several):
        shade = None if panel.array is None else -np.abs(panel.array)
        panels.append(replace(panel, shade=shade, limits=(-most, 0.0)))
    return panels


def _wrong_part(want: Any, outcome: Outcome, key: ExerciseKey) -> tuple[Any, Outcome, str]:
    """Return, of several results, the first that is wrong, and its name; else all as it is."""
    got = outcome.value
    if isinstance(want, tuple | list) and isinstance(got, tuple | list) and len(want) == len(got):
        for number, (right, mine) in enumerate(zip(want, got, strict=True), 1):
            if not compare(right, mine, key.tolerance, key.dtype).right:
                return right, replace(outcome, value=mine), f", part {number} of {len(want)}"
    return want, outcome, ""


def shape_of(value: Any) -> tuple[int, ...] | None:
    """Return an array's shape, None of anything else."""
    return value.shape if isinstance(value, np.ndarray) else None


def _cell(at: tuple[int, ...] | None) -> tuple[int, int, int, int] | None:
    if at is None or not at:
        return None
    if len(at) == 1:
        return (0, at[0], 1, 1)
    row, column = (at[1], at[2]) if len(at) == 4 else at[:2]
    return (row, column, 1, 1)


def first_wrong(want: Any, got: Any) -> tuple[int, ...] | None:
    """Return the index of the first value that differs, None if shapes do, or nothing does."""
    if not isinstance(want, np.ndarray) or not want.ndim:
        return None
    array = as_numbers(got)
    if array is None or array.shape != want.shape:
        return None
    places = np.argwhere(_off(want, array))
    return tuple(int(i) for i in places[0]) if len(places) else None


def _off(want: np.ndarray, got: np.ndarray) -> np.ndarray:
    """Return which values are not close to what is expected."""
    right = want.astype(np.float64)
    room = 5e-5 if got.dtype == np.float32 else 1e-5
    with np.errstate(all="ignore"):
        return ~(np.abs(got.astype(np.float64) - right) <= room * np.maximum(1, np.abs(right)))


def _panels(
    title: str,
    value: Any,
    outline: tuple[int, int, int, int] | None,
    at: tuple[int, ...] | None,
    new_row: bool = False,
) -> list[Panel]:
    """Return a value as one table, or one for each of its first channels."""
    if isinstance(value, list) and not isinstance(value, str):
        array = as_numbers(value)
        if array is not None and array.ndim in (1, 2):
            return _panels(f"{title} (a list)", array, outline, at, new_row)
    if not isinstance(value, np.ndarray) or value.ndim == 0:
        return [Panel(title, None, short(value), new_row=new_row)]
    if value.size == 0 or value.dtype.kind not in "biuf":
        return [Panel(title, None, f"an array of shape {value.shape}", new_row=new_row)]
    if value.ndim == 1:
        return [Panel(title, value[None, :], "", outline, new_row, value.shape)]
    if value.ndim == 2:
        return [Panel(title, value, "", outline, new_row)]
    panels = []
    if value.ndim == 4:
        first = at[0] if at is not None and len(at) == 4 and at[0] < len(value) else 0
        return _panels(f"{title}[{first}]", value[first], outline, at and at[1:], new_row)
    if value.ndim == 3:
        count = value.shape[2]
        wanted = range(min(count, 3))
        result = title.split(",")[0] in ("expected", "yours", "yours − expected")
        if result and at is not None and len(at) >= 3:
            wanted = range(at[-1], at[-1] + 1)
        for channel in wanted:
            name = f"{title}[:, :, {channel}]"
            panels.append(Panel(name, value[:, :, channel], "", outline, new_row))
            new_row = False
    return panels
