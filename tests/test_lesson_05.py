"""Lesson 05 says nothing that is not so: every number of its prose, computed."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.keys import reference_functions
from autograder.source import read_source
from cnnkit import data

from .conftest import ROOT

FOLDER = ROOT / "solutions" / "05-classification"
WORDS = {"seven": 7}


@pytest.fixture(scope="module")
def prose() -> str:
    return " ".join((FOLDER / "classification.md").read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def lesson() -> SimpleNamespace:
    return SimpleNamespace(**reference_functions(read_source(FOLDER)))


@pytest.fixture(scope="module")
def clothes() -> tuple[np.ndarray, np.ndarray]:
    images, labels = data.load_fashion("test")
    return images[..., None] / 255, labels


@pytest.fixture(scope="module")
def model() -> dict[str, np.ndarray]:
    return data.load_model("fashion-cnn")


def maps_of(lesson, images, model):
    convolved = lesson.convolve_images(images, model["filters"], model["filter_biases"])
    return lesson.pool_maps(lesson.relu(convolved))


def share(lesson, rows, labels, weights, biases):
    return lesson.accuracy(lesson.predict(lesson.dense(rows, weights, biases)), labels)


def answer(lesson, images, name, model):
    if name.endswith("cnn"):
        return lesson.predict(lesson.forward(images, model))
    rows = lesson.flatten(images)
    if name.endswith("perceptron"):
        rows = lesson.relu(lesson.dense(rows, model["hidden_weights"], model["hidden_biases"]))
    return lesson.predict(lesson.dense(rows, model["weights"], model["biases"]))


def test_the_header_adds_up_points_and_minutes(prose):
    exercises = read_source(FOLDER).exercises
    points, minutes = sum(e.points for e in exercises), sum(e.minutes for e in exercises)
    count, said_points = re.search(
        r"of them for (\w+) exercises worth (\d+) points", prose
    ).groups()
    assert (WORDS[count], int(said_points)) == (len(exercises), points)
    assert f"{minutes} of them" in prose
    for e in exercises:
        noun = "point" if e.points == 1 else "points"
        minutes = "minute" if e.minutes == 1 else "minutes"
        assert f"### Exercise: {e.id} ({e.points} {noun}, {e.minutes} {minutes})" in prose


def test_the_table_of_shapes_is_that_of_one_picture(lesson, clothes, model, prose):
    image = clothes[0][:1]
    convolved = lesson.convolve_images(image, model["filters"], model["filter_biases"])
    pooled = lesson.pool_maps(lesson.relu(convolved))
    assert image.shape == (1, 28, 28, 1)
    assert model["filters"].shape == (8, 5, 5, 1)
    assert convolved.shape == (1, 24, 24, 8)
    assert pooled.shape == (1, 12, 12, 8)
    assert lesson.flatten(pooled).shape == (1, 1152) == (1, 12 * 12 * 8)
    for shape in ("28 × 28 × 1", "24 × 24 × 8", "12 × 12 × 8", "| 1152 |"):
        assert shape in prose


def test_map_1_lights_up_at_the_sole_and_map_5_at_the_heel(lesson, clothes, model):
    """The boot points to the left: sole below, heel on the right."""
    maps = maps_of(lesson, clothes[0][:1], model)[0]
    assert data.FASHION_NAMES[clothes[1][0]] == "Ankle boot"
    assert maps[8:, :, 1].sum() > 0.8 * maps[:, :, 1].sum()
    assert maps[:, 8:, 5].sum() > 0.6 * maps[:, :, 5].sum()
    assert maps[:, 8:, 5].max() == maps[:, :, 5].max()


def test_the_worked_sums_are_right(lesson):
    scores = lesson.dense(
        np.array([[1, 2]]), np.array([[3, 0, -1], [1, 2, 0]]), np.array([0, 1, 5])
    )
    assert scores.tolist() == [[5, 5, 4]]
    powers = np.exp([2, 1, 0])
    assert powers.round(2).tolist() == [7.39, 2.72, 1]
    assert round(powers.sum(), 2) == 11.11
    assert (-np.log([0.5, 0.01, 0.2])).round(2).tolist() == [0.69, 4.61, 1.61]
    half = np.array([[0.5, 0.5], [0.2, 0.8]])
    assert round(lesson.cross_entropy(half, np.array([0, 0])), 2) == 1.15
    assert lesson.accuracy(np.array([3, 1, 2, 2]), np.array([3, 0, 2, 2])) == 0.75


def test_the_hints_work_their_examples_right(lesson):
    weights = np.array([[10, 20, 30], [1, 2, 3]])
    assert lesson.dense(np.array([[1, 2]]), weights, np.array([100, 0, 0])).tolist() == [
        [112, 24, 36]
    ]
    assert lesson.softmax(np.array([[1000, 999]])).round(2).tolist() == [[0.73, 0.27]]
    assert (np.exp([0, -1]).round(2).tolist(), round(np.exp([0, -1]).sum(), 2)) == ([1, 0.37], 1.37)
    assert lesson.predict(np.array([[1, 5, 2], [7, 0, 7]])).tolist() == [1, 0]
    maps = maps_of(
        lesson,
        np.zeros((2, 6, 6, 1)),
        {"filters": np.zeros((3, 3, 3, 1)), "filter_biases": np.zeros(3)},
    )
    assert maps.shape == (2, 2, 2, 3)
    assert lesson.flatten(maps).shape == (2, 12)


def test_a_float_ends_where_the_lesson_says():
    with np.errstate(over="ignore"):
        assert np.isfinite(np.exp(709.0))
        assert np.isinf(np.exp(710.0))
    assert round(np.finfo(float).max / 1e308, 1) == 1.8


def test_the_bag_scores_what_the_prose_quotes(lesson, clothes, model, prose):
    images, labels = clothes
    bag = images[labels == data.FASHION_NAMES.index("Bag")][:1]
    rows = lesson.flatten(maps_of(lesson, bag, model))
    score = lesson.dense(rows, model["weights"], model["biases"])[0].max()
    assert f"A score of {score:.2f} is hard to read" in prose


def test_bold_is_right_more_often_and_has_the_larger_loss(lesson):
    labels = np.zeros(10, dtype=int)
    careful = np.array([0.6] * 8 + [0.4] * 2)
    bold = np.array([0.99] * 9 + [0.00001])
    careful, bold = (np.stack([p, 1 - p], axis=1) for p in (careful, bold))
    assert lesson.accuracy(lesson.predict(careful), labels) == 0.8
    assert lesson.accuracy(lesson.predict(bold), labels) == 0.9
    assert lesson.cross_entropy(careful, labels) < lesson.cross_entropy(bold, labels)


def test_the_learners_network_is_as_good_as_its_facts_say(lesson, clothes, model):
    images, labels = clothes
    right = lesson.accuracy(lesson.predict(lesson.forward(images, model)), labels)
    assert right == data.model_facts("fashion-cnn")["accuracy"]
    assert right > 0.85


def test_coat_and_shirt_are_mixed_up_most(lesson, clothes, model):
    images, labels = clothes
    table = lesson.confusion(lesson.predict(lesson.forward(images, model)), labels)
    both = np.triu(table + table.T, 1)
    first, second = np.unravel_index(both.argmax(), both.shape)
    assert {data.FASHION_NAMES[first], data.FASHION_NAMES[second]} == {"Coat", "Shirt"}
    assert np.sort(both, axis=None)[-1] > np.sort(both, axis=None)[-2]


def test_the_cnn_wins_the_race_with_the_fewest_weights_and_loses_it_on_shuffled_pixels(lesson):
    images, labels = data.load_shifted_digits("test")
    shuffled = data.permute_pixels(images)
    share, weights = {}, {}
    for kind in ("linear", "perceptron", "cnn"):
        for prefix, pictures in (("shifted", images), ("permuted", shuffled)):
            name = f"{prefix}-{kind}"
            model = data.load_model(name)
            weights[kind] = sum(array.size for array in model.values())
            share[name] = lesson.accuracy(answer(lesson, pictures, name, model), labels)
            assert share[name] == data.model_facts(name)["accuracy"]
    assert weights == {"linear": 2570, "perceptron": 8554, "cnn": 1946}
    assert share["shifted-cnn"] > share["shifted-perceptron"] > share["shifted-linear"]
    assert share["permuted-perceptron"] > share["permuted-cnn"]
    assert share["shifted-cnn"] - share["permuted-cnn"] > 0.3
    for kind in ("linear", "perceptron"):
        assert abs(share[f"shifted-{kind}"] - share[f"permuted-{kind}"]) < 0.03


def test_a_perceptron_whose_weights_move_with_the_pixels_gives_the_same_answers(lesson):
    images, _ = data.load_shifted_digits("test")
    model = data.load_model("shifted-perceptron")
    order = data.permute_pixels(np.arange(256).reshape(1, 16, 16, 1)).reshape(256)
    moved = {**model, "hidden_weights": model["hidden_weights"][order]}
    before = answer(lesson, images, "perceptron", model)
    after = answer(lesson, data.permute_pixels(images), "perceptron", moved)
    assert np.array_equal(before, after)


def test_what_things_cost_is_counted_right(lesson, prose):
    """The formulas against a count of the arrays, and of products in a real pass."""
    for size in (16, 28):
        maps = size - 4
        features = (maps // 2) ** 2 * 8
        arrays = [(8, 5, 5), (8,), (features, 10), (10,)]
        weights = sum(int(np.prod(shape)) for shape in arrays)
        assert lesson.cnn_costs(size) == (weights, maps * maps * 8 * 25 + features * 10)
        assert lesson.cnn_costs(size, average=True)[0] == 8 * 25 + 8 + 8 * 10 + 10
        hidden = [(size * size, 32), (32,), (32, 10), (10,)]
        assert lesson.perceptron_costs(size)[0] == sum(int(np.prod(shape)) for shape in hidden)
    assert 6 < lesson.cnn_costs(224)[1] / lesson.perceptron_costs(224)[1] < 7
    assert "between six and seven times as many at 224 × 224" in prose
    assert lesson.cnn_costs(28)[0] == data.model_facts("fashion-cnn")["weights"]
    assert 8 * 25 + 8 == 208
    assert 224 - 5 + 1 == 220


def test_what_is_broken_does_what_the_lesson_reveals(lesson, clothes, model):
    images, labels = clothes
    maps = maps_of(lesson, images, model)
    wrong = lesson.flatten_map_by_map
    as_trained = share(lesson, lesson.flatten(maps), labels, model["weights"], model["biases"])
    disordered = share(lesson, wrong(maps), labels, model["weights"], model["biases"])
    assert as_trained > 0.85
    assert disordered < 0.2

    train, train_labels = data.load_fashion("train")
    train, train_labels = train[:2000, ..., None] / 255, train_labels[:2000]
    train_maps = maps_of(lesson, train, model)
    trained = {
        order: share(
            lesson, order(maps), labels, *lesson.fit_dense(order(train_maps), train_labels)
        )
        for order in (lesson.flatten, wrong)
    }
    assert abs(trained[lesson.flatten] - trained[wrong]) < 0.0005
    assert trained[wrong] > 0.8

    turned = model["filters"][:, ::-1, ::-1]

    def broken(batch):
        convolved = lesson.convolve_images(batch, turned, model["filter_biases"])
        return lesson.flatten(-lesson.pool_maps(-lesson.relu(convolved)))

    worse = share(lesson, broken(images), labels, *lesson.fit_dense(broken(train), train_labels))
    assert 0.75 < worse < trained[lesson.flatten]
