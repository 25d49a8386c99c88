"""Which mistake is this? The outcomes that a mistake of the key would have had."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnnkit.calls import Outcome
from cnnkit.compare import compare
from cnnkit.key import ExerciseKey, MistakeKey
from cnnkit.results import Result, result_of


def recognise(
    key: ExerciseKey, outcomes: Sequence[Outcome], results: Sequence[Result]
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
    key: ExerciseKey, at: int, record: Mapping[str, Any], outcome: Outcome, result: Result
) -> bool:
    if "symptom" in record:
        return result.symptom == record["symptom"]
    if "error" in record:
        return record["error"] in outcome.errors[:1]
    if "changed" in record:
        # Not where it is another argument that was changed, as far as its name is known.
        named = set(outcome.changed) & set(key.parameters)
        return bool(outcome.changed) and result.right and (
            not named or bool(named & set(record["changed"]))
        )
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
    result = result_of(key, key.plan[at], outcome)
    if result.right and result.comparison.typed:
        return {"changed": list(outcome.changed)} if outcome.changed else None
    if result.symptom:
        return {"symptom": result.symptom}
    record = {"value": add(outcome.value)}
    if outcome.value is None and outcome.printed:
        record["printed"] = True
    return record
