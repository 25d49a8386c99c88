"""Which part of an argument one output cell looks at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Outline = tuple[int, int, int, int]
"""Row, column, height and width of a window."""


def window_of(
    window: Mapping[str, Any] | None,
    arguments: Mapping[str, Any],
    name: str,
    at: tuple[int, ...] | None,
) -> Outline | None:
    """Return the window of argument ``name`` that the output cell ``at`` looks at.

    None where the exercise has no window, or this argument is not looked through.
    The window may begin outside the image, where there is padding.
    """
    if window is None or at is None or window["of"] != name or len(at) < 2:
        return None
    height_width = _size(window, arguments)
    if height_width is None:
        return None
    stride = _number(window["stride"], arguments, 1)
    padding = _number(window["padding"], arguments, 0)
    row, column = (at[1], at[2]) if len(at) == 4 else at[:2]
    return (row * stride - padding, column * stride - padding, *height_width)


def _size(window: Mapping[str, Any], arguments: Mapping[str, Any]) -> tuple[int, int] | None:
    if window["kernel"] is not None:
        kernel = arguments.get(window["kernel"])
        if not isinstance(kernel, np.ndarray) or kernel.ndim < 2:
            return None
        sides = kernel.shape[1:3] if kernel.ndim == 4 else kernel.shape[:2]
        return int(sides[0]), int(sides[1])
    size = _number(window["size"], arguments, 2)
    return size, size


def _number(declared: Any, arguments: Mapping[str, Any], default: int) -> int:
    if isinstance(declared, str):
        return int(arguments.get(declared, default))
    return default if declared is None else int(declared)
