"""What marking costs: ``python bench/marking.py [--quick] [COUNT…]`` measures and reports it.

Everything is measured in one run on one machine, and judged by ratios. Processor time
is that of a command and of every process under it, however deep and however ended:
this program is the reaper of all orphans (prctl(2), PR_SET_CHILD_SUBREAPER) and
waits for each, so that the kernel's own accounting (getrusage(2)) has them all.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import psutil

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "docs/measured/marking.md"
BIN = Path(sys.executable).parent
INSIDE = ROOT / "bench/marking_inside.py"
ASSIGNMENT = "02-filters"
NOTEBOOK = "filters.ipynb"
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Run:
    """One command: processor seconds, seconds elapsed, most bytes in use, what it noted."""

    cpu: float
    wall: float
    memory: int
    notes: dict[str, Any] = field(default_factory=dict)


def measure(command: Sequence[str], folder: Path, sample: float = 1.0) -> Run:
    """Run a command to its end, and every process under it. Raises where it fails."""
    before, started = _children(), time.monotonic()
    process = subprocess.Popen(
        [str(word) for word in command], cwd=folder, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
    )
    watcher = _Watcher(process.pid, sample)
    watcher.start()
    said, _ = process.communicate()
    wall = time.monotonic() - started
    watcher.ended.set()
    watcher.join()
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{said}")
    return Run(_children() - before, wall, watcher.most)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Watcher(threading.Thread):
    """Looks now and then at how much memory a process and those under it take.

    Pages that several share are divided among them (smaps_rollup's Pss, proc(5)).
    """

    def __init__(self, pid: int, every: float) -> None:
        super().__init__(daemon=True)
        self.pid, self.every, self.most = pid, every, 0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(self.every):
            total = 0
            try:
                top = psutil.Process(self.pid)
                for process in [top, *top.children(recursive=True)]:
                    try:
                        total += process.memory_full_info().pss
                    except psutil.Error:
                        continue
            except psutil.Error:
                continue
            self.most = max(self.most, total)


class Bench:
    """A scratch course, and what is measured in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def course(self, name: str, count: int, stock: bool = False) -> Path:
        """Make a course in which this many learners have handed in the solved notebook."""
        from autograder.build import to_json
        from autograder.source import read_source

        course = self.folder / name
        for part in ("solutions", "course"):
            shutil.copytree(
                ROOT / part / ASSIGNMENT, course / part / ASSIGNMENT,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        solved = to_json(read_source(course / "solutions" / ASSIGNMENT).notebook)
        (course / "solutions" / ASSIGNMENT / NOTEBOOK).write_text(solved)
        key = course / "course" / ASSIGNMENT / "key.npz"
        shutil.copy(key, course / "solutions" / ASSIGNMENT / "key.npz")
        config = (ROOT / "nbgrader_config.py").read_text()
        if stock:
            config = config[: config.index("# Marking:")]
        (course / "nbgrader_config.py").write_text(config)
        for number in range(count):
            place = course / "submitted" / f"learner-{number:05}" / ASSIGNMENT
            place.mkdir(parents=True)
            (place / NOTEBOOK).write_text(solved)
            shutil.copy(key, place)
        return course

    def ours(self, count: int, workers: int) -> Run:
        """Mark this many with ``autograder grade``."""
        course = self.course(f"ours-{count}-{workers}", count)
        notes = course / "notes.json"
        run = measure(
            [sys.executable, INSIDE, "grade", notes, ASSIGNMENT, "--course", course,
             "--workers", str(workers)], course,
        )
        noted = json.loads(notes.read_text())
        self.expect_full_marks(course, count)
        shutil.rmtree(course)
        return Run(run.cpu, run.wall, run.memory, noted)

    def stock(self, count: int) -> Run:
        """Mark this many with nbgrader's own autograde, none of ours configured."""
        course = self.course(f"stock-{count}", count, stock=True)
        nbgrader = BIN / "nbgrader"
        measure([nbgrader, "generate_assignment", ASSIGNMENT, "--force"], course)
        run = measure([nbgrader, "autograde", ASSIGNMENT], course)
        self.expect_full_marks(course, count)
        shutil.rmtree(course)
        return run

    def expect_full_marks(self, course: Path, count: int) -> None:
        """Raise if anything but full marks came of the solved notebooks."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
            found = book.assignment_submissions(ASSIGNMENT)
            right = [s for s in found if s.score == s.max_score and not s.needs_manual_grade]
            if len(right) != count:
                raise RuntimeError(f"{len(right)} of {count} solved notebooks got full marks")

    def inside(self, what: str, count: int) -> dict[str, Any]:
        """Have something measured in one process of its own."""
        course = self.course(what, 1)
        notes = course / "notes.json"
        measure([sys.executable, INSIDE, what, notes, str(count)], course)
        noted = dict(json.loads(notes.read_text()))
        shutil.rmtree(course)
        return noted


def commit_seconds(path: Path, count: int = 40) -> float:
    """Return how long a transaction like a submission's takes with SQLite's defaults."""
    with contextlib.closing(sqlite3.connect(path)) as book:
        book.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)")
        book.commit()
        started = time.perf_counter()
        for _ in range(count):
            book.executemany("INSERT INTO rows (text) VALUES (?)", [("x" * 200,)] * 9)
            book.commit()
        return (time.perf_counter() - started) / count


def main() -> None:
    """Measure, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("counts", nargs="*", type=int, metavar="COUNT")
    parser.add_argument("--quick", action="store_true", help="tens of submissions, no report")
    parser.add_argument("--stock", type=int, metavar="N", help="how many nbgrader marks")
    options = parser.parse_args()
    counts = options.counts or ([10, 30] if options.quick else [100, 500, 2000])
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        bench = Bench(Path(scratch))
        result = run(bench, counts, options.stock or (2 if options.quick else 6))
    from marking_report import markdown

    text = markdown(result)
    print(text)
    if not options.quick:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(text, encoding="utf-8")


def run(bench: Bench, counts: Sequence[int], stock: int) -> dict[str, Any]:
    """Measure everything; what is compared is measured in turns."""
    load = os.getloadavg()[0]
    few = bench.ours(2, 1)
    stock_one = bench.stock(1)
    ours: dict[int, Run] = {}
    for count in counts:
        ours[count] = bench.ours(count, 2)
        print(f"{count}: {ours[count].cpu / count:.3f} s each", file=sys.stderr)
    middle = counts[len(counts) // 2]
    one_worker = bench.ours(middle, 1)
    bare = bench.inside("bare", 10)
    stock_more = bench.stock(1 + stock)
    return {
        "few": few, "ours": ours, "one_worker": one_worker, "middle": middle, "bare": bare,
        "stock": (stock_more.cpu - stock_one.cpu) / stock,
        "stock_count": stock, "commit": commit_seconds(bench.folder / "commits.db"),
        "profile": bench.inside("profile", 10),
        "load": statistics.mean([load, os.getloadavg()[0]]),
    }


if __name__ == "__main__":
    main()
