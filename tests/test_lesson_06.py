"""Lesson 06: its layers are the slopes of the loss, and its prose says nothing that is not so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.keys import reference_functions
from autograder.source import read_source
from cnnkit.check import examine
from cnnkit.data import load_digits, load_fashion, load_model, load_shifted_digits
from cnnkit.key import read_key
from cnnkit.live import Live
from cnnkit.measures import accuracy, convolve_loop, share_right, speed
from cnnkit.render import case_panels, verdict_text
from cnnkit.trains_anyway import NAMES, loss_and_gradients

from .conftest import ROOT

SOURCE = ROOT / "solutions" / "06-training"
PROSE = (SOURCE / "training.md").read_text(encoding="utf-8")
LESSON = reference_functions(read_source(SOURCE))


def declared(name):
    return next(e for e in read_source(SOURCE).exercises if e.id == name)


# --- The layers' gradients are slopes: to 1e-6, for all shapes ------------------------------


def slopes(f, x, h=1e-6):
    """Measure slopes here, not with the lesson's own function."""
    result = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        more, less = x.copy(), x.copy()
        more[place] += h
        less[place] -= h
        result[place] = (f(more) - f(less)) / (2 * h)
    return result


def agree(computed, measured):
    assert computed.shape == measured.shape
    np.testing.assert_allclose(computed, measured, rtol=1e-6, atol=1e-6)


sides, few, seeds = st.integers(1, 4), st.integers(1, 3), st.integers(0, 10**6)
quick = settings(max_examples=40, deadline=None)


@quick
@given(few, few, few, seeds)
def test_dense_backward_gives_the_slopes(n, d, k, seed):
    rng = np.random.default_rng(seed)
    x, w, b, g = (rng.normal(size=s) for s in ((n, d), (d, k), (k,), (n, k)))
    back = LESSON["dense_backward"](g, x, w)
    dense = LESSON["dense"]
    agree(back[0], slopes(lambda v: np.sum(g * dense(v, w, b)), x))
    agree(back[1], slopes(lambda v: np.sum(g * dense(x, v, b)), w))
    agree(back[2], slopes(lambda v: np.sum(g * dense(x, w, v)), b))


@quick
@given(few, few, few, sides, sides, few, few, seeds)
def test_convolution_backward_gives_the_slopes(n, count, channels, h, w, down, right, seed):
    rng = np.random.default_rng(seed)
    shape = (n, h + down - 1, w + right - 1, channels)
    x, f, b = rng.normal(size=shape), rng.normal(size=(count, h, w, channels)), rng.normal(size=count)
    convolve = LESSON["convolution_fast"]
    np.testing.assert_allclose(convolve(x, f, b), convolve_loop(x, f, b), atol=1e-12)
    g = rng.normal(size=convolve(x, f, b).shape)
    back = LESSON["convolution_backward"](g, x, f)
    agree(back[0], slopes(lambda v: np.sum(g * convolve(v, f, b)), x))
    agree(back[1], slopes(lambda v: np.sum(g * convolve(x, v, b)), f))
    agree(back[2], slopes(lambda v: np.sum(g * convolve(x, f, v)), b))


@quick
@given(few, st.integers(2, 7), st.integers(2, 7), few, st.integers(1, 3), seeds)
def test_pooling_and_relu_backward_give_the_slopes(n, height, width, channels, size, seed):
    rng = np.random.default_rng(seed)
    height, width = max(height, size), max(width, size)
    values = rng.permutation(n * height * width * channels) - 5.5  # no ties, no 0
    x = values.reshape(n, height, width, channels)
    pool = LESSON["max_pool"]
    g = rng.normal(size=pool(x, size).shape)
    agree(LESSON["max_pool_backward"](g, x, size), slopes(lambda v: np.sum(g * pool(v, size)), x))
    g = rng.normal(size=x.shape)
    agree(LESSON["relu_backward"](g, x), slopes(lambda v: np.sum(g * LESSON["relu"](v)), x))


