"""Several pictures on one page: side by side, in a grid, on one scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cnnkit import describe
from cnnkit.canvas import PAGE, Panel, compose, emit, quiet
from cnnkit.panels import (
    Limits,
    Window,
    as_image,
    as_windows,
    image_limits,
    image_panel,
    outline,
    scale_note,
)


def show_images(
    images: Sequence[Any],
    titles: Sequence[str] | None = None,
    columns: int | None = None,
    alt: str | None = None,
    *,
    signed: bool = False,
    same_scale: bool = False,
    highlights: Sequence[Any] | None = None,
) -> None:
    """Show pictures side by side, each (H, W), (H, W, 1) or (H, W, 3).

    Parameters
    ----------
    titles : one for each picture.
    columns : how many in a row; chosen by their number if not given.
    signed : zero white, minus blue, plus orange.
    same_scale : one scale for all; otherwise each picture uses its own.
    highlights : one for each picture: None, a window (row, column, height, width), or a list.
    """
    arrays = [as_image(image, "show_images") for image in images]
    names = titles_for(titles, len(arrays), "show_images")
    across = columns or _columns(len(arrays))
    limits = _joint_limits(arrays, signed) if same_scale else None
    windows = [as_windows(item) for item in one_each(highlights, len(arrays), "highlights", None)]
    with quiet():
        panels = _gallery(arrays, names, across, signed, limits, note=len(arrays) <= 12)
        panels = [_outlined(*each) for each in zip(panels, windows, strict=True)]
        figure = compose(_lines(panels, across), gap=_gap(across))
    words = _describe_gallery(arrays, titles, signed)
    if any(windows):
        words = words[:-1] + "".join(
            describe.outlined(several, f" in {name}" if name else "")
            for several, name in zip(windows, names, strict=True)
        ) + "."  # fmt: skip
    emit(figure, alt or words)


def show_feature_maps(
    maps: Any, titles: Sequence[str] | None = None, columns: int | None = None,
    alt: str | None = None,
) -> None:  # fmt: skip
    """Show feature maps, (H, W, F), on one scale; blue and orange if some value is negative."""
    array = describe.as_numbers(maps, "show_feature_maps")
    if array.ndim != 3 or array.size == 0:
        raise ValueError(
            f"show_feature_maps draws maps of shape (H, W, F); these have shape {array.shape}."
        )
    amount = array.shape[2]
    names = [f"map {index}" for index in range(amount)] if titles is None else titles
    show_shared([array[:, :, index] for index in range(amount)], names, columns, alt,
                 "show_feature_maps")  # fmt: skip


def show_shared(
    arrays: Sequence[np.ndarray], titles: Sequence[str], columns: int | None,
    alt: str | None, function: str, signed: bool = False,
) -> None:  # fmt: skip
    """Draw maps on one scale, with one note that says what its ends are."""
    names = titles_for(titles, len(arrays), function)
    across = columns or _columns(len(arrays))
    signed = signed or any(bool(np.any(array < 0)) for array in arrays)
    low, high = _joint_limits(arrays, signed)
    low = min(low, 0.0)  # black is "no answer at all" after ReLU, also where no map has a 0
    with quiet():
        panels = _gallery(arrays, names, across, signed, (low, high), note=False)
        words = f"All on one scale: {scale_note(low, high, signed)}."
        figure = compose(_lines(panels, across), gap=_gap(across), foot=words)
    emit(figure, alt or f"{_describe_gallery(arrays, titles, signed)} {words}")


def _gallery(
    arrays: Sequence[np.ndarray], names: Sequence[str | None], across: int,
    signed: bool, limits: Limits | None, note: bool,
) -> list[Panel]:  # fmt: skip
    room = (PAGE - 0.2 - _gap(across) * (across - 1)) / across
    tiny = all(max(array.shape[:2]) <= 8 for array in arrays)
    side = max(0.3, min(1.4 if tiny else 2.4, room) if across > 1 else 3.2)
    return [
        replace(image_panel(array, side, name, signed and array.ndim == 2, limits, note), room=room)
        for array, name in zip(arrays, names, strict=True)
    ]


def _outlined(panel: Panel, windows: Sequence[Window]) -> Panel:
    def draw(axes: Any) -> None:
        panel.draw(axes)
        outline(axes, windows)

    return replace(panel, draw=draw)


def _lines(panels: Sequence[Panel], across: int) -> list[Sequence[Panel]]:
    return [panels[start : start + across] for start in range(0, len(panels), across)]


def _columns(amount: int) -> int:
    if amount <= 4:
        return max(amount, 1)
    if amount <= 12:
        rows = math.ceil(amount / (6 if amount > 8 else 4))
        return math.ceil(amount / rows)
    return 8 if amount <= 32 else 12


def _gap(across: int) -> float:
    return 0.24 if across <= 4 else (0.16 if across <= 8 else 0.1)


def _joint_limits(arrays: Sequence[np.ndarray], signed: bool) -> Limits:
    kinds = {array.dtype for array in arrays}
    values = np.concatenate([array.ravel() for array in arrays])
    return image_limits(values if len(kinds) > 1 else values.astype(kinds.pop()), signed)


def titles_for(titles: Sequence[Any] | None, amount: int, function: str) -> list[str | None]:
    if amount == 0:
        raise ValueError(f"{function} was given nothing to draw.")
    return [None if title is None else str(title) for title in
            one_each(titles, amount, "titles", None)]  # fmt: skip


def one_each(values: Sequence[Any] | None, amount: int, what: str, default: Any) -> list[Any]:
    if values is None:
        return [default] * amount
    if len(values) != amount:
        raise ValueError(f"There are {len(values)} {what} for {amount} places.")
    return list(values)


def _describe_gallery(
    arrays: Sequence[np.ndarray], titles: Sequence[Any] | None, signed: bool
) -> str:
    amount = describe.count(len(arrays), "picture")
    if titles is not None and len(arrays) <= 6:
        return ". ".join(
            describe.picture(array, str(title), signed and array.ndim == 2)
            for array, title in zip(arrays, titles, strict=True)
        ) + "."  # fmt: skip
    shapes = {array.shape[:2] for array in arrays}
    size = f" of {describe.size_of(arrays[0])}" if len(shapes) == 1 else ""
    names = f": {describe.listing([str(title) for title in titles])}" if titles is not None else ""
    return f"{amount}{size}{names}."
