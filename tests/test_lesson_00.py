"""The start page and the glossary: links lead somewhere, numbers are right."""

from __future__ import annotations

import re

import numpy as np
import pytest

from autograder.source import read_source
from cnnkit.data import load_photo

from .conftest import ROOT

SOLUTIONS = ROOT / "solutions"
GLOSSARY = ROOT / "course" / "glossary.md"
LESSONS = sorted(SOLUTIONS.glob("[0-9]*/*.md"))


def glossary() -> str:
    return GLOSSARY.read_text(encoding="utf-8")


def anchors() -> list[str]:
    """What the headings' ids are, in JupyterLab and on GitHub alike: they are lower case."""
    return [words.replace(" ", "-") for words in re.findall(r"^### (.+)$", glossary(), re.M)]


def test_the_start_page_states_minutes_and_points_of_its_exercise():
    source = read_source(SOLUTIONS / "00-start")
    (exercise,) = source.exercises
    text = (SOLUTIONS / "00-start" / "start.md").read_text(encoding="utf-8")
    assert f"### Exercise: {exercise.id} ({exercise.points} point, {exercise.minutes} minutes)" in text
    assert f"{exercise.minutes} of them for one exercise worth {exercise.points} point" in text
    assert np.unique(np.arange(0, 255 + 1)).size == 256  # the prediction's truth
    assert np.ptp(load_photo("camera")[84:90, 120:128]) > 128  # worth to be looked at


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_link_of_a_lesson_into_the_glossary_finds_its_word(path):
    links = re.findall(r"\]\(\.\./glossary\.md#([^)]+)\)", path.read_text(encoding="utf-8"))
    assert set(links) <= set(anchors())


def test_the_glossarys_own_links_find_their_words():
    assert set(re.findall(r"\]\(#([^)]+)\)", glossary())) <= set(anchors())


def test_the_glossary_is_in_order_each_word_once_and_lower_case():
    words = anchors()
    assert words == sorted(set(words))
    assert words == [word.lower() for word in words]


def test_every_word_of_the_glossary_names_its_lesson():
    entries = re.split(r"^### ", glossary(), flags=re.M)[1:]
    for entry in entries:
        heading, text = entry.split("\n", 1)
        assert re.match(r"\s*\(0\d(, 0\d)*\) ", text), heading
