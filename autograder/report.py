"""``autograder report``: the class on one page, and what to teach again.

Everything is read from the marked notebooks, so it does not matter whether
``autograder grade``, ``nbgrader autograde`` or formgrader marked them.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median
from typing import Any

from nbgrader.coursedir import CourseDirectory

from autograder.build import course_folder, load_config
from autograder.errors import UserError
from autograder.mark import MARKS
from autograder.mend import shown
from autograder.source import Source, read_source

FOLDER = "reports"
VERDICT = {"exercise", "status", "score", "mistake", "aspects"}


@dataclass
class ExerciseReport:
    """One exercise over the whole class."""

    id: str
    points: float
    statuses: Counter[str] = field(default_factory=Counter)
    scores: list[float] = field(default_factory=list)
    aspects: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    mistakes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    hints: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    @property
    def pass_rate(self) -> float:
        """The share of the class that got full marks."""
        return self.statuses["passed"] / max(1, len(self.scores))

    @property
    def named(self) -> int:
        """How many handed in a mistake that the check had named to them, hint and all."""
        return sum(len(students) for students in self.mistakes.values())

    @property
    def lost(self) -> int:
        """How many tried and did not get full marks."""
        tried = len(self.scores) - self.statuses["not-attempted"]
        return tried - self.statuses["passed"]


@dataclass
class ClassReport:
    """One assignment over the whole class."""

    assignment: str
    max_score: float
    scores: dict[str, float] = field(default_factory=dict)
    exercises: list[ExerciseReport] = field(default_factory=list)
    mended: dict[str, list[str]] = field(default_factory=dict)
    unmarked: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)


def report(options: argparse.Namespace) -> int:
    """Run the command: write the page and its data, print where they are."""
    course = course_folder(options.course)
    place = options.output or course / FOLDER / f"{options.assignment}.html"
    if place.suffix != ".html" or place.is_dir():
        raise UserError(f"--output {place}: name a file that ends in .html.")
    source = read_source(course / "solutions" / options.assignment)
    result = gather(course, source)
    if not result.scores and not result.unmarked:
        raise UserError(
            f"No submission of {options.assignment} has been marked yet; run "
            f"autograder grade {options.assignment}."
        )
    if options.anonymous:
        result = anonymous(result)
    from autograder.report_page import page

    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(page(result), encoding="utf-8")
    data = place.with_suffix(".json")
    data.write_text(
        json.dumps(to_json(result), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    print(summary(result))
    print(f"{place}\n{data}")
    return 0


def gather(course: Path, source: Source) -> ClassReport:
    """Read all marked notebooks of an assignment."""
    config = load_config(course)
    config.CourseDirectory.root = str(course)
    coursedir = CourseDirectory(config=config)
    declared = {
        exercise.id: ExerciseReport(
            exercise.id, exercise.points,
            hints={mistake.name: mistake.hint for mistake in exercise.mistakes},
        )
        for exercise in source.exercises
    }
    total = sum(exercise.points for exercise in declared.values())
    result = ClassReport(source.assignment, total, exercises=list(declared.values()))
    handed_in = set(_students(coursedir, coursedir.submitted_directory, source.assignment))
    for student, folder in _students(
        coursedir, coursedir.autograded_directory, source.assignment
    ).items():
        handed_in.discard(student)
        state = _marks(folder / f"{source.name}.ipynb")
        if state is None:
            result.waiting.append(student)
            continue
        if state["reason"]:
            result.unmarked[student] = state["reason"]
            continue
        if state["repairs"]:
            result.mended[student] = list(state["repairs"])
        result.scores[student] = round(sum(v["score"] for v in state["verdicts"]), 2)
        for verdict in state["verdicts"]:
            if verdict["exercise"] in declared:
                _add(declared[verdict["exercise"]], student, verdict, state)
    result.waiting = sorted([*result.waiting, *handed_in])
    return result


def _students(coursedir: CourseDirectory, step: str, assignment: str) -> dict[str, Path]:
    pattern = coursedir.format_path(step, "(?P<student>[^/]+)", assignment, escape=True)
    root = Path(coursedir.root)
    wanted = Path(coursedir.format_path(step, "*", assignment)).relative_to(root)
    found = {}
    for folder in sorted(root.glob(str(wanted))):
        match = re.fullmatch(pattern, str(folder), re.DOTALL)
        if match and not match["student"].startswith("."):
            found[shown(match["student"])] = folder
    return found


def _marks(path: Path) -> dict[str, Any] | None:
    try:
        marks = json.loads(path.read_bytes())["metadata"][MARKS]
        whole = {"repairs", "reason", "verdicts"} <= marks.keys() and all(
            verdict.keys() >= VERDICT for verdict in marks["verdicts"]
        )
        return marks if whole else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _add(
    exercise: ExerciseReport, student: str, verdict: dict[str, Any], state: dict[str, Any]
) -> None:
    exercise.statuses[verdict["status"]] += 1
    exercise.scores.append(verdict["score"])
    for aspect in verdict["aspects"]:
        exercise.aspects[aspect["name"]].append(aspect["share"])
    if verdict["mistake"]:
        exercise.mistakes[verdict["mistake"]].append(student)
    seconds = state.get("seconds", {}).get(exercise.id)
    if seconds is not None:
        exercise.seconds.append(seconds)


_NAMING = re.compile(
    r"“[^”]*”|[\w().-]+\.(?:ipynb|py|zip|html?|txt|json|md|csv|pdf|png|jpe?g)\b", re.IGNORECASE
)
"""What a learner may have written a name into: names of files, and whatever is quoted."""


def anonymous(result: ClassReport) -> ClassReport:
    """Return the same report with numbers for names, dealt out anew each time."""
    students = [*result.scores, *result.unmarked, *result.waiting]
    random.SystemRandom().shuffle(students)
    width = len(str(len(students)))
    alias = {name: f"learner {number:0{width}}" for number, name in enumerate(students, 1)}
    longest = sorted(students, key=len, reverse=True)
    named = re.compile(
        rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest))})(?![^\W_])", re.IGNORECASE
    )

    def rename(text: str) -> str:
        return named.sub("…", _NAMING.sub("“…”", text))

    for exercise in result.exercises:
        exercise.mistakes = {
            mistake: sorted(alias[name] for name in names)
            for mistake, names in exercise.mistakes.items()
        }
    return ClassReport(
        result.assignment,
        result.max_score,
        dict(sorted((alias[name], score) for name, score in result.scores.items())),
        result.exercises,
        dict(sorted((alias[n], [*map(rename, lines)]) for n, lines in result.mended.items())),
        dict(sorted((alias[name], rename(reason)) for name, reason in result.unmarked.items())),
        sorted(alias[name] for name in result.waiting),
    )


def teach_again(result: ClassReport, most: int = 3) -> list[str]:
    """Return, in sentences, what the class's results say should be taught again."""
    lines = []
    mistakes = sorted(
        ((len(who), exercise, name) for exercise in result.exercises
         for name, who in exercise.mistakes.items()),
        key=lambda item: (-item[0], item[1].id, item[2]),
    )
    for count, exercise, name in mistakes[:most]:
        if count >= 2:
            hint = exercise.hints.get(name, "")  # none if it was renamed since
            lines.append(f"{exercise.id}: {count} learners made “{name}”. {hint}".rstrip())
    hard = min(result.exercises, key=lambda exercise: exercise.pass_rate, default=None)
    if hard is not None and hard.pass_rate < 0.8:
        lines.append(f"{hard.id}: only {hard.pass_rate:.0%} of the class got full marks.")
    skipped = [e for e in result.exercises if e.statuses["not-attempted"] > len(e.scores) / 4]
    lines += [
        f"{exercise.id}: {exercise.statuses['not-attempted']} did not attempt it."
        for exercise in skipped
    ]
    return lines


