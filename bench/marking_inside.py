"""What ``bench/marking.py`` runs in processes of its own; each notes what it measured."""

from __future__ import annotations

import contextlib
import cProfile
import io
import json
import os
import pstats
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat

ASSIGNMENT = "02-filters"
NOTEBOOK = "filters.ipynb"
PARTS = (
    ("mend", "mend/rebuild.py", "mend"),
    ("read", "mend/read.py", "read_notebook"),
    ("needless cells", "needed.py", "needless_cells"),
    ("running cells", "session.py", "run"),
    ("asking for calls", "session.py", "ask"),
    ("starting the kernel", "session.py", "_start"),
    ("ending the kernel", "session.py", "_stop"),
    ("judging", "cnnkit/judge.py", "judge"),
    ("making harmless", "mend/harmless.py", "harmless"),
    ("check cells' outputs", "mark.py", "verdict_outputs"),
)


def grade(arguments: list[str]) -> dict[str, Any]:
    """Run ``autograder grade`` and note what its writer and its whole process took."""
    from autograder.__main__ import main
    from autograder.writer import Writer

    spent = {"writer_cpu": 0.0, "writer_wall": 0.0}
    moments: list[float] = []
    write = Writer.write

    def timed(self: Writer, *args: Any) -> None:
        # of this thread alone: others of this process run the scheduler
        cpu, wall = time.thread_time(), time.perf_counter()
        write(self, *args)
        spent["writer_cpu"] += time.thread_time() - cpu
        spent["writer_wall"] += time.perf_counter() - wall
        moments.append(time.perf_counter())

    Writer.write = timed  # type: ignore[method-assign]
    code = main(["grade", *arguments])
    if code != 0:
        raise SystemExit(code)
    return {**spent, "process_cpu": time.process_time(), "marking_wall": moments[-1] - moments[0]}


def bare(arguments: list[str]) -> dict[str, Any]:
    """Run the notebook's cells, and call its functions, here: no kernel, no sandbox, no marks.

    ``needed`` leaves out the cells that marking leaves out, ``all`` does not.
    """
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    from autograder.marking import prepare
    from autograder.needed import needless_cells
    from autograder.source import CHECK, is_check

    assignment = prepare(Path(), ASSIGNMENT)
    keys = {key.id: key for key in assignment.keys}
    notebook = nbformat.read(f"solutions/{ASSIGNMENT}/{NOTEBOOK}", as_version=4)
    skip = needless_cells(notebook, nbformat.reads(assignment.released, as_version=4)).places
    os.chdir(f"course/{ASSIGNMENT}")

    def once(skipped: set[int]) -> float:
        space: dict[str, Any] = {"__name__": "__main__"}
        spent = 0.0
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type != "code" or index in skipped:
                continue
            if is_check(cell):
                key = keys[cell.metadata.nbgrader.grade_id.removeprefix(CHECK)]
                function = space[key.id]
                calls = [key.calls()[place].arguments(key.arrays) for place in key.plan]
                started = time.process_time()
                for args, kwargs in calls:
                    function(*args, **kwargs)
            else:
                started = time.process_time()
                exec(compile(cell.source, f"<cell {index}>", "exec"), space)
            spent += time.process_time() - started
        plt.close("all")
        return spent

    with contextlib.redirect_stdout(io.StringIO()):
        once(skip)
        needed = [once(skip) for _ in range(int(arguments[0]))]
        once(set())
        everything = [once(set()) for _ in range(2)]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return {
        "needed": statistics.median(needed), "all": min(everything),
        "cells": len(code), "left_out": len(skip),
        "calls": sum(len(key.plan) for key in assignment.keys),
    }


def profile(arguments: list[str]) -> dict[str, Any]:
    """Mark in this process and note where its own time goes, and how much the sandbox takes."""
    from autograder.mark import mark
    from autograder.marking import prepare
    from autograder.sandbox import zygotes

    assignment = prepare(Path(), ASSIGNMENT)
    count = int(arguments[0])
    files = {NOTEBOOK: Path(f"solutions/{ASSIGNMENT}/{NOTEBOOK}").read_bytes()}
    for _ in range(2):
        mark(assignment, files)
    zygote = zygotes.running()
    assert zygote is not None
    sandbox, started = _tree_seconds(zygote.pid), time.process_time()
    for _ in range(count):
        mark(assignment, files)
    whole = (time.process_time() - started) / count
    inside = (_tree_seconds(zygote.pid) - sandbox) / count
    profiler = cProfile.Profile(time.process_time)
    profiler.enable()
    for _ in range(count):
        mark(assignment, files)
    profiler.disable()
    stats: Any = pstats.Stats(profiler)
    total = stats.total_tt
    shares = {
        title: sum(
            row[3] for (file, _, name), row in stats.stats.items()
            if name == function and file.endswith(end)
        ) / total
        for title, end, function in PARTS
    }
    return {"grader": whole, "sandbox": inside, "shares": shares}


def _tree_seconds(root: int) -> float:
    """Processor time of a process, of those under it, and of those it has waited for."""
    ticks: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                ticks[int(entry.name)] = sum(map(int, fields[11:15]))
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    total, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        total += ticks.get(process, 0)
        waiting += children.get(process, [])
    return total / os.sysconf("SC_CLK_TCK")


WAYS: dict[str, Callable[[list[str]], dict[str, Any]]] = {
    "grade": grade, "bare": bare, "profile": profile,
}

if __name__ == "__main__":
    way, notes, *rest = sys.argv[1:]
    Path(notes).write_text(json.dumps(WAYS[way](rest)))
