"""What many tests need: a small course of its own, and calls into kernels."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parent.parent

HEADER = """---
jupyter:
  kernelspec:
    display_name: Python 3 (ipykernel)
    language: python
    name: python3
---
"""


def solution_cell(name: str, source: str, grade_id: str | None = None) -> str:
    """Return the Markdown of a solution cell."""
    grade_id = name if grade_id is None else grade_id
    data = (
        f'{{"grade": false, "grade_id": "{grade_id}", "locked": false, '
        '"schema_version": 3, "solution": true, "task": false}'
    )
    return f"\n```python nbgrader={data}\n{source}\n```\n"


def check_cell(name: str, points: float, grade_id: str | None = None) -> str:
    """Return the Markdown of a check cell."""
    grade_id = f"check-{name}" if grade_id is None else grade_id
    data = (
        f'{{"grade": true, "grade_id": "{grade_id}", "locked": true, "points": {points:g}, '
        '"schema_version": 3, "solution": false, "task": false}'
    )
    return f"\n```python nbgrader={data}\ncheck({name})\n```\n"


SETUP = '\n```python tags=["setup"]\nimport numpy as np\nfrom cnnkit import check, hint\n```\n'

DOUBLE = '''def double(x):
    """Return twice x, an array of any shape."""
    ### BEGIN SOLUTION
    return 2 * np.asarray(x)
    ### END SOLUTION'''

TOTAL = '''def total(x):
    """Return the sum of x as a float."""
    ### BEGIN SOLUTION
    return float(np.sum(x))
    ### END SOLUTION'''

EXERCISES = '''"""Two small exercises."""

import numpy as np

from autograder.declare import Exercise, case, grid, pixels

double = Exercise("double", points=2, minutes=1, hints=("Look.", "Think.", "3 becomes 6."))


@double.cases
def double_cases(rng):
    """Yield cases of three aspects."""
    yield case("rectangles", "a 3×4 array", grid(rng, (3, 4), 0.25, 2))
    yield case("negative values", "a 2×3 array", grid(rng, (2, 3), -2, -0.25))
    yield case("whole numbers", "an array of bytes", pixels(rng, (2, 2)) // 4 + 1)


@double.mistake("squared", "You squared the values. Twice 3 is 6, not 9.")
def double_squared(x):
    return np.asarray(x) ** 2


@double.mistake("in-place", "You changed x itself. Build a new array.")
def double_in_place(x):
    x *= 2
    return x


total = Exercise("total", points=1, minutes=1)


@total.cases
def total_cases(rng):
    """Yield cases of two aspects."""
    yield case("rectangles", "a 3×4 array", grid(rng, (3, 4)) + 0.125)
    yield case("one number", "a 1×1 array", grid(rng, (1, 1), 0.25, 2))


@total.mistake("mean", "That is the mean. The sum is not divided by anything.")
def total_mean(x):
    return float(np.mean(x))
'''


def small_notebook() -> str:
    """Return the Markdown of a notebook with two exercises."""
    return (
        HEADER + "\n# Small\n" + SETUP
        + solution_cell("double", DOUBLE) + check_cell("double", 2)
        + solution_cell("total", TOTAL) + check_cell("total", 1)
        + "\n```python\nprint('the end')\n```\n"
    )


@pytest.fixture
def small_course(tmp_path: Path) -> Path:
    """A course folder with one small assignment, not built."""
    folder = tmp_path / "course-folder"
    (folder / "solutions" / "01-small").mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    (folder / "solutions/01-small/small.md").write_text(small_notebook())
    (folder / "solutions/01-small/exercises.py").write_text(EXERCISES)
    return folder


@pytest.fixture
def key_of() -> Callable[..., Any]:
    """A function that compiles a key from cases and a reference."""
    from autograder.declare import Exercise, case
    from autograder.keys import compile_exercise

    def make(
        reference: Callable[..., Any],
        cases: Sequence[tuple],
        mistakes: dict[str, Callable[..., Any]] | None = None,
        **options: Any,
    ) -> Any:
        exercise = Exercise("f", points=options.pop("points", 4), minutes=1, **options)

        @exercise.cases
        def _cases(rng: np.random.Generator) -> Any:
            for number, (aspect, *args) in enumerate(cases):
                yield case(aspect, f"case {number}", *args)

        for name, function in (mistakes or {}).items():
            exercise.mistake(name, f"This is {name}.")(function)
        return compile_exercise("test", exercise, reference, 0)

    return make


@pytest.fixture(scope="session")
def new_gradebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook that nobody is in, to be copied: nbgrader takes seconds to make one."""
    from nbgrader.api import Gradebook

    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch:
        # nbgrader starts "alembic" by name; it lies beside this Python.
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        Gradebook(f"sqlite:///{path}").close()
    return path
