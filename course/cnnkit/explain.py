"""What can be said of a wrong result when no known mistake explains it.

The sentences name no number of the case: the same ones stand in the feedback of
the hidden cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnkit.calls import Outcome
from cnnkit.compare import Comparison, close


def explain(
    want: Any,
    error: str | None,
    outcome: Outcome,
    comparison: Comparison,
    arguments: Mapping[str, Any],
) -> str:
    """Say in a sentence or two what is wrong with an outcome, and where to look."""
    if comparison.kind == "not raised":
        return _not_raised(error, outcome)
    if outcome.errors:
        return _raised(outcome)
    if outcome.changed and comparison.right:
        names = " and ".join(f"`{name}`" for name in outcome.changed)
        return (
            f"The result is right, but your function changed {names}, which the caller "
            "still needs. Work on a copy, or build a new array."
        )
    got = outcome.value
    if comparison.kind == "nothing":
        printed = " It printed something: printing shows a value, `return` hands it back."
        return "Your function returned nothing (None)." + (
            printed if outcome.printed else " Is there a `return` at its end?"
        )
    if comparison.right and not comparison.typed:
        return (
            f"The numbers are right, but you returned {describe(got)} where "
            f"{describe(want)} is asked for."
        )
    if comparison.kind not in ("length", "keys") and _has_parts(want, got):
        return _parts(want, got)
    if comparison.kind in ("kind", "length", "keys"):
        return f"You returned {describe(got)}; {describe(want)} is asked for."
    if comparison.kind == "dtype":
        return (
            f"The numbers are right, but their dtype is {np.asarray(got).dtype}; "
            f"{np.asarray(want).dtype} is asked for."
        )
    if comparison.kind == "shape":
        return _shape(np.asarray(want), np.asarray(got))
    if isinstance(want, np.ndarray) and want.ndim:
        return _array(want, np.asarray(got), arguments)
    return _number(float(want), float(got))


def _not_raised(error: str | None, outcome: Outcome) -> str:
    if outcome.errors:
        return f"Here a {error} should be raised; your function raised {outcome.errors[0]}."
    return f"Here a {error} should be raised, but your function returned {describe(outcome.value)}."


def _raised(outcome: Outcome) -> str:
    name = outcome.errors[0]
    if name == "NotImplementedError":
        return "Part of the function is not written yet: it raised NotImplementedError."
    if name == "RecursionError":
        return "Your function calls itself without end (RecursionError)."
    said = f": {outcome.message}" if outcome.message else ""
    return f"Your function stopped with {name}{said}".rstrip(". ") + "."


def describe(value: Any) -> str:
    """Name a value's type and shape in school-level words."""
    if value is None:
        return "nothing (None)"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    if isinstance(value, bool | np.bool_):
        return "True or False"
    if isinstance(value, np.ndarray | np.generic):
        return "a number" if value.dtype.kind == "f" else "a whole number"
    names = {int: "a whole number", float: "a float", str: "a text"}
    if type(value) in names:
        return names[type(value)]
    if isinstance(value, list | tuple | dict):
        kind = type(value).__name__
        return f"a {kind} of {len(value)}"
    return getattr(value, "description", "something else")


def _shape(want: np.ndarray, got: np.ndarray) -> str:
    text = f"Your result has shape {got.shape}; {want.shape} is expected."
    if got.ndim == want.ndim and got.shape == want.shape[::-1]:
        return text + " Are rows and columns swapped?"
    if got.ndim == want.ndim and all(
        abs(a - b) == 1 for a, b in zip(got.shape, want.shape, strict=True) if a != b
    ):
        return text + " You are off by one: count the places where the window fits."
    if got.size == want.size:
        return text + " The values may be right: only their arrangement is not."
    if got.ndim != want.ndim:
        return text + f" It has {_axes(got.ndim)} instead of {_axes(want.ndim)}."
    return text


def _axes(count: int) -> str:
    return "1 axis" if count == 1 else f"{count} axes"


def _array(want: np.ndarray, got: np.ndarray, arguments: Mapping[str, Any]) -> str:
    numbers = got.astype(np.float64)
    right = want.astype(np.float64)
    if np.isnan(numbers).any():
        return "Your result holds NaN (not a number). Look for 0/0 or inf − inf."
    if np.isinf(numbers).any():
        return "Your result holds infinity. Look for a division by zero or an overflow."
    for test, text in _PATTERNS:
        if test(right, numbers):
            return text
    for name, value in arguments.items():
        if isinstance(value, np.ndarray) and value.shape == got.shape and close(value, numbers):
            return f"Your result is `{name}` itself, unchanged."
    bad = int(np.count_nonzero(np.abs(numbers - right) > 1e-5 * np.maximum(1, np.abs(right))))
    if bad == right.size:
        return "The shape is right, but none of the values is. Work one of them out by hand."
    return f"{right.size - bad} of {right.size} values are right. Look at the first that is not."


