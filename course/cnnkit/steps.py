"""One row of pixels and every place a window stops on it: the staircase of lesson 03.

Rows are enough to count windows: a picture only does it twice, once for each axis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnkit import describe, palette
from cnnkit.canvas import Panel, compose, emit, flow, quiet

CELL = 0.185  # inches: a pixel of the row
STAIR = 0.17  # inches: a window below it
ALONE = 1.7  # times as large where one row stands alone

Counting = tuple[int, ...]
"""Size, kernel size, stride and, if there is any, padding."""


def show_steps(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> None:
    """Show a row of ``size`` pixels and every window on it, one below the other.

    A window that hangs over the end is drawn dashed and crossed out: it does not
    count. Padding is drawn as dashed cells that hold 0.
    """
    _show({(size, kernel_size, stride, padding): None}, notes=False)


def show_counted(counted: Mapping[Counting, int | None]) -> None:
    """Show the windows of several rows, each beside the number that you counted.

    ``counted`` maps (size, kernel size, stride) or (size, kernel size, stride,
    padding) to your count, or to None where you have not counted yet.
    """
    _show(counted, notes=True)


def show_field(size: int, strides: Sequence[int], kernel_size: int = 3) -> None:
    """Show one row of pixels, the layers below it, and what the last map's middle cell has seen.

    One layer for each stride, all with a kernel of ``kernel_size`` and no padding. Each cell
    stands below the middle of its window.
    """
    places = [[place + 0.5 for place in range(size)]]  # the middles of pixels, then of cells
    for stride in strides:
        above = places[-1]
        starts = range(0, len(above) - kernel_size + 1, stride)
        places.append([(above[at] + above[at + kernel_size - 1]) / 2 for at in starts])
    seen = [range(len(places[-1]) // 2, len(places[-1]) // 2 + 1)]  # from the last map upwards
    for stride in reversed(strides):
        seen.insert(0, range(seen[0][0] * stride, seen[0][-1] * stride + kernel_size))
    names = ["image", *(f"map {number}" for number in range(1, len(places)))]

    def draw(axes: Any) -> None:
        from matplotlib.patches import Rectangle

        axes.set(xlim=(-2.6, size + 0.1), ylim=(2.2 * len(places) - 1.1, -0.1))
        axes.axis("off")
        for level, (row, known, name) in enumerate(zip(places, seen, names, strict=True)):
            top = 2.2 * level
            axes.text(-0.5, top + 0.5, name, ha="right", va="center", color=palette.INK)
            for at, middle in enumerate(row):
                axes.add_patch(
                    Rectangle((middle - 0.5, top), 1, 1, edgecolor=palette.QUIET, lw=1, zorder=2,
                              facecolor=palette.MAIN if at in known else palette.PAPER)
                )  # fmt: skip
                if at in known and level:
                    first, last = known_window(level, at)
                    for x, end in ((middle - 0.5, first - 0.5), (middle + 0.5, last + 0.5)):
                        axes.plot([x, end], [top, top - 1.2], color=palette.QUIET, lw=1, zorder=1)

    def known_window(level: int, at: int) -> tuple[float, float]:
        start = at * strides[level - 1]
        return places[level - 1][start], places[level - 1][start + kernel_size - 1]

    scale = ALONE * CELL
    with quiet():
        panel = Panel(scale * (size + 2.7), scale * (2.2 * len(places) - 1.0), draw)
        figure = compose([[panel]])
    names[0] = "the image"
    parts = [f"{len(row)} in {name}" for row, name in zip(places, names, strict=True)]
    seen_by = [f"{len(known)} of {name}" for known, name in zip(seen, names, strict=True)][:-1]
    emit(
        figure,
        f"A row of pixels and the layers below it, kernels of {kernel_size}, strides "
        f"{', '.join(map(str, strides))}. Cells: {', '.join(parts)}. The middle cell of "
        f"{names[-1]} has seen {' and '.join(reversed(seen_by))}.",
    )


def _show(counted: Mapping[Counting, int | None], notes: bool) -> None:
    settings = list(counted)
    # Rows of one length, so that they stand in columns and start at one height.
    columns = max(_columns(*setting) for setting in settings)
    stairs = max(_stairs(*setting) for setting in settings)
    scale = 1.0 if notes else ALONE
    panels, words = [], []
    for setting in settings:
        words.append(_words(*setting))
        note = None
        if notes:
            note = _note(len(_starts(*setting)[0]), counted[setting])
            words[-1] += f" {note[0].upper()}{note[1:]}."
        panels.append(_staircase(columns, stairs, note, scale, *setting))
    with quiet():
        lines = flow(panels, [""] * len(panels), gap=0.3)
        figure = compose([panels[line] for line in lines], gap=0.3)
    emit(figure, " ".join(words))


def _note(windows: int, yours: int | None) -> str:
    if yours is None:
        return f"{windows} window" + "s" * (windows != 1)
    verdict = "right" if yours == windows else f"it is {windows}"
    return f"you counted {yours}: {verdict}"


def _starts(
    size: int, kernel_size: int, stride: int, padding: int = 0
) -> tuple[Sequence[int], int | None]:
    """Return where the windows start, and where one would that hangs over the end.

    None if the windows end exactly at the end of the row.
    """
    length = size + 2 * padding
    fits = range(0, length - kernel_size + 1, stride)
    after = fits[-1] + stride if fits else 0
    rest = not fits or fits[-1] + kernel_size < length
    return fits, after if rest and after < length else None


def _columns(size: int, kernel_size: int, stride: int, padding: int = 0) -> int:
    length = size + 2 * padding
    hanging = _starts(size, kernel_size, stride, padding)[1]
    return length if hanging is None else max(length, hanging + kernel_size)


def _stairs(size: int, kernel_size: int, stride: int, padding: int = 0) -> int:
    fits, hanging = _starts(size, kernel_size, stride, padding)
    return len(fits) + (hanging is not None)


def _words(size: int, kernel_size: int, stride: int, padding: int = 0) -> str:
    fits, hanging = _starts(size, kernel_size, stride, padding)
    zeros = "a zero" if padding == 1 else f"{padding} zeros"
    words = (
        f"A row of {size} pixels"
        + (f" with {zeros} on each side" if padding else "")
        + f", a window of {kernel_size}, stride {stride}: windows start at pixel "
        + ", ".join(describe.number(start - padding, 0) for start in fits)
    )
    if hanging is not None:
        words += f"; one more, at {hanging - padding}, would hang over the end"
    return words + "."


def _staircase(
    columns: int,
    stairs: int,
    note: str | None,
    scale: float,
    size: int,
    kernel_size: int,
    stride: int,
    padding: int = 0,
) -> Panel:
    """Return the panel of one row, with room for ``columns`` pixels and ``stairs`` windows."""
    length = size + 2 * padding
    fits, hanging = _starts(size, kernel_size, stride, padding)
    height = CELL + 0.07 + stairs * STAIR

    def large(size: float) -> float:
        return size * (1 + scale) / 2  # letters need not grow as much as what they stand in

    def draw(axes: Any) -> None:
        from matplotlib.patches import Rectangle

        axes.set(xlim=(-0.05, columns + 0.05), ylim=(height, -0.02))
        axes.axis("off")
        for place in range(length):
            inside = padding <= place < padding + size
            axes.add_patch(
                Rectangle(
                    (place, 0), 1, CELL,
                    facecolor=palette.SEQUENTIAL_STOPS[1] if inside else palette.PAPER,
                    edgecolor=palette.QUIET, lw=1, ls="-" if inside else (0, (2, 2)),
                )
            )  # fmt: skip
            # Pixels are numbered where no zero of the padding could be taken for a number.
            words = "0" if not inside else str(place) if note is None and not padding else ""
            axes.text(place + 0.5, CELL / 2, words, ha="center", va="center", fontsize=large(8.5),
                      color=palette.SOFT_INK)  # fmt: skip
        for number, start in enumerate(fits):
            top = CELL + 0.07 + number * STAIR
            axes.add_patch(
                Rectangle((start + 0.06, top), kernel_size - 0.12, STAIR - 0.035,
                          facecolor=palette.MAIN, edgecolor="none")
            )  # fmt: skip
            axes.text(start + kernel_size / 2, top + STAIR / 2 - 0.02, str(number + 1),
                      ha="center", va="center", fontsize=large(8), color="#ffffff")  # fmt: skip
        if hanging is not None:
            top = CELL + 0.07 + len(fits) * STAIR
            axes.add_patch(
                Rectangle((hanging + 0.06, top), kernel_size - 0.12, STAIR - 0.035,
                          facecolor=palette.PAPER, edgecolor=palette.HIGHLIGHT, lw=1.2,
                          ls=(0, (2, 2)))
            )  # fmt: skip
            axes.text(hanging + kernel_size / 2, top + STAIR / 2 - 0.02, "×", ha="center",
                      va="center", fontsize=large(9), color=palette.HIGHLIGHT)  # fmt: skip

    title = f"size {size}, kernel {kernel_size}\nstride {stride}"
    if padding:
        title += f", padding {padding}"
    return Panel(scale * columns * CELL, scale * height, draw, title, note)
