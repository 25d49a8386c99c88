"""How an exercise is declared: its cases, its mistakes, its hints.

Every ``solutions/<assignment>/exercises.py`` is written with these few words::

    from autograder.declare import Exercise, Window, case, grid

    relu = Exercise("relu", points=1, minutes=3, hints=("...", "...", "..."))

    @relu.cases
    def relu_cases(rng):
        yield case("negative values", "a 3×4 map", grid(rng, (3, 4)))

    @relu.mistake("abs", "You made negative values positive. ...")
    def relu_abs(x):
        return np.abs(x)

The cases are one generator, run with one seed for the learner's public key and
with another for the hidden key. The reference is not named here: it is the code
between the solution marks of the notebook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """One set of arguments, the aspect it tests, and a name a person can read."""

    aspect: str
    name: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]


def case(aspect: str, name: str, *args: Any, **kwargs: Any) -> Case:
    """Declare one call ``f(*args, **kwargs)`` that tests ``aspect``.

    Arguments are arrays, numbers, strings, None, lists, tuples and dicts of
    these, or a :func:`known` function. An array's memory layout is kept: pass
    ``array[:, ::2]`` or ``np.asfortranarray(array)`` to test with one.
    """
    return Case(aspect, name, args, kwargs)


@dataclass(frozen=True)
class Known:
    """A function that both sides know by name (see ``cnnkit.functions``)."""

    name: str


def known(name: str) -> Known:
    """Refer to a function of ``cnnkit.functions.FUNCTIONS`` as an argument."""
    return Known(name)


@dataclass(frozen=True)
class Window:
    """Which part of which argument one output cell looks at, for the pictures.

    ``of`` names the argument that is the image. The window's size comes from
    the argument ``kernel`` (its first two axes, or axes 1 and 2 of a bank of
    filters) or from the argument ``size``. ``stride`` and ``padding`` name
    arguments, or are the number that the function always uses.
    """

    of: str
    kernel: str | None = None
    size: str | int | None = None
    stride: str | int = 1
    padding: str | int = 0


@dataclass(frozen=True)
class Mistake:
    """A wrong version that people really write, and the hint that gets them out."""

    name: str
    hint: str
    function: Callable[..., Any]


CaseGenerator = Callable[[np.random.Generator], Iterator[Case]]


@dataclass
class Exercise:
    """One function the learner writes, and how it is judged.

    Parameters
    ----------
    id : the function's name, which is also the grade id of its solution cell.
    points : the same number as in the metadata of ``check-<id>``.
    minutes : how long an honest try takes.
    hints : up to three steps, from a nudge to a small worked example.
    window : what one output cell looks at, if it looks through a window.
    weights : share of the points per aspect, where not all weigh the same (1).
    tolerance : relative and absolute closeness; see the design.
    dtype : whether the result's dtype is judged too.
    seconds : time limit for all calls of one marking.
    measure : how results are compared: ``"close"``, or a name in
        ``cnnkit.measures.MEASURES``.
    options : plain data handed to the measure.
    rounds : how many times the generator is run for the hidden key.
    expectation : called with a case and what the reference returned, gives what
        the key holds as expected where that is not the result itself (held-out
        images and labels for a network, say).
    """

    id: str
    points: float
    minutes: int
    hints: tuple[str, ...] = ()
    window: Window | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    tolerance: float = 1e-5
    dtype: bool = False
    seconds: float = 10.0
    measure: str = "close"
    options: Mapping[str, Any] = field(default_factory=dict)
    rounds: int = 2
    expectation: Callable[[Case, Any], Any] | None = None
    generator: CaseGenerator | None = None
    mistakes: list[Mistake] = field(default_factory=list)

    def cases(self, generator: CaseGenerator) -> CaseGenerator:
        """Register the generator of this exercise's cases (a decorator)."""
        self.generator = generator
        return generator

    def mistake(self, name: str, hint: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a wrong version and its hint (a decorator)."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self.mistakes.append(Mistake(name, hint, function))
            return function

        return register


def grid(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    low: float = -2.0,
    high: float = 2.0,
    step: float = 0.25,
) -> np.ndarray:
    """Random multiples of ``step`` from ``low`` to ``high``, both included.

    With a step that is a power of two, products and sums of them are exact in
    floating point whatever the order, so that keys are the same bytes on every
    machine, and they print short.
    """
    count = round((high - low) / step)
    return low + step * rng.integers(0, count + 1, size=shape).astype(np.float64)


def pixels(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any = np.uint8) -> np.ndarray:
    """Random whole numbers 0–255 of the given dtype."""
    return rng.integers(0, 256, size=shape).astype(dtype)
