"""Compile answer keys: run the reference and every mistake on the cases, keep the arrays."""

from __future__ import annotations

import inspect
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from autograder.declare import Case, Exercise, Known
from autograder.digits import settle, settled
from autograder.errors import SourceError
from autograder.source import Source, reference_code
from cnnkit.calls import Call, Outcome, run_calls
from cnnkit.functions import FUNCTIONS
from cnnkit.judge import judge
from cnnkit.key import CaseKey, ExerciseKey, MistakeKey, write_key
from cnnkit.recognise import record_of
from cnnkit.values import Store

PUBLIC_SEED = 0
RAISES = ("ValueError",)


def reference_functions(source: Source) -> dict[str, Any]:
    """Run the reference code of a notebook and return its namespace."""
    space: dict[str, Any] = {"__name__": "reference"}
    where = f"{source.assignment}/{source.name}.md"
    try:
        exec(compile(reference_code(source.notebook), where, "exec"), space)
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise SourceError(
            f"{source.assignment}: the reference is no Python: {error.msg}: “{line}”."
        ) from None
    except (Exception, SystemExit) as error:
        raise SourceError(
            f"{source.assignment}: the reference does not run: {type(error).__name__}: {error}"
        ) from None
    for exercise in source.exercises:
        if not callable(space.get(exercise.id)):
            raise SourceError(
                f"{source.assignment}: the solution cell {exercise.id!r} defines no "
                f"function {exercise.id!r}."
            )
    return space


def compile_public(source: Source) -> bytes:
    """Return the bytes of the public key."""
    space = reference_functions(source)
    return write_key(
        [
            compile_exercise(source.assignment, exercise, space[exercise.id], PUBLIC_SEED)
            for exercise in source.exercises
        ]
    )


def compile_hidden(source: Source, seed: int) -> tuple[ExerciseKey, ...]:
    """Return the hidden keys for a secret seed (not 0).

    Should chance have made cases that cannot tell a mistake, the next seed is taken.
    """
    space = reference_functions(source)
    keys = []
    for exercise in source.exercises:
        for attempt in range(10):
            try:
                key = compile_exercise(
                    source.assignment, exercise, space[exercise.id], seed + attempt * 7919, False
                )
            except SourceError:
                if attempt == 9:
                    raise
            else:
                keys.append(key)
                break
    return tuple(keys)


def compile_exercise(
    assignment: str,
    exercise: Exercise,
    reference: Callable[..., Any],
    seed: int,
    public: bool = True,
) -> ExerciseKey:
    """Compile one exercise's key and prove it: every mistake loses points and is named.

    Raises SourceError if the reference or a mistake does not behave as it must.
    """
    where = f"{assignment}: {exercise.id}"
    rounds = 1 if public else exercise.rounds
    base = [seed, zlib.crc32(f"{assignment}/{exercise.id}".encode())]
    store = Store()
    declared = [
        case
        for number in range(rounds)
        for case in _generate(where, exercise, np.random.default_rng([*base, number]))
    ]
    calls = [_call(case, store) for case in declared]
    plan = make_plan(len(calls), np.random.default_rng([*base, 1000]))
    outcomes = run_calls(reference, calls, store.arrays, plan)
    rounded = [
        replace(outcome, value=value)
        for outcome, value in zip(
            outcomes, settled(reference, calls, store.arrays, plan, outcomes), strict=True
        )
    ]
    cases = _expected(where, exercise, declared, calls, plan, rounded, store)
    key = ExerciseKey(
        id=exercise.id,
        points=float(exercise.points),
        cases=cases,
        plan=plan,
        mistakes=(),
        arrays=(),
        hints=exercise.hints,
        weights=exercise.weights,
        window=None if exercise.window is None else asdict(exercise.window),
        tolerance=exercise.tolerance,
        dtype=exercise.dtype,
        seconds=exercise.seconds,
        measure=exercise.measure,
        options=exercise.options,
        parameters=tuple(inspect.signature(reference).parameters),
        public=public,
    )
    _check_weights(where, replace(key, arrays=tuple(store.arrays)), outcomes)
    return _with_mistakes(where, exercise, key, store)


