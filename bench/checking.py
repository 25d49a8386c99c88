"""What ``check`` adds to the learner's own running time: ``python bench/checking.py``.

Every exercise's reference solution is checked with the public cases, as in a notebook,
and the processor time spent inside the function itself is taken off. A failing check,
which has more to say and a picture to draw, is that of the exercise's first mistake.
"""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"

from marking_report import written

from autograder.keys import reference_functions
from autograder.source import Source, read_source
from cnnkit import check

ROOT = Path(__file__).resolve().parent.parent
AIM = 100
ROUNDS = 3


def added(name: str, function: Callable[..., Any]) -> tuple[float, float]:
    """Check a function; return milliseconds added, and those of the function itself."""
    own = 0.0

    def timed(*args: Any, **kwargs: Any) -> Any:
        nonlocal own
        started = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            own += time.process_time() - started

    space = {"check": check, name: timed}
    started = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(AssertionError):
        exec(f"check({name})", space)
    return 1000 * (time.process_time() - started - own), 1000 * own


def measure(source: Source) -> list[str]:
    """Return a line for each exercise of an assignment."""
    space = reference_functions(source)
    os.chdir(ROOT / "course" / source.assignment)
    lines = []
    for exercise in source.exercises:
        kinds = [space[exercise.id], exercise.mistakes[0].function]
        rounds = 1 if exercise.id == "train" else ROUNDS
        found = [[added(exercise.id, kind) for _ in range(rounds)] for kind in kinds]
        right, wrong = (statistics.median(ms for ms, _ in runs) for runs in found)
        own = statistics.median(ms for _, ms in found[0])
        lines.append(
            f"{source.assignment:18} {exercise.id:24} {right:6.1f} ms  failing {wrong:6.1f} ms"
            f"   the function itself {own:9.1f} ms"
        )
        worst.extend((right, wrong))
        print(lines[-1], flush=True)
    return lines


worst: list[float] = []


def main() -> None:
    """Measure every exercise, and write the report."""
    folders = [path.parent for path in sorted((ROOT / "solutions").glob("*/exercises.py"))]
    lines = [line for folder in folders for line in measure(read_source(folder))]
    lines += ["", f"most: {max(worst):.0f} ms, median: {statistics.median(worst):.0f} ms"]
    print(lines[-1])
    written(
        "checking", "What a check costs", "python bench/checking.py",
        f"Processor time that `check` adds to the learner's own. Aim: under {AIM} ms.", lines,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
