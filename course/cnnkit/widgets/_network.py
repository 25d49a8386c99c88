"""The Network explorer: draw a digit and see every layer, up to the class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnkit.data import load_model, load_shifted_digits
from cnnkit.errors import WrongValue
from cnnkit.widgets._base import Explorer, browser_module, slider

MODEL = "shifted-cnn"
EXAMPLES = 40


class Network(Explorer):
    """Draw a digit, or pick one, and see what a trained network makes of it, layer by layer.

    Parameters
    ----------
    f
        The learner's ``forward(images, model)``; called in the kernel with one image
        of shape ``(1, H, W, 1)`` on each change.
    model
        A dict of trained arrays (``filters``, ``filter_biases``, ``weights``, ``biases``);
        default the course's own for shifted digits. ``filters`` is ``(F, h, w, 1)``.

    Raises
    ------
    ValueError
        If the model lacks an array or takes images of more than one channel.
    """

    title = "Network"
    _esm = browser_module("network")

    def __init__(
        self, f: Callable[..., Any] | None = None, model: Mapping[str, Any] | None = None
    ) -> None:
        arrays = load_model(MODEL) if model is None else model
        missing = {"filters", "filter_biases", "weights", "biases"} - set(arrays)
        if missing:
            raise WrongValue(f"The model lacks {', '.join(sorted(missing))}.")
        self.model = {name: np.asarray(array, dtype=np.float64) for name, array in arrays.items()}
        if self.model["filters"].ndim != 4 or self.model["filters"].shape[3] != 1:
            raise WrongValue(
                f"The filters must have shape (F, h, w, 1), not {self.model['filters'].shape}."
            )
        images, _ = load_shifted_digits("test")
        examples = np.rint(255 * images[:EXAMPLES, :, :, 0]).astype(np.uint8)
        super().__init__(
            controls={
                "example": slider("example", 0, 0, EXAMPLES - 1),
                "brush": slider("brush", 1, 1, 3),
            },
            settings={"model": {name: array.tolist() for name, array in self.model.items()}},
            pictures={"examples": examples},
            f=f,
        )

    def arguments(self, question: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return a batch of one image and a fresh copy of the model."""
        image = np.array(question["image"], dtype=np.float64)
        model = {name: array.copy() for name, array in self.model.items()}
        return (image[np.newaxis, :, :, np.newaxis], model), {}

    def summary(self) -> str:
        """Return what the explorer shows, in one sentence."""
        count, height, width, _ = self.model["filters"].shape
        return (
            f"Network explorer: a drawn digit on its way through {count} filters of "
            f"{height} × {width}, ReLU, 2 × 2 max pooling and a dense layer to its class"
        )
