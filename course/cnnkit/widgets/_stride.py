"""The Stride explorer: where the windows stand, and how many there are."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnkit.widgets._base import Explorer, browser_module, slider

LARGEST = 10


class Stride(Explorer):
    """Choose image, kernel, stride and padding, and see every window and the size formula.

    The kernel is all ones here, so that each result is the plain sum of its window.

    Parameters
    ----------
    f
        The learner's ``convolve2d(image, kernel, stride, padding)``, or their
        ``output_size(size, kernel_size, stride, padding)``: told apart by the name of
        the second parameter. Called in the kernel on each change.
    """

    title = "Stride"
    _esm = browser_module("stride")

    def __init__(self, f: Callable[..., Any] | None = None) -> None:
        # Whole numbers of one digit: the sums can be followed in the head.
        image = np.random.default_rng(3).integers(0, 10, (LARGEST, LARGEST))
        self._sizes = f is not None and _asks_for_sizes(f)
        super().__init__(
            controls={
                "height": slider("image height", 7, 3, LARGEST),
                "width": slider("image width", 6, 3, LARGEST),
                "kernel": slider("kernel size", 3, 1, 5),
                "stride": slider("stride", 2, 1, 4),
                "padding": slider("padding", 0, 0, 2),
            },
            settings={"image": image.tolist(), "size": self._sizes},
            f=_for_both_sizes(f) if f is not None and self._sizes else f,
        )

    def arguments(self, question: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return ``(image, kernel)`` or ``(sizes, kernel_size)``, then stride and padding."""
        steps = {"stride": int(question["stride"]), "padding": int(question["padding"])}
        if self._sizes:
            return ([int(n) for n in question["sizes"]], int(question["kernel_size"])), steps
        image = np.array(question["image"], dtype=np.float64)
        return (image, np.array(question["kernel"], dtype=np.float64)), steps

    def summary(self) -> str:
        """Return what the explorer shows, in one sentence."""
        return (
            "Stride explorer: every place of a window on an image, for any kernel size, "
            "stride and padding, and the formula for the size of the result"
        )


def _asks_for_sizes(f: Callable[..., Any]) -> bool:
    try:
        return "kernel_size" in inspect.signature(f).parameters
    except (TypeError, ValueError):
        return False


def _for_both_sizes(f: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(f)
    def both(sizes: list[int], kernel_size: int, **steps: int) -> list[Any]:
        return [f(size, kernel_size, **steps) for size in sizes]

    return both
