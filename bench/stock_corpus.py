"""The corpus of attacks and damage, marked by stock nbgrader, for comparison.

    python bench/stock_corpus.py                      # all of it (an hour or two)
    python bench/stock_corpus.py --every 5            # each fifth entry (a quarter of an hour)
    python bench/stock_corpus.py scores-printed …     # single entries
    python bench/stock_corpus.py --output docs/measured/stock.md --notes notes.jsonl

With ``--notes`` what came of each entry is noted as it comes: stopped, the next run goes
on from there, and entries that were written since are all that is marked.

Stock nbgrader has no walls, so each entry is marked in a bubblewrap box of its own, in
which nbgrader has what it has anywhere: a course folder, a gradebook, and one more
submission, an honest one, that is marked after the entry's. Check cells run the same
public cases that learners have. An entry counts as fair if it gets its due, nothing it
was after was reached, and the honest submission got its full mark.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from autograder.needed import needless_cells  # noqa: E402
from tests.corpus import ATTACKS, CORPUS, DAMAGE, Entry, Targets  # noqa: E402
from tests.corpus import run as corpus  # noqa: E402

ASSIGNMENT, NOTEBOOK, HONEST = "02-filters", "filters", "zz-honest"
SECRET = "secret-that-nobody-may-read"
SECONDS = 240
GIBIBYTE = 2**30
CONFIG = """
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "exercises.py", "*.md", "__pycache__"]
c.ClearSolutions.code_stub = {{"python": "# YOUR CODE HERE\\nraise NotImplementedError()"}}
"""


@dataclass(frozen=True)
class Outcome:
    """What stock nbgrader made of one entry."""

    entry: Entry
    points: float | None
    problems: tuple[str, ...]


def main() -> int:
    """Mark the entries and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="ENTRY")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth entry")
    parser.add_argument("--output", type=Path, help="write the table here, as Markdown")
    parser.add_argument("--notes", type=Path, metavar="FILE", help="note results; go on from them")
    parser.add_argument("--noted", action="store_true", help="report what is noted, mark nothing")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        inside(options.inside)
        return 0
    entries = [entry for entry in CORPUS if not options.names or entry.name in options.names]
    entries = entries[:: options.every]
    noted = read_notes(options.notes)
    if options.noted:
        entries = [entry for entry in entries if entry.name in noted]
    waiting = [entry for entry in entries if entry.name not in noted]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.workers) as pool:
        course = prepared(Path(folder)) if waiting else Path(folder)
        if waiting:
            expect_fairness(course)
        for entry, found in zip(
            waiting, pool.map(lambda entry: marked(course, entry), waiting), strict=True
        ):
            print(row(judged(entry, found)), flush=True)
            noted[entry.name] = found
            if options.notes:
                with options.notes.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"entry": entry.name, "found": found}) + "\n")
    outcomes = [judged(entry, noted[entry.name]) for entry in entries]
    text = table(outcomes)
    print("\n" + text.split("\n\n")[2])
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    return 0


def prepared(folder: Path) -> Path:
    """Make a course as stock nbgrader has it, with the assignment in the gradebook."""
    course = folder / "course"
    corpus.make_course(course, [ASSIGNMENT])
    # what a build leaves beside the source, and nbgrader lays beside each submission
    shutil.copy(course / "course" / ASSIGNMENT / "key.npz", course / "solutions" / ASSIGNMENT)
    shutil.rmtree(course / "course")
    from autograder.build import write_notebook
    from autograder.source import read_source

    write_notebook(read_source(course / "solutions" / ASSIGNMENT))
    (course / "nbgrader_config.py").write_text(CONFIG.format(root="/tmp/course"))
    corpus.nbgrader(course, "generate_assignment", ASSIGNMENT, f"--CourseDirectory.root={course}")
    return course


def expect_fairness(course: Path) -> None:
    """Stop if an honest, whole notebook does not get its due here: nothing would mean anything."""
    untouched = next(entry for entry in CORPUS if entry.name == "untouched")
    outcome = judged(untouched, marked(course, untouched))
    if outcome.problems:
        sys.exit(f"Stock nbgrader does not work here: {'; '.join(outcome.problems)}")


def read_notes(path: Path | None) -> dict[str, dict[str, Any]]:
    """Return, by entry, what earlier runs found; the last line may have been cut off."""
    noted = {}
    if path is not None and path.exists():
        for line in path.read_text("utf-8").splitlines():
            with contextlib.suppress(ValueError, KeyError):
                note = json.loads(line)
                noted[note["entry"]] = note["found"]
    return noted


def marked(course: Path, entry: Entry) -> dict[str, Any]:
    """Mark one entry in a box of its own; return what was found there."""
    with tempfile.TemporaryDirectory() as folder:
        job = Path(folder) / "job"
        shutil.copytree(course, job / "course")
        secret = job / "course/secret.txt"
        secret.write_text(SECRET)
        (job / "entry").write_text(entry.name)
        command = [
            "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/", "/",
            "--proc", "/proc", "--dev", "/dev",
            "--size", str(2 * GIBIBYTE), "--tmpfs", "/tmp", "--tmpfs", "/var/tmp",
            "--tmpfs", "/dev/shm", "--ro-bind", str(ROOT), str(ROOT),
            "--bind", str(job), "/tmp/job",
            "--setenv", "HOME", "/tmp/home", "--setenv", "OPENBLAS_NUM_THREADS", "1",
            "--chdir", str(ROOT), sys.executable, __file__, "--inside", "/tmp/job",
        ]  # fmt: skip
        try:
            subprocess.run(command, timeout=SECONDS, capture_output=True)
            ended = True
        except subprocess.TimeoutExpired:
            ended = False
        try:
            return dict(json.loads((job / "result.json").read_text()))
        except (OSError, ValueError):
            return {"batch": "did not end" if not ended else "was ended by the entry"}


