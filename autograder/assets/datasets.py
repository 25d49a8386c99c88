"""Every image of the course, made from its source: what is cut, halved, chosen and placed."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from autograder.assets.sources import member

#: Photographs and what is cut off before each side is halved: (row, column, height, width).
PHOTOS = {
    "astronaut": (0, 0, 512, 512),
    "brick": (0, 0, 512, 512),
    "camera": (0, 0, 512, 512),
    "chelsea": (0, 0, 300, 450),
    "coffee": (0, 44, 400, 512),
}

TRAIN_PER_CLASS, TEST_PER_CLASS = 550, 100  # of Fashion-MNIST's 6,000 and 1,000

CANVAS = 16  # pixels: an 8×8 digit has 9 × 9 places on it
PLACES = 4  # how often each digit is placed
TEST_DIGITS = 400  # of 1,797: no digit is in both halves
SEED = 20


def photo(sources: Path, name: str) -> dict[str, np.ndarray]:
    """Return a photograph at half its size, uint8, each pixel the mean of 2×2."""
    from PIL import Image

    with Image.open(io.BytesIO(member(sources, name))) as picture:
        image = np.asarray(picture)
    row, column, height, width = PHOTOS[name]
    image = image[row : row + height, column : column + width].astype(np.uint16)
    total = image[::2, ::2] + image[1::2, ::2] + image[::2, 1::2] + image[1::2, 1::2]
    # Whole-number arithmetic, rounded half up: the same on every machine.
    return {"image": ((total + 2) // 4).astype(np.uint8)}


def digits(sources: Path) -> dict[str, np.ndarray]:
    """Return UCI's digits as they are: images (1797, 8, 8) from 0 to 16, labels (1797,)."""
    rows = np.loadtxt(io.BytesIO(member(sources, "digits")), delimiter=",")
    images = rows[:, :64].astype(np.uint8).reshape(-1, 8, 8)
    return {"images": images, "labels": rows[:, 64].astype(np.uint8)}


def shifted() -> dict[str, np.ndarray]:
    """Return which digit stands where on the canvas, and one shuffled order of its pixels.

    For each half: ``*_digits`` (N,) indices into the digits, ``*_corners`` (N, 2)
    row and column of the top left corner; ``pixel_order`` (CANVAS²,).
    """
    rng = np.random.default_rng(SEED)
    order = rng.permutation(1797)
    halves = {"train": order[TEST_DIGITS:], "test": order[:TEST_DIGITS]}
    arrays = {}
    for name, chosen in halves.items():
        arrays[f"{name}_digits"] = np.tile(chosen, PLACES).astype(np.uint16)
        size = (len(chosen) * PLACES, 2)
        arrays[f"{name}_corners"] = rng.integers(0, CANVAS - 8 + 1, size).astype(np.uint8)
    arrays["pixel_order"] = rng.permutation(CANVAS * CANVAS).astype(np.uint16)
    return arrays


def fashion(sources: Path) -> dict[str, np.ndarray]:
    """Return the first images of every class, in the original order: uint8 (N, 28, 28)."""
    arrays = {}
    for half, amount in (("train", TRAIN_PER_CLASS), ("test", TEST_PER_CLASS)):
        # IDX: a header of 4 bytes an axis and 4 more, then the values (LeCun's MNIST page).
        labels = np.frombuffer(member(sources, f"fashion-{half}-labels"), np.uint8, offset=8)
        pixels = np.frombuffer(member(sources, f"fashion-{half}-images"), np.uint8, offset=16)
        images = pixels.reshape(-1, 28, 28)
        first = [np.flatnonzero(labels == label)[:amount] for label in range(10)]
        chosen = np.sort(np.concatenate(first))
        arrays[f"{half}_images"], arrays[f"{half}_labels"] = images[chosen], labels[chosen]
    return arrays
