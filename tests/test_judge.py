"""The judge: what is right passes, what is wrong does not, and every rule is needed."""

from __future__ import annotations

import base64
import json
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.keys import make_plan
from cnnkit.calls import read_outcomes, run_calls
from cnnkit.check import examine
from cnnkit.compare import compare
from cnnkit.judge import ARGUMENTS, RESULT_TYPE, TWICE, judge
from cnnkit.render import case_panels
from cnnkit.values import ValuesError, from_text, to_text

MAP = np.array([[0.0, 1.5, -2.0], [4.0, 5.0, 6.25]])


@pytest.mark.parametrize(
    ("want", "got", "right"),
    [
        (MAP, MAP.copy(), True),
        (MAP, MAP.astype(np.float32), True),
        (MAP, MAP + 0.9e-5, True),
        (MAP, MAP + 2e-5, False),
        (1000 * MAP, 1000 * MAP * (1 + 0.9e-5), True),
        (MAP, (MAP + 4e-5).astype(np.float32), True),
        (MAP, (MAP + 8e-5).astype(np.float32), False),
        (MAP, MAP.T, False),
        (MAP, MAP[None], False),
        (MAP, MAP.ravel(), False),
        (MAP, np.round(MAP), False),
        (MAP, np.full_like(MAP, np.nan), False),
        (MAP, np.full_like(MAP, np.inf), False),
        (MAP, None, False),
        (MAP, 3.0, False),
        (MAP, "MAP", False),
        (np.arange(6.0), np.arange(6), True),
        (np.arange(6), np.arange(6.0), True),
        (2.5, np.float64(2.5), True),
        (2.5, np.array(2.5), True),
        (2.5, np.array([2.5]), False),
        (2.5, "2.5", False),
        (2.5, None, False),
        (3, np.int64(3), True),
        (3, 4, False),
        ((1, 2, 3), [1, 2, 3], True),
        ((1, 2, 3), (np.int64(1), 2, 3), True),
        ((1, 2, 3), (1, 2), False),
        ((1, 2, 3), (1, 3, 2), False),
        ((MAP, 1.0), [MAP, 1.0], True),
        ({"a": MAP}, {"a": MAP, "b": 1}, True),
        ({"a": MAP}, {"b": MAP}, False),
        ({"a": MAP}, MAP, False),
    ],
)
def test_values_are_compared_as_the_design_says(want, got, right):
    assert compare(want, got).right is right


def test_a_list_where_an_array_is_asked_is_right_in_value_only():
    comparison = compare(MAP, MAP.tolist())
    assert comparison.right
    assert not comparison.typed


def test_a_float_where_a_whole_number_is_asked_is_right_in_value_only():
    assert not compare(4, 4.0).typed
    assert compare(4, np.int32(4)).typed


def test_dtype_counts_only_where_it_is_asked_for():
    image = np.array([[1, 2]], np.uint8)
    assert compare(image, image.astype(int)).right
    assert compare(image, image.astype(int), dtype=True).kind == "dtype"


def test_a_named_tuple_is_a_tuple():
    size = namedtuple("size", "height width")(3, 4)
    assert compare((3, 4), size).typed


finite = st.floats(-1e6, 1e6, width=64)


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=finite))
@settings(max_examples=60, deadline=None)
def test_law_every_array_equals_itself_and_no_array_one_unit_away(array):
    assert compare(array, array.copy()).right
    moved = array.copy()
    moved.flat[-1] += 1 + 1e-4 * abs(moved.flat[-1])
    assert not compare(array, moved).right


# --- Verdicts -------------------------------------------------------------------------


def double(x):
    return 2 * x


def cases():
    return [("positive", np.array([[1.0, 2.0]])), ("negative", np.array([[-1.0], [3.0]]))]


@pytest.fixture
def key(key_of):
    return key_of(double, cases(), {"squared": lambda x: x**2, "same": lambda x: x})


def test_the_reference_gets_full_points(key):
    verdict, _ = examine(key, double)
    assert (verdict.score, verdict.status, verdict.mistake) == (4, "passed", None)


def test_a_mistake_is_named_and_its_hint_shown(key):
    verdict, _ = examine(key, lambda x: x * x)
    assert (verdict.score, verdict.status, verdict.mistake) == (0, "failed", "squared")
    assert verdict.message == "This is squared."


def parts(x):
    return x, x[0], 1.0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ((None, None, None), "the first is None"),
        ((1.0, [1.0], 1.0), "the first is wrong"),
        ([[1.0], [2.0, 3.0]], "a list of 2"),
        ([np.zeros(3), np.zeros((2, 2)), 1.0], "the first is wrong"),
        ("text", "a text"),
    ],
)
def test_whatever_stands_in_the_place_of_several_arrays_is_judged_and_shown(key_of, wrong, said):
    key = key_of(parts, cases())
    verdict, outcomes = examine(key, lambda x: wrong)
    assert said in verdict.message
    assert case_panels(key, verdict, outcomes)


