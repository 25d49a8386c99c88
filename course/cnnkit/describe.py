"""Numbers and pictures in words: what stands in cells and in text alternatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

SPELLED_OUT = 64  # an array of at most this many numbers is read out in full


def as_numbers(values: Any, function: str) -> np.ndarray:
    """Return ``values`` as an array of real numbers.

    Raises TypeError, naming the figure function, if they are something else.
    """
    try:
        array = np.asarray(values)
    except ValueError:  # rows of unequal length
        array = np.asarray(values, dtype=object)
    if array.dtype == bool:
        return array.astype(np.int64)
    if array.dtype.kind not in "iuf":
        found = type(values).__name__
        raise TypeError(f"{function} draws numbers, and this {found} does not hold only numbers.")
    return array


def decimals_for(array: np.ndarray, most: int = 2) -> int:
    """Return how many decimals (0 to ``most``) show every value exactly, or ``most``."""
    finite = array[np.isfinite(array)].astype(np.float64)
    for decimals in range(most):
        if np.allclose(finite, np.round(finite, decimals), rtol=0, atol=1e-9):
            return decimals
    return most


def number(value: float, decimals: int = 2) -> str:
    """Return a number to read: a true minus sign, no "-0", short even if huge or tiny."""
    if not np.isfinite(value):
        return "nan" if np.isnan(value) else ("∞" if value > 0 else "\u2212∞")
    if abs(float(value)) >= 1e9:
        text = _powered(float(value))
    else:
        text = f"{float(value):.{decimals}f}"
        if float(text) == 0:
            text = text.replace("-", "")
    return text.replace("-", "\u2212")


def _powered(value: float) -> str:
    return f"{value:.1e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def cells(array: np.ndarray) -> list[list[str]]:
    """Return the text of each cell of a 2-D array, all with the same number of decimals."""
    finite = array[np.isfinite(array)]
    if 0 < np.abs(finite).max(initial=0) < 0.005:  # with two decimals all would read 0.00
        return [[_powered(value).replace("-", "\u2212") if value else "0" for value in row]
                for row in array.tolist()]  # fmt: skip
    size = float(np.abs(finite).max(initial=0))
    decimals = decimals_for(array, most=0 if size >= 1000 else 1 if size >= 100 else 2)
    return [[number(value, decimals) for value in row] for row in array.tolist()]


def brief(value: float) -> str:
    """Return a number to three digits or so; a whole number in full."""
    size = abs(float(value))
    if 0 < size < 0.0005:
        return _powered(float(value)).replace("-", "\u2212")
    most = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return number(float(value), decimals_for(np.asarray([value]), most))


def spread(array: np.ndarray) -> str:
    """Return "values from a to b", or "every value a"."""
    finite = array[np.isfinite(array)]
    if finite.size == 0:
        return "no finite value"
    low, high = float(finite.min()), float(finite.max())
    if brief(low) == brief(high):
        return f"every value {brief(low)}"
    return f"values from {brief(low)} to {brief(high)}"


def count(amount: int, thing: str) -> str:
    """Return "1 row", "2 rows"."""
    return f"{amount} {thing}{'' if amount == 1 else 's'}"


def size_of(array: np.ndarray) -> str:
    """Return "6 rows, 4 columns"."""
    return f"{count(array.shape[0], 'row')}, {count(array.shape[1], 'column')}"


def picture(image: np.ndarray, title: str | None = None, signed: bool = False) -> str:
    """Describe a picture (H, W) or (H, W, 3)."""
    kind = "a colour picture" if image.ndim == 3 else "a grey picture"
    if signed:
        kind = "a map of signed values"
    return f"{title or 'Picture'}: {kind}, {size_of(image)}, {spread(image)}"


def grid(array: np.ndarray, title: str | None = None, windows: Sequence[Sequence[int]] = ()) -> str:
    """Describe a 2-D array of numbers: all of them if they are few."""
    words = f"{title or 'Array'}: {size_of(array)}"
    if array.size == 1:
        words = f"{title or 'Number'}: {cells(array)[0][0]}"
    elif array.size <= SPELLED_OUT:
        words += ": " + "; ".join(" ".join(row) for row in cells(array))
    else:
        words += f", {spread(array)}"
    return words + outlined(windows)


def outlined(windows: Sequence[Sequence[int]], where: str = "") -> str:
    """Return "; outlined: rows 0 to 2, columns 1 to 3" for each (row, column, height, width)."""
    return "".join(
        f"; outlined{where}: {_span('row', row, height)}, {_span('column', column, width)}"
        for row, column, height, width in windows
    )


def _span(thing: str, first: int, amount: int) -> str:
    """Return "row 2", "rows 2 to 4"."""
    return f"{thing} {first}" if amount == 1 else f"{thing}s {first} to {first + amount - 1}"


def listing(names: Sequence[str], limit: int = 24) -> str:
    """Join names with commas; say how many more there are past the limit."""
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"
