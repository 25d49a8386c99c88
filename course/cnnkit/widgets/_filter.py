"""The Filter explorer: a kernel slides over an image, one sum of products at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
import numpy as np

from cnnkit.data import load_photo
from cnnkit.errors import WrongValue
from cnnkit.widgets._arrays import numbers, smaller
from cnnkit.widgets._base import Explorer, browser_module

#: The 6 × 6 image and the 3 × 3 kernel that lesson 02 works through by hand.
IMAGE = (
    (3, 0, 1, 2, 7, 4),
    (1, 5, 8, 9, 3, 1),
    (2, 7, 2, 5, 1, 3),
    (0, 1, 3, 1, 7, 8),
    (4, 2, 1, 6, 2, 8),
    (2, 4, 5, 2, 3, 9),
)
PRESETS: dict[str, tuple[tuple[float, ...], ...]] = {
    "vertical edges": ((1, 0, -1), (1, 0, -1), (1, 0, -1)),
    "horizontal edges": ((1, 1, 1), (0, 0, 0), (-1, -1, -1)),
    "Sobel, vertical edges": ((1, 0, -1), (2, 0, -2), (1, 0, -1)),
    "all edges": ((0, -1, 0), (-1, 4, -1), (0, -1, 0)),
    "outline": ((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)),
    "blur": ((1 / 9,) * 3,) * 3,
    "sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    "emboss": ((-2, -1, 0), (-1, 1, 1), (0, 1, 2)),
    "leave as it is": ((0, 0, 0), (0, 1, 0), (0, 0, 0)),
}
OWN = "your own"
REACH = 9.0


class Filter(Explorer):
    """Slide a kernel over an image and watch the feature map fill in.

    Parameters
    ----------
    image
        ``(H, W)`` numbers, at most 16 × 16; default the 6 × 6 image of the lesson.
    kernel
        ``(h, w)`` weights between −9 and 9, at most 7 × 7 and no larger than the image.
    f
        The learner's ``convolve2d(image, kernel)``; called in the kernel on each change.

    Raises
    ------
    ValueError
        If the image or the kernel cannot be drawn, or the kernel does not fit the image.

    Examples
    --------
    >>> explorer = Filter()
    >>> explorer.weights[0].value   # an ordinary FloatSlider
    1.0
    """

    title = "Filter"
    _esm = browser_module("filter")

    def __init__(
        self, image: Any = None, kernel: Any = None, f: Callable[..., Any] | None = None
    ) -> None:
        image = numbers(IMAGE if image is None else image, "image")
        kernel = numbers(PRESETS["vertical edges"] if kernel is None else kernel, "kernel", most=7)
        if kernel.shape[0] > image.shape[0] or kernel.shape[1] > image.shape[1]:
            raise WrongValue(
                f"A {kernel.shape[0]} × {kernel.shape[1]} kernel does not fit "
                f"a {image.shape[0]} × {image.shape[1]} image."
            )
        if np.abs(kernel).max() > REACH:
            raise WrongValue(f"The kernel's weights must be between −{REACH:g} and {REACH:g}.")
        presets = {
            name: np.array(weights, dtype=float)
            for name, weights in PRESETS.items()
            if np.shape(weights) == kernel.shape
        }
        chosen = next((n for n, w in presets.items() if np.array_equal(w, kernel)), OWN)
        # Shared by all weights: a kernel of 49 sliders should not cost 147 models.
        layout = ipywidgets.Layout(width="auto")
        style = ipywidgets.widgets.widget_int.SliderStyle()
        weights = [
            ipywidgets.FloatSlider(
                value=value, min=-REACH, max=REACH, step=0.25, readout_format=".2f",
                layout=layout, style=style,
            )
            for value in kernel.ravel()
        ]  # fmt: skip
        preset = ipywidgets.Dropdown(
            options=[*presets, OWN], value=chosen, description="preset",
            layout=ipywidgets.Layout(width="auto"),
        )  # fmt: skip
        self._sizes = image.shape, kernel.shape
        super().__init__(
            controls={"weights": weights, "preset": preset},
            settings={
                "image": image.tolist(),
                "kernel": list(kernel.shape),
                "presets": [*(weights.ravel().tolist() for weights in presets.values()), None],
                "photo": "A photograph: a man with a camera on a tripod",
            },
            pictures={"photo": smaller(load_photo("camera"), 128)},
            f=f,
        )

    @property
    def kernel(self) -> np.ndarray:
        """The weights as they stand, ``(h, w)`` floats."""
        # A slider's steps leave dust: 3.9999999999999982 for 4.
        weights = np.round([slider.value for slider in self.weights], 12)
        return weights.reshape(self._sizes[1])

    def arguments(self, question: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the image and the kernel of the question as float arrays."""
        image = np.array(question["image"], dtype=np.float64)
        return (image, np.array(question["kernel"], dtype=np.float64)), {}

    def summary(self) -> str:
        """Return what the explorer shows, in one sentence."""
        (height, width), (h, w) = self._sizes
        return (
            f"Filter explorer: a {h} × {w} kernel slides over a {height} × {width} image, "
            "and each sum of products becomes one number of the feature map"
        )
