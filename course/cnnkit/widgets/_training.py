"""The Training explorer: a small network learns digits, one step of yours after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
import numpy as np

from cnnkit.errors import WrongType
from cnnkit.widgets._base import Explorer, browser_module
from cnnkit.widgets._call import name_of

RATES = ("0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1", "3")
BATCHES = ("1", "4", "16", "64", "256")
MOMENTA = ("0", "0.5", "0.9", "0.99")
SEEN, UNSEEN = 2000, 400
COUNT, SIZE, CLASSES = 8, 5, 10

Step = Callable[..., tuple[np.ndarray, np.ndarray]]


def momentum_step(
    weights: np.ndarray, gradient: np.ndarray, velocity: np.ndarray, rate: float, momentum: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return new weights and velocity: gradients add up in the velocity, older ones fade."""
    velocity = momentum * velocity + gradient
    return weights - rate * velocity, velocity


class Run:
    """A network in training. Calling it makes some steps and returns what there is to draw.

    The result is one row of numbers: a loss for each step, the accuracy on unseen digits,
    and all filters' values.
    """

    def __init__(self, step: Step) -> None:
        self.step = step
        self.__name__ = name_of(step)
        self._data: tuple[np.ndarray, ...] | None = None
        self.model: dict[str, np.ndarray] = {}
        self.velocity: dict[str, np.ndarray] = {}

    def begin(self, seed: int) -> None:
        """Start anew with small random filters and weights."""
        from cnnkit.data import load_shifted_digits

        if self._data is None:
            images, labels = load_shifted_digits("train")
            unseen, answers = load_shifted_digits("test")
            self._data = (
                images[:SEEN].astype(np.float32), labels[:SEEN],
                unseen[:UNSEEN].astype(np.float32), answers[:UNSEEN],
            )  # fmt: skip
        self.rng = np.random.default_rng(seed)
        side = (self._data[0].shape[1] - SIZE + 1) // 2
        features = side * side * COUNT
        model = {
            "filters": self.rng.normal(0, np.sqrt(2 / SIZE**2), (COUNT, SIZE, SIZE, 1)),
            "filter_biases": np.zeros(COUNT),
            "weights": self.rng.normal(0, features**-0.5, (features, CLASSES)),
            "biases": np.zeros(CLASSES),
        }
        self.model = {name: array.astype(np.float32) for name, array in model.items()}
        self.velocity = {name: np.zeros_like(array) for name, array in self.model.items()}

    def __call__(
        self, seed: int, first: bool, count: int, rate: float, batch: int, momentum: float
    ) -> np.ndarray:
        """Make ``count`` steps; ``first`` starts anew with ``seed``."""
        from cnnkit.measures import share_right
        from cnnkit.trains_anyway import network_gradients

        if first or not self.model:
            self.begin(seed)
        assert self._data is not None
        images, labels, unseen, answers = self._data
        losses = []
        with np.errstate(all="ignore"):  # steps that are too large are part of the lesson
            for _ in range(count):
                chosen = self.rng.integers(0, len(labels), batch)
                loss, slopes = network_gradients(self.model, images[chosen], labels[chosen])
                losses.append(loss)
                for name, slope in slopes.items():
                    self.model[name], self.velocity[name] = self.step(
                        self.model[name], slope, self.velocity[name], rate, momentum
                    )
            right = share_right(self.model, unseen, answers)
        return np.concatenate([losses, [right], np.ravel(self.model["filters"])])


class Training(Explorer):
    """Train a small network on digits, step by step, with sliders for how.

    Parameters
    ----------
    step
        The learner's ``step(weights, gradient, velocity, rate, momentum)`` for one array
        of the model, which returns the new weights and the new velocity; called in the
        kernel. Without one, the course's own is used.

    Raises
    ------
    TypeError
        If ``step`` is no function.
    """

    title = "Training"
    _esm = browser_module("training")

    def __init__(self, step: Step | None = None) -> None:
        if step is not None and not callable(step):
            raise WrongType(
                f"step must be a function, such as step=my_step without brackets; "
                f"this is {type(step).__name__}."
            )
        super().__init__(
            controls={
                "rate": _choice("learning rate", RATES, "0.03"),
                "batch": _choice("batch size", BATCHES, "16"),
                "momentum": _choice("momentum", MOMENTA, "0.9"),
            },
            settings={
                "rates": [float(rate) for rate in RATES],
                "batches": [int(batch) for batch in BATCHES],
                "momenta": [float(momentum) for momentum in MOMENTA],
                "count": COUNT,
                "size": SIZE,
                "guessing": float(np.log(CLASSES)),
                "unseen": UNSEEN,
                "own": "" if step is None else name_of(step),
            },
            f=Run(momentum_step if step is None else step),
            seconds=10.0,
        )

    def arguments(self, question: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments of a :class:`Run`'s call."""
        return (), {
            "seed": int(question["run"]),
            "first": int(question["at"]) == 0,
            "count": min(50, max(1, int(question["count"]))),
            "rate": float(question["rate"]),
            "batch": min(256, max(1, int(question["batch"]))),
            "momentum": float(question["momentum"]),
        }

    def summary(self) -> str:
        """Return what the explorer shows, in one sentence."""
        return (
            f"Training explorer: a network with {COUNT} filters of {SIZE} × {SIZE} learns digits, "
            "with sliders for learning rate, batch size and momentum"
        )


def _choice(description: str, options: tuple[str, ...], value: str) -> ipywidgets.SelectionSlider:
    return ipywidgets.SelectionSlider(
        options=options,
        value=value,
        description=description,
        layout=ipywidgets.Layout(width="auto"),
        style={"description_width": "7.5em"},
    )
