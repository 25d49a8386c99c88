"""Are the minutes that a lesson states those of the rule in CONTRIBUTING.md?"""

from __future__ import annotations

import math
import re

import pytest

from autograder.source import read_source

from .conftest import ROOT

LESSONS = (
    "00-start", "01-pixels", "02-filters", "03-stride",
    "04-pooling", "05-classification", "06-training", "07-video",
)  # fmt: skip


def counted(lesson: str) -> tuple[dict[str, float], float]:
    """Return the minutes to read up to and type each exercise, and those for all else."""
    source = read_source(ROOT / "solutions" / lesson)
    exercises = {exercise.id for exercise in source.exercises}
    minutes, since, others = {}, 0, 0
    for cell in source.notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "").removeprefix("check-")
        if cell.cell_type == "markdown":
            since += len(cell.source.split())
        elif "### BEGIN SOLUTION" in cell.source and name in exercises:
            solution = cell.source.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
            lines = [line for line in solution.splitlines() if line.strip()]
            minutes[name] = since / 200 + len(lines) * 40 / 60
            since = 0
        elif name not in exercises:
            others += 1
    return minutes, since / 200 + others / 2


@pytest.mark.parametrize("lesson", LESSONS)
def test_an_exercises_minutes_are_what_can_be_counted_or_up_to_twice_that(lesson):
    # The rest are checks that failed in an honest try: nothing here can count those.
    parts, _ = counted(lesson)
    for exercise in read_source(ROOT / "solutions" / lesson).exercises:
        part = math.ceil(parts[exercise.id])
        assert part <= exercise.minutes <= 2 * part, exercise.id


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lessons_minutes_are_its_exercises_and_all_else(lesson):
    source = read_source(ROOT / "solutions" / lesson)
    stated = re.search(r"About (\d+) minutes", " ".join(c.source for c in source.notebook.cells))
    _, rest = counted(lesson)
    total = sum(exercise.minutes for exercise in source.exercises) + rest
    assert int(stated.group(1)) == 5 * math.ceil(total / 5)
