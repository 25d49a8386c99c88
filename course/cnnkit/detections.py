"""How lesson 07's ``watch`` is judged: by what was found, when and where.

A detection is a row of six whole numbers: frame, top, left, height, width, label. It
is a hit if it overlaps a thing that is there in that frame by at least LEAST
(intersection over union) and no better one does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cnnkit.verdicts import Measured

LEAST = 0.5

READ_OTHERWISE = {
    "centres": " Your second and third numbers look like a box's middle. Asked are top and left.",
    "corners, columns first": " Your boxes look like left, top, right, bottom. Asked are top, "
    "left, height, width.",
    "sides swapped": " Your boxes look like top, left, width, height. Height comes first.",
}
"""What is said of symptoms that are no mistake of their own in ``watch``."""


def overlaps(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return intersection over union of every detection with every other, 0 across frames.

    some (n, 6), others (m, 6) → (n, m).
    """
    a, b = some[:, None].astype(float), others[None].astype(float)
    ends = np.minimum(a[..., 1:3] + a[..., 3:5], b[..., 1:3] + b[..., 3:5])
    sides = np.maximum(ends - np.maximum(a[..., 1:3], b[..., 1:3]), 0)
    both = sides[..., 0] * sides[..., 1]
    either = a[..., 3] * a[..., 4] + b[..., 3] * b[..., 4] - both
    return np.where(a[..., 0] == b[..., 0], both / np.maximum(either, 1e-9), 0)


def compare_with_truth(
    found: np.ndarray, truth: np.ndarray, hidden: np.ndarray, least: float = LEAST
) -> dict[str, int]:
    """Count hits, misses, false alarms and right labels.

    A detection at a thing that is only partly in the picture (``hidden``) is neither
    a hit nor a false alarm.
    """
    table = overlaps(found, truth)
    hits, right, used = 0, 0, set()
    while table.size and table.max() >= least:
        mine, theirs = np.unravel_index(int(table.argmax()), table.shape)
        hits += 1
        right += int(found[mine, 5] == truth[theirs, 5])
        used.add(int(mine))
        table[mine], table[:, theirs] = 0, 0
    excused = overlaps(found, hidden).max(axis=1) > 0 if len(hidden) else np.zeros(len(found), bool)
    false = sum(1 for at in range(len(found)) if at not in used and not excused[at])
    return {"hits": hits, "misses": len(truth) - hits, "false alarms": false, "right": right}


def quality(counts: Mapping[str, int]) -> tuple[float, float]:
    """Return how well places were found (F1: 1 is perfect) and the share of right labels."""
    hits = counts["hits"]
    total = 2 * hits + counts["misses"] + counts["false alarms"]
    return (2 * hits / total if total else 1.0), (counts["right"] / hits if hits else 0.0)


def detections(
    arguments: Mapping[str, Any], want: Any, got: Any, options: Mapping[str, Any], seconds: float
) -> Measured:
    """Judge the detections of one scene: 70 % for the places, 30 % for the labels.

    ``want`` has ``truth`` and ``hidden``, both (n, 6). Places count from an F1 of 0.3,
    fully from ``options["places"]``; labels from a quarter right, fully from
    ``options["labels"]``.
    """
    truth, hidden = np.asarray(want["truth"]), np.asarray(want["hidden"])
    if got is None:
        return Measured(0.0, "You returned nothing. Is there a return at the end?", "no table")
    try:
        found = np.asarray(got, dtype=np.float64)
    except (TypeError, ValueError):
        return Measured(0.0, _no_table(got), "no table")
    if found.size == 0:
        found = np.zeros((0, 6))
    if found.ndim != 2 or found.shape[1] != 6:
        note = "Asked is a table with six columns: frame, top, left, height, width, label."
        return Measured(0.0, note, "no table")
    counts = compare_with_truth(found, truth, hidden)
    places, labels = quality(counts)
    if len(truth) == 0:
        places, labels = (1.0, 1.0) if counts["false alarms"] == 0 else (0.0, 0.0)
    full, sure = float(options["places"]), float(options["labels"])
    share = 0.7 * _between(places, 0.3, full) + 0.3 * _between(labels, 0.25, sure) * (places > 0.3)
    if share >= 1 and isinstance(got, list | tuple):
        note = "The detections are right, and they stand in a list. Asked is an array of them."
        return Measured(1.0, note, typed=False)
    if share >= 1:
        return Measured(1.0)
    symptom = diagnose(found, truth, hidden, places)
    note = (
        f"Of {len(truth)} things in the frames you found {counts['hits']}, with "
        f"{counts['false alarms']} false alarms; {counts['right']} labels are right."
        f"{_first_miss(found, truth)}{READ_OTHERWISE.get(symptom, '')}"
    )
    return Measured(share, note, symptom)


