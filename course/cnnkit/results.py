"""What each call came to: right, wrong in some way, or right in part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnkit.calls import Outcome
from cnnkit.compare import Comparison, compare, wrong
from cnnkit.key import ExerciseKey


@dataclass(frozen=True)
class Result:
    """One outcome beside what was expected: how they compare, and what share was earned.

    ``note`` and ``symptom`` are a measure's: a sentence for the learner, the name of what it saw.
    """

    comparison: Comparison
    share: float
    note: str = ""
    symptom: str = ""

    @property
    def right(self) -> bool:
        return self.comparison.right


def result_of(key: ExerciseKey, index: int, outcome: Outcome) -> Result:
    """Compare the outcome of a case, by its number among the key's cases, with what is right."""
    case = key.cases[index]
    if case.error is not None:
        right = case.error in outcome.errors
        return Result(Comparison(right, kind="right" if right else "not raised"), float(right))
    if outcome.errors:
        return Result(wrong("error"), 0.0)
    assert case.expected is not None
    want = key.value(case.expected)
    if key.measure != "close" or case.aspect in key.options:
        from cnnkit.measures import MEASURES

        options = {**key.options, **key.options.get(case.aspect, {})}
        name = options.get("measure", key.measure)
        if name != "close":
            measured = MEASURES[name](key.arguments(index), want, outcome.value, options,
                                      outcome.seconds)
            share = float(min(1.0, max(0.0, measured.share)))
            kind = "right" if share >= 1 else "measured"
            return Result(Comparison(share >= 1, measured.typed, kind), share, measured.note,
                           measured.symptom)
    comparison = compare(want, outcome.value, key.tolerance, key.dtype)
    return Result(comparison, _share(key, comparison, want, outcome.value))


def _share(key: ExerciseKey, comparison: Comparison, want: Any, got: Any) -> float:
    """Return 1 if right, else 0, but of several arrays asked for the part that is right."""
    several = isinstance(want, tuple) and all(isinstance(part, np.ndarray) for part in want)
    if comparison.right or not several or not isinstance(got, tuple | list):
        return float(comparison.right)
    if len(got) != len(want):
        return 0.0
    parts = [compare(a, b, key.tolerance).right for a, b in zip(want, got, strict=True)]
    return sum(parts) / len(parts)
