"""Do the course's colours stay apart for everyone?"""

import re
from itertools import combinations

import numpy as np
import pytest

from cnnkit import palette
from cnnkit.render import BAD, GOOD, WAIT

# Machado, Oliveira and Fernandes (2009), table 1, severity 1.0: on linear RGB.
SIGHT = {
    "typical": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip

# sRGB (IEC 61966-2-1) to CIE XYZ, and the white it is relative to.
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                   [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(colour):
    parts = np.array(palette.rgb(colour) if isinstance(colour, str) else colour[:3])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(light):
    ratio = TO_XYZ @ light / WHITE
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def seen(colour, sight):
    return lab(np.clip(SIGHT[sight] @ linear(colour), 0, 1))


def contrast(one, other):
    bright, dark = sorted([palette.luminance(one), palette.luminance(other)], reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_the_simulation_sees_what_is_known():
    """Does it mix up red and green for a deuteranope, and tell them apart otherwise?"""
    red, green = "#c80000", "#5a6400"
    apart = np.linalg.norm(seen(red, "typical") - seen(green, "typical"))
    mixed = np.linalg.norm(seen(red, "deuteranopia") - seen(green, "deuteranopia"))
    assert apart > 70
    assert mixed < apart / 3


@pytest.mark.parametrize("sight", SIGHT)
def test_categories_stay_apart(sight):
    """Are any two categorical colours clearly different, however one sees?"""
    distances = {
        (one, other): np.linalg.norm(seen(one, sight) - seen(other, sight))
        for one, other in combinations(palette.CATEGORIES, 2)
    }
    assert min(distances.values()) > 20, min(distances, key=distances.get)


def test_categories_stay_apart_in_grey_print():
    """Is there a step of lightness between any two categorical colours?"""
    lightness = sorted(lab(linear(colour))[0] for colour in palette.CATEGORIES)
    assert min(np.diff(lightness)) > 6


@pytest.mark.parametrize("sight", SIGHT)
def test_marked_and_unmarked_bars_stay_apart(sight):
    """Does the highlighted bar differ from the others however one sees?"""
    assert np.linalg.norm(seen(palette.HIGHLIGHT, sight) - seen(palette.MAIN, sight)) > 20


@pytest.mark.parametrize("sight", SIGHT)
def test_minus_and_plus_stay_apart(sight):
    """Are equally large negative and positive values told apart, however one sees?"""
    colours = palette.diverging()
    for size in (0.15, 0.3, 0.6, 1.0):
        minus, plus = colours(0.5 - size / 2), colours(0.5 + size / 2)
        assert np.linalg.norm(seen(minus, sight) - seen(plus, sight)) > 12


@pytest.mark.parametrize("name", ["sequential", "diverging"])
def test_lightness_runs_one_way(name):
    """Does more mean darker, step by step, so that a grey print keeps the order?"""
    colours = getattr(palette, name)()
    start = 0.5 if name == "diverging" else 0.0
    lightness = [lab(linear(colours(at)))[0] for at in np.linspace(start, 1, 40)]
    assert max(np.diff(lightness)) < 0
    if name == "diverging":
        below = [lab(linear(colours(at)))[0] for at in np.linspace(0.5, 0, 40)]
        assert max(np.diff(below)) < 0


def test_numbers_in_cells_can_be_read():
    """Has the text on every shade the contrast that WCAG AA asks of text (4.5)?"""
    shades = [palette.sequential()(at) for at in np.linspace(0, 1, 50)]
    shades += [palette.diverging()(at) for at in np.linspace(0, 1, 50)]
    shades += [(level, level, level) for level in np.linspace(0, 1, 50)]
    for index in range(3):
        shades += [palette.channel(index)(at) for at in np.linspace(0, 1, 50)]
    worst = min(contrast(palette.rgb(palette.text_on(shade)), shade) for shade in shades)
    # Grey 0.46 is where ink and white are equally far away: nothing does better there.
    assert worst > 3.9


def test_words_can_be_read():
    """Have words on white enough contrast, the headline words more?"""
    white = palette.rgb(palette.PAPER)
    assert contrast(palette.rgb(palette.INK), white) > 7
    for colour in (palette.SOFT_INK, palette.RIGHT, palette.WRONG):
        assert contrast(palette.rgb(colour), white) > 4.5


@pytest.mark.parametrize(("ink", "page"), [("#212121", "#ffffff"), ("#ffffff", "#111111")])
def test_signs_can_be_read_by_day_and_at_night(ink, page):
    """Has a sign that is mixed with the page's ink the contrast of text in either theme?"""
    for colour in (palette.RIGHT, palette.WRONG, palette.SOFT_INK, GOOD, BAD, WAIT):
        found = re.search(r"color-mix\(in srgb,(#\w{6}) (\d+)%,currentColor\)", palette.on_page(colour))
        part = int(found[2]) / 100
        pairs = zip(palette.rgb(found[1]), palette.rgb(ink), strict=True)
        mixed = [part * own + (1 - part) * of_page for own, of_page in pairs]
        assert contrast(mixed, palette.rgb(page)) > 4.5
