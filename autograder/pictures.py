"""For the feedback: what ``check`` shows of a function that is not right.

Hidden arguments are never shown, so the public cases are asked for: in a kernel of
their own, which has seen no hidden argument and cannot hand one back. The words and
tables are made out here, from the arrays that came back.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.mend import plain
from autograder.session import Answer, Session
from autograder.source import CHECK, is_check
from cnnkit.judge import Verdict, judge
from cnnkit.key import FILE_NAME, ExerciseKey, KeyFileError, read_key
from cnnkit.render import case_panels, headline, verdict_html, verdict_text
from cnnkit.tables import Panel

PICTURE_SECONDS = 30.0
"""So much time, of what the notebook has left, may go into pictures."""


@dataclass(frozen=True)
class Picture:
    """The first public case that went wrong: its name, its tables, and what to say of it."""

    case: str
    panels: tuple[Panel, ...]
    words: str


def public_keys(files: Mapping[str, bytes], exercises: Sequence[str]) -> dict[str, ExerciseKey]:
    """Return the public keys of these exercises from the files of a release."""
    if FILE_NAME not in files:
        return {}
    try:
        return {name: _public_key(files[FILE_NAME], name) for name in exercises}
    except KeyFileError:
        return {}


@functools.lru_cache(maxsize=64)
def _public_key(data: bytes, exercise: str) -> ExerciseKey:
    return read_key(data, exercise)


async def pictures(
    notebook: NotebookNode,
    files: Mapping[str, bytes],
    isolation: str,
    keys: Mapping[str, ExerciseKey],
    skip: frozenset[int],
    late: set[str],
    seconds: float,
) -> dict[str, Picture]:
    """Run a notebook again and return a picture for each of these public keys that fails.

    ``skip`` are the places of cells to leave out; the exercises in ``late`` are asked
    for when all cells have run, the others where their check cell stands.
    """
    waiting = dict(keys)
    found: dict[str, Picture] = {}
    async with Session(files, isolation, seconds=min(PICTURE_SECONDS, seconds)) as session:
        for index, cell in enumerate(notebook.cells):
            if not waiting:
                break
            if cell.cell_type != "code":
                continue
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "").removeprefix(CHECK)
            if is_check(cell):
                if name in waiting and name not in late:
                    key = waiting.pop(name)
                    _add(found, key, await session.ask(key))
            elif index not in skip and cell.source.strip():
                await session.run(cell.source)
        for key in waiting.values():
            _add(found, key, await session.ask(key))
    return found


def _add(found: dict[str, Picture], key: ExerciseKey, answer: Answer) -> None:
    if answer.status == "ok":
        verdict = judge(key, answer.outcomes)
        if verdict.position is not None:
            found[key.id] = _picture(key, verdict, answer)


def _picture(key: ExerciseKey, verdict: Verdict, answer: Answer) -> Picture:
    assert verdict.position is not None
    panels = tuple(case_panels(key, verdict, answer.outcomes))
    return Picture(key.cases[key.plan[verdict.position]].name, panels, verdict.message)


def verdict_outputs(verdict: Verdict, picture: Picture | None = None) -> list[NotebookNode]:
    """Return a check cell's outputs, in the form that nbgrader reads a score from."""
    parts: tuple[Any, ...] = ()
    if picture is not None:
        words = f"It is one of the cases of `check({verdict.exercise})`; you were marked on others."
        if picture.words != verdict.message:
            words += f" {picture.words}"
        parts = (picture.panels, picture.case, words)
    text = plain(verdict_text(verdict, *parts))
    # An exception's name or text can be the learner's, and MathJax reads formulas.
    html = plain(verdict_html(verdict, *parts)).replace("\\", "&#8726;")
    shown = _output("display_data", data={"text/plain": text, "text/html": html}, metadata={})
    if verdict.status == "passed":
        return [shown]
    if verdict.score > 0:
        score = _output(
            "execute_result", data={"text/plain": repr(float(verdict.score))}, metadata={},
            execution_count=None,
        )
        return [shown, score]
    line = headline(verdict)
    return [shown, _output("error", ename="NoPoints", evalue=line, traceback=[line])]


def _output(kind: str, **content: object) -> NotebookNode:
    """Return an output that is known to be valid: nbformat's own way checks each again."""
    return nbformat.from_dict({"output_type": kind, **content})
