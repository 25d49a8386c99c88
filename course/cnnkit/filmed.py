"""The picture of a scene in which ``watch`` missed something: see ``cnnkit.detections``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnkit.detections import LEAST, overlaps
from cnnkit.tables import Panel

BLOCK = 10
"""So many pixels, squared, are one cell of the picture: a table shows twelve rows and columns."""

COLUMNS = "frame, top, left, height, width, label"


def scene_panels(frames: np.ndarray, want: Mapping[str, Any], got: Any) -> list[Panel]:
    """Return the frame of the first thing that went wrong, what is there, and what was found.

    frames (T, H, W); ``want`` as the measure has it. Empty where ``got`` is no table.
    """
    truth = np.asarray(want["truth"], dtype=np.float64).reshape(-1, 6)
    found = _table(got)
    if found is None:
        return []
    number, box = _first_wrong(truth, found)
    if number is None or not 0 <= number < len(frames):
        return []
    height, width = (side // BLOCK * BLOCK for side in frames.shape[1:])
    blocks = frames[number, :height, :width].reshape(
        height // BLOCK, BLOCK, width // BLOCK, BLOCK
    )
    picture = np.round(blocks.mean(axis=(1, 3)))
    title = f"frames[{number}], one cell for {BLOCK}×{BLOCK} pixels"
    return [
        Panel(title, picture, "", _in_blocks(box, picture.shape), shape=frames.shape[1:]),
        _rows(f"there: {COLUMNS}", truth[truth[:, 0] == number], new_row=True),
        _rows("yours", found[found[:, 0] == number]),
    ]


def _table(got: Any) -> np.ndarray | None:
    """Return detections as (n, 6) numbers, None if they are not that."""
    try:
        found = np.asarray(got, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    if found.size == 0:
        return np.zeros((0, 6))
    fits = found.ndim == 2 and found.shape[1] == 6 and bool(np.isfinite(found).all())
    return found if fits else None


def _first_wrong(truth: np.ndarray, found: np.ndarray) -> tuple[int | None, np.ndarray]:
    """Return frame and box of what was missed first, else misnamed, else found and not there."""
    table = overlaps(truth, found)
    for thing, row in zip(truth, table, strict=True):
        if row.max(initial=0.0) < LEAST:
            return int(thing[0]), thing[1:5]
    for thing, row in zip(truth, table, strict=True):
        if found[row.argmax(), 5] != thing[5]:
            return int(thing[0]), thing[1:5]
    for thing, column in zip(found, table.T, strict=True):
        if column.max(initial=0.0) < LEAST:
            return int(thing[0]), thing[1:5]
    return None, np.zeros(4)


def _in_blocks(box: np.ndarray, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return a box of pixels as the cells it touches."""
    start = np.clip(box[:2] // BLOCK, 0, np.array(shape) - 1)
    end = np.clip(-(-(box[:2] + box[2:]) // BLOCK), start + 1, shape)
    top, left, bottom, right = (int(value) for value in (*start, *end))
    return top, left, bottom - top, right - left


def _rows(title: str, table: np.ndarray, new_row: bool = False) -> Panel:
    if len(table) == 0:
        return Panel(title, None, "nothing", new_row=new_row)
    return Panel(title, table, "", new_row=new_row)