def test_rows_of_different_lengths_are_shown(key):
    verdict, outcomes = examine(key, lambda x: [[1.0], [2.0, 3.0]])
    assert "a list of 2" in verdict.message
    assert case_panels(key, verdict, outcomes)


@pytest.mark.parametrize("dtype", [",", "(,", "2f4", "V8", "O", "f16", "<U1", "u1,", "b2"])
def test_what_is_no_dtype_of_ours_is_no_answer(dtype):
    frame = {"dtype": dtype, "shape": [1], "data": base64.b64encode(bytes(8)).decode()}
    with pytest.raises(ValuesError):
        from_text(json.dumps({"tree": {}, "arrays": [frame]}))


def test_lists_in_lists_without_end_are_no_answer():
    row = '{"value": %s, "errors": [], "message": "", "changed": [], "printed": false, "seconds": 0}'
    deep = '{"list": [' * 100 + '{"float": 1.0}' + "]}" * 100
    with pytest.raises(ValuesError, match="deeply"):
        read_outcomes(f'{{"tree": {{"outcomes": [{row % deep}]}}, "arrays": []}}', 1)


def test_an_answer_that_names_one_array_again_and_again_is_no_answer():
    row = {"errors": [], "message": "", "changed": [], "printed": False, "seconds": 0.0}
    value = {"list": [{"array": 0}] * 1000}
    text = to_text({"outcomes": [{**row, "value": value}]}, [np.zeros(2**16)])
    with pytest.raises(ValuesError, match="larger than 128 MiB"):
        read_outcomes(text, 1)
    once = to_text({"outcomes": [{**row, "value": {"array": 0}}]}, [np.zeros(2**16)])
    assert read_outcomes(once, 1)[0].value.shape == (2**16,)


def test_an_unknown_wrong_answer_has_no_mistake_but_a_sentence(key):
    verdict, _ = examine(key, lambda x: 3 * x)
    assert verdict.mistake is None
    assert "one factor" in verdict.message


def test_aspects_share_the_points(key):
    verdict, _ = examine(key, lambda x: 2 * np.abs(x))
    assert verdict.status == "partial"
    assert verdict.score == pytest.approx(4 * 4 / 5, abs=0.01)
    assert [a.name for a in verdict.aspects if not a.passed] == ["negative"]


def test_weights_change_the_shares(key_of):
    key = key_of(double, cases(), weights={"negative": 6.0})
    verdict, _ = examine(key, lambda x: 2 * np.abs(x))
    assert verdict.score == pytest.approx(4 * 4 / 10, abs=0.01)


def test_changing_an_argument_costs_one_aspect(key):
    def in_place(x):
        x *= 2
        return x

    verdict, _ = examine(key, in_place)
    assert [a.name for a in verdict.aspects if not a.passed] == [ARGUMENTS]
    assert "changed `x`" in verdict.message


def test_an_argument_that_is_put_back_was_not_changed(key_of):
    key = key_of(double, [("tenths", np.array([0.3, 0.3])), ("more", np.array([0.3, 1.3]))])

    def borrows(x):
        x += 0.1
        result = 2 * (x - 0.1)
        x -= 0.1
        assert x[0] != 0.3  # a rounding error stays behind
        return result

    assert examine(key, borrows)[0].status == "passed"


def test_a_zero_that_was_lifted_a_little_was_changed(key_of):
    key = key_of(double, [("zeros", np.array([0.0, 0.5])), ("more", np.array([0.3, 0.0]))])

    def lifts(x):
        result = 2 * x
        x[x == 0] = 1e-12
        return result

    verdict, _ = examine(key, lifts)
    assert [a.name for a in verdict.aspects if not a.passed] == [ARGUMENTS]


def test_a_mistake_of_type_alone_is_not_named_where_the_type_is_right(key_of):
    def count(x):
        if x.size < 2:
            raise ValueError
        return int(x.size)

    cases = [("some", MAP), ("some", MAP[:1]), ("one", MAP[:1, :1])]
    key = key_of(count, cases, {"float": lambda x: float(count(x))})
    assert examine(key, lambda x: float(x.size))[0].mistake == "float"
    verdict, _ = examine(key, lambda x: x.size)
    assert verdict.mistake is None
    assert "ValueError should be raised" in verdict.message


def test_changing_an_argument_is_not_the_mistake_where_the_result_is_wrong(key_of):
    def in_place(x):
        x *= 2
        return x

    def wrong_in_place(x):
        x *= 3
        return x

    key = key_of(double, cases(), {"in-place": in_place})
    assert examine(key, in_place)[0].mistake == "in-place"
    assert examine(key, wrong_in_place)[0].mistake is None