def _no_table(got: Any) -> str:
    """Say why this cannot be read as a table of numbers."""
    asked = "Asked is one table with six columns: frame, top, left, height, width, label."
    if isinstance(got, tuple) and any(getattr(part, "ndim", 0) == 2 for part in got):
        return "You return the table and something else. Asked is the table alone."
    if isinstance(got, Mapping):
        return f"You return a dict. {asked}"
    return f"What you return does not fit into a table of numbers. {asked} A label is a number too."


def _first_miss(found: np.ndarray, truth: np.ndarray) -> str:
    """Return a sentence on the first thing that no detection overlaps enough, if there is one."""
    for thing, table in zip(truth, overlaps(truth, found), strict=True):
        if table.max(initial=0.0) >= LEAST:
            continue
        same = np.flatnonzero(found[:, 0] == thing[0])
        # Of several in that frame, the one that overlaps most, else the nearest.
        far = np.abs(found[same, 1:5] - thing[1:5]).sum(axis=1) - 1e6 * table[same]
        mine = f"you say ({_numbers(found[same[far.argmin()], 1:5])})" if len(same) else "you: none"
        return (f" The first one missed is in frame {int(thing[0])}: top, left, height, width "
                f"({_numbers(thing[1:5])}); {mine}.")  # fmt: skip
    return ""


def _numbers(box: np.ndarray) -> str:
    return ", ".join(f"{value:g}" for value in box)


def _between(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def diagnose(found: np.ndarray, truth: np.ndarray, hidden: np.ndarray, places: float) -> str:
    """Return a word for what is wrong with detections, "weak" if it cannot be said."""
    if len(found) == 0:
        return "nothing found"
    for symptom, other in _others(found):
        if quality(compare_with_truth(other, truth, hidden))[0] > places + 0.35:
            return symptom
    if len(truth) and not np.any(found[:, 0]):
        return "first frame only"
    if places > 0.8:
        return "one label" if len(set(found[:, 5])) == 1 else "labels"
    if len(found) > 2 * len(truth) + 4:
        return "false alarms"
    typical = float(np.median(truth[:, 3] * truth[:, 4])) if len(truth) else 0.0
    several = len(found) > len(np.unique(found[:, 0]))  # boxes in one frame
    if float(np.median(found[:, 3] * found[:, 4])) > 2 * typical and not several:
        return "too large"
    return "weak"


def _others(found: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what the detections would be if their columns meant something else."""
    yield "rows and columns swapped", found[:, [0, 2, 1, 4, 3, 5]]
    corners = found.copy()
    corners[:, 3:5] -= found[:, 1:3] - 1
    yield "corners", corners
    yield "corners, columns first", corners[:, [0, 2, 1, 4, 3, 5]]
    yield "label first", found[:, [1, 2, 3, 4, 5, 0]]
    centres = found.copy()
    centres[:, 1:3] -= found[:, 3:5] // 2
    yield "centres", centres
    yield "sides swapped", found[:, [0, 1, 2, 4, 3, 5]]
    for factor in (2, 3, 4, 8):
        blocks = found.copy()
        blocks[:, 1:5] *= factor
        yield "blocks", blocks
    late = found.copy()
    late[:, 0] -= 1
    yield "frames from one", late