@quick
@given(few, st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), seeds)
def test_of_equal_maxima_the_first_takes_it_all(n, rows, columns, size, seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(-1, 2, (n, rows * size, columns * size, 2)).astype(float)
    g = rng.integers(1, 9, (n, rows, columns, 2)).astype(float)
    back = LESSON["max_pool_backward"](g, x, size)
    for i, r, c, k in np.ndindex(g.shape):
        window = np.s_[i, r * size : (r + 1) * size, c * size : (c + 1) * size, k]
        expected = np.zeros(size * size)
        expected[x[window].argmax()] = g[i, r, c, k]
        np.testing.assert_array_equal(expected, back[window].ravel())


@quick
@given(few, st.integers(2, 5), seeds)
def test_cross_entropy_gradient_gives_the_slopes(n, k, seed):
    rng = np.random.default_rng(seed)
    scores, labels = rng.normal(size=(n, k)), rng.integers(0, k, n)
    softmax, loss = LESSON["softmax"], LESSON["cross_entropy"]
    agree(LESSON["cross_entropy_gradient"](softmax(scores), labels),
          slopes(lambda v: loss(softmax(v), labels), scores))  # fmt: skip


@quick
@given(seeds)
def test_batch_norm_backward_gives_the_slopes(seed):
    rng = np.random.default_rng(seed)
    x, scale, shift = rng.normal(size=(2, 3, 2, 2)), rng.normal(size=2), rng.normal(size=2)
    forward = LESSON["batch_norm"]
    out, normal, deviation = forward(x, scale, shift)
    g = rng.normal(size=out.shape)
    back = LESSON["batch_norm_backward"](g, normal, deviation, scale)
    agree(back[0], slopes(lambda v: np.sum(g * forward(v, scale, shift)[0]), x))
    agree(back[1], slopes(lambda v: np.sum(g * forward(x, v, shift)[0]), scale))
    agree(back[2], slopes(lambda v: np.sum(g * forward(x, scale, v)[0]), shift))


def test_the_whole_network_gives_the_slopes():
    rng = np.random.default_rng(1)
    model = LESSON["new_model"]((9, 8, 2), 3, rng, 2, 3)
    model = {name: array.astype(float) for name, array in model.items()}
    images, labels = rng.random((3, 9, 8, 2)), np.array([0, 2, 1])
    _, gradients = LESSON["loss_and_gradients"](model, images, labels)
    for name in model:
        def loss(v, name=name):
            return LESSON["loss_and_gradients"]({**model, name: v}, images, labels)[0]

        agree(gradients[name], slopes(loss, model[name]))


# --- Training ----------------------------------------------------------------------------


@pytest.mark.trains
@pytest.mark.parametrize("seed", range(5))
def test_the_reference_passes_with_margin_on_the_set_that_marks(seed):
    exercise = declared("train")
    case = next(exercise.generator(np.random.default_rng(1000 + seed)))
    model = LESSON["train"](*case.args)
    unseen = exercise.expectation(case, model)
    exact = {name: array.astype(float) for name, array in model.items()}
    assert share_right(exact, unseen["images"] / 255, unseen["labels"]) >= 0.84
    arguments = dict(zip(("images", "labels", "epochs", "seed"), case.args, strict=True))
    assert accuracy(arguments, unseen, model, exercise.options, 0.0).share == 1.0


@pytest.mark.trains
@pytest.mark.parametrize("seed", range(5))
def test_filters_that_never_trained_earn_less_than_half_and_are_named(seed):
    exercise = declared("train")
    dense_only = next(m for m in exercise.mistakes if m.name == "filters-never-trained").function
    earned = 0.0
    for case in exercise.generator(np.random.default_rng(1000 + seed)):
        arguments = dict(zip(("images", "labels", "epochs", "seed"), case.args, strict=True))
        unseen = exercise.expectation(case, None)
        options = {**exercise.options, **exercise.options.get(case.aspect, {})}
        found = accuracy(arguments, unseen, dense_only(*case.args), options, 0.0)
        assert found.symptom == "still filters"
        assert "filters have not" in found.note
        earned += max(0.0, found.share) * exercise.weights[case.aspect]
        # Too small a step is another mistake: all arrays have moved, and not far enough.
        images, labels, _, start = case.args
        early = accuracy(arguments, unseen, LESSON["train"](images, labels, 2, start), options, 0.0)
        assert early.symptom != "still filters"
    earned += sum(weight for name, weight in exercise.weights.items() if name != "digits it has "
                  "never seen" and name != "other pictures and classes")
    assert earned / sum(exercise.weights.values()) < 0.55


@pytest.mark.trains
def test_many_random_filters_that_never_move_earn_a_quarter_where_few_classes_are_told_apart():
    exercise = declared("train")
    trained = exercise.generator.__globals__["_trained"]
    for seed in range(3):
        case = list(exercise.generator(np.random.default_rng(1000 + seed)))[1]
        images, labels, epochs, start = case.args
        arguments = {"images": images, "labels": labels}
        unseen = exercise.expectation(case, None)
        options = {**exercise.options, **exercise.options[case.aspect]}
        still = trained(images, labels, epochs, start, size=5, count=32, only=("weights", "biases"))
        found = accuracy(arguments, unseen, still, options, 0.0)
        assert found.share <= 0.25
        assert "filters have not" in found.note
        moved = LESSON["train"](images, labels, epochs, start)
        assert accuracy(arguments, unseen, moved, options, 0.0).share == 1.0


def test_no_digit_is_both_learned_and_asked_and_classes_are_numbered_anew():
    exercise = declared("train")
    digits, truth = load_digits()
    known = dict(zip(map(strokes, digits), truth, strict=True))  # a digit, wherever it lies
    numberings = set()
    for seed in range(3):
        case = next(exercise.generator(np.random.default_rng(seed)))
        unseen = exercise.expectation(case, None)
        learned = [strokes(np.rint(image * 255).astype(np.uint8)) for image in case.args[0]]
        asked = [strokes(image) for image in unseen["images"]]
        assert (len(learned), len(set(learned)), len(set(asked))) == (2000, 1000, 600)
        assert not set(learned) & set(asked)
        numbers = {
            (int(known[digit]), int(number))
            for digit, number in zip(learned + asked, [*case.args[1], *unseen["labels"]], strict=True)
        }
        assert len(numbers) == 10  # one number for each digit, the same in both
        numberings.add(tuple(sorted(numbers)))
    assert len(numberings) == 3


def strokes(image):
    """The pixels of a digit that are not empty, row by row: the same wherever it lies."""
    return bytes(image[image > 0].astype(np.uint8))


@pytest.mark.trains
def test_the_accuracies_of_the_prose_are_reached_and_the_same_every_time():
    images, labels = load_shifted_digits("train")
    unseen, answers = load_shifted_digits("test")
    accuracy_of = LESSON["accuracy_of"]
    models = [LESSON["train"](images, labels, 10, 1) for _ in range(2)]
    for name in models[0]:
        np.testing.assert_array_equal(models[0][name], models[1][name])
    digits = [accuracy_of(model, unseen.astype(np.float32), answers) for model in models]
    assert digits[0] == digits[1]  # to the last digit
    assert 0.86 <= digits[0] <= 0.93
    images, labels = load_fashion("train")
    unseen, answers = load_fashion("test")
    reached = [
        accuracy_of(model, unseen[..., None].astype(np.float32) / 255, answers)
        for model in (LESSON["train"](images[..., None] / 255, labels, 6, 1) for _ in range(2))
    ]
    assert reached[0] == reached[1]
    assert 0.84 <= reached[0] <= 0.89  # "about 86"


def test_one_planted_bug_still_learns_and_none_survives_the_gradient_check():
    rng = np.random.default_rng(5)
    tiny = LESSON["new_model"]((9, 8, 2), 3, rng, 2, 3)
    tiny = {name: array.astype(float) for name, array in tiny.items()}
    images, labels = rng.random((3, 9, 8, 2)), np.array([0, 2, 1])
    _, right = LESSON["loss_and_gradients"](tiny, images, labels)
    wrong = {}
    for bug in NAMES:
        _, theirs = loss_and_gradients(bug, tiny, images, labels)
        wrong[bug] = {name for name in tiny if not np.allclose(theirs[name], right[name])}
    assert wrong == {"A": {"filters", "filter_biases"}, "B": {"filters", "filter_biases"},
                     "C": {"filters"}}  # fmt: skip
    with pytest.raises(ValueError, match="no network 'D'"):
        loss_and_gradients("D", tiny, images, labels)


# --- Measures and prose --------------------------------------------------------------------


def test_speed_is_judged_by_the_loop_of_the_same_run():
    case = list(declared("convolution_fast").generator(np.random.default_rng(0)))[-1]
    arguments = dict(zip(("images", "filters", "biases"), case.args, strict=True))
    right = LESSON["convolution_fast"](*case.args)
    options = {"factor": 10}
    assert speed(arguments, right, right, options, 1e-4).share == 1.0
    slow = speed(arguments, right, right, options, 60.0)
    assert (slow.share, slow.symptom) == (0.0, "slow")
    assert speed(arguments, right, right + 1, options, 1e-4).symptom == "wrong values"


def shown(name, function):
    """What check says and shows of a function."""
    key = read_key(ROOT / "course" / "06-training" / "key.npz", name)
    verdict, outcomes = examine(key, function)
    return verdict_text(verdict, case_panels(key, verdict, outcomes))


def test_of_several_gradients_the_wrong_one_is_shown():
    def halved(gradient, inputs, weights):
        right = LESSON["dense_backward"](gradient, inputs, weights)
        return right[0], right[1] / 2, right[2]

    text = shown("dense_backward", halved)
    assert "expected, part 2 of 3 (4, 3)" in text
    assert "yours, part 2 of 3 (4, 3)" in text


def test_a_slow_convolution_is_not_shown_tables_that_agree():
    text = shown("convolution_fast", convolve_loop)
    assert "✗ speed" in text
    assert "expected" not in text


def test_what_is_no_model_is_told_and_earns_nothing():
    exercise = declared("train")
    case = list(exercise.generator(np.random.default_rng(0)))[1]
    want = exercise.expectation(case, None)
    arguments = dict(zip(("images", "labels", "epochs", "seed"), case.args, strict=True))
    good = LESSON["new_model"]((7, 10, 2), 3, np.random.default_rng(0))
    wrong = {
        "no model": [None, 3, {"filters": 1}, {**good, "weights": "none"}],
        "several results": [(good, [1.0]), [good]],
        "no model ": [list(good.values())],
        "shapes": [{**good, "weights": good["weights"][1:]}, {**good, "filters": np.zeros(3)},
                   {**good, "biases": np.zeros(9)}],
        "not a number": [{**good, "biases": good["biases"] * np.nan}],
    }  # fmt: skip
    options = {"full": 0.8, "none": 0.4}
    for symptom, models in wrong.items():
        for model in models:
            found = accuracy(arguments, want, model, options, 0.0)
            assert (found.share, found.symptom) == (0.0, symptom.strip())
            assert found.note


def test_a_model_of_lists_is_of_another_type_and_classes_that_are_never_answered_are_named():
    images = np.zeros((12, 6, 6, 1))
    labels = np.arange(12) % 3
    for label in range(3):  # a bright corner tells the class
        images[labels == label, [0, 0, 4][label], [0, 4, 0][label]] = 1.0
    arguments = {"images": images, "labels": labels}
    want = {"images": (images * 255).astype(np.uint8), "labels": labels}
    weights = np.zeros((4, 3))  # filters of 2×2, maps of 5×5, pooled 2×2
    weights[[0, 1, 2], [0, 1, 2]] = 1
    model = {"filters": np.ones((1, 3, 3, 1)), "filter_biases": np.zeros(1),
             "weights": weights, "biases": np.full(3, 0.1)}  # fmt: skip
    options = {"full": 0.8, "none": 0.5}
    found = accuracy(arguments, want, model, options, 0.0)
    assert (found.share, found.typed, found.note) == (1.0, True, "")
    found = accuracy(arguments, want, {n: a.tolist() for n, a in model.items()}, options, 0.0)
    assert (found.share, found.typed) == (1.0, False)
    assert "some are lists" in found.note
    options = {"full": 2.0, "none": 1.0}
    always = {**model, "biases": np.array([0.1, 9, 0])}
    assert "It answers 1 to every image." in accuracy(arguments, want, always, options, 0.0).note
    labels = np.where(labels * np.arange(12) < 10, labels, labels + 2)  # 3, 4 look like 1, 2
    more = {**model, "weights": np.c_[weights, weights * 0], "biases": np.r_[0.1, 0.1, 0.1, 0, 0, 0]}
    want, arguments = {**want, "labels": labels}, {**arguments, "labels": labels}
    found = accuracy(arguments, want, more, options, 0.0)
    assert "It never answers 3, 4. Does it learn from all classes?" in found.note


def test_a_watcher_outside_a_notebook_says_in_words_what_happened(capsys):
    model = {"filters": np.ones((2, 3, 3, 1))}
    with Live(2, {"unseen": lambda _: 0.5}, "Small") as live:
        live(model, 2.0)
        live(model, 1.0)
    assert "Small: after 2 steps the loss has gone from 2.00 to 1.50; accuracy, unseen: 50.0%." in (
        capsys.readouterr().out
    )


def test_in_a_notebook_bar_and_figure_are_one_output_each(monkeypatch):
    shown = []

    class Output:
        def __init__(self, bundle):
            self.bundles = [bundle]

        def update(self, bundle, raw):
            self.bundles.append(bundle)

    def display(bundle, raw, display_id):
        shown.append(Output(bundle))
        return shown[-1]

    monkeypatch.setattr("cnnkit.live.in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", display)
    with Live(48, {"unseen": lambda _: 0.5}, "Small") as live:
        for step in range(48):
            live({"filters": np.ones((2, 3, 3, 1))}, 3.0 - step / 48)
    bar, figure = shown
    assert "| 0/48" in bar.bundles[0]["text/plain"]
    assert "100%|█" in bar.bundles[-1]["text/plain"]
    assert "after 48 steps the loss has gone from 3.00" in figure.bundles[-1]["text/plain"]
    # Asked at fixed steps, whatever the machine's speed: the same curve for the same seed.
    assert [step for step, _ in live.measured] == [*range(1, 48, 2), 48]


def test_under_each_filter_stands_the_map_that_it_makes(monkeypatch):
    monkeypatch.setattr("cnnkit.live.in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda *_, **__: None)
    images, _ = load_shifted_digits("test")
    model = LESSON["new_model"]((16, 16, 1), 10, np.random.default_rng(0))
    for broken in (False, True):  # values that have run away are drawn too
        with Live(1, {"unseen": lambda _: 0.5}, picture=images[0]) as live:
            live({n: a * np.nan if broken else a for n, a in model.items()}, 2.3)
    live(model, 2.3)
    maps = LESSON["relu"](LESSON["convolution_fast"](images[:1], *list(model.values())[:2]))[0]
    drawn = [axes.get_images()[0].get_array() for axes in live._figure().axes if axes.get_images()]
    assert len(drawn) == 8 + 1 + 8  # filters, the picture, maps
    for number, found in enumerate(drawn[9:]):
        np.testing.assert_allclose(found, maps[:, :, number], atol=1e-5)


def test_the_header_adds_up_points_and_minutes():
    exercises = read_source(SOURCE).exercises
    points, minutes = sum(e.points for e in exercises), sum(e.minutes for e in exercises)
    assert f"{minutes} of them for eight exercises worth {points} points" in PROSE
    for e in exercises:
        word = "point" if e.points == 1 else "points"
        assert f"Exercise: {e.id} ({e.points} {word}, {e.minutes} minutes)" in PROSE


def test_the_worked_sums_are_right():
    f = LESSON["numerical_gradient"](lambda x: np.sum(x**2), np.array([3.0, 5.0]), 0.1)
    np.testing.assert_allclose([6, 10], f)
    assert pytest.approx(34.61) == 3.1**2 + 25
    assert pytest.approx(33.41) == 2.9**2 + 25
    row = np.array([1.0, 2, 3]).reshape(1, 1, 3, 1)
    pair = np.array([10.0, 20]).reshape(1, 1, 2, 1)
    back = np.array([5.0, 7]).reshape(1, 1, 2, 1)
    d_images, d_filters, d_biases = LESSON["convolution_backward"](back, row, pair)
    assert d_images.ravel().tolist() == [50, 170, 140]
    assert d_filters.ravel().tolist() == [19, 31]
    assert d_biases.tolist() == [12]
    assert LESSON["convolution_fast"](row, pair, np.zeros(1)).ravel().tolist() == [50, 80]
    _, normal, deviation = LESSON["batch_norm"](np.array([2.0, 4, 6]).reshape(3, 1, 1, 1), 1, 0)
    np.testing.assert_allclose([-1.22, 0, 1.22], normal.ravel(), atol=0.005)
    assert pytest.approx(1.63, abs=0.005) == float(deviation[0])


def test_the_counts_in_the_prose_are_right():
    assert sum(a.size for a in load_model("fashion-cnn").values()) == 11738
    assert 16 * 12 * 12 * 8 == 18432
    assert "18,432 visits" in PROSE
    exercise = declared("train")
    first = next(exercise.generator(np.random.default_rng(0)))
    assert (len(first.args[0]), first.args[2]) == (2 * 1000, 20)
    assert (exercise.options["full"], exercise.options["none"], exercise.seconds) == (0.8, 0.65, 40)
    assert len(exercise.expectation(first, None)["labels"]) == 600
    assert declared("convolution_fast").options["speed"]["factor"] == 10
    assert "some billions of multiplications" in PROSE
    assert 2e9 < 6 * 5500 * 24 * 24 * 12 * 25 < 1e10  # forwards, through the clothes alone
    assert 900 < 6 * -(-5500 // 32) < 1100  # "some 1,000 times"


def test_the_explorers_run_uses_the_given_step_and_is_the_same_for_a_seed():
    from cnnkit.widgets._training import COUNT, SIZE, Run, momentum_step

    how = {"count": 3, "rate": 0.03, "batch": 16, "momentum": 0.9}
    one, two = Run(momentum_step), Run(momentum_step)
    np.testing.assert_array_equal(one(1, True, **how), two(1, True, **how))
    assert one(1, False, **how).shape == (3 + 1 + COUNT * SIZE * SIZE,)
    for _ in range(30):
        last = one(1, False, **{**how, "count": 10})
    assert last[:10].mean() < 2.0 < two(1, True, **how)[0]

    asked = []

    def step(weights, gradient, velocity, rate, momentum):
        asked.append((weights.shape == gradient.shape, rate, momentum))
        return weights, velocity

    run = Run(step)
    first, then = run(2, True, **how), run(2, False, **how)
    assert set(asked) == {(True, 0.03, 0.9)}
    np.testing.assert_array_equal(first[3:], then[3:])
    assert run.__name__ == "step"
