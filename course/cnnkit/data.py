"""The images and trained networks that come with the course: nothing is downloaded.

Quick reference::

    load_photo("chelsea")            uint8, (H, W, 3) or (H, W); names: PHOTO_NAMES
    load_digits()                    images (1797, 8, 8) uint8 0 to 255, labels (1797,)
    load_shifted_digits("train")     images (N, 16, 16, 1) floats 0 to 1, labels (N,)
    permute_pixels(images)           the same images, all pixels in one fixed wrong order
    load_fashion("test")             images (N, 28, 28) uint8 0 to 255, labels (N,)
    FASHION_NAMES[label]             "T-shirt", "Trouser", ...
    load_model("fashion-cnn")        dict of arrays; names: MODEL_NAMES
    model_facts("fashion-cnn")       its accuracy on test images, its number of weights, ...

Where each file comes from and under which licence stands in ``data/LICENSES.md``
beside this module; ``python -m autograder.assets`` rebuilds them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cnnkit.errors import WrongValue

FOLDER = Path(__file__).parent / "data"

PHOTO_NAMES = ("astronaut", "brick", "camera", "chelsea", "coffee")

FASHION_NAMES = (
    "T-shirt",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

MODEL_NAMES = (
    "fashion-cnn",
    "shifted-linear",
    "shifted-perceptron",
    "shifted-cnn",
    "permuted-linear",
    "permuted-perceptron",
    "permuted-cnn",
)

CANVAS = 16  # pixels: the side of a shifted digit's image


def load_photo(name: str) -> np.ndarray:
    """Return a photograph as uint8: (H, W, 3) in colour, (H, W) for "camera" and "brick".

    No side is longer than 256 pixels. Raises ValueError for a name not in PHOTO_NAMES.
    """
    _known(name, PHOTO_NAMES, "photograph")
    return _decoded(f"{name}.png").copy()


def load_digits() -> tuple[np.ndarray, np.ndarray]:
    """Return the 1,797 handwritten digits of UCI's test set.

    Returns
    -------
    images : (1797, 8, 8) uint8, 0 to 255. The source has 17 levels, 0 to 16, stretched here.
    labels : (1797,) int64, 0 to 9.
    """
    arrays = _read("digits.npz")
    levels = arrays["images"].astype(np.float64)
    return np.round(levels * 255 / 16).astype(np.uint8), arrays["labels"].astype(np.int64)


def load_shifted_digits(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return digits, each placed at random on a black canvas of 16×16 pixels.

    The places were drawn once and ship with the course. Each digit is placed four
    times; no digit is in both splits.

    Parameters
    ----------
    split : "train" (5,588 images) or "test" (1,600 images).

    Returns
    -------
    images : (N, 16, 16, 1) float64, 0 to 1.
    labels : (N,) int64, 0 to 9.
    """
    _known(split, ("train", "test"), "split")
    places = _read("shifted.npz")
    digits, labels = load_digits()
    chosen, corners = places[f"{split}_digits"], places[f"{split}_corners"]
    images = np.zeros((len(chosen), CANVAS, CANVAS, 1))
    for image, digit, (row, column) in zip(images, digits[chosen], corners.tolist(), strict=True):
        image[row : row + 8, column : column + 8, 0] = digit / 255
    return images, labels[chosen]


def permute_pixels(images: np.ndarray) -> np.ndarray:
    """Return (N, 16, 16, C) images with all pixels in one wrong order, the same for every image.

    Nothing is lost: only which pixels are neighbours. Raises ValueError for other sizes.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1:3] != (CANVAS, CANVAS):
        raise WrongValue(
            f"permute_pixels takes (N, {CANVAS}, {CANVAS}, C) images, not {images.shape}."
        )
    order = _read("shifted.npz")["pixel_order"]
    flat = images.reshape(len(images), CANVAS * CANVAS, images.shape[3])
    return flat[:, order].reshape(images.shape)


def load_fashion(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures of clothes from Fashion-MNIST, equally many of each of the ten kinds.

    Parameters
    ----------
    split : "train" (5,500 images) or "test" (1,000 images).

    Returns
    -------
    images : (N, 28, 28) uint8, 0 to 255.
    labels : (N,) int64, 0 to 9; ``FASHION_NAMES[label]`` is the kind.
    """
    _known(split, ("train", "test"), "split")
    arrays = _read("fashion.npz")
    return arrays[f"{split}_images"].copy(), arrays[f"{split}_labels"].astype(np.int64)


def load_model(name: str) -> dict[str, np.ndarray]:
    """Return a trained network as a dict of float64 arrays, fresh at every call.

    A CNN ("…-cnn") has ``filters`` (F, h, w, C), ``filter_biases`` (F,), ``weights``
    (D, K) and ``biases`` (K,): what the exercise ``forward`` takes. "…-linear" has
    only ``weights`` and ``biases``; "…-perceptron" also ``hidden_weights`` (D, M) and
    ``hidden_biases`` (M,). "fashion-…" takes (N, 28, 28, 1) images, "shifted-…" and
    "permuted-…" (N, 16, 16, 1), floats 0 to 1.
    Raises ValueError for a name not in MODEL_NAMES.
    """
    _known(name, MODEL_NAMES, "model")
    return {key: array.astype(np.float64) for key, array in _read(f"{name}.npz").items()}


def model_facts(name: str) -> dict[str, Any]:
    """Return what was measured when a model was trained.

    ``accuracy`` (a fraction, on the test split), ``right`` and ``images`` (the two
    numbers it comes from), ``train_accuracy``, ``weights`` (trained numbers, biases
    included), ``epochs``. Raises ValueError for a name not in MODEL_NAMES.
    """
    _known(name, MODEL_NAMES, "model")
    facts: dict[str, Any] = json.loads((FOLDER / "models.json").read_text("utf-8"))[name]
    return facts


@cache
def _read(file: str) -> dict[str, np.ndarray]:
    """Return the arrays of a data file, read once; the callers hand out copies."""
    with np.load(FOLDER / file, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


@cache
def _decoded(file: str) -> np.ndarray:
    """Return a photograph's pixels, decoded once; the callers hand out copies."""
    from PIL import Image  # comes with matplotlib

    with Image.open(FOLDER / file) as picture:
        return np.array(picture)


def read_all() -> None:
    """Read every file of the kit, so that reading any of them later costs no time."""
    for path in sorted(FOLDER.iterdir()):
        if path.suffix == ".npz":
            _read(path.name)
        elif path.suffix == ".png":
            _decoded(path.name)


def _known(name: str, names: tuple[str, ...], what: str) -> None:
    if name not in names:
        raise WrongValue(f"There is no {what} {name!r}: {', '.join(names)}.")
