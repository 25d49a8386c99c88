"""Predict, then run: commit to an answer before the notebook shows the truth.

Quick reference for lessons (a reveal stands in a later cell than its question)::

    predict("map-size", "How large will the feature map be?", choices=["4×4", "5×5", "6×6"])
    predict("weights", "How many weights has this layer?", number=True)

    reveal("map-size", "4×4", why="The kernel fits four times along each side.")
    reveal("weights", filters.size + biases.size, why="...")

    my_predictions()        # at the end of the lesson: how well you predicted

Nothing here is graded. Answers are kept in ``.predictions.json`` in the notebook's
folder, so they outlive the kernel. Once revealed, an answer is final until the
learner asks to predict again. With no front end (marking, tests, a terminal) a
question is one printed line and ipywidgets is never imported.
"""

from __future__ import annotations

import html
import json
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cnnkit import palette
from cnnkit.errors import WrongValue

FILE_NAME = ".predictions.json"

# The questions asked in this session, by id: their choices (None for a number), and
# what to call when the truth is out. Re-running a cell replaces its entry.
_asked: dict[str, list[str] | None] = {}
_locks: dict[str, Any] = {}
# What could not be written to the folder (it may be read-only) still lasts the session.
_unsaved: dict[str, dict[str, Any]] = {}


def predict(id: str, question: str, choices: Sequence[Any] | None = None, number: bool = False
            ) -> None:  # fmt: skip
    """Ask for a prediction: one of ``choices``, or a number.

    Raises ValueError unless exactly one of ``choices`` and ``number`` is given,
    or if a choice is there twice.
    """
    if (choices is None) == (not number):
        raise WrongValue(f"The prediction {id!r} needs choices=[...] or number=True.")
    options = None if choices is None else [str(choice) for choice in choices]
    if options is not None and (len(options) < 2 or len(set(options)) < len(options)):
        raise WrongValue(f"The prediction {id!r} needs two choices or more, all different.")
    _asked[id] = options
    if not has_front_end():
        print(f"Predict: {question}" + (f" ({' · '.join(options)})" if options else ""))
        return
    from cnnkit.ask import show_question

    _locks[id] = show_question(id, question, options)


def reveal(id: str, truth: Any, why: str = "", tolerance: float | None = None) -> None:
    """Show the truth beside what was predicted, and make the prediction final.

    Parameters
    ----------
    truth : one of the choices, or a number.
    why : one or two sentences.
    tolerance : how far a number may be off and still count, as a part of the truth. If it
        is not given: a whole number under 1,000 can be counted, and must be hit; others
        may be off by a hundredth.

    Raises ValueError if the truth is none of the choices, or no number where one was asked.
    """
    if id in _asked:
        truth = _checked(id, truth)
    shown = _spoken(truth)
    record = recall(id)
    if record is None or record.get("answer") is None:
        words = f"The truth: {shown}. You made no prediction here."
        sign, colour = "–", palette.SOFT_INK
    else:
        right = _right(record["answer"], truth, tolerance)
        remember(id, {**record, "truth": shown, "right": right})
        yours = _spoken(record["answer"])
        # A choice may be a whole sentence: it stands after a colon, never inside another.
        words = f"Your answer: {yours}. The truth: {shown}."
        sign, colour = ("✓ Right.", palette.RIGHT) if right else ("✗ Not quite.", palette.WRONG)
        if right and yours == shown:
            sign, words = "✓ Right:", f"{shown}."
        if id in _locks:
            _locks[id]()
    text = " ".join(part for part in (sign if record else "", words, why) if part)
    lead = f"<b>{sign}</b> " if record else ""
    _show(
        f'<div style="border-left:4px solid {colour};padding:6px 12px;margin:4px 0">'
        f"{lead}{html.escape(words)}{f'<br>{html.escape(why)}' if why else ''}</div>",
        text,
    )


