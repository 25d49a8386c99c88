"""A fixed camera over a scene, rendered: a photograph, things that move, a real camera's flaws.

Quick reference::

    scene = render(7)
    scene.frames      uint8 (T, H, W): what the camera saw
    scene.truth       whole numbers (n, 6): frame, top, left, height, width, label
    scene.hidden      the same for things that are only partly in the picture

No footage of people: the things are pictures of clothes from Fashion-MNIST, drawn over
a photograph. Each crosses the picture once. The camera adds noise, its brightness
flickers from frame to frame, and every thing casts a shadow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from cnnkit.data import load_fashion, load_photo

KINDS = (0, 1, 8, 9)
"""The kinds of things that pass: T-shirts, trousers, bags and ankle boots."""

SIDE = 28  # pixels: a picture of Fashion-MNIST
LANES = (4, 44)  # rows where the things' pictures begin
PLACES = {"camera": (150, 120), "brick": (100, 60)}  # photograph → top left corner of the scene


@dataclass(frozen=True)
class Scene:
    """What the camera saw and what was there."""

    frames: np.ndarray
    truth: np.ndarray
    hidden: np.ndarray


def render(
    seed: int,
    count: int = 18,
    size: tuple[int, int] = (76, 112),
    things: int = 2,
    noise: float = 0.02,
    flicker: float = 0.08,
    shadow: float = 0.2,
) -> Scene:
    """Return one scene; the same seed gives the same scene.

    Parameters
    ----------
    count : frames.
    size : height and width in pixels; at least 76 by 60.
    things : how many pass, 0 to 2, each in a lane of its own.
    noise : deviation of the camera's noise, of a brightness of 1.
    flicker : deviation of the frames' brightness, as a factor.
    shadow : how much of the light a shadow takes.
    """
    rng = np.random.default_rng(seed)
    name = ("camera", "brick")[int(rng.integers(0, 2))]
    top, left = PLACES[name]
    height, width = size
    photo = load_photo(name)[top : top + height, left : left + width] / 255
    photo = np.pad(photo, ((0, height - photo.shape[0]), (0, width - photo.shape[1])), "reflect")
    background = 0.25 + 0.4 * photo  # neither black nor white: things of both kinds show
    passing = [_thing(rng, lane, count, width) for lane in rng.permutation(LANES)[:things]]
    frames = np.zeros((count, height, width), np.uint8)
    truth: list[list[int]] = []
    hidden: list[list[int]] = []
    for number in range(count):
        frame = background.copy()
        for picture, row, column, step, label in passing:
            at = round(column + step * number)
            _draw(frame, picture, row, at, shadow)
            box, share = _box(picture, row, at, size)
            if share > 0:
                (truth if share >= 0.8 else hidden).append([number, *box, label])
        frame = frame * (1 + flicker * rng.standard_normal())
        frame = frame + noise * rng.standard_normal(frame.shape)
        frames[number] = np.clip(np.round(frame * 255), 0, 255)
    return Scene(frames, _rows(truth), _rows(hidden))


def _rows(boxes: list[list[int]]) -> np.ndarray:
    return np.array(boxes, dtype=np.int64).reshape(-1, 6)


def _thing(
    rng: np.random.Generator, lane: int, count: int, width: int
) -> tuple[np.ndarray, int, float, float, int]:
    """Choose a bright picture and a way across: picture, row, first column, step, label."""
    label = int(rng.choice(KINDS))
    bright = _bright(label)
    picture = bright[int(rng.integers(0, len(bright)))]
    step = (width + SIDE) / (count - 1) * float(rng.uniform(1.0, 1.2))
    start = -SIDE - float(rng.uniform(0, 6))
    if rng.integers(0, 2):
        start, step = width + float(rng.uniform(0, 6)), -step
    return picture, int(lane + rng.integers(-2, 3)), start, step, label


@cache
def _bright(label: int) -> list[np.ndarray]:
    """Return the pictures of a kind that stand out. Which do takes longer than to draw a scene."""
    images, labels = load_fashion("test")
    return [one for one in images[labels == label] / 255 if _stands_out(one)]


def _draw(frame: np.ndarray, picture: np.ndarray, row: int, column: int, shadow: float) -> None:
    """Draw a thing and its shadow, a few pixels to the lower right, where they are in the frame."""
    for pattern, down, right in ((None, 3, 5), (picture, 0, 0)):
        top, left = row + down, column + right
        rows = slice(max(top, 0), min(top + SIDE, frame.shape[0]))
        columns = slice(max(left, 0), min(left + SIDE, frame.shape[1]))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        inner = slice(columns.start - left, columns.stop - left)
        part = picture[rows.start - top : rows.stop - top, inner]
        there = frame[rows, columns]
        if pattern is None:
            there[part > 0.1] *= 1 - shadow
        else:
            there[part > 0.1] = part[part > 0.1]


def _box(
    picture: np.ndarray, row: int, column: int, size: tuple[int, int]
) -> tuple[list[int], float]:
    """Return the box around a thing's visible part, and how much of it is visible."""
    rows, columns = np.nonzero(picture > 0.1)
    rows, columns = rows + row, columns + column
    inside = (rows >= 0) & (rows < size[0]) & (columns >= 0) & (columns < size[1])
    if not inside.any():
        return [0, 0, 0, 0], 0.0
    rows, columns = rows[inside], columns[inside]
    top, left = int(rows.min()), int(columns.min())
    box = [top, left, int(rows.max()) - top + 1, int(columns.max()) - left + 1]
    return box, float(inside.mean())


def _stands_out(picture: np.ndarray) -> bool:
    """Return whether three quarters of a thing are brighter than the scene, and it is not tiny."""
    values = picture[picture > 0.1]
    return values.size > 150 and float(np.percentile(values, 25)) > 0.6
