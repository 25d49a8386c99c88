"""The two things every lesson draws: a picture, and numbers in shaded cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnkit import describe, palette
from cnnkit.canvas import CHARACTER, Panel
from cnnkit.errors import WrongValue

CELL = 0.44  # inches: one number in its square
NUMBER_SIZE = 11.0
MOST_NUMBERS = 24  # rows or columns; beyond that the cells are drawn without their numbers

Window = tuple[int, int, int, int]
Limits = tuple[float, float]


def as_image(image: Any, function: str) -> np.ndarray:
    """Return an image as (H, W) or (H, W, 3); (H, W, 1) loses its last axis.

    Raises TypeError for what are no numbers, ValueError for other shapes.
    """
    array = describe.as_numbers(image, function)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3) or array.size == 0:
        raise WrongValue(
            f"{function} draws an image of shape (H, W), (H, W, 1) or (H, W, 3); "
            f"this one has shape {np.shape(image)}."
        )
    return array


def image_limits(image: np.ndarray, signed: bool) -> Limits:
    """Return the values that are drawn in the two ends of the scale.

    0 to 255 for whole numbers in that range, 0 to 1 for floats in that range,
    the same distance on both sides of zero if signed, else the image's own range.
    """
    finite = image[np.isfinite(image)].astype(np.float64)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if signed:
        size = max(abs(low), abs(high)) or 1.0
        return -size, size
    if (image.dtype.kind in "iu" and low >= 0 and 1 < high <= 255) or image.dtype == np.uint8:
        return 0.0, 255.0
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    return low, high


def image_panel(
    image: np.ndarray,
    size: float,
    title: str | None = None,
    signed: bool = False,
    limits: Limits | None = None,
    note: bool = True,
) -> Panel:
    """Return a panel with an (H, W) or (H, W, 3) picture whose longer side is ``size`` inches.

    A note under it says which values the ends of the scale stand for, where that
    is not the usual 0 to 255 or 0 to 1.
    """
    rows, columns = image.shape[:2]
    longest = max(rows, columns)
    width, height = size * columns / longest, size * rows / longest
    # A 1×20 strip stays visible.
    width, height = max(width, 0.2), max(height, 0.2)
    low, high = limits or image_limits(image, signed)
    words = None
    if image.ndim == 3:
        scaled = image.astype(np.float64)
        scaled = scaled / 255 if image_limits(image, False) == (0.0, 255.0) else scaled
        if note and (np.nanmin(scaled) < 0 or np.nanmax(scaled) > 1):
            words = "values outside 0 to 1 are cut off"
        shown = np.nan_to_num(np.clip(scaled, 0, 1))
    else:
        shown = image.astype(np.float64)
        if note and (low, high) not in ((0.0, 255.0), (0.0, 1.0)):
            words = scale_note(low, high, signed, middle=False)  # room for one line
            # Where it is not enough, let it break between the two colours.
            words = words.replace(" ", "\u00a0").replace(",\u00a0", ", ")

    def draw(axes: Any) -> None:
        colours = palette.diverging() if signed else "gray"
        # Small pictures show their pixels; a photograph drawn smaller than it is gets smoothed.
        smooth = "nearest" if longest <= size * 200 else "auto"
        axes.imshow(
            shown, cmap=colours, vmin=low, vmax=high if high > low else low + 1,
            interpolation=smooth, aspect="auto",
        )  # fmt: skip
        frame(axes, palette.LINE)

    return Panel(width, height, draw, title, words)


def scale_note(low: float, high: float, signed: bool, middle: bool = True) -> str:
    """Say what the ends of a picture's scale stand for, and its middle if it has one."""
    below, above = ("blue", "orange") if signed else ("black", "white")
    white = ", white 0" if signed and middle else ""
    return f"{below} {describe.brief(low)}{white}, {above} {describe.brief(high)}"


