"""Is this result the right one? The one measure of closeness in the whole project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

FLOAT32_ROOM = 5.0
"""How much more room a float32 result gets: 5e-5 where others have 1e-5."""


PIECE = 2**18
"""So many numbers are compared at a time: a result may be far larger than what was asked for."""


@dataclass(frozen=True)
class Comparison:
    """Whether the values are right, whether their type is, and what kind of wrong it is.

    ``kind`` is one of ``right``, ``values``, ``shape``, ``nothing``, ``kind``,
    ``dtype``, ``length``, ``keys``.
    """

    right: bool
    typed: bool = True
    kind: str = "right"


RIGHT = Comparison(True)


def wrong(kind: str) -> Comparison:
    """Return the comparison of a result that is wrong in this way."""
    return Comparison(False, kind=kind)


def compare(want: Any, got: Any, tolerance: float = 1e-5, dtype: bool = False) -> Comparison:
    """Compare what a function returned with what was expected.

    Close means ``|got − want| <= tolerance · max(1, |want|)``, five times that
    where the result is float32. Shapes must be equal. Types are forgiven where
    the design says so; a list for an array is right in value but not in type.
    """
    if got is None and want is not None:
        return wrong("nothing")
    if isinstance(want, Mapping):
        return _compare_dict(want, got, tolerance, dtype)
    if isinstance(want, tuple | list):
        return _compare_sequence(want, got, tolerance, dtype)
    if isinstance(want, np.ndarray) and want.ndim:
        return _compare_array(want, got, tolerance, dtype)
    if _is_number(want):
        return _compare_number(want, got, tolerance)
    same = type(want) is type(got) and bool(want == got)
    return RIGHT if same else wrong("values")


def _is_number(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 0
    return isinstance(value, bool | int | float | np.generic)


def _compare_number(want: Any, got: Any, tolerance: float) -> Comparison:
    if not _is_number(got):
        array = as_numbers(got)
        if array is not None and array.ndim:
            return wrong("shape")
        return wrong("kind")
    if not close(np.asarray(want), np.asarray(got), tolerance):
        return wrong("values")
    whole = isinstance(want, int) and not isinstance(want, bool)
    return Comparison(True, typed=not (whole and np.asarray(got).dtype.kind not in "iu"))


def _compare_array(want: np.ndarray, got: Any, tolerance: float, dtype: bool) -> Comparison:
    array = got if isinstance(got, np.ndarray | np.generic) else as_numbers(got)
    if array is None:
        return wrong("kind")
    array = np.asarray(array)
    if array.shape != want.shape:
        return wrong("shape")
    if not close(want, array, tolerance):
        return wrong("values")
    if dtype and array.dtype != want.dtype:
        return Comparison(True, typed=False, kind="dtype")
    return Comparison(True, typed=isinstance(got, np.ndarray))


def as_numbers(value: Any) -> np.ndarray | None:
    """Return a number or nested lists of numbers as an array, None if they are not that."""
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value)
    if _is_number(value) or isinstance(value, list | tuple):
        try:
            array = np.array(value)
        except ValueError:  # rows of different lengths
            return None
        return array if array.dtype.kind in "biuf" else None
    return None


def close(want: np.ndarray, got: np.ndarray, tolerance: float = 1e-5) -> bool:
    """Return whether two arrays of one shape are close everywhere.

    NaN and infinities, which only mistakes give, are close to their like.
    """
    if got.dtype == np.float32:
        tolerance *= FLOAT32_ROOM
    one, other = want.ravel(), got.ravel()
    return all(
        _near(one[at : at + PIECE], other[at : at + PIECE], tolerance)
        for at in range(0, one.size, PIECE)
    )


def _near(want: np.ndarray, got: np.ndarray, tolerance: float) -> bool:
    with np.errstate(all="ignore"):
        right, given = want.astype(np.float64), got.astype(np.float64)
        near = np.abs(given - right) <= tolerance * np.maximum(1.0, np.abs(right))
        same = (given == right) | (np.isnan(given) & np.isnan(right))
        return bool(np.all(np.where(np.isfinite(right), near, same)))


def _compare_sequence(want: Any, got: Any, tolerance: float, dtype: bool) -> Comparison:
    typed = True
    if isinstance(got, np.ndarray) and got.ndim >= 1:
        # (height, width) as an array: the numbers may be right, the type is not asked for.
        got, typed = list(got), False
    if not isinstance(got, tuple | list):
        return wrong("kind")
    if len(got) != len(want):
        return wrong("length")
    parts = [compare(a, b, tolerance, dtype) for a, b in zip(want, got, strict=True)]
    return _all_of(parts, typed)


def _compare_dict(want: Mapping, got: Any, tolerance: float, dtype: bool) -> Comparison:
    if not isinstance(got, Mapping):
        return wrong("kind")
    if any(name not in got for name in want):
        return wrong("keys")
    return _all_of([compare(want[name], got[name], tolerance, dtype) for name in want], True)


def _all_of(parts: list[Comparison], typed: bool) -> Comparison:
    for part in parts:
        if not part.right:
            return part
    return Comparison(True, typed=typed and all(part.typed for part in parts))
