"""Arrays on their way into a figure: checked, small enough to read, plain lists."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.errors import WrongValue

#: The largest side of an image whose pixels are drawn as numbers.
MOST_CELLS = 16


def numbers(array: Any, name: str, most: int = MOST_CELLS) -> np.ndarray:
    """Return ``array`` as a float matrix of at most ``most`` × ``most`` numbers.

    Raises
    ------
    ValueError
        If it has other than two axes, is empty or too large, or holds no finite numbers.
    """
    matrix = np.asarray(array, dtype=np.float64)
    if matrix.ndim != 2 or matrix.size == 0:
        raise WrongValue(f"The {name} must have rows and columns; its shape is {matrix.shape}.")
    if max(matrix.shape) > most:
        raise WrongValue(
            f"The {name} is {matrix.shape[0]} × {matrix.shape[1]}; this explorer writes every "
            f"number out, so at most {most} × {most}. Try a part of it, such as image[:8, :8]."
        )
    if not np.isfinite(matrix).all():
        raise WrongValue(f"The {name} holds a number that is not finite.")
    return matrix


def smaller(picture: np.ndarray, most: int) -> np.ndarray:
    """Return a uint8 picture whose sides are at most ``most``, by averaging whole blocks."""
    factor = -(-max(picture.shape[:2]) // most)
    rows, columns = picture.shape[0] // factor, picture.shape[1] // factor
    blocks = picture[: rows * factor, : columns * factor].astype(np.float64)
    blocks = blocks.reshape(rows, factor, columns, factor, *picture.shape[2:])
    return np.rint(blocks.mean(axis=(1, 3))).astype(np.uint8)
