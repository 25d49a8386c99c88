"""Mark one submission: a pure function of its bytes and the hidden key.

submission's files → the notebook, mended → its cells run in a sandboxed kernel,
its functions called with hidden arguments → judged out here → a marked notebook
and verdicts. No database, no shared folder; any process on any machine can do it.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import nbformat
from jupyter_core.utils import run_sync
from nbformat import NotebookNode

from autograder.mend import (
    Unreadable,
    beside,
    digest,
    find_notebook,
    harmless,
    mend,
    read_notebook,
)
from autograder.needed import needless_cells
from autograder.notes import note
from autograder.pictures import Picture, pictures, public_keys, verdict_outputs
from autograder.session import NOTEBOOK_SECONDS, Answer, Session
from autograder.source import CHECK, is_check
from autograder.timing import time_outside
from autograder.verdicts import verdict_of
from cnnkit.judge import Verdict
from cnnkit.key import ExerciseKey

KEPT_SECONDS = 60.0
"""Cells that never end leave at least so much of a notebook's time for its exercises."""
MARKS = "autograder"
"""The notebook's metadata name under which marks, repairs and reasons stand."""


@dataclass(frozen=True)
class Assignment:
    """What marking one assignment needs: picklable, and without a path in it.

    ``released`` is the released notebook's JSON, ``files`` what lies beside it in
    the release, ``keys`` the hidden keys.
    """

    name: str
    notebook_name: str
    released: str
    keys: tuple[ExerciseKey, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    @property
    def max_score(self) -> float:
        return sum(key.points for key in self.keys)


@dataclass(frozen=True)
class Marked:
    """What marking one submission gave.

    ``notebook`` is the marked notebook's JSON. Where the submission could not be
    marked, ``reason`` says why in one sentence, there are no verdicts, and the
    notebook is the released one with the reason on top.
    """

    notebook: str
    verdicts: tuple[Verdict, ...] = ()
    repairs: tuple[str, ...] = ()
    reason: str | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def score(self) -> float | None:
        """The sum of the points, None if there is no mark."""
        if self.reason is not None:
            return None
        return round(sum(verdict.score for verdict in self.verdicts), 2)


@functools.lru_cache(maxsize=4)
def _parsed(released: str) -> NotebookNode:
    """Read the release once, not for every submission. Nobody may change it."""
    return nbformat.reads(released, as_version=4)


def mark(
    assignment: Assignment,
    files: Mapping[str, bytes],
    isolation: str = "bubblewrap",
    left_out: Sequence[str] = (),
    pointed_at: str | None = None,
) -> Marked:
    """Mark a submission given as its files (relative path → bytes).

    ``left_out`` says, a sentence each, what of the submission is not among the files.
    Where a file was ``pointed_at``, the notebook is in it; the others only lie beside it.
    Raises autograder.sandbox.IsolationError if learners' code cannot be contained;
    whatever is wrong with the submission itself becomes a reason or a verdict.
    """
    released = _parsed(assignment.released)
    stamp = digest(files)
    try:
        among = files if pointed_at is None else {pointed_at: files[pointed_at]}
        path, data = find_notebook(among, released, assignment.notebook_name, assignment.others)
        near = beside(path, files)
        mended = mend(read_notebook(data), released, near)
    except Unreadable as error:
        return refused(assignment, reason_for(assignment, error, files, left_out), left_out, stamp)
    return mark_notebook(
        assignment, mended.notebook, {**near, **assignment.files},
        (*mended.repairs, *left_out), isolation, stamp,
    )


def mark_notebook(
    assignment: Assignment,
    notebook: NotebookNode,
    files: Mapping[str, bytes],
    repairs: Sequence[str] = (),
    isolation: str = "bubblewrap",
    stamp: str = "",
) -> Marked:
    """Mark a notebook that has been mended already. Loops that are running are respected."""
    marker = _Marker(assignment, notebook, files, isolation)
    run_sync(marker.run)()
    clean = harmless(notebook)
    verdicts = tuple(marker.verdicts[key.id] for key in assignment.keys)
    for cell in clean.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "").removeprefix(CHECK)
        if is_check(cell) and name in marker.verdicts:
            cell.outputs = verdict_outputs(marker.verdicts[name], marker.pictures.get(name))
    clean.metadata[MARKS] = {
        "repairs": list(repairs),
        "reason": None,
        "verdicts": [verdict.to_json() for verdict in verdicts],
        "seconds": dict(marker.seconds),
        "digest": stamp,
    }
    note(clean, [f"Mended before marking: {repair}" for repair in repairs])
    return Marked(_text(clean), verdicts, tuple(repairs), None, dict(marker.seconds))


def reason_for(
    assignment: Assignment, error: Unreadable, files: Mapping[str, bytes], left_out: Sequence[str]
) -> str:
    """Return why a submission has no mark; what was left out may have been the notebook."""
    said = str(error)
    if f"{assignment.notebook_name}.ipynb" in files:
        return said
    return " ".join([said, *[line for line in left_out if line not in said][:2]])


