"""Where figures come to life: panels laid out in inches, and a picture with words beside it.

A figure is rows of panels. Each panel knows its size and how to draw itself;
this module places them, adds titles, notes and the symbols between, and hands
the result to the notebook as one ``<img>`` that is never wider than the page
and carries a text alternative. Sizes are in inches at 100 screen pixels each.
Matplotlib is used without pyplot: nothing global is touched, nothing is left open.
"""

from __future__ import annotations

import base64
import html
import io
import logging
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cnnkit import palette

PIXELS_PER_INCH = 100
SHARPNESS = 2  # device pixels per screen pixel: crisp on laptops with dense screens
PAGE = 7.4  # inches: a notebook in a 1000-pixel window with the side bar open still fits

TITLE_SIZE, NOTE_SIZE, SYMBOL_SIZE = 11.0, 9.5, 22.0
CHARACTER = 0.0081  # inches of width per character and point of font size, on average
LINE_HEIGHT = 1.35 / 72  # inches per point

STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],  # ships with matplotlib: the same on every machine
    "font.size": 11.0,
    "mathtext.default": "regular",
    "text.usetex": False,
    "text.parse_math": False,  # a title may hold a "$"
    "text.color": palette.INK,
    "axes.unicode_minus": True,
    "axes.edgecolor": palette.QUIET,
    "axes.labelcolor": palette.INK,
    "axes.facecolor": palette.PAPER,
    "figure.facecolor": palette.PAPER,
    "xtick.color": palette.SOFT_INK,
    "ytick.color": palette.SOFT_INK,
    "savefig.facecolor": palette.PAPER,
    "path.sketch": None,
}


@dataclass(frozen=True)
class Panel:
    """One rectangle of a figure: its size in inches, how to draw it, what stands around it."""

    width: float
    height: float
    draw: Callable[[Any], None]
    title: str | None = None
    note: str | None = None
    room: float | None = None
    """The width that the words around it may take, where there is a limit."""


@contextmanager
def quiet() -> Iterator[None]:
    """Draw in the course's style and without a word on stderr, then put everything back."""
    logger = logging.getLogger("matplotlib")
    level = logger.level
    # "Building the font cache" and the like must not land in a learner's notebook.
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import matplotlib

            with matplotlib.rc_context():
                matplotlib.rcParams.update(matplotlib.rcParamsDefault)
                matplotlib.rcParams.update(STYLE)
                yield
    finally:
        logger.setLevel(level)


def compose(
    rows: Sequence[Sequence[Panel]],
    symbols: Sequence[Sequence[str]] | None = None,
    gap: float = 0.28,
    title: str | None = None,
    foot: str | None = None,
) -> Any:
    """Return a matplotlib figure of rows of panels.

    Parameters
    ----------
    rows : the panels, row by row.
    symbols : for each row, the sign before each of its panels (``""`` for none).
    gap : inches between two panels with no sign between them.
    title : one line above everything.
    foot : one line below everything.
    """
    from matplotlib.figure import Figure

    signs = symbols or [[""] * len(row) for row in rows]
    spaces = [
        [_space(sign, gap, first=place == 0) for place, sign in enumerate(row)] for row in signs
    ]
    slots = [[_slot_width(panel) for panel in row] for row in rows]
    width = max(sum(a) + sum(b) for a, b in zip(slots, spaces, strict=True)) + 0.16
    if title:
        width = max(width, min(PAGE, _text_width(title, TITLE_SIZE + 1) + 0.2))
    if foot:
        width = max(width, min(PAGE, _text_width(foot, NOTE_SIZE) + 0.2))
    heading, footing = 0.36 if title else 0.0, 0.26 if foot else 0.0
    measures = [[_around(panel, slot) for panel, slot in zip(row, slot_row, strict=True)]
                for row, slot_row in zip(rows, slots, strict=True)]  # fmt: skip
    heights = [
        (max(m[0] for m in row), max(p.height for p in panels), max(m[1] for m in row))
        for row, panels in zip(measures, rows, strict=True)
    ]
    height = heading + sum(sum(h) for h in heights) + 0.18 * (len(rows) - 1) + 0.16 + footing
    figure = Figure(figsize=(width, height), dpi=PIXELS_PER_INCH)
    page = _Page(figure, width, height)
    if title:
        page.text(0.08, 0.24, title, TITLE_SIZE + 1, align="left", weight="bold")
    top = 0.08 + heading
    for row, slot_row, space_row, sign_row, (above, body, below) in zip(
        rows, slots, spaces, signs, heights, strict=True
    ):
        left = 0.08
        for panel, slot, space, sign in zip(row, slot_row, space_row, sign_row, strict=True):
            if sign:
                middle = left + space / 2
                page.text(middle, top + above + body / 2, sign, SYMBOL_SIZE, valign="center")
            left += space
            page.panel(panel, left, top + above + (body - panel.height) / 2, slot)
            left += slot
        top += above + body + below + 0.18
    if foot:
        page.text(0.08, height - 0.12, foot, NOTE_SIZE, align="left", colour=palette.SOFT_INK)
    return figure


