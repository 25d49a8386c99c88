"""Take the pictures of the loop: Validate, a submission, its feedback, the report on a class.

    python tests/browser/screenshots_loop.py

writes ``docs/images/validate.png``, ``submission.png``, ``feedback.png`` and ``report.png``.
The first three are of the steps that ``test_loop_browser.py`` takes; the class is made up.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import _loop
import test_loop_browser
from _loop import ASSIGNMENT, NOTEBOOK
from _pages import ROOT, browser
from screenshots import IMAGES, store

sys.path.insert(0, str(ROOT))

from autograder.source import read_source
from tests.lift import lift

STEPS = {"3-validate-fails": "validate", "7-submission": "submission", "8-feedback": "feedback"}
LEARNERS = ["ada", "ben", "cleo", "dan", "eve", "finn", "gil", "hana", "ivo", "june"]


def take_steps(folder: Path) -> None:
    """Go through the loop as the test does, and keep three of its pictures."""
    test_loop_browser.PICTURES = str(folder)
    test_loop_browser.test_released_solved_validated_submitted_marked_and_fed_back(folder)
    for step, name in STEPS.items():
        store((folder / f"{step}.png").read_bytes(), IMAGES / f"{name}.png", 128)


def hand_in(course: Path) -> None:
    """Write a class's submissions: some right, some with mistakes that are common."""
    released = course / "course" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    chance = random.Random(3)
    exercises = read_source(ROOT / "solutions" / ASSIGNMENT).exercises
    for place, learner in enumerate(LEARNERS):
        wrong = {}
        for exercise in exercises:
            if chance.random() < place / 14:  # the later in the list, the weaker
                mistake = chance.choice(exercise.mistakes[:2])
                wrong[exercise.id] = lift(mistake.function, exercise.id)
        path = course / "submitted" / learner / ASSIGNMENT / released.name
        path.parent.mkdir(parents=True)
        path.write_bytes(released.read_bytes())
        _loop.solve(path, course, but=wrong)


def take_report(chromium: Any, folder: Path) -> None:
    """Mark a class and take the upper part of the page on it."""
    course = _loop.copy_course(folder / "class")
    hand_in(course)
    for command in ("grade", "report"):
        subprocess.run(
            [sys.executable, "-m", "autograder", command, ASSIGNMENT, "--course", str(course)],
            cwd=course, check=True,
        )  # fmt: skip
    page = chromium.new_page(viewport={"width": 980, "height": 760}, device_scale_factor=1.25)
    page.goto(next(course.glob(f"reports/**/*{ASSIGNMENT}*.html")).as_uri())
    store(page.screenshot(), IMAGES / "report.png", 64)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        take_steps(Path(name))
        with browser() as chromium:
            take_report(chromium, Path(name))


if __name__ == "__main__":
    main()