def test_a_mistake_that_explains_less_than_it_leaves_unexplained_is_not_named(key_of):
    arrays = [("a", MAP + n) for n in range(8)] + [("b", -MAP - 1)]
    key = key_of(double, arrays, {"cut": lambda x: np.where(x.sum() < 0, 0, 2 * x)})
    assert examine(key, lambda x: 2 * np.where(x.sum() < 0, 0, x))[0].mistake == "cut"
    also_wrong = examine(key, lambda x: np.where(x.sum() < 0, 0, 2 * x + (x[0, 0] in (2, 4, 6))))[0]
    assert also_wrong.mistake is None


def test_returning_a_list_costs_one_aspect(key):
    verdict, _ = examine(key, lambda x: (2 * x).tolist())
    assert [a.name for a in verdict.aspects if not a.passed] == [RESULT_TYPE]


def test_remembering_costs_an_aspect(key):
    calls = []

    def drifts(x):
        calls.append(1)
        return 2 * x + (len(calls) > 2) * 1e-2

    verdict, _ = examine(key, drifts)
    assert verdict.status != "passed"
    assert not {a.name: a for a in verdict.aspects}[TWICE].passed


def test_behaving_well_is_worth_nothing_without_a_right_answer(key):
    verdict, _ = examine(key, lambda x: np.zeros((7, 7)))
    assert verdict.score == 0


def test_printing_instead_of_returning_is_said(key):
    def prints(x):
        print(2 * x)

    verdict, _ = examine(key, prints)
    assert verdict.score == 0
    assert "printing shows" in verdict.message


def test_the_stub_is_not_an_attempt(key):
    def stub(x):
        raise NotImplementedError()

    assert examine(key, stub)[0].status == "not-attempted"


def test_an_exception_is_an_outcome(key):
    verdict, _ = examine(key, lambda x: 1 / 0)
    assert (verdict.status, verdict.score) == ("error", 0)
    assert "ZeroDivisionError" in verdict.message


def test_sys_exit_is_an_outcome(key):
    def leave(x):
        raise SystemExit

    assert examine(key, leave)[0].status == "error"


def test_a_value_error_that_is_asked_for_must_be_raised(key_of):
    def half(x):
        if x % 2:
            raise ValueError("odd")
        return x // 2

    key = key_of(half, [("even", 4), ("even", 8), ("odd", 3)])

    class Odd(ValueError):
        pass

    def subclass(x):
        if x % 2:
            raise Odd
        return x // 2

    def wrong_kind(x):
        if x % 2:
            raise KeyError
        return x // 2

    def always(x):
        raise ValueError

    assert examine(key, subclass)[0].status == "passed"
    assert examine(key, lambda x: x // 2)[0].status == "partial"
    assert examine(key, wrong_kind)[0].status == "partial"
    assert examine(key, always)[0].score == 0


def test_full_points_need_every_aspect_even_a_light_one(key_of):
    key = key_of(double, cases(), weights={"negative": 1e-6})
    assert examine(key, lambda x: 2 * np.abs(x))[0].score < 4


def test_a_float32_answer_passes(key):
    assert examine(key, lambda x: (2 * x).astype(np.float32))[0].status == "passed"


def test_callable_objects_lambdas_and_partials_are_functions(key):
    class Doubler:
        def __call__(self, x):
            return x + x

    assert examine(key, Doubler())[0].status == "passed"


def test_an_object_that_equals_everything_equals_nothing(key):
    class Yes:
        def __eq__(self, other):
            return True

        __hash__ = None

        def __array__(self, *args, **kwargs):
            return np.zeros((1, 2))

    assert examine(key, lambda x: Yes())[0].score == 0


def test_results_are_taken_when_they_are_returned(key):
    shared = np.zeros((1, 2))

    def reuses(x):
        if x.shape != shared.shape:
            return 2 * x
        shared[...] = 2 * x
        return shared

    assert examine(key, reuses)[0].status == "passed"


def test_too_few_outcomes_are_refused(key):
    outcomes = run_calls(double, key.calls(), key.arrays, key.plan)
    with pytest.raises(ValueError, match="outcomes"):
        judge(key, outcomes[:-1])


def test_the_plan_is_not_the_declared_order_and_repeats_some(key):
    assert list(key.plan) != sorted(key.plan)
    assert len(key.plan) > len(set(key.plan)) == len(key.cases)


@pytest.mark.parametrize("count", [1, 2, 3, 12])
def test_the_plan_ends_with_the_case_it_began_with(count):
    for seed in range(20):
        plan = make_plan(count, np.random.default_rng(seed))
        assert plan[0] == plan[-1]
        assert sorted(set(plan)) == list(range(count))
        assert len(plan) == count + max(1, count // 3)
        assert count == 1 or plan[0] != 0
