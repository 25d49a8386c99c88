"""The course's colours, chosen so that nobody needs to see a hue to follow a figure.

The six categorical colours stand on a ladder of lightness (about 8 CIELAB units
a rung), so they stay apart in grey print and under every kind of colour
blindness. ``tests/test_kit_palette.py`` simulates these with the matrices of
Machado, Oliveira and Fernandes (2009) and asserts the distance that remains.
Plain strings only: importing this module costs nothing.
"""

from __future__ import annotations

from typing import Any

BLUE = "#035ace"
VERMILION = "#c64f15"
INDIGO = "#3e1c6f"
GREEN = "#52c077"
WINE = "#822c4d"
ORCHID = "#ce72c5"

#: Colours of categories (lines, groups), in the order they are used.
CATEGORIES = (BLUE, VERMILION, INDIGO, GREEN, WINE, ORCHID)

#: What a window or one bar is marked with, and what the rest is drawn in.
HIGHLIGHT = VERMILION
MAIN = BLUE
QUIET = "#8d97a5"

#: Text, secondary text, hairlines and background. Text has a contrast of at least
#: 7 (INK) and 4.5 (SOFT_INK) with PAPER, as WCAG 2.2 asks for AAA and AA.
INK = "#1d2733"
SOFT_INK = "#556170"
LINE = "#cfd5dd"
PAPER = "#ffffff"

#: Right and wrong are also told by a word or a sign, never by colour alone.
RIGHT = "#1a7f4b"
WRONG = "#b3261e"

#: Stops from the smallest to the largest value: numbers in cells stay readable.
SEQUENTIAL_STOPS = ("#ffffff", "#dbe7fa", "#a9c6f2", "#6b9be6")
#: Stops from minus to plus: blue, white at zero, orange. Safe for red-green blindness.
DIVERGING_STOPS = ("#0a3f8f", "#4f8be0", "#c3d9f7", "#ffffff", "#fbd3b6", "#e8833c", "#8f3206")
#: The three channels of a colour picture at full strength, as text and frames show them.
CHANNELS = (("red", "#c4211b"), ("green", "#17803d"), ("blue", "#2453d6"))


def rgb(colour: str) -> tuple[float, float, float]:
    """Return ``"#rrggbb"`` as three floats from 0 to 1."""
    return (int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255)


def luminance(colour: tuple[float, ...]) -> float:
    """Return the relative luminance of an sRGB colour, 0 to 1 (WCAG 2.2's formula)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def on_page(colour: str) -> str:
    """Return CSS for a sign in this colour, drawn towards the page's own ink, light or dark."""
    return f"color:{colour};color:color-mix(in srgb,{colour} 75%,currentColor)"


def text_on(colour: tuple[float, ...]) -> str:
    """Return ``INK`` or white, whichever is easier to read on this background."""
    behind = luminance(colour) + 0.05
    on_white, on_ink = 1.05 / behind, behind / (luminance(rgb(INK)) + 0.05)
    return "#ffffff" if on_white > on_ink else INK


def sequential() -> Any:
    """Return the colormap for values without a sign: white, then deeper blue."""
    return _colormap("cnnkit-sequential", SEQUENTIAL_STOPS)


def diverging() -> Any:
    """Return the colormap for signed values: blue below, white at, orange above zero."""
    return _colormap("cnnkit-diverging", DIVERGING_STOPS)


def channel(index: int) -> Any:
    """Return the colormap from black to channel 0 (red), 1 (green) or 2 (blue)."""
    full = ("#ff0000", "#00ff00", "#0000ff")[index]
    return _colormap(f"cnnkit-channel-{index}", ("#000000", full))


def _colormap(name: str, stops: tuple[str, ...]) -> Any:
    # Imported here: `import cnnkit` must not pay for matplotlib.
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(name, [rgb(stop) for stop in stops])