def my_predictions() -> None:
    """Show every prediction of this folder beside the truth, and how many were right."""
    records = {id: record for id, record in _all().items() if "right" in record}
    if not records:
        _show("<p>No predictions yet. Nothing lost: they are never graded.</p>",
              "No predictions yet. Nothing lost: they are never graded.")  # fmt: skip
        return
    right = sum(bool(record["right"]) for record in records.values())
    total = f"You predicted {right} of {len(records)} right."
    lines, rows = [total], ""
    for record in records.values():
        sign = "✓" if record["right"] else "✗"
        cells = [str(record.get("question", "")), _spoken(record["answer"]), str(record["truth"])]
        lines.append(f"{sign} {cells[0]} You: {cells[1]}. Truth: {cells[2]}.")
        row = "".join(f'<td style="text-align:left">{html.escape(cell)}</td>' for cell in cells)
        colour, word = (
            (palette.RIGHT, "right") if record["right"] else (palette.WRONG, "not right")
        )
        style = palette.on_page(colour)
        mark = f'<td style="{style}"><span role="img" aria-label="{word}">{sign}</span></td>'
        rows += f"<tr>{mark}{row}</tr>"
    head = "".join(
        f'<th scope="col" style="text-align:left">{word}</th>'
        for word in ("", "Question", "You", "Truth")
    )
    _show(f"<table><caption>{total}</caption><thead><tr>{head}</tr></thead>"
          f"<tbody>{rows}</tbody></table>", "\n".join(lines))  # fmt: skip


def has_front_end() -> bool:
    """Return whether a notebook front end is likely to show a widget.

    False in a terminal, in plain Python, and while nbgrader or the autograder runs
    the notebook (they set NBGRADER_EXECUTION).
    """
    if os.environ.get("NBGRADER_EXECUTION") or "ipykernel" not in sys.modules:
        return False
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


def recall(id: str) -> dict[str, Any] | None:
    """Return what is remembered of a prediction, None if there is nothing."""
    return _all().get(id)


def remember(id: str, record: dict[str, Any] | None) -> bool:
    """Keep a record, or forget it if None. Return whether the folder could take it."""
    records = _all()
    records.pop(id, None) if record is None else records.update({id: record})
    _unsaved.clear()
    path = Path(FILE_NAME)
    scratch = path.with_name(f"{FILE_NAME}.{os.getpid()}")
    try:
        # Written beside and moved: a kernel killed halfway leaves the old file whole.
        scratch.write_text(json.dumps(records, ensure_ascii=False, indent=1), "utf-8")
        scratch.replace(path)
    except OSError:
        _unsaved.update(records)
        return False
    return True


def _all() -> dict[str, dict[str, Any]]:
    if _unsaved:
        return dict(_unsaved)
    try:
        found = json.loads(Path(FILE_NAME).read_text("utf-8"))
    except (OSError, ValueError):  # none yet, or no longer readable: start again
        return {}
    if not isinstance(found, dict):
        return {}
    return {id: record for id, record in found.items() if _sound(record)}


def _sound(record: Any) -> bool:
    if not isinstance(record, dict) or not isinstance(record.get("answer"), str | int | float):
        return False
    return "right" not in record or "truth" in record


def _checked(id: str, truth: Any) -> Any:
    """Return the truth as a choice or a float; a lesson that mixes them up is told."""
    options = _asked[id]
    if options is None:
        try:
            value = float(truth)
        except (TypeError, ValueError):
            raise WrongValue(f"The prediction {id!r} asked for a number.") from None
        return int(value) if value.is_integer() else value
    if str(truth) not in options:
        raise WrongValue(f"{str(truth)!r} is none of the choices of the prediction {id!r}.")
    return str(truth)


def _right(answer: Any, truth: Any, tolerance: float | None) -> bool:
    try:
        if tolerance is None:
            countable = float(truth).is_integer() and abs(float(truth)) < 1000
            tolerance = 0.0 if countable else 0.01
        return math.isclose(float(answer), float(truth), rel_tol=tolerance, abs_tol=1e-9)
    except (TypeError, ValueError):
        return str(answer) == str(truth)


def _spoken(value: Any) -> str:
    if not isinstance(value, int | float):
        return str(value)
    whole = isinstance(value, int) or value.is_integer()
    return (f"{value:,.0f}" if whole else f"{value:,.4g}").replace("-", "−")


def _show(markup: str, text: str) -> None:
    from cnnkit.canvas import show_html

    show_html(markup, text)
