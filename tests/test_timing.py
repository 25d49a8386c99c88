"""Speed is timed from outside: no clock, no kept answer and no claim of the learner's counts."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from autograder.keys import compile_exercise, reference_functions
from autograder.session import Answer
from autograder.source import read_source
from autograder.timing import time_outside
from cnnkit.calls import Outcome, run_calls
from cnnkit.judge import judge
from cnnkit.measures import convolve_loop

from .conftest import ROOT

SOURCE = read_source(ROOT / "solutions" / "06-training")
EXERCISE = next(e for e in SOURCE.exercises if e.id == "convolution_fast")
FAST = reference_functions(SOURCE)["convolution_fast"]


@pytest.fixture(scope="module")
def key() -> Any:
    return compile_exercise("06-training", EXERCISE, FAST, 0)


class Clean:
    """A kernel that has run nothing of the learner's: there and back in 10 ms."""

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def run(self, source):
        pass

    async def ask(self, key, plan=None):
        return Answer("ok", (), 0.01)


class Pretender:
    """A session whose function claims to take no time; the way there and back takes 10 ms."""

    def __init__(self, function: Any, slow: float) -> None:
        self.function, self.slow, self.known = function, slow, {}

    def kept(self, images, filters, biases):
        """Answer arguments that were seen before at once, from memory."""
        mark = images.tobytes() + filters.tobytes()
        if mark not in self.known:
            self.took += self.slow
            self.known[mark] = self.function(images, filters, biases)
        return self.known[mark]

    def another(self):
        return Clean()

    async def ask(self, key, plan=None):
        self.took = 0.01
        plan = key.plan if plan is None else plan
        outcomes = run_calls(self.kept, key.calls(), key.arrays, plan)
        return Answer("ok", tuple(replace(one, seconds=0.0) for one in outcomes), self.took)


def speed_aspect(key, session) -> float:
    async def marked():
        return await time_outside(session, key, await session.ask(key))

    verdict = judge(key, asyncio.run(marked()).outcomes)
    return next(aspect.share for aspect in verdict.aspects if aspect.name == "speed")


def test_a_slow_function_that_claims_no_time_and_keeps_its_answers_is_slow(key):
    assert speed_aspect(key, Pretender(convolve_loop, slow=60.0)) == 0.0


def test_answers_kept_of_every_single_image_are_of_no_use(key):
    session = Pretender(convolve_loop, slow=0.0)

    def one_by_one(images, filters, biases):
        maps = []
        for image in images[:, None]:
            mark = image.tobytes() + filters.tobytes()
            if mark not in session.known:
                session.took += 1.0
                session.known[mark] = convolve_loop(image, filters, biases)
            maps.append(session.known[mark])
        return np.concatenate(maps)

    session.kept = one_by_one
    assert speed_aspect(key, session) == 0.0


def test_a_slow_function_is_slow_though_its_kernel_takes_long_to_answer_nothing(key):
    session = Pretender(convolve_loop, slow=0.5)
    ask = session.ask

    async def dawdling(key, plan=None):
        answer = await ask(key, plan)
        return answer if plan != [] else replace(answer, seconds=60.0)

    session.ask = dawdling
    assert speed_aspect(key, session) == 0.0


def test_a_fast_function_is_fast_whatever_the_way_costs(key):
    assert speed_aspect(key, Pretender(FAST, slow=0.001)) == 1.0


def test_an_answer_learned_by_heart_is_not_fast(key):
    session = Pretender(convolve_loop, slow=0.0)
    asyncio.run(session.ask(key))
    first = dict(session.known)
    session.function = lambda *_: next(iter(first.values()))
    answer = asyncio.run(session.ask(key))
    timed = asyncio.run(time_outside(session, key, answer))
    at = next(i for i, case in enumerate(key.plan) if key.cases[case].aspect == "speed")
    assert timed.outcomes[at].seconds == math.inf


def test_what_is_not_judged_by_speed_is_not_asked_again(key):
    plain = replace(key, options={})
    answer = Answer("ok", tuple(Outcome(np.zeros(1)) for _ in key.plan), 0.1)
    assert asyncio.run(time_outside(None, plain, answer)) is answer
    died = Answer("died")
    assert asyncio.run(time_outside(None, key, died)) is died
