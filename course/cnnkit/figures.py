"""Figures for the lessons: one call, one picture with a text alternative.

Quick reference (every function shows the figure and returns None; each has a
keyword ``alt`` that replaces the text alternative made from the content)::

    show_image(image)                        a picture, (H, W) or (H, W, 3)
    show_images([a, b], ["before", "after"]) pictures side by side, or a gallery
    show_array(array, highlight=(0, 1, 3, 3))   numbers in shaded cells, a window outlined
    show_arrays([a, k, s], ["image", "kernel", "sum"], symbols=["∗", "="])
    show_channels(image)                     a colour picture and its three channels
    show_feature_maps(maps)                  (H, W, F), all on one scale
    show_filters(filters)                    (F, h, w) or (F, h, w, C), all on one scale
    show_bars(values, labels, highlight=3)   probabilities, counts
    show_lines(x, {"CNN": y}, "side", "weights", log=True)
    show_histogram(values)                   how often each brightness occurs
    show(figure, "what there is to see")     any matplotlib figure of your own

Pictures: whole numbers 0 to 255 and floats 0 to 1 are drawn as they are, 0 black.
Other ranges are stretched from the smallest to the largest value, and a note
under the picture says so. ``signed=True`` draws zero white, minus blue, plus orange.
Anything that is not numbers or has a wrong shape raises one clear TypeError or ValueError.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnkit import describe
from cnnkit.canvas import PAGE, Panel, compose, emit, flow, quiet
from cnnkit.charts import show_bars, show_histogram, show_lines
from cnnkit.errors import WrongValue
from cnnkit.galleries import one_each, show_feature_maps, show_images, show_shared, titles_for
from cnnkit.panels import (
    Limits,
    array_panel,
    as_grid,
    as_image,
    as_windows,
    image_limits,
    image_panel,
)

__all__ = [
    "show",
    "show_array",
    "show_arrays",
    "show_bars",
    "show_channels",
    "show_feature_maps",
    "show_filters",
    "show_histogram",
    "show_image",
    "show_images",
    "show_lines",
]

SMALL = 8  # pixels: a picture up to this side shows its channels as numbers


def show(fig: Any, alt: str) -> None:
    """Show a matplotlib figure of your own with its text alternative, and close it.

    Raises ValueError if ``alt`` is empty.
    """
    emit(fig, alt, tight=True)
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(fig)


def show_image(
    image: Any,
    title: str | None = None,
    alt: str | None = None,
    *,
    signed: bool = False,
    limits: Limits | None = None,
) -> None:
    """Show one picture, (H, W), (H, W, 1) or (H, W, 3); ``limits`` fixes black and white."""
    array = as_image(image, "show_image")
    signed = signed and array.ndim == 2
    side = 2.6 if max(array.shape[:2]) <= 32 else 3.2
    with quiet():
        figure = compose([[image_panel(array, side, title, signed, limits)]])
    emit(figure, alt or describe.picture(array, title, signed) + ".")


def show_array(
    array: Any,
    title: str | None = None,
    highlight: Any = None,
    alt: str | None = None,
    *,
    shade: str | None = None,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> None:
    """Show an array as numbers in shaded cells.

    Parameters
    ----------
    array : a number, (n,) or (H, W). Past 24 rows or columns only the shades are drawn.
    highlight : (row, column, height, width) of a window to outline, or a list of these.
    shade : "gray" (as pixels), "signed", "plain", "red", "green", "blue"; by default
        gray for uint8, signed where a value is negative, else white to blue.
    rows, columns : names to stand in front of the rows, and above the columns.
    """
    grid = as_grid(array, "show_array")
    windows = as_windows(highlight)
    with quiet():
        figure = compose([[_fitted(grid, title, windows, shade, (rows, columns))]])
    emit(figure, alt or describe.grid(grid, title, windows) + ".")


def show_arrays(
    arrays: Sequence[Any],
    titles: Sequence[str] | None = None,
    symbols: Sequence[str] | None = None,
    highlights: Sequence[Any] | None = None,
    alt: str | None = None,
    *,
    shade: str | Sequence[str | None] | None = None,
) -> None:
    """Show arrays side by side with signs between, such as ``["∗", "="]`` or ``["→"]``.

    ``symbols`` has one sign fewer than there are arrays; ``highlights`` has one entry
    for each array (None, a window, or a list of windows); ``shade`` is one for all or a
    list. What does not fit the page is drawn a little smaller, then on a second line.
    """
    grids = [as_grid(array, "show_arrays") for array in arrays]
    names = titles_for(titles, len(grids), "show_arrays")
    signs = ["", *one_each(symbols, len(grids) - 1, "symbols", "")]
    windows = [as_windows(item) for item in one_each(highlights, len(grids), "highlights", None)]
    shades: Sequence[str | None] = (
        [shade] * len(grids) if shade is None or isinstance(shade, str) else shade
    )
    with quiet():
        for scale in (1.0, 0.9, 0.8, 0.72):
            panels = [
                array_panel(*each, scale=scale)
                for each in zip(grids, names, windows, shades, strict=True)
            ]
            lines = flow(panels, signs)
            if len(lines) == 1:
                break
        figure = compose([panels[line] for line in lines], [signs[line] for line in lines])
    parts = [describe.grid(*each) for each in zip(grids, titles or names, windows, strict=True)]
    words = parts[0] + "".join(
        f" {sign} {part}" if sign else f". {part}"
        for sign, part in zip(signs[1:], parts[1:], strict=True)
    )
    emit(figure, alt or words + ".")


def show_channels(image: Any, title: str | None = None, alt: str | None = None) -> None:
    """Show an (H, W, 3) picture and its red, green and blue channels.

    Up to 8×8 pixels the channels are numbers in cells of their colour, larger ones
    are grey pictures: bright where there is much of that colour.
    """
    array = as_image(image, "show_channels")
    if array.ndim != 3:
        raise WrongValue(
            "show_channels draws an image of shape (H, W, 3); "
            f"this one has shape {np.shape(image)}."
        )
    names = ("red", "green", "blue")
    parts = [np.ascontiguousarray(array[:, :, index]) for index in range(3)]
    small = max(array.shape[:2]) <= SMALL
    limits = image_limits(array, False)
    with quiet():
        if small:
            cell = array_panel(parts[0], scale=0.8).height
            panels = [image_panel(array, max(cell, 1.2), title or "picture")]
            panels += [
                array_panel(part, name, shade=name, scale=0.8)
                for part, name in zip(parts, names, strict=True)
            ]
        else:
            panels = [image_panel(array, 1.7, title or "picture")]
            panels += [
                image_panel(part, 1.7, name, limits=limits)
                for part, name in zip(parts, names, strict=True)
            ]
        signs = [""] * 4
        lines = flow(panels, signs, 0.16)
        figure = compose([panels[line] for line in lines], gap=0.16)
    words = [describe.picture(array, title)]
    words += [
        describe.grid(part, f"{name} channel") if small else describe.picture(part, name)
        for part, name in zip(parts, names, strict=True)
    ]
    emit(figure, alt or ". ".join(words) + ".")


def show_filters(
    filters: Any, titles: Sequence[str] | None = None, columns: int | None = None,
    alt: str | None = None,
) -> None:  # fmt: skip
    """Show filters, (F, h, w) or (F, h, w, C), on one scale: white is zero.

    Few small filters of one channel show their numbers. With several channels,
    each row is a filter and each column a channel.
    """
    array = describe.as_numbers(filters, "show_filters")
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if array.ndim not in (3, 4) or array.size == 0:
        raise WrongValue(
            "show_filters draws filters of shape (F, h, w) or (F, h, w, C); "
            f"these have shape {array.shape}."
        )
    amount = array.shape[0]
    names = [f"filter {index}" for index in range(amount)] if titles is None else list(titles)
    if array.ndim == 3:
        if amount <= 6 and max(array.shape[1:]) <= 5:
            show_arrays(list(array), names, alt=alt, shade="signed")
            return
        show_shared(list(array), names, columns, alt, "show_filters", signed=True)
        return
    depth = array.shape[3]
    named = titles_for(names, amount, "show_filters")
    pieces = [array[f, :, :, c] for f in range(amount) for c in range(depth)]
    labels = [f"{name}, channel {c}" for name in named for c in range(depth)]
    show_shared(pieces, labels, columns or depth, alt, "show_filters", signed=True)


def _fitted(
    grid: np.ndarray, title: str | None, windows: Any, shade: str | None,
    names: tuple[Sequence[str], Sequence[str]],
) -> Panel:  # fmt: skip
    for scale in (1.0, 0.9, 0.8, 0.72):
        panel = array_panel(grid, title, windows, shade, scale, names)
        if panel.width <= PAGE:
            break
    return panel