def summary(result: ClassReport) -> str:
    """Return the class in two lines of text."""
    scores = list(result.scores.values())
    if not scores:
        return f"{result.assignment}: nothing marked, {len(result.unmarked)} without a mark."
    return (
        f"{result.assignment}: {len(scores)} marked, mean {mean(scores):.1f}, median "
        f"{median(scores):g} of {result.max_score:g}; {len(result.unmarked)} without a mark."
    )


def to_json(result: ClassReport) -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        "assignment": result.assignment,
        "max_score": result.max_score,
        "scores": result.scores,
        "teach_again": teach_again(result),
        "exercises": [
            {
                "id": exercise.id,
                "points": exercise.points,
                "pass_rate": round(exercise.pass_rate, 4),
                "mean_score": round(mean(exercise.scores), 3) if exercise.scores else None,
                "statuses": dict(exercise.statuses),
                "aspects": {name: round(mean(s), 4) for name, s in exercise.aspects.items()},
                "mistakes": {name: sorted(who) for name, who in exercise.mistakes.items()},
                "lost_points": exercise.lost,
                "lost_points_despite_hint": exercise.named,
                "median_seconds": median(exercise.seconds) if exercise.seconds else None,
            }
            for exercise in result.exercises
        ],
        "mended": result.mended,
        "without_mark": result.unmarked,
        "not_marked_yet": result.waiting,
    }


def sorted_mistakes(exercise: ExerciseReport) -> Sequence[tuple[str, list[str]]]:
    """Return an exercise's mistakes, the most frequent first."""
    return sorted(exercise.mistakes.items(), key=lambda item: (-len(item[1]), item[0]))
