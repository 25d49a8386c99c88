"""Every exercise of the course: right answers pass, mistakes are told and named."""

from __future__ import annotations

import importlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from autograder.keys import compile_exercise, reference_functions
from autograder.source import assignment_names, load_exercises, read_source, reference_code
from cnnkit.check import examine
from cnnkit.key import FILE_NAME, ExerciseKey, read_key
from cnnkit.values import encode

from .conftest import ROOT
from .lift import lift

SOLUTIONS = ROOT / "solutions"
NAMES = [name for name in assignment_names(SOLUTIONS) if (SOLUTIONS / name / "exercises.py").exists()]

# The design's table: who changes a name, points or order here changes it there.
POINTS = {
    "01-pixels": {"image_size": 1, "normalize": 2, "to_grayscale": 2, "brighten": 3, "standardize": 2},
    "02-filters": {"apply_filter": 1, "convolve2d": 4, "relu": 1, "convolve_channels": 2,
                   "convolution_layer": 3},
    "03-stride": {"output_size": 2, "pad": 2, "convolve2d": 4, "convolution_layer": 3},
    "04-pooling": {"max_pool2d": 3, "average_pool2d": 2, "pool_layer": 3, "global_average_pool": 1},
    "05-classification": {"flatten": 1, "dense": 2, "softmax": 3, "cross_entropy": 2, "predict": 1,
                          "accuracy": 1, "forward": 3},
    "06-training": {"numerical_gradient": 2, "cross_entropy_gradient": 2, "dense_backward": 3,
                    "relu_backward": 1, "max_pool_backward": 3, "convolution_fast": 3,
                    "convolution_backward": 4, "train": 4},
}


@cache
def source_of(name: str) -> Any:
    return read_source(SOLUTIONS / name)


@cache
def space_of(name: str) -> dict[str, Any]:
    return reference_functions(source_of(name))


@cache
def key_of(name: str, exercise: str, seed: int) -> ExerciseKey:
    if slow(exercise) and seed == 0:  # a build has trained its dozen networks
        return read_key(ROOT / "course" / name / FILE_NAME, exercise)
    declared = next(e for e in source_of(name).exercises if e.id == exercise)
    return compile_exercise(name, declared, space_of(name)[exercise], seed, public=seed == 0)


def exercises() -> list[tuple[str, str]]:
    return [(name, e.id) for name in NAMES for e in load_exercises(SOLUTIONS / name)]


def slow(exercise: str) -> bool:
    return exercise == "train"


def param(name: str, exercise: str, *more: Any, id: str) -> Any:
    marks = [pytest.mark.trains] if slow(exercise) else []
    return pytest.param(name, exercise, *more, id=id, marks=marks)


def answers() -> list[Any]:
    found = []
    for path in sorted((Path(__file__).parent / "answers").glob("a*.py")):
        module = importlib.import_module(f"tests.answers.{path.stem}")
        assignment = next((n for n in NAMES if n.startswith(path.stem[1:3])), None)
        for exercise, sources in module.ANSWERS.items():
            found += [
                param(assignment, exercise, text, id=f"{exercise}-{number}")
                for number, text in enumerate(sources)
            ]
    return found


def mistakes() -> list[Any]:
    return [
        param(name, exercise.id, mistake.name, id=f"{name[:2]}-{exercise.id}-{mistake.name}")
        for name in NAMES
        for exercise in load_exercises(SOLUTIONS / name)
        for mistake in exercise.mistakes
    ]


def seeds() -> list[Any]:
    """Every exercise with three seeds; test_lessons.py makes the hidden networks of ``train``."""
    return [
        param(name, exercise, seed, id=f"{name}-{exercise}-{seed}")
        for name, exercise in exercises() if not slow(exercise)
        for seed in (1, 2, 3)
    ]


@pytest.mark.parametrize("name", [name for name in POINTS if name in NAMES])
def test_the_exercises_are_those_of_the_design(name):
    declared = {exercise.id: exercise.points for exercise in source_of(name).exercises}
    assert declared == POINTS[name]


@pytest.mark.parametrize(("name", "exercise"), exercises())
def test_an_exercise_has_eight_mistakes_and_three_hints(name, exercise):
    declared = next(e for e in source_of(name).exercises if e.id == exercise)
    assert len(declared.mistakes) >= 8
    assert len(declared.hints) == 3
    assert declared.minutes > 0


@pytest.mark.parametrize(("name", "exercise"), exercises())
def test_hints_are_short(name, exercise):
    declared = next(e for e in source_of(name).exercises if e.id == exercise)
    for text in [*declared.hints, *(mistake.hint for mistake in declared.mistakes)]:
        assert len(text.split()) < 60, text


@pytest.mark.parametrize(("name", "exercise", "seed"), seeds())
def test_any_seed_makes_cases_that_tell_every_mistake(name, exercise, seed):
    assert key_of(name, exercise, seed).mistakes


def mark_of(key: ExerciseKey, case: int) -> bytes:
    """Return what tells one case's arguments from another's."""
    node, arrays = encode(key.arguments(case))
    named = sorted(node["dict"].items())
    return json.dumps(named).encode() + b"".join(
        arrays[index].tobytes() + str(arrays[index].shape).encode() for index in range(len(arrays))
    )


@pytest.mark.parametrize(
    ("name", "exercise"), [pair for pair in exercises() if pair[0] in POINTS and not slow(pair[1])]
)
def test_who_knows_only_the_public_answers_earns_nothing(name, exercise):
    public, hidden = key_of(name, exercise, 0), key_of(name, exercise, 1)
    known = {mark_of(public, case) for case in range(len(public.cases))}
    by_aspect: dict[str, list[bool]] = {}
    for number, case in enumerate(hidden.cases):
        if case.error is None:
            by_aspect.setdefault(case.aspect, []).append(mark_of(hidden, number) in known)
    assert [aspect for aspect, seen in by_aspect.items() if all(seen)] == []


@pytest.mark.parametrize(("name", "exercise", "text"), answers())
def test_a_right_answer_loses_nothing_however_it_is_written(name, exercise, text):
    for seed in (0,) if slow(exercise) else (0, 1):
        space = dict(space_of(name))
        exec(text, space)
        verdict, _ = examine(key_of(name, exercise, seed), space[exercise])
        assert verdict.status == "passed", (verdict.message, [a for a in verdict.aspects if not a.passed])


def test_there_are_ten_right_answers_to_each_exercise():
    counts: dict[tuple[str, str], int] = {}
    for parameter in answers():
        name, exercise, _ = parameter.values
        counts[name, exercise] = counts.get((name, exercise), 0) + 1
    wanted = [pair for pair in exercises() if pair[0] in POINTS]
    assert {pair: counts.get(pair, 0) for pair in wanted if counts.get(pair, 0) < 10} == {}


@pytest.mark.parametrize(("name", "exercise", "mistake"), mistakes())
def test_a_mistake_put_into_the_notebook_loses_points_and_is_named(name, exercise, mistake):
    declared = next(e for e in source_of(name).exercises if e.id == exercise)
    function = next(m.function for m in declared.mistakes if m.name == mistake)
    space: dict[str, Any] = {"__name__": "notebook"}
    exec(reference_code(source_of(name).notebook), space)
    exec(lift(function, exercise), space)
    for seed in (0,) if slow(exercise) else (0, 1):
        verdict, _ = examine(key_of(name, exercise, seed), space[exercise])
        assert verdict.score < verdict.max_score
        assert verdict.mistake == mistake
