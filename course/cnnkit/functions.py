"""Functions that an exercise's case may hand to the learner's function, by name.

A key is data, so it cannot hold a function. It holds a name from this table.
Each takes an array of any shape and returns a float.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def sum_of_squares(x: np.ndarray) -> float:
    """Return the sum of all squared values: its gradient is ``2 * x``."""
    return float(np.sum(np.asarray(x, dtype=np.float64) ** 2))


def sum_of_cubes(x: np.ndarray) -> float:
    """Return the sum of all cubed values: its gradient is ``3 * x ** 2``."""
    return float(np.sum(np.asarray(x, dtype=np.float64) ** 3))


def weighted_sum(x: np.ndarray) -> float:
    """Return the sum of value times its position (1, 2, 3, … in row-major order)."""
    flat = np.asarray(x, dtype=np.float64).ravel()
    return float(flat @ np.arange(1, flat.size + 1))


def neighbour_products(x: np.ndarray) -> float:
    """Return the sum of each value times the next one, in row-major order."""
    flat = np.asarray(x, dtype=np.float64).ravel()
    return float(np.sum(flat[:-1] * flat[1:]))


FUNCTIONS: dict[str, Callable[[np.ndarray], float]] = {
    "sum_of_squares": sum_of_squares,
    "sum_of_cubes": sum_of_cubes,
    "weighted_sum": weighted_sum,
    "neighbour_products": neighbour_products,
}


def name_of(value: Any) -> str | None:
    """Return the name of a function of the table, None for anything else."""
    for name, function in FUNCTIONS.items():
        if value is function:
            return name
    return None
