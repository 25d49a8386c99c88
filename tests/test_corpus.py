"""The whole corpus, marked in one batch: every submission gets its due, nothing is touched.

``python -m tests.corpus NAME…`` marks single entries and prints their rows.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from .corpus import ATTACKS, CORPUS, DAMAGE, Targets
from .corpus import attacks_shown as shown
from .corpus import run as corpus

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(5400)]

ASSIGNMENT = "02-filters"
SECRET = "secret-that-nobody-may-read"


@dataclass(frozen=True)
class Batch:
    """One run of ``autograder grade`` over the whole corpus."""

    course: Path
    before: dict[str, bytes]
    said: str
    code: int
    results: dict[str, corpus.Result]
    heard: int
    left: list[str]


def contents(folder: Path) -> dict[str, bytes]:
    """Return every ordinary file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    course = tmp_path_factory.mktemp("corpus") / "course"
    corpus.make_course(course, [ASSIGNMENT])
    secret = course / "secret.txt"
    secret.write_text(SECRET)
    traces = [Path(trace) for trace in corpus.TRACES]
    for trace in traces:
        with contextlib.suppress(OSError):
            trace.unlink()
    listener = corpus.Listener()
    targets = Targets(
        secret=str(secret),
        written=str(course / "written.txt"),
        gradebook=str(course / "gradebook.db"),
        others=str(course / f"submitted/untouched/{ASSIGNMENT}/filters.ipynb"),
        port=listener.port,
    )
    corpus.hand_all_in(course, CORPUS, targets)
    before = contents(course / "submitted")
    done = corpus.autograder(course, "grade", ASSIGNMENT)
    reasons = dict(re.findall(r"no mark: ([\w-]+): (.*)", done.stdout))
    results = corpus.results(course, ASSIGNMENT, CORPUS, lambda name: reasons.get(name, ""))
    left = [str(trace) for trace in [*traces, course / "written.txt"] if trace.exists()]
    listener.close()
    return Batch(
        course, before, done.stdout + done.stderr, done.returncode,
        {result.entry.name: result for result in results}, listener.heard,
        left + corpus.survivors(),
    )


def test_the_table_of_results(batch, capsys):
    with capsys.disabled():
        print("\n")
        for kind, entries in (("attacks", ATTACKS), ("kinds of damage", DAMAGE)):
            rows = [batch.results[entry.name] for entry in entries]
            fair = sum(not row.wrong for row in rows)
            print(f"{len(rows)} {kind}, {fair} marked fairly:")
            print("\n".join(f"  {row.row()}" for row in rows))
    assert len(batch.results) == len(CORPUS)


def test_no_attack_gains_a_point_or_costs_an_honest_exercise_one(batch):
    assert [batch.results[e.name].row() for e in ATTACKS if batch.results[e.name].wrong] == []


def test_every_damaged_notebook_gets_exactly_its_due(batch):
    assert [batch.results[e.name].row() for e in DAMAGE if batch.results[e.name].wrong] == []


def test_every_unreadable_one_is_named_and_the_command_says_so(batch):
    unreadable = {entry.name for entry in CORPUS if entry.due == "unreadable"}
    assert {name for name, result in batch.results.items() if result.points is None} == unreadable
    assert all(f"no mark: {name}: " in batch.said for name in unreadable)
    assert batch.code == 1


def test_no_attack_reached_anything(batch):
    assert batch.heard == 0
    assert batch.left == []


def test_nothing_that_was_handed_in_was_changed(batch):
    assert contents(batch.course / "submitted") == batch.before


def test_no_secret_stands_in_any_marked_notebook(batch):
    marked = contents(batch.course / "autograded")
    seed = (batch.course / ".autograder" / "hidden-seed").read_text().strip()
    assert len(marked) > 200
    for name, data in marked.items():
        assert SECRET.encode() not in data, name
        assert b"autograder.declare" not in data, name
        assert not re.search(rb"\b%b\b" % seed.encode(), data), name


def test_the_gradebook_holds_what_it_should_and_nothing_more(batch):
    with Gradebook(f"sqlite:///{batch.course / 'gradebook.db'}") as gradebook:
        assert {s.student_id for s in gradebook.assignment_submissions(ASSIGNMENT)} == {
            entry.name for entry in CORPUS
        }
        assert gradebook.find_assignment(ASSIGNMENT).max_score == 11
        for submission in gradebook.assignment_submissions(ASSIGNMENT):
            [notebook] = submission.notebooks
            assert len(notebook.grades) == 5
            assert all(grade.manual_score is None for grade in notebook.grades)


def test_nothing_printed_acts_in_a_terminal(batch):
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", batch.said)


def test_feedback_of_hostile_notebooks_does_nothing(batch):
    for entry in shown.attack.entries:
        corpus.nbgrader(
            batch.course, "generate_feedback", ASSIGNMENT, "--student", entry.name, "--force"
        )
        page = (batch.course / "feedback" / entry.name / ASSIGNMENT / "filters.html").read_text()
        bare = re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL)
        assert not re.search(r"alert\(|owned|onerror|https?://x\b|\u202e|\x1b", bare), entry.name