def frame(axes: Any, colour: str, width: float = 0.8) -> None:
    """Take ticks away and draw a frame in one colour."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(colour)
        spine.set_linewidth(width)


def as_grid(array: Any, function: str) -> np.ndarray:
    """Return an array of at most two axes as 2-D: a number is 1×1, a vector one row.

    Raises TypeError for what are no numbers, ValueError for more axes or no values.
    """
    grid = describe.as_numbers(array, function)
    if grid.ndim == 3 and grid.shape[2] == 1:
        grid = grid[:, :, 0]
    if grid.ndim > 2 or grid.size == 0:
        raise WrongValue(
            f"{function} draws arrays of one or two axes; this one has shape {grid.shape}. "
            "Pick one channel, or use show_channels."
        )
    return grid.reshape(1, -1) if grid.ndim < 2 else grid


def as_windows(highlight: Any) -> list[Window]:
    """Return None, one window or several as a list of (row, column, height, width)."""
    if highlight is None:
        return []
    several = [highlight] if np.ndim(highlight) == 1 else list(highlight)
    windows = []
    for window in several:
        if len(window) != 4:
            raise WrongValue(f"A highlight is (row, column, height, width), not {window!r}.")
        row, column, height, width = (int(part) for part in window)
        windows.append((row, column, height, width))
    return windows


def shading(grid: np.ndarray, shade: str | None) -> Callable[[float], tuple[float, ...]]:
    """Return the colour of a cell by its value.

    ``shade`` is "gray" (0 black, 255 or 1 white), "signed" (blue, white at 0, orange),
    "plain" (white), "red", "green", "blue" (a channel), or None: gray for uint8,
    signed if a value is negative, else from white to blue.
    """
    if shade is None:
        low = grid[np.isfinite(grid)].min(initial=0)
        shade = "gray" if grid.dtype == np.uint8 else ("signed" if low < 0 else "blues")
    names = [name for name, _ in palette.CHANNELS]
    if shade not in ("gray", "signed", "plain", "blues", *names):
        raise WrongValue(f"There is no shade {shade!r}: gray, signed, plain, {', '.join(names)}.")
    low, high = image_limits(grid, shade == "signed")
    if shade == "plain":
        return lambda value: palette.rgb(palette.PAPER)
    if shade == "gray":
        def gray(value: float) -> tuple[float, ...]:
            level = min(max((value - low) / ((high - low) or 1), 0.0), 1.0)
            return (level, level, level)
        return gray  # fmt: skip
    if shade == "signed":
        colours = palette.diverging()
        low, high = low / 0.68, high / 0.68  # the darkest ends would drown the numbers
    elif shade == "blues":
        colours = palette.sequential()
        finite = grid[np.isfinite(grid)]
        low, high = 0.0, float(finite.max()) if finite.size else 1.0
    else:
        colours = palette.channel(names.index(shade))
    return lambda value: colours((value - low) / ((high - low) or 1))


def array_panel(
    grid: np.ndarray,
    title: str | None = None,
    windows: Sequence[Window] = (),
    shade: str | None = None,
    scale: float = 1.0,
    names: tuple[Sequence[str], Sequence[str]] = ((), ()),
) -> Panel:
    """Return a panel with a 2-D array as numbers in shaded cells; windows are outlined.

    ``names`` of the rows and of the columns stand in front of and above them.
    """
    rows, columns = grid.shape
    spelled = max(rows, columns) <= MOST_NUMBERS
    texts = describe.cells(grid) if spelled else []
    longest = max((len(text) for row in texts for text in row), default=1)
    size = NUMBER_SIZE * max(scale, 0.78)
    tall = CELL * scale
    wide = max(tall, longest * size * CHARACTER + 0.13)
    if not spelled:
        tall = wide = min(CELL, 5.0 / max(rows, columns))
    colour = shading(grid, shade)
    paint = np.array([[colour(value)[:3] if np.isfinite(value) else (0.9, 0.9, 0.9)
                       for value in row] for row in grid.tolist()])  # fmt: skip

    left = max((len(name) for name in names[0]), default=-1) * size * CHARACTER + size * CHARACTER
    above = tall if len(names[1]) else 0.0

    def draw(axes: Any) -> None:
        axes.imshow(paint, interpolation="nearest", aspect="auto")
        frame(axes, palette.PAPER if left or above else palette.QUIET, 1.0)
        for row, name in enumerate(names[0]):
            axes.text(-0.65, row, name, ha="right", va="center_baseline", fontsize=size)
        for column, name in enumerate(names[1]):
            axes.text(column, -1, name, ha="center", va="center_baseline", fontsize=size)
        if spelled:
            axes.hlines(np.arange(1, rows) - 0.5, -0.5, columns - 0.5, palette.LINE, lw=0.7)
            axes.vlines(np.arange(1, columns) - 0.5, -0.5, rows - 0.5, palette.LINE, lw=0.7)
        for row, line in enumerate(texts):
            for column, text in enumerate(line):
                ink = palette.text_on(tuple(paint[row, column]))
                axes.text(column, row, text, ha="center", va="center_baseline",
                          fontsize=size, color=ink)  # fmt: skip
        axes.set_xlim(-0.5 - left / wide, columns - 0.5)
        axes.set_ylim(rows - 0.5, -0.5 - above / tall)
        outline(axes, windows)

    return Panel(left + wide * columns, above + tall * rows, draw, title)


def outline(axes: Any, windows: Sequence[Window]) -> None:
    """Outline windows of cells, with a white edge so that they show on every shade."""
    from matplotlib.patches import Rectangle

    # Of several, none lies on its neighbour's edge.
    inset = 0.065 if len(windows) > 1 else 0.0
    colours = (palette.HIGHLIGHT, palette.INDIGO, palette.GREEN, palette.WINE)
    for line in (5.5, 3.0):
        for place, (row, column, height, width) in enumerate(windows):
            edge = palette.PAPER if line > 3 else colours[place % len(colours)]
            axes.add_patch(
                Rectangle((column - 0.5 + inset, row - 0.5 + inset), width - 2 * inset,
                          height - 2 * inset, fill=False, edgecolor=edge, linewidth=line,
                          joinstyle="miter", clip_on=False, zorder=5)
            )  # fmt: skip
