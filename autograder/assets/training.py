"""The small networks of lesson 05 and how they are trained: NumPy, seeded, without pixel loops.

A model is a plain dict of arrays. Which keys it has says what it is:

* linear: ``weights`` (D, K), ``biases`` (K,)
* perceptron: also ``hidden_weights`` (D, M), ``hidden_biases`` (M,)
* CNN: also ``filters`` (F, h, w, C), ``filter_biases`` (F,)

All end in a softmax and are trained on the mean cross-entropy by Adam
(Kingma and Ba, 2015) over shuffled batches, with weight decay and a step that
falls to zero along a half cosine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Model = dict[str, np.ndarray]


@dataclass(frozen=True)
class Recipe:
    """How long and how fast to train: epochs, batch size, first step, decay of the weights."""

    epochs: int
    batch: int = 50
    step: float = 3e-3
    decay: float = 1e-4


def new_linear(rng: np.random.Generator, inputs: int, classes: int) -> Model:
    """Return an untrained linear model: every score is a weighted sum of the pixels."""
    return {"weights": _small(rng, inputs, classes), "biases": np.zeros(classes)}


def new_perceptron(rng: np.random.Generator, inputs: int, hidden: int, classes: int) -> Model:
    """Return an untrained multilayer perceptron with one hidden layer and ReLU."""
    return {
        "hidden_weights": _small(rng, inputs, hidden),
        "hidden_biases": np.zeros(hidden),
        "weights": _small(rng, hidden, classes),
        "biases": np.zeros(classes),
    }


def new_cnn(
    rng: np.random.Generator, shape: tuple[int, int, int], count: int, size: int, classes: int
) -> Model:
    """Return an untrained CNN for images of ``shape`` (H, W, C), ``count`` filters of size×size."""
    height, width, channels = shape
    pooled = ((height - size + 1) // 2) * ((width - size + 1) // 2)
    filters = _small(rng, size * size * channels, count).T.reshape(count, size, size, channels)
    return {
        "filters": filters,
        "filter_biases": np.zeros(count),
        "weights": _small(rng, pooled * count, classes),
        "biases": np.zeros(classes),
    }


def scores(model: Model, images: np.ndarray) -> np.ndarray:
    """Return the (N, K) scores of (N, H, W, C) images."""
    # In pieces: the patches of thousands of images at once would fill the memory.
    pieces = [_forward(model, images[at : at + 200])[-1] for at in range(0, len(images), 200)]
    return np.concatenate(pieces)


def accuracy(model: Model, images: np.ndarray, labels: np.ndarray) -> float:
    """Return the fraction of images whose largest score is at their label."""
    return float(np.mean(scores(model, images).argmax(axis=1) == labels))


def weight_count(model: Model) -> int:
    """Return how many trained numbers a model has, biases included."""
    return sum(values.size for values in model.values())


def train(
    model: Model, images: np.ndarray, labels: np.ndarray, recipe: Recipe, rng: np.random.Generator
) -> Model:
    """Return a trained copy of ``model``."""
    model = {name: values.astype(np.float64) for name, values in model.items()}
    first = {name: np.zeros_like(values) for name, values in model.items()}
    second = {name: np.zeros_like(values) for name, values in model.items()}
    per_epoch = -(-len(labels) // recipe.batch)
    total = per_epoch * recipe.epochs
    time = 0
    for _ in range(recipe.epochs):
        order = rng.permutation(len(labels))
        for start in range(0, len(labels), recipe.batch):
            chosen = order[start : start + recipe.batch]
            slopes = gradients(model, images[chosen], labels[chosen])
            time += 1
            pace = recipe.step * 0.5 * (1 + np.cos(np.pi * time / total))
            for name, slope in slopes.items():
                first[name] += 0.1 * (slope - first[name])
                second[name] += 0.001 * (slope**2 - second[name])
                rate = first[name] / (1 - 0.9**time)
                scale = np.sqrt(second[name] / (1 - 0.999**time)) + 1e-8
                shrink = recipe.decay * model[name] if model[name].ndim > 1 else 0.0
                model[name] -= pace * (rate / scale + shrink)
    return model


def gradients(model: Model, images: np.ndarray, labels: np.ndarray) -> Model:
    """Return the gradient of the mean cross-entropy with respect to every array of the model."""
    *inner, features, result = _forward(model, images)
    away = np.exp(result - result.max(axis=1, keepdims=True))
    away /= away.sum(axis=1, keepdims=True)
    away[np.arange(len(labels)), labels] -= 1
    away /= len(labels)
    slopes = {"weights": features.T @ away, "biases": away.sum(axis=0)}
    back = away @ model["weights"].T
    if "hidden_weights" in model:
        back = back * (features > 0)
        flat = images.reshape(len(images), -1)
        slopes |= {"hidden_weights": flat.T @ back, "hidden_biases": back.sum(axis=0)}
    if "filters" in model:
        patches, chosen, pooled = inner
        back = back.reshape(pooled.shape) * (pooled > 0)
        # Only the winner of each 2×2 window, the first on ties, hands its slope on.
        spread = np.zeros((*pooled.shape, 4))
        np.put_along_axis(spread, chosen[..., None], back[..., None], axis=-1)
        n, rows, columns, count = pooled.shape
        spread = spread.reshape(n, rows, columns, count, 2, 2).transpose(0, 1, 4, 2, 5, 3)
        spread = spread.reshape(-1, count)
        slopes["filters"] = (spread.T @ patches).reshape(model["filters"].shape)
        slopes["filter_biases"] = spread.sum(axis=0)
    return slopes


def _forward(model: Model, images: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return what the way back needs (patches, winners, pooled maps), features and scores."""
    if "filters" in model:
        filters = model["filters"]
        count, height, width, _ = filters.shape
        windows = sliding_window_view(images, (height, width), axis=(1, 2))
        # A last row or column that fills no 2×2 window counts for nothing.
        windows = windows[:, : windows.shape[1] // 2 * 2, : windows.shape[2] // 2 * 2]
        n, rows, columns = windows.shape[:3]
        patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(n * rows * columns, -1)
        maps = patches @ filters.reshape(count, -1).T + model["filter_biases"]
        blocks = maps.reshape(n, rows // 2, 2, columns // 2, 2, count).transpose(0, 1, 3, 5, 2, 4)
        blocks = blocks.reshape(n, rows // 2, columns // 2, count, 4)
        chosen = blocks.argmax(axis=-1)
        pooled = np.maximum(np.take_along_axis(blocks, chosen[..., None], axis=-1)[..., 0], 0)
        features = pooled.reshape(n, -1)
        return patches, chosen, pooled, features, features @ model["weights"] + model["biases"]
    features = images.reshape(len(images), -1)
    if "hidden_weights" in model:
        features = np.maximum(features @ model["hidden_weights"] + model["hidden_biases"], 0)
    return features, features @ model["weights"] + model["biases"]


def _small(rng: np.random.Generator, inputs: int, outputs: int) -> np.ndarray:
    # He et al. (2015): keeps the size of the values through layers with ReLU.
    return rng.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)
