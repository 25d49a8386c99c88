"""The Pixels explorer: a photograph as the numbers it is made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.data import load_photo
from cnnkit.errors import WrongValue
from cnnkit.widgets._arrays import smaller
from cnnkit.widgets._base import Explorer, browser_module, slider


class Pixels(Explorer):
    """Point at a photograph and read its pixels; make it brighter in two ways.

    Parameters
    ----------
    image
        uint8 ``(H, W, 3)`` or ``(H, W)``, at least 4 × 4; sides over 256 pixels are
        averaged down. Default: the photograph of an astronaut.

    Raises
    ------
    ValueError
        If the image is not uint8, or has other axes, or is smaller than 4 × 4.
    """

    title = "Pixels"
    _esm = browser_module("pixels")

    def __init__(self, image: Any = None) -> None:
        words = "The photograph"
        if image is None:
            image, words = load_photo("astronaut"), "A photograph of an astronaut"
        image = np.asarray(image)
        if image.dtype != np.uint8:
            raise WrongValue(f"Pixels shows uint8 images, 0 to 255; this one is {image.dtype}.")
        if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 3)):
            raise WrongValue(f"An image has shape (H, W) or (H, W, 3); this is {image.shape}.")
        if min(image.shape[:2]) < 4:
            raise WrongValue(f"The image must be at least 4 × 4 pixels; it is {image.shape[:2]}.")
        self._shape = image.shape
        super().__init__(
            controls={"amount": slider("brightness", 0, -255, 255)},
            settings={"photo": words},
            pictures={"photo": smaller(image, 256)},
        )

    def summary(self) -> str:
        """Return what the explorer shows, in one sentence."""
        return (
            f"Pixels explorer: a photograph of {self._shape[0]} × {self._shape[1]} pixels, "
            "the numbers of the pixel you point at, and two ways to make it brighter"
        )
