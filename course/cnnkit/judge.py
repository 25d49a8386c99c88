"""The one judge: outcomes and a key give a verdict.

The learner's ``check`` and the marking both call :func:`judge`. What differs is
only whose process it runs in and which key it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from cnnkit.calls import Outcome
from cnnkit.compare import Comparison, compare, wrong
from cnnkit.explain import explain
from cnnkit.key import ExerciseKey, MistakeKey
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


@dataclass(frozen=True)
class _Result:
    comparison: Comparison
    share: float
    note: str = ""
    symptom: str = ""

    @property
    def right(self) -> bool:
        return self.comparison.right


def judge(key: ExerciseKey, outcomes: Sequence[Outcome]) -> Verdict:
    """Judge the outcomes of the key's plan, one for each of its places, in order.

    Raises ValueError if there are more or fewer outcomes than the plan has places.
    """
    if len(outcomes) != len(key.plan):
        raise ValueError(f"{len(outcomes)} outcomes for a plan of {len(key.plan)} calls")
    if all("NotImplementedError" in outcome.errors for outcome in outcomes):
        return unmarked(key, "not-attempted", NOT_ATTEMPTED)
    results = [
        _result(key, index, outcome) for index, outcome in zip(key.plan, outcomes, strict=True)
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


def _result(key: ExerciseKey, index: int, outcome: Outcome) -> _Result:
    case = key.cases[index]
    if case.error is not None:
        right = case.error in outcome.errors
        return _Result(Comparison(right, kind="right" if right else "not raised"), float(right))
    if outcome.errors:
        return _Result(wrong("error"), 0.0)
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
            return _Result(Comparison(share >= 1, kind=kind), share, measured.note,
                           measured.symptom)
    comparison = compare(want, outcome.value, key.tolerance, key.dtype)
    return _Result(comparison, _share(key, comparison, want, outcome.value))


def _share(key: ExerciseKey, comparison: Comparison, want: Any, got: Any) -> float:
    """Return 1 if right, else 0, but of several arrays asked for the part that is right."""
    several = isinstance(want, tuple) and all(isinstance(part, np.ndarray) for part in want)
    if comparison.right or not several or not isinstance(got, tuple | list):
        return float(comparison.right)
    if len(got) != len(want):
        return 0.0
    parts = [compare(a, b, key.tolerance).right for a, b in zip(want, got, strict=True)]
    return sum(parts) / len(parts)


def _aspects(
    key: ExerciseKey, outcomes: Sequence[Outcome], results: Sequence[_Result]
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
    key: ExerciseKey, outcomes: Sequence[Outcome], results: Sequence[_Result]
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


# --- Mistakes -------------------------------------------------------------------------


def recognise(
    key: ExerciseKey, outcomes: Sequence[Outcome], results: Sequence[_Result]
) -> MistakeKey | None:
    """Return the first mistake whose outcomes these are, wherever it differs from right.

    Where it does not differ, most values must be right, and no more may be wrong than it
    explains: who always returns 0 has not made a mistake that turns only negative values
    into 0. An error that is not raised is a mistake of its own, which may be made beside any
    other.
    """
    for mistake in key.mistakes:
        others = [
            result for at, result in enumerate(results)
            if at not in mistake.records and key.cases[key.plan[at]].error is None
        ]
        unexplained = sum(result.share == 0 for result in others)
        if (
            mistake.records
            and all(
                _matches(key, at, record, outcomes[at], results[at])
                for at, record in mistake.records.items()
            )
            and 2 * unexplained <= len(others)
            and unexplained <= len(mistake.records)
        ):
            return mistake
    return None


def _matches(
    key: ExerciseKey, at: int, record: Mapping[str, Any], outcome: Outcome, result: _Result
) -> bool:
    if "symptom" in record:
        return result.symptom == record["symptom"]
    if "error" in record:
        return record["error"] in outcome.errors[:1]
    if "changed" in record:
        return bool(outcome.changed) and result.right
    if outcome.errors:
        return False
    want = key.value(record["value"])
    if want is None:
        return outcome.value is None and outcome.printed >= bool(record.get("printed"))
    comparison = compare(want, outcome.value, key.tolerance, key.dtype)
    if not comparison.right or comparison.kind == "dtype" or not _alike(want, outcome.value):
        return False
    # Equal numbers are not that mistake where only its type is wrong, and this one's is right.
    expected = key.cases[key.plan[at]].expected
    if expected is None or not (result.right and result.comparison.typed):
        return True
    return not compare(key.value(expected), want, key.tolerance).right


def _alike(want: Any, got: Any) -> bool:
    """Tell a list from an array: a mistake may be nothing but that."""
    return isinstance(want, list | tuple) == isinstance(got, list | tuple)


def record_of(key: ExerciseKey, at: int, outcome: Outcome, add: Callable[[Any], Any]) -> Any:
    """Return what to note of a mistake's outcome at this place, None if it is right.

    ``add`` puts a value among the key's arrays and returns its node.
    """
    case = key.cases[key.plan[at]]
    if outcome.errors:
        if case.error is not None and case.error in outcome.errors:
            return None
        return {"error": outcome.errors[0]}
    result = _result(key, key.plan[at], outcome)
    if result.right and result.comparison.typed:
        return {"changed": list(outcome.changed)} if outcome.changed else None
    if result.symptom:
        return {"symptom": result.symptom}
    record = {"value": add(outcome.value)}
    if outcome.value is None and outcome.printed:
        record["printed"] = True
    return record


def _constant(key: ExerciseKey, outcomes: Sequence[Outcome]) -> bool:
    first = outcomes[0].value
    return len(key.cases) > 2 and not isinstance(first, Other | dict | None) and all(
        not outcome.errors and compare(first, outcome.value, key.tolerance).right
        for outcome in outcomes
    )


def _message(
    key: ExerciseKey,
    outcomes: Sequence[Outcome],
    results: Sequence[_Result],
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
