"""Measures for what equal numbers cannot judge: how fast, how often right.

A measure is called as ``measure(arguments, want, got, options, seconds)``:

* ``arguments`` by parameter name, fresh copies; ``want``, what the key expects;
  ``got``, what the function returned: plain numbers, arrays, tuples, dicts, or anything else.
* ``options``: the exercise's options, with those of the case's aspect on top.
* ``seconds``: how long the call took. Marking hands in what was measured from
  outside the learner's process; the learner's own ``check``, what the call took.

It returns a :class:`cnnkit.verdicts.Measured`. It runs where the judge runs and never
calls anything of the learner's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnkit.compare import compare
from cnnkit.detections import detections
from cnnkit.verdicts import Measured

# --- Speed ------------------------------------------------------------------------------


def convolve_loop(images: np.ndarray, filters: np.ndarray, biases: np.ndarray) -> np.ndarray:
    """Convolve a batch with one Python step for each value of the result: the yardstick.

    images (N, H, W, C), filters (F, h, w, C), biases (F,) → (N, H−h+1, W−w+1, F).
    """
    count, height, width, _ = filters.shape
    rows, columns = images.shape[1] - height + 1, images.shape[2] - width + 1
    maps = np.zeros((len(images), rows, columns, count))
    for number, image in enumerate(images):
        for row in range(rows):
            for column in range(columns):
                window = image[row : row + height, column : column + width]
                for which in range(count):
                    maps[number, row, column, which] = (
                        np.sum(window * filters[which]) + biases[which]
                    )
    return maps


def convolve_at_once(images: np.ndarray, filters: np.ndarray, biases: np.ndarray) -> np.ndarray:
    """Convolve a batch in float64, without a loop: what images nobody has seen must give."""
    windows = sliding_window_view(images.astype(np.float64), filters.shape[1:3], axis=(1, 2))
    return np.tensordot(windows, filters.astype(np.float64), ([3, 4, 5], [3, 1, 2])) + biases


def loop_seconds(arguments: Mapping[str, Any]) -> float:
    """Return how long the plain loop takes for these arguments, here and now.

    It is timed on one image and multiplied, for all images cost the same.
    """
    images = arguments["images"]
    started = time.thread_time()
    convolve_loop(images[:1], arguments["filters"], arguments["biases"])
    return (time.thread_time() - started) * len(images)


def speed(
    arguments: Mapping[str, Any], want: Any, got: Any, options: Mapping[str, Any], seconds: float
) -> Measured:
    """Judge a convolution by its time: ``options["factor"]`` times faster than the loop."""
    if not compare(want, got).right:
        note = "On the batch that is timed your values are not right, so its speed does not count."
        return Measured(0.0, note, "wrong values")
    factor = float(options["factor"])
    ratio = loop_seconds(arguments) / max(seconds, 1e-9)
    if ratio >= factor:
        return Measured(1.0)
    note = (
        f"The values are right. On {len(arguments['images'])} images your function is "
        f"{max(ratio, 0.1):.1f} times as fast as the plain loop, and {factor:g} times is asked. "
        "Look for Python loops over images, rows, columns or filters."
    )
    return Measured(0.0, note, "slow")


# --- Accuracy of a network ----------------------------------------------------------------

MOST_FILTERS = 256
SURELY = 3.5  # see left_behind
KEYS = ("filters", "filter_biases", "weights", "biases")


def accuracy(
    arguments: Mapping[str, Any], want: Any, got: Any, options: Mapping[str, Any], seconds: float
) -> Measured:
    """Judge a trained model by the images it has never seen.

    ``want`` has ``images`` (uint8, 0 to 255) and ``labels``. Up to the accuracy
    ``options["none"]`` nothing is earned, from ``options["full"]`` on everything,
    and in between a share. ``arguments`` has the images and labels it was trained on.
    """
    wrong = malformed(got, arguments)
    if wrong is not None:
        return wrong
    model = {name: np.asarray(got[name], dtype=np.float64) for name in KEYS}
    images, labels = want["images"] / 255, np.asarray(want["labels"])
    answers = scores(model, images).argmax(axis=1)
    right = float(np.mean(answers == labels))
    low, high = float(options["none"]), float(options["full"])
    seen = np.asarray(arguments["images"], dtype=np.float64), np.asarray(arguments["labels"])
    # Many random filters reach a lot without learning: where they surely have not, that is said.
    behind = left_behind(model, seen[0][:500], seen[1][:500])
    still = behind > SURELY
    if right >= high and not still:
        if all(isinstance(got[name], np.ndarray) for name in KEYS):
            return Measured(1.0)
        note = "Your network is good enough, and not all in its dict are arrays: some are lists."
        return Measured(1.0, note, typed=False)
    note = (
        f"Your network is right on {right:.0%} of {len(labels)} images that it has never seen; "
        f"all points from {high:.0%}, none below {low:.0%}."
    )
    symptom = "still filters"
    if right < high:
        symptom = diagnose(model, right, behind, images, labels, *seen)
    share = (right - low) / (high - low)
    silent = np.setdiff1d(labels, answers)
    others = float(np.mean(~np.isin(labels, silent)))
    if len(np.unique(answers)) == 1:
        note += f" It answers {answers[0]} to every image."
    elif len(silent) > 1 and right > 0.85 * others and symptom in ("weak", "chance"):
        symptom = "silent classes"  # good at some, deaf to the others
        note += f" It never answers {', '.join(map(str, silent))}. Does it learn from all classes?"
    if symptom == "still filters":
        note += " Its dense layer has learned, its filters have not."
    if symptom == "still filters" and still:
        note += " That earns a quarter at most."
        share = min(share, 0.25)
    return Measured(share, note, symptom)


def malformed(got: Any, arguments: Mapping[str, Any]) -> Measured | None:
    """Return why ``got`` cannot be asked at all, None if it is a model."""
    if got is None:
        return Measured(0.0, "You returned nothing. Is there a return at the end?", "no model")
    if isinstance(got, list | tuple) and any(isinstance(part, Mapping) for part in got):
        note = "You returned several things. Asked is the model alone, a dict."
        return Measured(0.0, note, "several results")
    if not isinstance(got, Mapping) or any(name not in got for name in KEYS):
        note = f"A model is a dict with the arrays {', '.join(KEYS)}. Yours is not."
        return Measured(0.0, note, "no model")
    try:
        arrays = {name: np.asarray(got[name], dtype=np.float64) for name in KEYS}
    except (TypeError, ValueError):
        return Measured(0.0, "What stands in your model are not all arrays of numbers.", "no model")
    _, height, width, channels = arguments["images"].shape
    filters, weights = arrays["filters"], arrays["weights"]
    if filters.ndim == 4 and len(filters) > MOST_FILTERS:
        note = f"Your model has {len(filters)} filters; more than {MOST_FILTERS} are not tried out."
        return Measured(0.0, note, "shapes")
    if filters.ndim != 4 or filters.shape[3] != channels:
        last = filters.ndim == 4 and filters.shape[2] == channels
        note = f"filters must have the shape (F, h, w, {channels}); yours have {filters.shape}."
        return Measured(0.0, note, "filters last" if last else "shapes")
    count, tall, wide, _ = filters.shape
    features = (height - tall + 1) // 2 * ((width - wide + 1) // 2) * count
    classes = int(np.max(arguments["labels"])) + 1
    fits = (
        min(height - tall, width - wide) > 0
        and weights.ndim == 2
        and weights.shape[0] == features
        and weights.shape[1] >= classes
        and arrays["filter_biases"].shape == (count,)
        and arrays["biases"].shape == weights.shape[1:]
    )
    if not fits:
        note = (
            "The shapes in your model do not fit together: "
            + ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
            + f" for images of {height}×{width}×{channels}."
        )
        return Measured(0.0, note, "shapes")
    if not all(np.isfinite(array).all() for array in arrays.values()):
        return Measured(0.0, "There are values in your model that are not numbers.", "not a number")
    return None


def feature_maps(model: Mapping[str, np.ndarray], images: np.ndarray) -> np.ndarray:
    """Return the maps (N, rows, columns, F) of (N, H, W, C) images, rows and columns even."""
    filters = model["filters"]
    windows = sliding_window_view(images, filters.shape[1:3], axis=(1, 2))
    windows = windows[:, : windows.shape[1] // 2 * 2, : windows.shape[2] // 2 * 2]
    return np.tensordot(windows, filters, ([3, 4, 5], [3, 1, 2])) + model["filter_biases"]


def scores(
    model: Mapping[str, np.ndarray],
    images: np.ndarray,
    relu: bool = True,
    channels_first: bool = False,
) -> np.ndarray:
    """Return the (N, K) scores of a network, or of one with another part in it."""
    maps = feature_maps(model, images)
    if relu:
        maps = np.maximum(maps, 0)
    n, rows, columns, count = maps.shape
    blocks = maps.reshape(n, rows // 2, 2, columns // 2, 2, count)
    pooled = blocks.max(axis=(2, 4))
    if channels_first:
        pooled = pooled.transpose(0, 3, 1, 2)
    return pooled.reshape(n, -1) @ model["weights"] + model["biases"]


def share_right(
    model: Mapping[str, np.ndarray], images: np.ndarray, labels: np.ndarray, **other: bool
) -> float:
    """Return the fraction of images whose largest score is at their label."""
    return float(np.mean(scores(model, images, **other).argmax(axis=1) == labels))


def diagnose(
    model: Mapping[str, np.ndarray],
    right: float,
    behind: float,
    images: np.ndarray,
    labels: np.ndarray,
    seen: np.ndarray,
    seen_labels: np.ndarray,
) -> str:
    """Return a word for what is wrong with a model, "weak" if it cannot be said.

    ``right`` is its share of right images, ``behind`` what `left_behind` says. What was
    trained through another network than it is asked in does well in that one.
    """
    filters = model["filters"]
    if not np.any(filters):
        return "zero filters"
    if len(filters) > 1 and np.allclose(filters, filters[:1], rtol=1e-3, atol=1e-6):
        return "filters alike"
    best, symptom = max(
        (other, symptom) for symptom, other in _others(model, images, labels, seen)
    )
    if best > right + 0.1 and best > 0.6:
        return symptom
    chance = 1.5 * float(np.bincount(seen_labels).max()) / len(seen_labels)
    start, rest = share_right(model, seen[:20], seen_labels[:20]), 0.0
    if len(seen) > 40:  # of the others some hundred are enough to tell
        rest = share_right(model, seen[20:520], seen_labels[20:520])
    if not np.any(model["biases"]) and not np.any(model["filter_biases"]):
        return "untrained"
    if start > 0.8 and start > rest + 0.25:
        return "first images only"
    if rest < chance:
        return "chance"
    return "still filters" if behind > 2 else "weak"


def left_behind(
    model: Mapping[str, np.ndarray], images: np.ndarray, labels: np.ndarray
) -> float:
    """Return how much steeper the loss still falls with the filters than with the weights.

    Training that moves both leaves slopes of about the same size, up to 1.4 times in weak networks
    and 2.7 times in good ones in all that we tried. Where only the dense layer has moved, the
    filters' slope stands out, 2 to 24 times; on few classes, 4 times and more.
    """
    maps = feature_maps(model, images)
    n, rows, columns, count = maps.shape
    blocks = np.maximum(maps, 0).reshape(n, rows // 2, 2, columns // 2, 2, count)
    pooled = blocks.max(axis=(2, 4), keepdims=True)
    features = pooled.reshape(n, -1)
    away = features @ model["weights"] + model["biases"]
    away = np.exp(away - away.max(axis=1, keepdims=True))
    away /= away.sum(axis=1, keepdims=True)
    away[np.arange(n), labels] -= 1
    winners = (blocks == pooled) & (blocks > 0)
    back = ((away @ model["weights"].T).reshape(pooled.shape) * winners).reshape(maps.shape)
    windows = sliding_window_view(images, model["filters"].shape[1:3], axis=(1, 2))
    slope = np.tensordot(back, windows[:, :rows, :columns], ([0, 1, 2], [0, 1, 2]))
    return float(np.linalg.norm(slope) / max(float(np.linalg.norm(features.T @ away)), 1e-12))


def _others(
    model: Mapping[str, np.ndarray], images: np.ndarray, labels: np.ndarray, seen: np.ndarray
) -> Iterator[tuple[str, float]]:
    """Yield how often the model is right in networks that differ in one part."""
    flipped = {**model, "filters": model["filters"][:, ::-1, ::-1]}
    yield "flipped", share_right(flipped, images, labels)
    yield "no relu", share_right(model, images, labels, relu=False)
    yield "channels first", share_right(model, images, labels, channels_first=True)
    alike = (images - seen.mean()) / max(float(seen.std()), 1e-8)
    yield "standardized", share_right(model, alike, labels)


MEASURES: dict[str, Callable[..., Measured]] = {
    "speed": speed,
    "accuracy": accuracy,
    "detections": detections,
}
