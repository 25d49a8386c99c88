"""Results in digits that every machine gives: what makes a key the same bytes everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnkit.calls import Call, Outcome, run_calls


def settled(
    function: Callable[..., Any],
    calls: Sequence[Call],
    arrays: Sequence[np.ndarray],
    plan: Sequence[int],
    outcomes: Sequence[Outcome],
) -> list[Any]:
    """Return what came back, in digits that every machine gives (see :func:`settle`)."""
    wide: Sequence[Outcome | None] = [None] * len(outcomes)
    if any(_has_single(outcome.value) for outcome in outcomes):
        doubled = [
            array.astype(np.float64) if array.dtype == np.float32 else array for array in arrays
        ]
        wide = run_calls(function, calls, doubled, plan)
    return [
        settle(outcome.value, None if other is None else other.value)
        for outcome, other in zip(outcomes, wide, strict=True)
    ]


def settle(value: Any, wide: Any = None) -> Any:
    """Round floats to nine digits, so that a key is the same bytes on every machine.

    Sums, logarithms and exponentials differ in their last bits from one processor to
    another: far below what is judged, but enough to make another file. A float32 result
    has too few digits to spare for that, so ``wide``, what the same call gives in float64,
    stands in for it where the two agree.
    """
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind == "f":
        array = np.asarray(value)
        digits = 9
        if array.dtype == np.float32:
            other = wide if isinstance(wide, np.ndarray | np.generic | float) else None
            agree = (
                other is not None
                and np.shape(other) == array.shape
                and np.allclose(array, np.asarray(other), rtol=5e-5, atol=5e-5, equal_nan=True)
            )
            array, digits = (np.asarray(other, np.float64), 9) if agree else (array, 5)
        flat = [_round(number, digits) for number in np.ravel(array).tolist()]
        result = np.array(flat, dtype=value.dtype).reshape(array.shape)
        return result if isinstance(value, np.ndarray) else result[()]
    if isinstance(value, float):
        return _round(value, 9)
    if isinstance(value, tuple | list):
        return type(value)(
            settle(item, other) for item, other in zip(value, _parts(wide, value), strict=True)
        )
    if isinstance(value, dict):
        others = wide if isinstance(wide, dict) else {}
        return {name: settle(item, others.get(name)) for name, item in value.items()}
    return value


def _parts(wide: Any, value: Sequence[Any]) -> Sequence[Any]:
    if isinstance(wide, tuple | list) and len(wide) == len(value):
        return wide
    return [None] * len(value)


def _round(number: float, digits: int) -> float:
    """Round to so many significant digits, or decimals where it is below 1; never to -0."""
    if abs(number) < 1:
        return round(number, digits) + 0.0
    return float(f"{number:.{digits - 1}e}")


def _has_single(value: Any) -> bool:
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype == np.float32
    if isinstance(value, tuple | list):
        return any(_has_single(item) for item in value)
    if isinstance(value, dict):
        return any(_has_single(item) for item in value.values())
    return False
