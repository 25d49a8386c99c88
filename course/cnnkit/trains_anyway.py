"""Three networks whose way back is wrong somewhere: the puzzle at the end of lesson 06.

Do not read on if you want to solve it: every bug stands here. The gradient check
finds each of them without reading.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Model = dict[str, np.ndarray]

NAMES = ("A", "B", "C")


def loss_and_gradients(
    bug: str, model: Model, images: np.ndarray, labels: np.ndarray
) -> tuple[float, Model]:
    """Return the mean loss and its gradients, one of them wrong: ``bug`` is "A", "B" or "C".

    images (N, H, W, C), labels (N,). Raises ValueError for another name.
    """
    if bug not in NAMES:
        raise ValueError(f"There is no network {bug!r}: {', '.join(NAMES)}.")
    return network_gradients(model, images, labels, bug)


def network_gradients(
    model: Model, images: np.ndarray, labels: np.ndarray, bug: str | None = None
) -> tuple[float, Model]:
    """Return the mean loss and its gradients, without a bug or with one of them.

    The network is convolution, ReLU, 2×2 max pooling, dense, softmax.
    """
    filters = model["filters"]
    windows = sliding_window_view(images, filters.shape[1:3], axis=(1, 2))
    windows = windows[:, : windows.shape[1] // 2 * 2, : windows.shape[2] // 2 * 2]
    n, rows, columns = windows.shape[:3]
    table = windows.transpose(0, 1, 2, 4, 5, 3).reshape(n * rows * columns, -1)
    maps = table @ filters.reshape(len(filters), -1).T + model["filter_biases"]
    blocks = np.maximum(maps, 0).reshape(n, rows // 2, 2, columns // 2, 2, len(filters))
    pooled = blocks.max(axis=(2, 4), keepdims=True)
    features = pooled.reshape(n, -1)
    scores = features @ model["weights"] + model["biases"]
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    loss = float(-np.log(np.maximum(chances[np.arange(n), labels], 1e-12)).mean())

    chances[np.arange(n), labels] -= 1
    away = chances / n
    back = (away @ model["weights"].T).reshape(pooled.shape)
    # A: every value of a window gets the gradient, not only its maximum.
    winners = np.ones(blocks.shape, bool) if bug == "A" else blocks == pooled
    back = (back * winners).reshape(maps.shape)
    # B: the ReLU's gate is forgotten.
    if bug != "B":
        back = back * (maps > 0)
    d_filters = (back.T @ table).reshape(filters.shape)
    # C: the filters' gradient is turned half way round.
    if bug == "C":
        d_filters = d_filters[:, ::-1, ::-1]
    return loss, {
        "filters": d_filters,
        "filter_biases": back.sum(axis=0),
        "weights": features.T @ away,
        "biases": away.sum(axis=0),
    }
