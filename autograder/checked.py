"""One notebook's result of ``autograder check``, as JSON or as a table."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.mark import Marked
from autograder.mend import plain, shown


@dataclass(frozen=True)
class Checked:
    """One notebook's result: its path as given, its assignment, its marks."""

    path: str
    assignment: str | None
    marked: Marked | None
    max_score: float | None
    reason: str | None = None


def json_line(checked: Checked) -> str:
    """Return the result as one JSON object, in one line."""
    line: dict[str, Any] = {
        "notebook": checked.path,
        "assignment": checked.assignment,
        "score": None,
        "max_score": checked.max_score,
    }
    if checked.marked is None or checked.marked.reason is not None:
        return _dumped(line | {"error": checked.reason, "exercises": []})
    line["score"] = checked.marked.score
    line["repairs"] = list(checked.marked.repairs)
    line["exercises"] = [
        {
            "id": verdict.exercise,
            "score": verdict.score,
            "max_score": verdict.max_score,
            "status": verdict.status,
            "mistake": verdict.mistake,
            "message": verdict.message,
        }
        for verdict in checked.marked.verdicts
    ]
    return _dumped(line)


def _dumped(line: dict[str, Any]) -> str:
    """Return JSON as it reads best, and in ASCII where what is written to could not hold it."""
    text = json.dumps(line, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(line)
    return text


def table(checked: Checked) -> str:
    """Return the result for people."""
    if checked.marked is None or checked.marked.reason is not None:
        return f"{shown(checked.path)}: not marked. {plain(checked.reason or '')}"
    marked = checked.marked
    lines = [
        f"{shown(checked.path)} ({checked.assignment}): "
        f"{marked.score:g} of {checked.max_score:g} points"
    ]
    lines += [f"  mended: {plain(repair)}" for repair in marked.repairs]
    rows = [
        (verdict.exercise, f"{verdict.score:g}/{verdict.max_score:g}", verdict.status,
         verdict.message)
        for verdict in marked.verdicts
    ]
    lines += _columns(rows)
    return "\n".join(lines)


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterable[str]:
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield f"  {'  '.join(cells)}  {plain(row[3])}".rstrip()
