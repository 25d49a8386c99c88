"""The trained networks of lesson 05: which there are, how each is trained, what it reaches.

The same seed, NumPy and processor type give the same weights to the last bit.
Another processor may add numbers in another order; its weights then differ, its
accuracy by at most ``TOLERANCE``. Threads of the linear algebra library are held
at one, for the same reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.assets import training
from cnnkit import data

TOLERANCE = 0.02  # of accuracy, between processors

FASHION_RECIPE = training.Recipe(epochs=12, step=3e-3, decay=1e-3)
SHIFTED_RECIPE = training.Recipe(epochs=40, step=1e-2, decay=1e-4)  # one for all three kinds


@dataclass(frozen=True)
class Plan:
    """One model: its images, its kind, its recipe."""

    name: str
    recipe: training.Recipe
    seed: int = 1

    @property
    def kind(self) -> str:
        """ "linear", "perceptron" or "cnn"."""
        return self.name.split("-")[1]


PLANS = tuple(
    Plan(name, FASHION_RECIPE if name.startswith("fashion") else SHIFTED_RECIPE)
    for name in data.MODEL_NAMES
)


def images_for(name: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the images, (N, H, W, 1) floats 0 to 1, and labels of a model's split."""
    if name.startswith("fashion"):
        images, labels = data.load_fashion(split)
        return images[..., None] / 255, labels
    images, labels = data.load_shifted_digits(split)
    return (data.permute_pixels(images) if name.startswith("permuted") else images), labels


def build(plan: Plan) -> tuple[training.Model, dict[str, Any]]:
    """Train one model. Return its arrays, rounded to float32, and its facts."""
    rng = np.random.default_rng(plan.seed)
    images, labels = images_for(plan.name, "train")
    trained = training.train(_untrained(plan, rng, images), images, labels, plan.recipe, rng)
    model = {key: array.astype(np.float32) for key, array in trained.items()}
    return model, measure(plan, model)


def measure(plan: Plan, model: training.Model) -> dict[str, Any]:
    """Return the facts of a trained model, as ``cnnkit.data.model_facts`` gives them."""
    exact = {key: array.astype(np.float64) for key, array in model.items()}
    images, labels = images_for(plan.name, "test")
    share = training.accuracy(exact, images, labels)
    return {
        "accuracy": share,
        "right": round(share * len(labels)),
        "images": len(labels),
        "train_accuracy": round(training.accuracy(exact, *images_for(plan.name, "train")), 4),
        "weights": training.weight_count(model),
        "epochs": plan.recipe.epochs,
    }


def build_all() -> Iterator[tuple[str, training.Model, dict[str, Any]]]:
    """Train every model, one after the other: name, arrays, facts."""
    for plan in PLANS:
        yield plan.name, *build(plan)


def _untrained(plan: Plan, rng: np.random.Generator, images: np.ndarray) -> training.Model:
    height, width, channels = images.shape[1:]
    if plan.kind == "linear":
        return training.new_linear(rng, height * width * channels, 10)
    if plan.kind == "perceptron":
        return training.new_perceptron(rng, height * width * channels, 32, 10)
    size = 5 if plan.name.startswith("fashion") else 9
    return training.new_cnn(rng, (height, width, channels), 8, size, 10)
