"""The one judge: outcomes and a key give a verdict.

The learner's ``check`` and the marking both call :func:`judge`. What differs is
only whose process it runs in and which key it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from cnnkit.calls import Outcome
from cnnkit.compare import compare
from cnnkit.explain import explain
from cnnkit.key import ExerciseKey
from cnnkit.recognise import recognise
from cnnkit.results import Result, result_of
from cnnkit.values import Other

RESULT_TYPE = "result type"
ARGUMENTS = "leaves its arguments alone"
TWICE = "gives the same answer twice"

NOT_ATTEMPTED = "Not attempted yet."
UNSTEADY = (
    "The same call gave different answers. Look for a variable that outlives the call, or for "
    "random numbers."
)


@dataclass(frozen=True)
class Aspect:
    """One thing an exercise is judged by: what share of it was earned, and its weight."""

    name: str
    share: float
    weight: float
    pending: bool = False
    """Whether it will count only once some result is right."""

    @property
    def passed(self) -> bool:
        return self.share >= 1.0


@dataclass(frozen=True)
class Verdict:
    """What judging one exercise gave.

    ``status`` is one of passed, partial, failed, not-attempted, error, timeout,
    crashed. ``position`` is the place in the plan of the first case that went
    wrong, or showed the mistake; None if there is none.
    """

    exercise: str
    score: float
    max_score: float
    status: str
    message: str = ""
    mistake: str | None = None
    aspects: tuple[Aspect, ...] = ()
    position: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain data."""
        return asdict(self)


def unmarked(key: ExerciseKey, status: str, message: str) -> Verdict:
    """Return the verdict of an exercise whose function could not be called at all."""
    return Verdict(key.id, 0.0, key.points, status, message)


def judge(key: ExerciseKey, outcomes: Sequence[Outcome]) -> Verdict:
    """Judge the outcomes of the key's plan, one for each of its places, in order.

    Raises ValueError if there are more or fewer outcomes than the plan has places.
    """
    if len(outcomes) != len(key.plan):
        raise ValueError(f"{len(outcomes)} outcomes for a plan of {len(key.plan)} calls")
    if all("NotImplementedError" in outcome.errors for outcome in outcomes):
        return unmarked(key, "not-attempted", NOT_ATTEMPTED)
    results = [
        result_of(key, index, outcome) for index, outcome in zip(key.plan, outcomes, strict=True)
    ]
    aspects = _aspects(key, outcomes, results)
    total = sum(aspect.weight for aspect in aspects)
    earned = sum(aspect.weight * aspect.share for aspect in aspects)
    whole = all(aspect.passed for aspect in aspects)
    score = key.points if whole else min(round(key.points * earned / total, 2), key.points - 0.01)
    if whole:
        return Verdict(key.id, score, key.points, "passed", "", None, aspects)
    position = _first_wrong(key, outcomes, results)
    mistake = recognise(key, outcomes, results)
    if mistake is not None:
        message = mistake.hint
        # Show a case that the hint is about, if one can be with a wrong value and not only a
        # wrong type: another mistake may have spoiled one before it.
        position = min(mistake.records, key=lambda at: (results[at].right, key.plan[at], at))
    else:
        message = _message(key, outcomes, results, position, aspects)
    status = "partial" if score > 0 else "failed"
    if score == 0 and all(outcome.errors for outcome in outcomes):
        status = "error"
    name = None if mistake is None else mistake.name
    return Verdict(key.id, score, key.points, status, message, name, aspects, position)


def _aspects(
    key: ExerciseKey, outcomes: Sequence[Outcome], results: Sequence[Result]
) -> tuple[Aspect, ...]:
    shares: dict[str, float] = {}
    values: set[str] = set()
    for index, result in zip(key.plan, results, strict=True):
        case = key.cases[index]
        shares[case.aspect] = min(shares.get(case.aspect, 1.0), result.share)
        if case.error is None:
            values.add(case.aspect)
    # Raising an error, leaving things alone and being consistent are worth nothing
    # in a function that gets no aspect of the values right.
    # In one that gets only a part right, they are worth that part.
    best = max((shares[name] for name in values), default=0.0)
    lively = best > 0
    if not lively:
        shares = dict.fromkeys(shares, 0.0)
    order = list(dict.fromkeys(case.aspect for case in key.cases))
    pairs = [(name, shares[name]) for name in order]
    typed = all(result.comparison.typed for result in results if result.right)
    pairs.append((RESULT_TYPE, best * typed))
    if _has_arrays(key):
        alone = not any(outcome.changed for outcome in outcomes)
        pairs.append((ARGUMENTS, best * alone))
    pairs.append((TWICE, best * _consistent(key, outcomes)))
    late = {RESULT_TYPE, ARGUMENTS, TWICE}
    return tuple(
        Aspect(name, share, float(key.weights.get(name, 1.0)), not lively and name in late)
        for name, share in pairs
    )


def _has_arrays(key: ExerciseKey) -> bool:
    return any(
        isinstance(value, np.ndarray | list | dict)
        for index in range(len(key.cases))
        for value in key.arguments(index).values()
    )


def _consistent(key: ExerciseKey, outcomes: Sequence[Outcome]) -> bool:
    first: dict[int, Outcome] = {}
    for index, outcome in zip(key.plan, outcomes, strict=True):
        earlier = first.setdefault(index, outcome)
        if earlier is not outcome and not _same(earlier, outcome, key.tolerance):
            return False
    return True


def _same(one: Outcome, other: Outcome, tolerance: float) -> bool:
    if one.errors or other.errors:
        return one.errors[:1] == other.errors[:1]
    return (one.value is None and other.value is None) or (
        compare(one.value, other.value, tolerance).right
    )


def _first_wrong(
    key: ExerciseKey, outcomes: Sequence[Outcome], results: Sequence[Result]
) -> int | None:
    """Return the place in the plan of the first case, as declared, that went wrong."""
    for order in (
        [at for at, result in enumerate(results) if not result.right],
        [at for at, result in enumerate(results) if not result.comparison.typed],
        [at for at, outcome in enumerate(outcomes) if outcome.changed],
    ):
        if order:
            return min(order, key=lambda at: (key.plan[at], at))
    return None


def _constant(key: ExerciseKey, outcomes: Sequence[Outcome]) -> bool:
    first = outcomes[0].value
    return len(key.cases) > 2 and not isinstance(first, Other | dict | None) and all(
        not outcome.errors and compare(first, outcome.value, key.tolerance).right
        for outcome in outcomes
    )


def _message(
    key: ExerciseKey,
    outcomes: Sequence[Outcome],
    results: Sequence[Result],
    position: int | None,
    aspects: Sequence[Aspect],
) -> str:
    if position is None:
        return UNSTEADY
    case = key.cases[key.plan[position]]
    result = results[position]
    if result.note:
        return result.note
    if _constant(key, outcomes):
        return (
            "Your function gives the same result whatever it is given. Does it use its arguments?"
        )
    if not _consistent(key, outcomes):
        return UNSTEADY
    want = None if case.expected is None else key.value(case.expected)
    outcome = outcomes[position]
    if not key.public:
        # What the function says of hidden arguments could be the arguments themselves.
        outcome = replace(outcome, message="")
    return explain(
        want=want,
        error=case.error,
        outcome=outcome,
        comparison=result.comparison,
        arguments=key.arguments(key.plan[position]),
    )
