"""Arrays as tables of shaded numbers, in HTML and in text."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

LIMIT = 12
"""A table shows at most so many rows and columns, around what matters."""

OUTLINE = "3px solid #d55e00"


@dataclass(frozen=True)
class Panel:
    """One titled table of a two-dimensional array, or one short text.

    ``outline`` is (row, column, height, width) of the window to point at, ``shape``
    what to call the array's shape, where the table is not shaped like it. Cells are
    shaded from dark to light by ``shade``, else by their values, between ``limits``.
    """

    title: str
    array: np.ndarray | None
    text: str = ""
    outline: tuple[int, int, int, int] | None = None
    new_row: bool = False
    shape: tuple[int, ...] | None = None
    shade: np.ndarray | None = None
    limits: tuple[float, float] | None = None


def short(value: Any, dots: bool = False) -> str:
    """Return a value in at most 60 characters; with ``dots`` a whole float is 4.0, not 4."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating | np.ndarray) and np.ndim(value) == 0:
        text = number(float(value))
        return f"{text}.0" if dots and text.lstrip("−").isdigit() else text
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, int):
        return str(value).replace("-", "−")[:60]
    if isinstance(value, tuple | list) and len(value) <= 8:
        inner = ", ".join(short(item, dots) for item in value)
        text = f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
        return text if len(text) <= 60 else f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if callable(value):
        return getattr(value, "__name__", "a function")
    if isinstance(value, dict):
        return "a dict of " + ", ".join(str(name) for name in value)[:40]
    description = getattr(value, "description", None)
    return description if description else repr(value)[:60]


def number(value: float) -> str:
    """Return a number in few characters: whole numbers whole, others with 3 or 4 digits."""
    if not np.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e6:
        return str(int(value)).replace("-", "−")
    digits = ".3g"
    if 100 <= abs(value) < 1e6:
        digits = ".1f" if abs(value) < 10_000 else ".0f"
    return f"{value:{digits}}".replace("-", "−")


def crop(array: np.ndarray, outline: tuple[int, int, int, int] | None) -> tuple[slice, slice]:
    """Return the rows and columns to show: all, or those around the outline."""
    spans = []
    for axis in range(2):
        size = array.shape[axis]
        start = 0
        if outline is not None and size > LIMIT:
            middle = outline[axis] + outline[axis + 2] // 2
            start = min(max(0, middle - LIMIT // 2), size - LIMIT)
        spans.append(slice(start, min(size, start + LIMIT)))
    return spans[0], spans[1]


def spread(*arrays: np.ndarray) -> tuple[float, float]:
    """Return the smallest and the largest finite number in arrays, zeros if there is none."""
    finite = np.concatenate([array[np.isfinite(array)].ravel() for array in arrays])
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def panel_html(panel: Panel) -> str:
    """Return one panel as HTML: a figure with a real table in it."""
    clear = '<div style="height:0.3em"></div>' if panel.new_row else ""
    title = escape(panel.title)
    box = "display:inline-block;vertical-align:top;margin:0.2em 1.4em 0.4em 0"
    if panel.array is None:
        return (
            f'{clear}<div style="{box}"><div style="font-size:85%">{title}</div>'
            f"<code>{escape(panel.text)}</code></div>"
        )
    rows, columns = crop(panel.array, panel.outline)
    part = panel.array[rows, columns]
    note = ""
    if part.shape != panel.array.shape:
        note = f", columns {columns.start}–{columns.stop - 1}"
        if panel.array.shape[0] > 1:
            note = f", rows {rows.start}–{rows.stop - 1}{note}"
    shade = panel.array if panel.shade is None else panel.shade
    low, high = panel.limits or spread(shade)
    shade = shade[rows, columns]
    lines = []
    for r in range(part.shape[0]):
        cells = []
        for c in range(part.shape[1]):
            style = _cell_style(shade[r, c], low, high)
            style += _border(r + rows.start, c + columns.start, panel)
            cells.append(f'<td style="{style}">{number(float(part[r, c]))}</td>')
        lines.append(f"<tr>{''.join(cells)}</tr>")
    shape = " × ".join(str(side) for side in panel.shape or panel.array.shape)
    return (
        f'{clear}<div style="{box}"><table style="border-collapse:collapse;border:none;margin:0">'
        f'<caption style="caption-side:top;text-align:left;font-size:85%;white-space:nowrap">'
        f"{title} <span>({shape}{note})</span></caption>{''.join(lines)}</table></div>"
    )


def _cell_style(value: Any, low: float, high: float) -> str:
    span = high - low
    share = (float(value) - low) / span if span > 0 and np.isfinite(value) else 0.5
    grey = round(255 - 150 * (1 - min(1.0, max(0.0, share))))
    return (
        f"background:rgb({grey},{grey},{grey});color:#000;text-align:right;"
        "padding:0.15em 0.45em;min-width:2em;font-family:monospace;font-size:90%;"
    )


def _border(row: int, column: int, panel: Panel) -> str:
    if panel.outline is None or panel.array is None:
        return "border:1px solid #bbb"
    top, left, height, width = panel.outline
    inside = top <= row < top + height and left <= column < left + width
    if not inside:
        return "border:1px solid #bbb"
    shown = panel.array.shape
    edges = {
        "top": row in (top, 0) and row == max(top, 0),
        "bottom": row == min(top + height, shown[0]) - 1,
        "left": column == max(left, 0),
        "right": column == min(left + width, shown[1]) - 1,
    }
    sides = [
        f"border-{side}:{OUTLINE if edge else '1px solid #bbb'}" for side, edge in edges.items()
    ]
    return ";".join(sides) + ";font-weight:bold"


def panel_text(panel: Panel) -> list[str]:
    """Return one panel as lines of text; values inside the outline stand in brackets."""
    if panel.array is None:
        return [f"{panel.title}: {panel.text}"]
    rows, columns = crop(panel.array, panel.outline)
    lines = [f"{panel.title} {panel.shape or panel.array.shape}:"]
    top, left, height, width = panel.outline or (0, 0, 0, 0)
    for r in range(rows.start, rows.stop):
        cells = []
        for c in range(columns.start, columns.stop):
            text = number(float(panel.array[r, c]))
            inside = top <= r < top + height and left <= c < left + width
            cells.append(f"[{text}]" if inside else f" {text} ")
        lines.append("".join(f"{cell:>9}" for cell in cells))
    return lines