def refused(
    assignment: Assignment, reason: str, left_out: Sequence[str] = (), stamp: str = ""
) -> Marked:
    """Return the result for a submission that cannot be marked: no mark, and why."""
    notebook = nbformat.reads(assignment.released, as_version=4)
    notebook.metadata[MARKS] = {
        "repairs": list(left_out), "reason": reason, "verdicts": [], "digest": stamp,
    }
    note(notebook, [f"This submission could not be marked: {reason}", *left_out])
    return Marked(_text(notebook), (), tuple(left_out), reason)


def _text(notebook: NotebookNode) -> str:
    """Write a notebook that is known to be valid: nbformat's own way checks it all again."""
    return json.dumps(notebook)


class _Marker:
    """Runs one notebook's cells and judges its exercises."""

    def __init__(
        self,
        assignment: Assignment,
        notebook: NotebookNode,
        files: Mapping[str, bytes],
        isolation: str,
    ) -> None:
        self.keys = {key.id: key for key in assignment.keys}
        self.notebook, self.files, self.isolation = notebook, files, isolation
        self.given = assignment.files
        self.released = _parsed(assignment.released)
        self.verdicts: dict[str, Verdict] = {}
        self.answers: dict[str, Answer] = {}
        self.errors: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        self.pictures: dict[str, Picture] = {}
        self.late: set[str] = set()
        self.endless: set[int] = set()
        self.left = 0.0

    async def run(self) -> None:
        needless = needless_cells(self.notebook, self.released)
        skip = needless.places
        await self._round(skip)
        if skip and self._may_lack(needless.sure):
            # Something that was left out was needed after all: run everything.
            before = self._results()
            await self._round(frozenset())
            if self._results() != before:
                skip = frozenset()
        await self._draw(skip)

    def _may_lack(self, sure: bool) -> bool:
        """Return whether what went wrong may come from cells that were left out."""
        if any("NameError" in o.errors for a in self.answers.values() for o in a.outcomes):
            return True
        statuses = {verdict.status for verdict in self.verdicts.values()}
        wrong = bool(statuses & {"failed", "partial", "error"})
        return wrong and not sure and self.left > NOTEBOOK_SECONDS / 2

    def _results(self) -> list[tuple[str, float, str]]:
        return [(name, verdict.score, verdict.message) for name, verdict in self.verdicts.items()]

    async def _round(self, skip: frozenset[int]) -> None:
        for kept in (self.verdicts, self.answers, self.errors):
            kept.clear()
        waiting: list[ExerciseKey] = []
        self.endless.clear()
        async with Session(self.files, self.isolation) as session:
            for index, cell in enumerate(self.notebook.cells):
                if cell.cell_type != "code":
                    continue
                cell.outputs, cell.execution_count = [], None
                name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
                if is_check(cell):
                    key = self.keys.get(name.removeprefix(CHECK))
                    if key is not None and not await self._judge(session, key):
                        waiting.append(key)
                elif index not in skip and cell.source.strip():
                    ran = await session.run(cell.source, self._kept_for_exercises())
                    cell.outputs = ran.outputs
                    if ran.status in ("timeout", "died"):
                        self.endless.add(index)
                    self._remember(name, ran.status, ran.outputs)
            for key in waiting:
                await self._judge(session, key)
            self.left = session.seconds_left
        self.late = {key.id for key in waiting}

    def _kept_for_exercises(self) -> float:
        """Return how many seconds cells are to leave for the exercises still to be judged."""
        left = (key.seconds for name, key in self.keys.items() if name not in self.verdicts)
        return min(KEPT_SECONDS, sum(left))

    async def _draw(self, skip: frozenset[int]) -> None:
        """Make the pictures of what went wrong; not of what is right, late or dead."""
        wrong = [
            name for name, verdict in self.verdicts.items()
            if verdict.aspects and verdict.status != "passed"
        ]
        keys = public_keys(self.given, wrong)
        if keys and self.left > 0:
            self.pictures = await pictures(
                self.notebook, self.files, self.isolation, keys, skip | self.endless, self.late,
                self.left,
            )

    def _remember(self, name: str, status: str, outputs: Sequence[NotebookNode]) -> None:
        """Keep why a solution cell did not run, to say it where its function is missing."""
        if name not in self.keys or status == "ok":
            return
        said = {"timeout": "it did not end in time", "died": "it stopped the kernel"}
        errors = [output.ename for output in outputs if output.output_type == "error"]
        self.errors[name] = said.get(status) or (
            f"it stopped with {errors[0]}" if errors and errors[0].isidentifier() else "it stopped"
        )

    async def _judge(self, session: Session, key: ExerciseKey) -> bool:
        """Judge one exercise; return whether there was a function to judge."""
        started = time.perf_counter()
        answer = await time_outside(session, key, await session.ask(key))
        self.answers[key.id] = answer
        verdict = verdict_of(key, answer, self.errors.get(key.id))
        self.verdicts[key.id] = verdict
        self.seconds[key.id] = round(time.perf_counter() - started, 4)
        return answer.status != "missing" and verdict.status != "not-attempted"
