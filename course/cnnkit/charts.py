"""Bars, lines and histograms, labelled where you look rather than in a legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cnnkit import describe, palette
from cnnkit.canvas import CHARACTER, Panel, compose, emit, quiet

MARKS = ("o", "s", "^", "D", "v", "P")
STROKES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))
SPELLED_OUT = 12  # points of a line that its text alternative lists one by one


def show_bars(
    values: Any,
    labels: Sequence[Any],
    title: str | None = None,
    highlight: Any = None,
    alt: str | None = None,
) -> None:
    """Show one horizontal bar for each value, with its label and its number.

    Parameters
    ----------
    values : (n,) numbers, negative ones too.
    labels : n names; bars named "red", "green" and "blue" have these colours.
    highlight : the index or label of the bar to mark, or a list of these.
    """
    heights = describe.as_numbers(values, "show_bars").ravel()
    names = [str(label) for label in labels]
    if len(names) != heights.size or not names:
        raise ValueError(f"There are {len(names)} labels for {heights.size} bars.")
    marked = _marked(highlight, names)
    small = bool(np.all(np.abs(heights) <= 1)) and describe.decimals_for(heights) > 0
    decimals = 2 if small else describe.decimals_for(heights)
    texts = [_grouped(describe.number(value, decimals)) for value in heights.tolist()]
    left = max(map(len, names)) * 11 * CHARACTER + 0.2
    right = max(map(len, texts)) * 11 * CHARACTER + 0.25
    width, height = max(2.4, 6.8 - left - right), 0.34 * len(names) + 0.1

    def draw(axes: Any) -> None:
        places = np.arange(len(names))
        # A bar named "red" in blue would be hard to read.
        own = dict(palette.CHANNELS)
        colours = [palette.HIGHLIGHT if place in marked else own.get(name, palette.MAIN)
                   for place, name in enumerate(names)]  # fmt: skip
        axes.barh(places, np.nan_to_num(heights.astype(float)), height=0.68, color=colours)
        low, high = min(0.0, float(np.nanmin(heights))), max(0.0, float(np.nanmax(heights)))
        axes.set_xlim(low, high if high > low else low + 1)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.axvline(0, color=palette.QUIET, lw=1)
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.set_xticks([])
        axes.set_yticks(places, names)
        axes.tick_params(axis="y", length=0, labelsize=11, labelcolor=palette.INK)
        reach = (high - low) or 1.0
        for place, (value, text) in enumerate(zip(heights.tolist(), texts, strict=True)):
            end = max(value, 0.0) if np.isfinite(value) else 0.0
            axes.text(end + reach * 0.012, place, text, va="center_baseline", ha="left",
                      fontweight="bold" if place in marked else "normal")  # fmt: skip
        for place in marked:
            axes.get_yticklabels()[place].set_fontweight("bold")

    with quiet():
        figure = _with_margins(draw, width, height, left, right, title=title)
    words = [
        f"{name} {text}{' (marked)' if place in marked else ''}"
        for place, (name, text) in enumerate(zip(names, texts, strict=True))
    ]
    emit(figure, alt or f"{title or 'Bars'}: {', '.join(words)}.")


def show_lines(
    x: Any,
    lines: Mapping[str, Any],
    xlabel: str,
    ylabel: str,
    title: str | None = None,
    log: bool | str = False,
    alt: str | None = None,
) -> None:
    """Show one line for each entry of ``lines``, its name at its end.

    Parameters
    ----------
    x : (n,) numbers.
    lines : name → (n,) numbers.
    log : True or "y" for a logarithmic vertical axis, "x", or "both".
    """
    across = describe.as_numbers(x, "show_lines").ravel()
    curves = {str(name): describe.as_numbers(y, "show_lines").ravel() for name, y in lines.items()}
    for name, curve in curves.items():
        if curve.size != across.size or not curve.size:
            raise ValueError(f"{name!r} has {curve.size} values for {across.size} places on x.")
    if not curves:
        raise ValueError("show_lines was given nothing to draw.")
    right = max(len(name) for name in curves) * 11 * CHARACTER + 0.35
    left = _left(max(float(np.nanmax(np.abs(curve))) for curve in curves.values()))
    width, height = max(3.0, 7.35 - left - right), 3.0

    def draw(axes: Any) -> None:
        for place, curve in enumerate(curves.values()):
            mark = _cycled(MARKS, place) if across.size <= 30 else ""
            axes.plot(across, curve, lw=2.2, color=_cycled(palette.CATEGORIES, place),
                      ls=_cycled(STROKES, place), marker=mark, ms=5.5, clip_on=False,
                      zorder=3)  # fmt: skip
        if log in (True, "y", "both"):
            axes.set_yscale("log")
        if log in ("x", "both"):
            axes.set_xscale("log")
            if across.size <= 10:
                axes.set_xticks(across)
        _dress(axes, xlabel, ylabel)
        _readable_ticks(axes, across)
        _name_ends(axes, across, curves, height)

    with quiet():
        figure = _with_margins(draw, width, height, left, right, below=0.65, title=title)
    words = "; ".join(f"{name}: {_told(across, curve)}" for name, curve in curves.items())
    emit(figure, alt or f"{title or 'Lines'}: {ylabel} by {xlabel}. {words}.")


def show_histogram(
    values: Any,
    title: str | None = None,
    xlabel: str = "value",
    alt: str | None = None,
) -> None:
    """Show how often values of any shape occur: 32 bins, over 0 to 255 for uint8."""
    array = describe.as_numbers(values, "show_histogram").ravel()
    finite = array[np.isfinite(array)]
    if not finite.size:
        raise ValueError("show_histogram was given nothing to draw.")
    span = (0.0, 256.0) if array.dtype == np.uint8 else (float(finite.min()), float(finite.max()))
    counts, edges = np.histogram(finite.astype(np.float64), bins=32, range=span)

    def draw(axes: Any) -> None:
        axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=palette.MAIN,
                 edgecolor=palette.PAPER, lw=0.6, zorder=3)  # fmt: skip
        axes.set_xlim(edges[0], edges[-1])
        _dress(axes, xlabel, "how often")
        _readable_ticks(axes, edges)

    with quiet():
        left = _left(float(counts.max()))
        figure = _with_margins(draw, 5.2, 2.2, left, 0.3, below=0.65, title=title)
    peak = int(np.argmax(counts))
    emit(
        figure,
        alt
        or f"{title or 'Histogram'}: {describe.count(finite.size, 'value')} "
        f"from {describe.brief(finite.min())} to {describe.brief(finite.max())}, "
        f"mean {describe.brief(finite.mean())}; most often "
        f"{describe.brief(edges[peak])} to {describe.brief(edges[peak + 1])}.",
    )


def _with_margins(
    draw: Any, width: float, height: float, left: float, right: float,
    below: float = 0.1, title: str | None = None,
) -> Any:  # fmt: skip
    """Return a figure with one chart: labels and ticks live in the margins."""
    def inner(axes: Any) -> None:
        # The panel is the whole figure; the chart stands inside it, margins around.
        axes.set_axis_off()
        total = (left + width + right, height + below + 0.1)
        box = axes.get_position()
        chart = axes.figure.add_axes(
            (box.x0 + box.width * left / total[0], box.y0 + box.height * below / total[1],
             box.width * width / total[0], box.height * height / total[1])
        )  # fmt: skip
        draw(chart)

    panel = Panel(left + width + right, height + below + 0.1, inner)
    return compose([[panel]], title=title)


def _marked(highlight: Any, names: list[str]) -> set[int]:
    if highlight is None:
        return set()
    several = [highlight] if isinstance(highlight, str) or np.ndim(highlight) == 0 else highlight
    marked = set()
    for item in several:
        if isinstance(item, str) and item in names:
            marked.add(names.index(item))
        elif not isinstance(item, str) and -len(names) <= int(item) < len(names):
            marked.add(int(item) % len(names))
        else:
            raise ValueError(f"There is no bar {item!r} to highlight.")
    return marked


def _cycled(values: Sequence[Any], place: int) -> Any:
    return values[place % len(values)]


def _dress(axes: Any, xlabel: str, ylabel: str) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color=palette.LINE, lw=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.tick_params(which="both", length=0, labelsize=10, pad=5)
    axes.set_xlabel(xlabel, fontsize=11, labelpad=5)
    axes.set_ylabel(ylabel, fontsize=11, labelpad=6)


def _readable_ticks(axes: Any, across: np.ndarray) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
        axis.set_minor_formatter(NullFormatter())
    if axes.get_xscale() == "linear":
        whole = bool(np.all(across == np.round(across)))
        axes.xaxis.set_major_locator(
            MaxNLocator(nbins=8, steps=[1, 2, 2.5, 5, 10], integer=whole, min_n_ticks=1)
        )


def _left(largest: float) -> float:
    """Return the inches that the tick labels and the name of the vertical axis take."""
    if not np.isfinite(largest) or largest <= 0:
        return 0.95
    power = 10.0 ** np.floor(np.log10(largest))
    longest = max(len(_tick(step * power)) for step in (1, 2.5, 5, 7.5))
    return 0.55 + longest * 10 * CHARACTER


def _grouped(text: str) -> str:
    """Put commas between thousands: "8,554"."""
    whole, point, rest = text.partition(".")
    digits = whole.lstrip("\u2212")
    if len(digits) < 4 or not digits.isdigit():
        return text
    return f"{whole[: len(whole) - len(digits)]}{int(digits):,}{point}{rest}"


def _tick(value: float) -> str:
    for size, word in ((1e9, " billion"), (1e6, " million")):
        if abs(value) >= size:
            return f"{value / size:g}{word}".replace("-", "\u2212")
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.6g}"
    return text.replace("-", "\u2212")


def _name_ends(axes: Any, across: np.ndarray, curves: dict[str, np.ndarray], height: float) -> None:
    """Write each line's name at its right end, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    place = axes.transData + axes.transAxes.inverted()
    ends = []
    for index, (name, curve) in enumerate(curves.items()):
        finite = np.flatnonzero(np.isfinite(curve))
        if finite.size:
            y = float(place.transform((across[finite[-1]], curve[finite[-1]]))[1])
            ends.append([min(max(y, 0.0), 1.0), name, _cycled(palette.CATEGORIES, index)])
    ends.sort(key=lambda end: end[0])
    room = 0.2 / height
    for index in range(1, len(ends)):
        ends[index][0] = max(ends[index][0], ends[index - 1][0] + room)
    for y, name, colour in ends:
        axes.text(1.025, y, name, transform=axes.transAxes, color=colour, va="center",
                  fontweight="bold", fontsize=11)  # fmt: skip


def _told(across: np.ndarray, curve: np.ndarray) -> str:
    pairs = list(zip(across.tolist(), curve.tolist(), strict=True))
    if len(pairs) > SPELLED_OUT:
        low, high = int(np.nanargmin(curve)), int(np.nanargmax(curve))
        pairs = [pairs[place] for place in sorted({0, low, high, len(pairs) - 1})]
    return ", ".join(f"{describe.brief(y)} at {describe.brief(x)}" for x, y in pairs)
