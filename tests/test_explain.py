"""What is said of wrong answers: whatever comes back, there is a fair share and a sentence."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from cnnkit.calls import outcomes_text, read_outcomes
from cnnkit.check import examine
from cnnkit.judge import RESULT_TYPE, judge
from cnnkit.render import case_panels, verdict_html, verdict_text

X = np.array([[1.0, 2.5, -3.0], [0.0, 4.0, 7.0]])


def double(x):
    return 2 * x


def parts(x):
    return 2 * x, x.sum(axis=0), x.T.copy()


def cases():
    return [("wide", X), ("tall", X.T.copy()), ("small", X[:1, :2].copy())]


@pytest.fixture(params=[double, parts], ids=["one array", "several arrays"])
def key(request, key_of):
    return key_of(request.param, cases())


endless: list = []
endless.append(endless)

STRANGE = [
    None, "text", 3, 1j, 10**400, {1, 2}, {"a": 1}, {1: 2}, print, range(3), [[1, 2], [3]], endless,
    [[[1]], [[2, 3]]], (None, None, None), (np.zeros((2, 3)), np.zeros(4), None), ([1], [2], [3]),
    np.array([1, "a", None], object), np.array([10**400], object), np.ones((2, 3)) * 1j,
    np.zeros((0, 3)), np.full((2, 3), np.nan), np.full((2, 3), np.inf), np.ones((2, 3), bool),
]  # fmt: skip


@pytest.mark.parametrize("value", STRANGE, ids=[f"{at}" for at in range(len(STRANGE))])
def test_any_result_gets_a_verdict_that_can_be_shown(key, value):
    verdict, outcomes = examine(key, lambda x: value)
    assert verdict.score == 0
    assert verdict.message
    panels = case_panels(key, verdict, outcomes)
    assert verdict_text(verdict, panels)
    assert verdict_html(verdict, panels)
    assert judge(key, read_outcomes(outcomes_text(outcomes), len(outcomes))).score == 0


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (2 * x).astype(np.longdouble),
        lambda x: np.array([[Fraction(v) * 2 for v in row] for row in x], object),
        np.frompyfunc(lambda v: 2 * v, 1, 1),
    ],
    ids=["long doubles", "fractions as objects", "a ufunc of objects"],
)
def test_numbers_are_numbers_however_they_are_kept(key_of, function):
    assert examine(key_of(double, cases()), function)[0].status == "passed"


def test_a_fraction_is_a_number(key_of):
    key = key_of(lambda x: float(x.mean()), cases())
    assert examine(key, lambda x: Fraction(float(x.mean())))[0].status == "passed"


def test_a_vectorized_function_may_be_called_by_name():
    from autograder.declare import Exercise, case
    from autograder.keys import compile_exercise

    exercise = Exercise("f", points=1, minutes=1)
    exercise.cases(lambda rng: (case("by name", f"{n}", x=X + n) for n in range(3)))
    key = compile_exercise("test", exercise, double, 0)
    for function in (np.vectorize(lambda number: 2 * number), np.frompyfunc(lambda v: 2 * v, 1, 1)):
        assert examine(key, function)[0].status == "passed"


def test_of_several_arrays_the_right_ones_count(key_of):
    key = key_of(parts, cases())
    verdict, _ = examine(key, lambda x: (2 * x, x.sum(axis=0), x))
    assert verdict.status == "partial"
    assert verdict.score == pytest.approx(4 * 2 / 3, abs=0.01)
    assert "the third is wrong" in verdict.message
    assert examine(key, lambda x: (x + 9, x.sum(axis=0) + 9, x.T + 9))[0].score == 0
    assert examine(key, lambda x: (2 * x, x.sum(axis=0)))[0].score == 0


def test_a_missing_part_is_named(key_of):
    verdict, _ = examine(key_of(parts, cases()), lambda x: (2 * x, None, x.T))
    assert "the second is None" in verdict.message


def test_right_numbers_of_another_dtype_lose_the_type_only(key_of):
    key = key_of(double, cases(), dtype=True)
    verdict, _ = examine(key, lambda x: (2 * x).astype(np.float32))
    assert [aspect.name for aspect in verdict.aspects if not aspect.passed] == [RESULT_TYPE]
    assert "dtype is float32" in verdict.message


def test_returning_nothing_is_not_printing(key_of):
    key = key_of(double, cases(), {"printed": lambda x: print(2 * x)})
    assert examine(key, lambda x: print(2 * x))[0].mistake == "printed"
    verdict, _ = examine(key, lambda x: None)
    assert verdict.mistake is None
    assert "`return`" in verdict.message


def test_a_mistake_explains_most_of_what_is_wrong(key_of):
    only_below_zero = {"cut": lambda x: np.maximum(2 * x, 0)}
    key = key_of(lambda x: 2 * x, [("up", abs(X) + 1), ("up", X.T**2 + 1), ("down", -abs(X))],
                 only_below_zero)  # fmt: skip
    assert examine(key, only_below_zero["cut"])[0].mistake == "cut"
    assert examine(key, lambda x: 0 * x)[0].mistake is None


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: np.ones((2, 3)), "the same result whatever"),
        (lambda x: x + np.random.default_rng().normal(size=x.shape), "different answers"),
        (lambda x: x, "`x` itself"),
    ],
)
def test_what_is_wrong_with_all_results_is_said(key_of, function, said):
    assert said in examine(key_of(double, cases()), function)[0].message


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda y: np.round(y, 2), "are rounded"),
        (lambda y: np.trunc(y), "whole numbers"),
        (lambda y: y + 1e-3 * np.arange(6).reshape(y.shape), "nearly right"),
        (lambda y: np.moveaxis(y[None], 0, -1), "The values may be right"),
        (lambda y: y.T, "rows and columns swapped"),
        (lambda y: y[:, :-1], "off by one"),
        (lambda y: y[0, 0], "a single number"),
    ],
)
def test_the_way_in_which_an_array_is_wrong_is_said(key_of, wrong, said):
    key = key_of(lambda x: 2 * x / 3, [("wide", X), ("wide", X + 1)])
    assert said in examine(key, lambda x: wrong(2 * x / 3))[0].message


def test_a_signed_array_that_lost_its_signs_or_a_part_is_told_how(key_of):
    key = key_of(lambda x: x / 3, [("wide", X), ("wide", X + 1), ("tall", -X.T)])
    for wrong, said in [
        (lambda y: np.maximum(y, 0), "have become 0"),
        (np.abs, "lost their sign"),
        (lambda y: y + np.arange(y.shape[-1]) ** 2, "Along the last axis"),
        (lambda y: np.where(np.arange(y.shape[-1]) > 0, 0, y), "ever filled in"),
        (lambda y: np.roll(y, 1, axis=0) if len(y) > 2 else y, "rows of your table"),
    ]:
        assert said in examine(key, lambda x, wrong=wrong: wrong(x / 3))[0].message


def test_right_results_in_another_order_are_told_so(key_of):
    key = key_of(parts, cases())
    message = examine(key, lambda x: (x.sum(axis=0), 2 * x, x.T))[0].message
    assert "in another order" in message


def test_a_changed_argument_does_not_hide_the_wrong_type(key_of):
    def list_in_place(x):
        x *= 2
        return x.tolist()

    verdict, _ = examine(key_of(double, cases()), list_in_place)
    assert "changed `x`" in verdict.message
    assert "a list of 2" in verdict.message
    assert verdict.score == pytest.approx(4 * 4 / 6, abs=0.01)


def test_a_list_is_called_a_list_where_a_dtype_is_asked_for(key_of):
    key = key_of(lambda x: x.astype(np.uint8), [("a", abs(X)), ("a", abs(X.T))], dtype=True)
    assert "a list of 2" in examine(key, lambda x: x.astype(np.uint8).tolist())[0].message


def test_an_array_for_a_number_is_said_without_shapes_of_nothing(key_of):
    key = key_of(lambda x: float(x.sum()), cases())
    message = examine(key, lambda x: np.array([x.sum()]))[0].message
    assert message == "You returned an array of shape (1,); a single number is asked for."