def inside(job: Path) -> None:
    """In the box: hand in, run ``nbgrader autograde``, and note what came of it."""
    resource.setrlimit(resource.RLIMIT_AS, (6 * GIBIBYTE, 6 * GIBIBYTE))
    resource.setrlimit(resource.RLIMIT_NPROC, (400, 400))
    resource.setrlimit(resource.RLIMIT_FSIZE, (GIBIBYTE, GIBIBYTE))
    course = Path("/tmp/course")
    shutil.copytree(job / "course", course)
    Path("/tmp/home").mkdir()
    entry = next(e for e in CORPUS if e.name == (job / "entry").read_text())
    listener = corpus.Listener()
    targets = Targets(
        secret=str(course / "secret.txt"),
        written=str(course / "written.txt"),
        gradebook=str(course / "gradebook.db"),
        others=str(course / f"submitted/{HONEST}/{ASSIGNMENT}/{NOTEBOOK}.ipynb"),
        port=listener.port,
    )
    given = corpus.given(ASSIGNMENT, targets)
    corpus.hand_in(course / "submitted" / entry.name / ASSIGNMENT, entry.make(given))
    neighbour = copy.deepcopy(given.solved)
    for index in needless_cells(neighbour, given.released).places:
        neighbour.cells[index].source = ""  # figures: only time
    honest = {given.file: json.dumps(neighbour).encode()}
    corpus.hand_in(course / "submitted" / HONEST / ASSIGNMENT, honest)
    beside = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [str(beside / "nbgrader"), "autograde", ASSIGNMENT], cwd=course, capture_output=True,
        env=environment, check=False,
    )
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    found: dict[str, Any] = {"code": done.returncode, "heard": listener.heard, "said": said[-2000:]}
    found["left"] = [t for t in (*corpus.TRACES, targets.written) if Path(t).exists()]
    found["survivors"] = corpus.survivors()
    pages = [p.read_text("utf-8", "replace") for p in (course / "autograded").rglob("*.ipynb")]
    found["read"] = any(SECRET in page for page in pages)
    found["acts"] = any(re.search(r"<script>document", page) for page in pages)
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for name in (entry.name, HONEST):
            found[name] = corpus.points_of(gradebook, name, ASSIGNMENT, NOTEBOOK)
        notebook = gradebook.find_notebook(NOTEBOOK, ASSIGNMENT)
        found["full"] = {cell.name: cell.max_score for cell in notebook.grade_cells}
    (job / "result.json").write_text(json.dumps(found))


def judged(entry: Entry, found: dict[str, Any]) -> Outcome:
    """Compare what came of an entry with what is fair."""
    if "batch" in found:
        return Outcome(entry, None, (f"the batch {found['batch']}",))
    problems = []
    points = found[entry.name]
    wrong = corpus.wrong(entry, found["full"], points, "")
    if entry.due == "unreadable":
        wrong = "" if points is None else f"got {sum(points.values()):g} points"
    if wrong:
        problems.append(wrong)
    if found[HONEST] is None or sum(found[HONEST].values()) < sum(found["full"].values()):
        problems.append("the honest submission after it lost its mark")
    if found["heard"]:
        problems.append("reached the network")
    if found["read"] and entry.name != "untouched":
        problems.append("read a secret")
    if found["left"]:
        problems.append("wrote outside its folder")
    if found["survivors"]:
        problems.append("left a process behind")
    if found["acts"] and entry in ATTACKS:
        problems.append("left scripts in the marked notebook")
    return Outcome(entry, None if points is None else sum(points.values()), tuple(problems))


def row(outcome: Outcome) -> str:
    """Return one line about an entry."""
    points = "no mark" if outcome.points is None else f"{outcome.points:g}"
    verdict = "; ".join(outcome.problems) or "fair"
    return f"{outcome.entry.name:32} {points:8} {verdict}"


def table(outcomes: list[Outcome]) -> str:
    """Return the comparison as Markdown: the counts, then every entry."""
    from nbgrader import __version__

    share = f"{len(outcomes)} of the" if len(outcomes) < len(CORPUS) else "all"
    lines = [
        "# Attacks and damage on stock nbgrader", "",
        f"Marked on {date.today():%d %B %Y} by `python bench/stock_corpus.py` with nbgrader "
        f"{__version__} as it comes, each entry in a box of its own together with an honest "
        f"submission: {share} {len(CORPUS)} entries of `tests/corpus/`. An entry "
        "counts as fair if it gets its due, nothing it was after was reached, and the honest "
        "submission got its full mark. Marked by this course's own tools all of them are, or "
        "`make test` fails. nbgrader does not claim to contain hostile notebooks, nor to mend "
        "damaged ones.", "",
        "| | entries | marked fairly by stock nbgrader |", "|---|---|---|",
    ]
    for kind, group in (("attacks", ATTACKS), ("kinds of damage", DAMAGE)):
        names = {entry.name for entry in group}
        of_kind = [outcome for outcome in outcomes if outcome.entry.name in names]
        fair = sum(not outcome.problems for outcome in of_kind)
        lines.append(f"| {kind} | {len(of_kind)} | {fair} |")
    lines += ["", "| entry | what it does | mark | what went wrong |", "|---|---|---|---|"]
    for outcome in outcomes:
        points = "none" if outcome.points is None else f"{outcome.points:g}"
        wrong = "; ".join(outcome.problems).replace("|", "\\|")
        lines.append(f"| {outcome.entry.name} | {outcome.entry.does} | {points} | {wrong} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