class _Page:
    """A figure addressed in inches from its top left corner."""

    def __init__(self, figure: Any, width: float, height: float) -> None:
        self.figure, self.width, self.height = figure, width, height

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        align: str = "center",
        valign: str = "baseline",
        colour: str = palette.INK,
        weight: str = "normal",
    ) -> None:
        self.figure.text(
            x / self.width, 1 - y / self.height, words, fontsize=size, ha=align, va=valign,
            color=colour, fontweight=weight, linespacing=1.25,
        )  # fmt: skip

    def panel(self, panel: Panel, left: float, top: float, slot: float) -> None:
        x = left + (slot - panel.width) / 2
        bottom = self.height - top - panel.height
        axes = self.figure.add_axes(
            (x / self.width, bottom / self.height,
             panel.width / self.width, panel.height / self.height)
        )  # fmt: skip
        panel.draw(axes)
        if panel.title:
            # Line by line on fixed baselines: "green" and "red" stand level.
            lines = _wrapped(panel.title, slot, TITLE_SIZE).split("\n")
            for above, words in enumerate(reversed(lines)):
                base = top - 0.12 - above * TITLE_SIZE * LINE_HEIGHT
                self.text(left + slot / 2, base, words, TITLE_SIZE)
        if panel.note:
            words = _wrapped(panel.note, slot, NOTE_SIZE)
            self.text(left + slot / 2, top + panel.height + 0.07, words, NOTE_SIZE,
                      valign="top", colour=palette.SOFT_INK)  # fmt: skip


def flow(panels: Sequence[Panel], signs: Sequence[str], gap: float = 0.28) -> list[slice]:
    """Return where to break a row of panels so that each line fits the page."""
    lines, start, used = [], 0, 0.0
    for place, (panel, sign) in enumerate(zip(panels, signs, strict=True)):
        space = _space(sign, gap, first=place == start)
        if place > start and used + space + _slot_width(panel) > PAGE:
            lines.append(slice(start, place))
            start, used, space = place, 0.0, _space(sign, gap, first=True)
        used += space + _slot_width(panel)
    lines.append(slice(start, len(panels)))
    return lines


def _space(sign: str, gap: float, first: bool) -> float:
    if sign:
        return 0.3 + _text_width(sign, SYMBOL_SIZE)
    return 0.0 if first else gap


def _text_width(words: str, size: float) -> float:
    return max(len(line) for line in words.split("\n")) * size * CHARACTER if words else 0.0


def _slot_width(panel: Panel) -> float:
    # A 1×1 result still needs room for its title.
    wish = max(_text_width(panel.title or "", TITLE_SIZE), _text_width(panel.note or "", NOTE_SIZE))
    return max(panel.width, min(wish, panel.room or max(panel.width * 1.12, 1.3)))


def _wrapped(words: str, width: float, size: float) -> str:
    room = max(7, int((width + 0.12) / (size * CHARACTER)))
    lines = words.split("\n")
    parts = [textwrap.wrap(line, room, break_long_words=False) or [""] for line in lines]
    return "\n".join(part for line in parts for part in line)


def _around(panel: Panel, slot: float) -> tuple[float, float]:
    """Return the inches that the title takes above and the note below."""
    above = below = 0.0
    if panel.title:
        lines = _wrapped(panel.title, slot, TITLE_SIZE).count("\n") + 1
        above = 0.12 + lines * TITLE_SIZE * LINE_HEIGHT
    if panel.note:
        lines = _wrapped(panel.note, slot, NOTE_SIZE).count("\n") + 1
        below = 0.1 + lines * NOTE_SIZE * LINE_HEIGHT
    return above, below


def to_html(figure: Any, alt: str, tight: bool = False) -> str:
    """Return a figure as an ``<img>`` with its text alternative, never wider than the page."""
    stream = io.BytesIO()
    figure.savefig(
        stream, format="png", dpi=PIXELS_PER_INCH * SHARPNESS, metadata={"Software": None},
        **({"bbox_inches": "tight", "pad_inches": 0.08} if tight else {}),
    )  # fmt: skip
    png = stream.getvalue()
    # Width of the picture: bytes 16 to 19 of a PNG (its IHDR chunk).
    width = round(int.from_bytes(png[16:20], "big") / SHARPNESS)
    return (
        f'<img alt="{html.escape(alt, quote=True)}" width="{width}" '
        'style="max-width:100%;height:auto;background:#fff" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode("ascii")}">'
    )


def emit(figure: Any, alt: str, tight: bool = False) -> None:
    """Show a figure in the notebook; outside one, print its text alternative.

    Raises ValueError if there is no text alternative.
    """
    if not alt.strip():
        raise ValueError("A figure needs a text alternative: say what there is to see in it.")
    markup = ""
    if in_notebook():
        with quiet():
            markup = to_html(figure, alt, tight)
    show_html(markup, alt)


def in_notebook() -> bool:
    """Return whether IPython runs, so that something can be shown and not only printed."""
    if "IPython" not in sys.modules:
        return False
    from IPython.core.interactiveshell import InteractiveShell

    return bool(InteractiveShell.initialized())


def show_html(markup: str, text: str) -> None:
    """Show HTML with a plain text to fall back on; outside IPython print the text."""
    if not in_notebook():
        print(text)
        return
    from IPython.display import display

    display({"text/html": markup, "text/plain": text}, raw=True)