def _transposed(want: np.ndarray, got: np.ndarray) -> bool:
    return want.ndim == 2 and want.shape[0] == want.shape[1] and close(want.T, got)


def _flipped(want: np.ndarray, got: np.ndarray) -> bool:
    axes = range(min(want.ndim, 2))
    return any(close(np.flip(want, axis), got) for axis in axes) or (
        want.ndim >= 2 and close(want[::-1, ::-1], got)
    )


def _scaled(want: np.ndarray, got: np.ndarray) -> bool:
    sure = np.abs(want) > 1e-6
    if np.count_nonzero(sure) < 2:
        return False
    ratios = got[sure] / want[sure]
    ratio = float(np.median(ratios))
    return ratio != 0 and close(want * ratio, got) and np.ptp(ratios) < 1e-4 * abs(ratio) + 1e-9


def _offset(want: np.ndarray, got: np.ndarray) -> bool:
    return want.size > 1 and float(np.ptp(got - want)) < 1e-6


def _shifted(want: np.ndarray, got: np.ndarray) -> bool:
    if want.ndim < 2 or min(want.shape[:2]) < 3:
        return False
    return (
        close(want[1:], got[:-1])
        or close(want[:-1], got[1:])
        or close(want[:, 1:], got[:, :-1])
        or close(want[:, :-1], got[:, 1:])
        or close(want[1:, 1:], got[:-1, :-1])
        or close(want[:-1, :-1], got[1:, 1:])
    )


def _rounded(want: np.ndarray, got: np.ndarray) -> bool:
    return bool(
        np.all(got == np.round(got)) and np.any(want != np.round(want))
        and np.all(np.abs(got - want) < 1)
    )


def _wrapped(want: np.ndarray, got: np.ndarray) -> bool:
    off = got - want
    return bool(np.any(off) and np.all(off % 256 == 0))


_PATTERNS = (
    (lambda want, got: not got.any() and want.any(),
     "Every value of your result is 0. Is it ever filled in?"),
    (_transposed, "Your result is transposed: rows and columns are swapped."),
    (_flipped, "Your values are there, but mirrored: look at the order of the indices."),
    (lambda want, got: close(-want, got), "Every value has the wrong sign."),
    (_rounded, "Your values are whole numbers where fractions are expected. "
               "Look for an integer array that the results are put into."),
    (_wrapped, "Your values are off by multiples of 256: an 8-bit number overflowed. "
               "Compute in a wider type first."),
    (_scaled, "Your values are all too large or too small by one factor."),
    (_offset, "Your values are all off by the same constant."),
    (_shifted, "Your values are there, but one place off: look at where the window starts."),
)


def _has_parts(want: Any, got: Any) -> bool:
    """Whether both are sequences, or both dicts: then one of their parts is wrong."""
    if isinstance(want, Mapping):
        return isinstance(got, Mapping)
    rows = isinstance(got, np.ndarray) and got.ndim > 0  # compared row by row
    return isinstance(want, tuple | list) and (rows or isinstance(got, tuple | list))


def _parts(want: Any, got: Any) -> str:
    pairs = (
        [(name, want[name], got.get(name)) for name in want]
        if isinstance(want, dict)
        else [(f"number {i + 1}", a, b) for i, (a, b) in enumerate(zip(want, got, strict=False))]
    )
    from cnnkit.compare import compare

    for name, a, b in pairs:
        comparison = compare(a, b)
        if not comparison.right:
            inner = explain(a, None, Outcome(b), comparison, {})
            return f"Of the parts you returned, {name} is wrong. {inner}"
    return "One of the parts you returned is wrong."


def _number(want: float, got: float) -> str:
    if np.isnan(got):
        return "You returned NaN (not a number). Look for 0/0 or inf − inf."
    if np.isinf(got):
        return "You returned infinity. Look for a division by zero or a logarithm of 0."
    if close(np.asarray(-want), np.asarray(got)):
        return "Your number has the wrong sign."
    if want != int(want) and got == int(got) and abs(want - got) < 1:
        return "You returned a whole number where a fraction is expected. Look for rounding."
    if got == int(got) and want == int(want) and abs(got - want) == 1:
        return "Your number is off by one."
    return "Your number is not the expected one. Work the case out by hand and compare."
