"""What can be said of a wrong result when no known mistake explains it.

The sentences name no number of the case: the same ones stand in the feedback of
the hidden cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnkit.calls import Outcome
from cnnkit.compare import Comparison, close, compare
from cnnkit.patterns import PATTERNS


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
        also = f" And you returned {describe(outcome.value)}; {describe(want)} is asked for."
        return (
            f"The result is right, but your function changed {names}, which the caller "
            "still needs. Work on a copy, or build a new array."
        ) + ("" if comparison.typed else also)
    got = outcome.value
    if got is None:
        printed = " It printed something: printing shows a value, `return` hands it back."
        return "Your function returned nothing (None)." + (
            printed if outcome.printed else " Is there a `return` at its end?"
        )
    if comparison.kind == "dtype" and isinstance(got, np.ndarray | np.generic):
        return (
            f"The numbers are right, but their dtype is {np.asarray(got).dtype}; "
            f"{np.asarray(want).dtype} is asked for."
        )
    if _reordered(want, got):
        return "These are the right results, but in another order. Look at what is asked first."
    # The numbers of an array may all be right where a tuple is asked for.
    if not (comparison.right and isinstance(got, np.ndarray)) and (part := _part(want, got)):
        return part
    if comparison.right and not comparison.typed:
        return (
            f"The numbers are right, but you returned {describe(got)} where "
            f"{describe(want)} is asked for."
        )
    if comparison.kind in ("kind", "length", "keys"):
        return f"You returned {describe(got)}; {describe(want)} is asked for."
    if comparison.kind == "shape" and not np.ndim(want):
        return f"You returned {describe(got)}; a single number is asked for."
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
    if "unexpected keyword argument" in said:
        return f"Your function stopped with {name}{said}. Keep the parameters' names as given."
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
    if not got.ndim:
        return f"You returned a single number; {describe(want)} is asked for."
    text = f"Your result has shape {got.shape}; {want.shape} is expected."
    if want.ndim == 2 and got.shape == want.shape[::-1]:
        return text + " Are rows and columns swapped?"
    if sorted(got.shape) == sorted(want.shape):
        return text + " The axes are in another order."
    if got.ndim == want.ndim and all(
        abs(a - b) == 1 for a, b in zip(got.shape, want.shape, strict=True) if a != b
    ):
        return text + " It is off by one: look at what you count, and where loops end."
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
    for name, value in arguments.items():
        if isinstance(value, np.ndarray) and value.shape == got.shape and close(value, numbers):
            return f"Your result is `{name}` itself, unchanged."
    for test, text in PATTERNS:
        if test(right, numbers):
            return text
    bad = int(np.count_nonzero(np.abs(numbers - right) > 1e-5 * np.maximum(1, np.abs(right))))
    if bad == right.size:
        return "The shape is right, but none of the values is. Work one of them out by hand."
    good = right.size - bad
    are = "is" if good == 1 else "are"
    return f"{good} of {right.size} values {are} right. Look at the first that is not."


def _pairs(want: Any, got: Any) -> list[tuple[str, Any, Any]]:
    """Return the parts of two dicts or sequences, each with its name; none if they do not pair."""
    if isinstance(want, Mapping):
        if not isinstance(got, Mapping) or any(name not in got for name in want):
            return []
        return [(f"`{name}`", want[name], got[name]) for name in want]
    if not isinstance(want, tuple | list):
        return []
    if isinstance(got, np.ndarray) and got.ndim:
        got = list(got)
    if not isinstance(got, tuple | list) or len(got) != len(want):
        return []
    places = ("first", "second", "third", "fourth", "fifth", "sixth", "next")
    names = [f"the {places[min(at, 6)]}" for at in range(len(want))]
    return list(zip(names, want, got, strict=True))


def _reordered(want: Any, got: Any) -> bool:
    """Return whether the parts are all there, but not where they belong."""
    pairs = _pairs(want, got) if isinstance(want, tuple | list) else []
    if not 1 < len(pairs) < 7 or all(compare(a, b).right for _, a, b in pairs):
        return False
    left = [b for _, _, b in pairs]
    for _, a, _ in pairs:
        found = next((at for at, b in enumerate(left) if compare(a, b).right), None)
        if found is None:
            return False
        del left[found]
    return True


def _part(want: Any, got: Any) -> str:
    """Say which of several results is wrong, and how; nothing if they do not pair."""
    for name, a, b in _pairs(want, got):
        comparison = compare(a, b)
        if comparison.right and comparison.typed:
            continue
        if b is None:
            return f"Of what you returned, {name} is None; {describe(a)} is asked for."
        return f"Of what you returned, {name} is wrong. " + explain(
            a, None, Outcome(b), comparison, {}
        )
    return ""


def _number(want: float, got: float) -> str:
    if np.isnan(got):
        return "You returned NaN (not a number). Look for 0/0 or inf − inf."
    if np.isinf(got):
        return "You returned infinity. Look for a division by zero or a logarithm of 0."
    if close(np.asarray(-want), np.asarray(got)):
        return "Your number has the wrong sign."
    if want != int(want) and got == int(got) and abs(want - got) < 1:
        return (
            "You returned a whole number where a fraction is expected. Is it rounded, or counted "
            "as all or nothing?"
        )
    if any(got == round(want, digits) for digits in (1, 2, 3, 4)):
        return "Your number is rounded. Return it with all its digits."
    if got == int(got) and want == int(want) and abs(got - want) == 1:
        return "Your number is off by one."
    return "Your number is not the expected one. Work the case out by hand and compare."