def make_plan(count: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Return an order of all cases that is not the declared one, a third of them twice.

    It ends with the case it began with: what a function has kept from all others shows there.
    """
    repeated = [int(at) for at in rng.permutation(count)[: max(1, count // 3)]]
    if count > 1 and repeated[0] == 0:
        repeated[0] = next(at for at in range(1, count) if at not in repeated)
    middle = [at for at in range(count) if at != repeated[0]] + repeated[1:]
    return (repeated[0], *(int(at) for at in rng.permutation(middle)), repeated[0])


def _generate(where: str, exercise: Exercise, rng: np.random.Generator) -> list[Case]:
    if exercise.generator is None:
        raise SourceError(f"{where}: no cases are declared.")
    cases = list(exercise.generator(rng))
    if not cases:
        raise SourceError(f"{where}: its generator yields no cases.")
    return cases


def _call(case: Case, store: Store) -> Call:
    args = tuple(_known(value) for value in case.args)
    kwargs = {name: _known(value) for name, value in case.kwargs.items()}
    return Call(store.add(args), store.add(kwargs))


def _known(value: Any) -> Any:
    return FUNCTIONS[value.name] if isinstance(value, Known) else value


def _expected(
    where: str,
    exercise: Exercise,
    declared: Sequence[Case],
    calls: Sequence[Call],
    plan: Sequence[int],
    outcomes: Sequence[Outcome],
    store: Store,
) -> tuple[CaseKey, ...]:
    by_case = dict(zip(plan, outcomes, strict=True))
    cases = []
    for index, (case, call) in enumerate(zip(declared, calls, strict=True)):
        outcome = by_case[index]
        if outcome.errors and outcome.errors[0] not in RAISES:
            raise SourceError(
                f"{where}: on the case “{case.name}” the reference raised "
                f"{outcome.errors[0]}: {outcome.message}"
            )
        if outcome.changed:
            raise SourceError(f"{where}: on “{case.name}” the reference changed an argument.")
        error = outcome.errors[0] if outcome.errors else None
        value = outcome.value
        if exercise.expectation is not None and error is None:
            value = settle(exercise.expectation(case, value))
        expected = None if error else store.add(value)
        cases.append(CaseKey(case.aspect, case.name, call, expected, error))
    return tuple(cases)


def _check_weights(where: str, key: ExerciseKey, outcomes: Sequence[Outcome]) -> None:
    verdict = judge(key, outcomes)
    if verdict.status != "passed":
        raise SourceError(
            f"{where}: its own reference does not pass: {verdict.message or verdict.aspects}"
        )
    known = {aspect.name for aspect in verdict.aspects}
    for name in key.weights:
        if name not in known:
            raise SourceError(f"{where}: no case tests the aspect {name!r} that has a weight.")


def _with_mistakes(
    where: str, exercise: Exercise, key: ExerciseKey, store: Store
) -> ExerciseKey:
    calls, all_outcomes = key.calls(), {}
    mistakes: list[MistakeKey] = []
    start = replace(key, arrays=tuple(store.arrays))
    names = [mistake.name for mistake in exercise.mistakes]
    for name in names:
        if names.count(name) > 1:
            raise SourceError(f"{where}: two mistakes are called {name!r}.")
    for mistake in exercise.mistakes:
        outcomes = run_calls(mistake.function, calls, start.arrays, key.plan)
        all_outcomes[mistake.name] = outcomes
        values = settled(mistake.function, calls, start.arrays, key.plan, outcomes)
        records: dict[int, Mapping[str, Any]] = {}
        for at, (outcome, value) in enumerate(zip(outcomes, values, strict=True)):
            record = record_of(start, at, replace(outcome, value=value), store.add)
            if record is not None:
                records[at] = record
        mistakes.append(MistakeKey(mistake.name, mistake.hint, records))
    complete = replace(key, mistakes=tuple(mistakes), arrays=tuple(store.arrays))
    kind = "public" if key.public else "hidden"
    for mistake in exercise.mistakes:
        verdict = judge(complete, all_outcomes[mistake.name])
        if verdict.score >= key.points:
            raise SourceError(
                f"{where}: the {kind} cases do not tell the mistake {mistake.name!r} from "
                "what is right; add a case that does."
            )
        if verdict.mistake != mistake.name:
            raise SourceError(
                f"{where}: the {kind} cases do not tell the mistake {mistake.name!r} from "
                f"{verdict.mistake!r}, declared before it; add a case, or change their order."
            )
    return complete
