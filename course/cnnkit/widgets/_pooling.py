"""The Pooling explorer: one number for each window, the largest or the mean."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
import numpy as np

from cnnkit.errors import WrongValue
from cnnkit.widgets._arrays import numbers
from cnnkit.widgets._base import Explorer, browser_module, slider

LARGEST = 10
#: The 4 × 4 map of lesson 04; the larger ones continue it with digits.
IMAGE = ((0, 2, 5, 1), (3, 7, 0, 2), (4, 4, 1, 0), (0, 4, 6, 1))
MODES = ("max", "average")


class Pooling(Explorer):
    """Pool a feature map by its largest or its mean value, with any size and stride.

    Parameters
    ----------
    f
        The learner's ``max_pool2d``, ``average_pool2d`` or ``pool_layer`` (which is
        asked with one channel); called in the kernel on each change.
    image
        ``(H, W)`` numbers to start from, at most 10 × 10; default the lesson's 4 × 4.
    mode
        ``"max"`` or ``"average"`` to start with; default what the name of ``f`` says.

    Raises
    ------
    ValueError
        If the image cannot be drawn, or the mode is neither of the two.
    """

    title = "Pooling"
    _esm = browser_module("pooling")

    def __init__(
        self, f: Callable[..., Any] | None = None, image: Any = None, mode: str | None = None
    ) -> None:
        image = numbers(IMAGE if image is None else image, "image", most=LARGEST)
        if mode is None:
            name = getattr(f, "__name__", "").lower()
            mode = "average" if "average" in name or "mean" in name else "max"
        if mode not in MODES:
            raise WrongValue(f'mode must be "max" or "average", not {mode!r}.')
        height, width = image.shape
        field = np.random.default_rng(4).integers(0, 10, (LARGEST, LARGEST)).astype(float)
        field[:height, :width] = image
        self._layer = f is not None and _has_mode(f)
        super().__init__(
            controls={
                "mode": ipywidgets.Dropdown(
                    options=["maximum", "average"],
                    index=MODES.index(mode),
                    description="keep the",
                    layout=ipywidgets.Layout(width="auto"),
                    style={"description_width": "7.5em"},
                ),
                "size": slider("window size", 2, 1, 5),
                "stride": slider("stride", 2, 1, 5),
                "height": slider("map height", height, 2, LARGEST),
                "width": slider("map width", width, 2, LARGEST),
            },
            settings={"image": field.tolist(), "modes": list(MODES)},
            f=f,
        )

    def arguments(self, question: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the map (with one channel for a layer), size and stride, by name."""
        image = np.array(question["image"], dtype=np.float64)
        steps: dict[str, Any] = {"size": int(question["size"]), "stride": int(question["stride"])}
        if self._layer:
            return (image[:, :, np.newaxis],), {**steps, "mode": str(question["mode"])}
        return (image,), steps

    def shown(self, values: np.ndarray) -> np.ndarray:
        """Return a layer's only channel; anything else as it came."""
        return values[:, :, 0] if self._layer and values.ndim == 3 else values

    def summary(self) -> str:
        """Return what the explorer shows, in one sentence."""
        return (
            "Pooling explorer: each window of a feature map becomes one number, "
            "its largest or its mean"
        )


def _has_mode(f: Callable[..., Any]) -> bool:
    try:
        return "mode" in inspect.signature(f).parameters
    except (TypeError, ValueError):
        return False
