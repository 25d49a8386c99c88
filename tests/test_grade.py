"""``autograder grade``: all submissions into nbgrader's gradebook, whatever happens on the way."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import nbformat
import psutil
import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from autograder.__main__ import main
from autograder.build import build
from autograder.cluster import Job, cluster, stream
from autograder.errors import UserError
from autograder.grade import find_submissions, finished_first, read_submission
from autograder.gradebook import ensure_assignment
from autograder.marking import prepare
from autograder.source import read_source

from .conftest import EXERCISES, ROOT, small_notebook

pytestmark = pytest.mark.kernel

BIN = Path(sys.executable).parent
RIGHT = {"double": "def double(x):\n    return 2 * x", "total": "def total(x):\n    return np.sum(x)"}
WRONG = {**RIGHT, "double": "def double(x):\n    return x ** 2"}
ENV = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture(autouse=True)
def beside_this_python(monkeypatch):
    """nbgrader starts ``alembic`` by name."""
    monkeypatch.setenv("PATH", ENV["PATH"])


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A built course that nobody has handed in to."""
    folder = tmp_path_factory.mktemp("built") / "course-folder"
    (folder / "solutions/01-small").mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    (folder / "solutions/01-small/small.md").write_text(small_notebook())
    (folder / "solutions/01-small/exercises.py").write_text(EXERCISES)
    build(folder)
    done = grade(folder, "--workers", "1", check=False)
    assert "Nobody has handed in anything" in done.stderr
    return folder


@pytest.fixture
def course(built: Path, new_gradebook: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "course-folder"
    shutil.copytree(built, folder)
    shutil.copy(new_gradebook, folder)
    return folder


def command(course: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "autograder", "grade", "01-small", "--course", str(course), *arguments]


def grade(course: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the command, in this process: all that it needs is imported here already."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["grade", "01-small", "--course", str(course), *arguments])
    done = subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
    assert "Traceback" not in done.stderr
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


def submit(course: Path, student: str, cells: dict[str, str] | None = None, name: str = "small.ipynb") -> Path:
    folder = course / "submitted" / student / "01-small"
    folder.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(course / "course/01-small/small.ipynb", as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in (cells or {}):
            cell.source = cells[grade_id]
    nbformat.write(notebook, folder / name)
    return folder


def gradebook(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}", "pixels-to-labels")


def scores(course: Path) -> dict[str, float | None]:
    with gradebook(course) as book:
        return {
            submission.student_id: None if submission.needs_manual_grade else submission.score
            for submission in book.assignment_submissions("01-small")
        }


def marked_notebook(course: Path, student: str) -> nbformat.NotebookNode:
    path = course / "autograded" / student / "01-small/small.ipynb"
    return nbformat.read(path, as_version=4)


def nbgrader(course: Path, *arguments: str) -> str:
    done = subprocess.run([str(BIN / "nbgrader"), *arguments], cwd=course, env=ENV,
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


# --- what it does -----------------------------------------------------------------------


def test_everyone_is_marked_and_what_is_odd_is_named(course):
    submit(course, "ann", RIGHT)
    submit(course, "bob", WRONG)
    submit(course, "Ünal <b>O'Hara", RIGHT)
    (submit(course, "cut", RIGHT) / "small.ipynb").write_text('{"cells": [')
    (course / "submitted/empty/01-small").mkdir(parents=True)
    (course / "submitted/file").mkdir()
    (course / "submitted/file/01-small").write_text("not a folder")
    (course / "submitted/link").mkdir()
    (course / "submitted/link/01-small").symlink_to(course / "submitted/ann/01-small")
    (course / "submitted/elsewhere").mkdir()
    (course / "submitted/M\udcfcller/01-small").mkdir(parents=True)  # from an archive made elsewhere
    (course / "submitted/two\nlines/01-small").mkdir(parents=True)
    (course / "submitted/.hidden/01-small").mkdir(parents=True)

    done = grade(course, "--workers", "2", check=False)

    assert done.returncode == 1
    named = set(re.findall(r"^  no mark: (\w+): \S.*\.$", done.stdout, re.MULTILINE))
    assert named == {"cut", "empty", "file", "link"}
    assert re.findall(r"no mark: (M.*|two.*): The name of", done.stdout) == [
        r"M\xfcller", "two lines",
    ]
    assert done.stdout.startswith("7 marked now, 0 before, 6 without a mark.")
    assert main(["report", "01-small", "--course", str(course)]) == 0
    written = json.loads((course / "reports/01-small.json").read_text())
    assert written["not_marked_yet"] == [r"M\xfcller", "two lines"]
    assert scores(course) == {
        "ann": 3, "bob": 1, "Ünal <b>O'Hara": 3,
        "cut": None, "empty": None, "file": None, "link": None,
    }
    with gradebook(course) as book:
        comment = book.find_comment("double", "small", "01-small", "cut")
        assert comment.comment.startswith("Not marked: ")
    for student in ("cut", "empty", "file", "link"):
        assert "could not be marked" in marked_notebook(course, student).cells[0].source

    again = grade(course, check=False)

    assert again.returncode == 1
    assert again.stdout.startswith("0 marked now, 7 before, 6 without a mark.")
    assert set(re.findall(r"^  no mark: (\w+):", again.stdout, re.MULTILINE)) == named


def test_only_what_is_new_or_asked_for_is_marked_and_force_lists_what_changed(course):
    for student in ("ann", "bob", "cyd"):
        submit(course, student, WRONG)
    assert grade(course, "--workers", "1", "--student", "ann", "bob").stdout.startswith("2 marked now, 0 before")
    assert set(scores(course)) == {"ann", "bob"}
    submit(course, "bob", RIGHT)
    assert grade(course, "--workers", "1").stdout.startswith("2 marked now, 1 before")
    assert scores(course) == {"ann": 1, "bob": 3, "cyd": 1}
    with gradebook(course) as book:  # as if marked by an older version
        book.find_grade("check-double", "small", "01-small", "ann").auto_score = 2
        book.db.commit()
    done = grade(course, "--workers", "1", "--force")
    assert done.stdout == "3 marked now, 0 before.\n  changed: ann: 3 → 1\n"
    done = grade(course, "--student", "nobody", check=False)
    assert (done.returncode, done.stderr) == (2, "autograder: nobody has handed in nothing for 01-small.\n")


def test_late_penalties_extra_files_timestamps_and_scores_by_hand_are_nbgraders(course):
    (course / "late.py").write_text(
        "from nbgrader.plugins import BasePlugin\n"
        "class Late(BasePlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n"
        "        return 0.5\n"
    )
    config = course / "nbgrader_config.py"
    config.write_text(
        config.read_text() + "\nimport sys\nsys.path.insert(0, root)\n"
        'c.AssignLatePenalties.plugin_class = "late.Late"\n'
    )
    with gradebook(course) as book:
        book.update_or_create_assignment("01-small", duedate="2026-01-10 12:00:00")
    for student, day in (("late", 11), ("early", 9)):
        folder = submit(course, student, RIGHT)
        (folder / "timestamp.txt").write_text(f"2026-01-{day:02} 12:00:00 UTC")
        (folder / "data").mkdir()
        (folder / "data/notes.txt").write_text("mine")
        (folder / "helper.py").write_text("X = 1\n")
        (folder / "small.html").write_text("<script>alert('mine')</script>")
        (folder / "data/more.svg").write_text("<svg onload='alert(1)'/>")
        (folder / "small.html").chmod(0o444)
    (submit(course, "odd", RIGHT) / "timestamp.txt").write_text("half past ten")
    (course / "submitted" / os.fsdecode(b"no\xfftext") / "01-small").mkdir(parents=True)
    said = grade(course, "--workers", "1", check=False)
    assert said.stdout.startswith("3 marked now, 0 before, 1 without a mark.\n  no mark: no\\xfftext: The name")
    shutil.rmtree(course / "submitted/odd")
    shutil.rmtree(course / "submitted" / os.fsdecode(b"no\xfftext"))
    with gradebook(course) as book:
        late, early = (book.find_submission("01-small", name) for name in ("late", "early"))
        assert (late.score, late.late_submission_penalty) == (3, 0.5)
        assert (early.score, early.late_submission_penalty) == (3, 0)
        assert late.total_seconds_late == 24 * 60 * 60
        by_hand = book.find_grade("check-total", "small", "01-small", "early")
        by_hand.manual_score, by_hand.needs_manual_grade = 0.25, False
        book.update_or_create_assignment("01-small", duedate="2026-01-12 12:00:00")
        book.db.commit()
    folder = course / "autograded/late/01-small"
    assert (folder / "data/notes.txt").read_text() == "mine"
    assert (folder / "helper.py").exists()
    assert (folder / "timestamp.txt").read_text() == "2026-01-11 12:00:00 UTC"

    again = grade(course, "--workers", "1", "--force")

    assert again.stdout == "2 marked now, 0 before.\n  changed: late: 2.5 → 3\n"
    with gradebook(course) as book:
        by_hand = book.find_grade("check-total", "small", "01-small", "early")
        assert (by_hand.manual_score, by_hand.auto_score, by_hand.needs_manual_grade) == (0.25, 1, True)
        assert book.find_submission("01-small", "early").score == 2.25
    before = (folder / "small.ipynb").read_bytes()
    (course / "submitted/early/01-small/timestamp.txt").unlink()
    os.mkfifo(course / "submitted/early/01-small/timestamp.txt")  # nobody writes to it
    said = nbgrader(course, "autograde", "01-small")
    assert "skipping" in said.lower() or "Skipping" in said
    assert (folder / "small.ipynb").read_bytes() == before
    nbgrader(course, "generate_feedback", "01-small")
    pages = [path for path in (course / "feedback/late").rglob("*") if path.suffix in (".html", ".svg")]
    assert [page.name for page in pages] == ["small.html"]
    assert "alert(" not in pages[0].read_text()


def test_feedback_says_why_there_is_no_mark_and_what_is_wrong(course):
    submit(course, "bob", WRONG)
    cut = submit(course, "cut", RIGHT)
    (cut / "small.ipynb").write_text('{"cells": [')
    (cut / "<img src=x onerror=alert(1)>$\\href{x}$").symlink_to("/")
    (cut / "small.ipynb").rename(cut / "<b>cut<b>.ipynb")
    assert grade(course, "--workers", "1", check=False).returncode == 1
    nbgrader(course, "generate_feedback", "01-small")
    assert "You squared the values" in (course / "feedback/bob/01-small/small.html").read_text()
    page = (course / "feedback/cut/01-small/small.html").read_text()
    assert "could not be marked" in page
    assert "Not marked: " in page
    assert "Score: no mark / " in page and "Score: 0" not in page
    assert "no mark" not in (course / "feedback/bob/01-small/small.html").read_text()
    assert "&lt;b&gt;cut" in page and "&lt;img src=x" in page
    assert "<b>cut" not in page and "<img src=x" not in page and "\\href" not in page


def test_it_marks_as_nbgrader_autograde_does(course):
    answers = {"ann": RIGHT, "bob": WRONG, "cyd": None, "dan": {"double": "def double(x): return list(x)"}}
    for student, cells in answers.items():
        submit(course, student, cells)
    other = course.parent / "other"
    shutil.copytree(course, other)
    grade(course, "--workers", "2")
    nbgrader(other, "generate_assignment", "01-small", "--force")
    nbgrader(other, "autograde", "01-small")

    def everything(folder: Path) -> list[tuple]:
        with gradebook(folder) as book:
            rows = []
            for submission in book.assignment_submissions("01-small"):
                (notebook,) = submission.notebooks
                rows += [(submission.student_id, grade.name, grade.auto_score, grade.max_score,
                          grade.needs_manual_grade) for grade in notebook.grades]
                rows += [(submission.student_id, c.name, c.auto_comment) for c in notebook.comments]
        return sorted(rows, key=str)

    assert everything(course) == everything(other)
    assert len(everything(course)) == 16


def test_what_is_linked_to_another_is_not_marked_as_ones_own(course):
    submit(course, "ann", RIGHT)
    (course / "submitted/bob").symlink_to("ann")
    (course / "submitted/cyd").mkdir()
    (course / "submitted/cyd/01-small").symlink_to("../ann/01-small")
    other = course.parent / "other"
    shutil.copytree(course, other, symlinks=True)
    done = grade(course, "--workers", "1", check=False)
    assert "bob: " in done.stdout and "cyd: " in done.stdout and "is a link" in done.stdout
    nbgrader(other, "generate_assignment", "01-small", "--force")
    nbgrader(other, "autograde", "01-small")
    for folder in (course, other):
        with gradebook(folder) as book:
            scores = {
                submission.student_id: [grade.auto_score for grade in submission.notebooks[0].grades]
                for submission in book.assignment_submissions("01-small")
            }
        assert all(score is not None for score in scores.pop("ann"))
        assert scores and all(score is None for row in scores.values() for score in row)


# --- stopped and killed -----------------------------------------------------------------


def start(course: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start it as a terminal would: in a process group that Ctrl-C goes to."""
    return subprocess.Popen(command(course, *arguments), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, start_new_session=True)


def wait_for_marks(course: Path, process: subprocess.Popen[str], count: int) -> None:
    deadline = time.monotonic() + 300
    while len(list(course.glob("autograded/*/01-small/small.ipynb"))) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def left_over(course: Path, family: list[psutil.Process]) -> list[psutil.Process]:
    """Processes that still have to do with this course, or that marking had started."""
    found = [process for process in family if process.is_running()]
    for process in psutil.process_iter():
        try:
            if str(course) in " ".join(process.cmdline()) or process.environ().get("GRADE_TEST") == str(course):
                found.append(process)
        except psutil.Error:
            continue
    return [process for process in found if process.pid != os.getpid()]


def family_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def nobody_left(course: Path, family: list[psutil.Process]) -> None:
    deadline = time.monotonic() + 60
    while left := left_over(course, family):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def whole_and_single(course: Path, students: list[str]) -> None:
    assert scores(course) == dict.fromkeys(students, 3)
    for student in students:
        folder = course / "autograded" / student
        assert [path.name for path in folder.iterdir()] == ["01-small"]
        names = [cell.metadata.nbgrader.grade_id for cell in marked_notebook(course, student).cells
                 if "nbgrader" in cell.metadata]
        assert names == ["double", "check-double", "total", "check-total"]


def test_ctrl_c_stops_with_one_sentence_and_the_next_run_goes_on(course, monkeypatch):
    monkeypatch.setenv("GRADE_TEST", str(course))
    students = [f"s{number:02}" for number in range(24)]
    for student in students:
        submit(course, student, RIGHT)
    process = start(course, "--workers", "2")
    wait_for_marks(course, process, 2)
    family = family_of(process)
    assert any("bwrap" in member.name() for member in family)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert out == ""
    said = re.fullmatch(r"autograder: stopped with (\d+) marked and (\d+) to go; "
                        r"run the same command again to go on\.\n", err)
    assert said, err
    nobody_left(course, family)
    done = len(scores(course))
    assert 0 < done < len(students)
    assert said.groups() == (str(done), str(len(students) - done))
    assert grade(course, "--workers", "2").stdout == f"{len(students) - done} marked now, {done} before.\n"
    whole_and_single(course, students)


@pytest.mark.parametrize(("presses", "done"), [(1, ["at hand"]), (2, [])])
def test_ctrl_c_waits_for_the_submission_at_hand_and_a_second_one_does_not(presses, done):
    steps = []

    def mark():
        for name in ("at hand", "next"):
            with finished_first():
                for _ in range(presses):
                    signal.raise_signal(signal.SIGINT)
                steps.append(name)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        mark()
    assert steps == done
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("moment", [0, 1, 3])
def test_kill_9_at_any_moment_loses_nothing_and_doubles_nothing(course, monkeypatch, moment):
    monkeypatch.setenv("GRADE_TEST", str(course))
    students = [f"s{number:02}" for number in range(8)]
    for student in students:
        submit(course, student, RIGHT)
    process = start(course, "--workers", "2")
    if moment:
        wait_for_marks(course, process, moment)
    else:
        time.sleep(4)
    family = family_of(process)
    process.kill()
    process.communicate(timeout=120)
    nobody_left(course, family)
    grade(course, "--workers", "2")
    whole_and_single(course, students)


def test_killed_between_gradebook_and_folder_it_marks_again(course):
    submit(course, "ann", RIGHT)
    grade(course, "--workers", "1")
    folder = course / "autograded/ann/01-small"
    for path in folder.rglob("*"):
        path.chmod(0o755)
    half = folder.with_name(".01-small.new")
    folder.rename(half)  # what is there when it is killed before the rename
    (half / "small.ipynb").write_text("{")
    assert grade(course, "--workers", "1").stdout == "1 marked now, 0 before.\n"
    whole_and_single(course, ["ann"])


def test_what_was_marked_does_not_stay_in_memory(course):
    """Does memory grow with the number of submissions? Each is a hundred kilobytes here."""
    assignment, size, count = prepare(course, "01-small"), 100_000, 60
    jobs = (Job(f"s{number}", {"small.ipynb": bytes([number]) * size}) for number in range(count))
    with cluster(None, 1, 1) as client:
        tracemalloc.start()
        try:
            results = sum(marked.reason is not None for _, marked in stream(client, assignment, jobs, "none"))
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert count == results
    assert kept < 25 * size, f"{kept / size:.0f} submissions are kept"


@pytest.mark.parametrize(("asked", "jobs", "started"), [(100, 3, 3), (2, 30, 2), (None, 1, 1)])
def test_no_more_workers_are_started_than_there_is_to_mark(monkeypatch, asked, jobs, started):
    class Asked(Exception):
        pass

    def local(n_workers, **_):
        raise Asked(n_workers)

    monkeypatch.setattr("distributed.LocalCluster", local)
    monkeypatch.setattr("autograder.cluster._start_forkserver", lambda: None)
    with pytest.raises(Asked, match=f"^{started}$"), cluster(None, asked, jobs):
        pass


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_points_changed_in_the_sources_are_changed_in_the_gradebook(course):
    def points() -> tuple[float, float]:
        with gradebook(course) as book:
            return book.find_assignment("01-small").max_score, assignment.max_score

    folder = CourseDirectory(root=str(course), course_id="pixels-to-labels")
    ensure_assignment(course, folder, assignment := prepare(course, "01-small"))
    assert points() == (3, 3)
    with gradebook(course) as book:
        book.add_student("ann")
        book.add_submission("01-small", "ann")
    for name, old, new in (("small.md", '"points": 2', '"points": 5'),
                           ("exercises.py", "points=2", "points=5")):
        path = course / "solutions/01-small" / name
        path.write_text(path.read_text().replace(old, new))
    ensure_assignment(course, folder, assignment := prepare(course, "01-small"))
    assert points() == (6, 6)
    with pytest.raises(UserError, match="nbgrader db assignment remove 01-small --force"):
        ensure_assignment(course, folder, replace(assignment, keys=assignment.keys[:1]))


def test_a_folder_that_may_not_be_entered_costs_its_owner_only(course, monkeypatch):
    closed = submit(course, "zoe", RIGHT)
    submit(course, "ann", RIGHT)

    stat = Path.stat

    def denied(self, **options):
        if self.is_relative_to(closed):
            raise PermissionError(13, "Permission denied", str(self))
        return stat(self, **options)

    monkeypatch.setattr(os, "access", lambda path, mode: path != closed.parent)
    monkeypatch.setattr(Path, "stat", denied)
    monkeypatch.setattr(Path, "is_symlink", lambda self: denied(self) is None)
    folder = CourseDirectory(root=str(course))
    assert set(find_submissions(folder, "01-small", None)) == {"ann", "zoe"}
    assert "cannot be read" in read_submission("zoe", closed).left_out[0]


def test_only_one_may_mark_an_assignment_at_a_time(course):
    from autograder.grade import alone

    submit(course, "ann", RIGHT)
    with alone(course, "01-small"):
        done = grade(course, check=False)
    assert done.returncode == 2
    assert done.stderr == "autograder: 01-small is being marked already, by another autograder grade.\n"


def test_a_gradebook_that_cannot_be_written_is_one_sentence(course):
    submit(course, "ann", RIGHT)
    (course / "gradebook.db").write_text("this is no database, but it is long enough to look at " * 20)
    done = grade(course, "--workers", "1", check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("autograder: The gradebook is damaged (file is not a database): ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("address", "sentence"), [
    ("nosuch+database://x", "The gradebook's address (c.CourseDirectory.db_url) is wrong: Can't load plugin"),
    ("no address", "The gradebook's address (c.CourseDirectory.db_url) is wrong: Could not parse"),
    ("mysql+mysqldb://x", "The gradebook's address (c.CourseDirectory.db_url) asks for the Python"),
    ("postgresql+psycopg://nb@127.0.0.1:9/x", "The gradebook cannot be used (connection failed"),
])
def test_a_gradebook_that_cannot_be_reached_is_one_sentence(course, address, sentence):
    config = course / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\nc.CourseDirectory.db_url = {address!r}\n")
    submit(course, "ann", RIGHT)
    done = grade(course, "--workers", "1", check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"autograder: {sentence}")
    assert done.stderr.count("\n") == 1


def test_a_terminal_gets_a_bar_with_rate_and_time_left_on_stderr(course):
    for number in range(3):
        submit(course, f"s{number}", RIGHT)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command(course, "--workers", "1"), stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    assert process.wait() == 0
    assert process.stdout.read() == b"3 marked now, 0 before.\n"
    assert re.search(r"3/3 \[\d\d:\d\d<\d\d:\d\d, .*notebook", shown.decode())


# --- a cluster --------------------------------------------------------------------------


def test_a_scheduler_and_workers_that_share_no_folder(course, tmp_path):
    for number in range(4):
        submit(course, f"s{number}", RIGHT if number % 2 else WRONG)
    away = tmp_path / "another-machine"
    away.mkdir()
    file = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    scheduler = subprocess.Popen(
        [*dask, "--scheduler-file", str(file), "--port", "0", "--no-dashboard", "--host", "127.0.0.1"],
        cwd=away, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    workers: list[subprocess.Popen[bytes]] = []
    try:
        deadline = time.monotonic() + 300
        while not file.exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        done = grade(course, "--scheduler", address, check=False)
        assert done.returncode == 2
        assert done.stderr.startswith(f"autograder: The Dask scheduler at {address} has no workers")
        for _ in range(2):
            workers.append(subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1",
                 "--no-dashboard", "--local-directory", str(away)],
                cwd=away, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            ))
        deadline = time.monotonic() + 300
        while True:
            done = grade(course, "--scheduler", address, check=False)
            if "has no workers" not in done.stderr:
                break
            assert time.monotonic() < deadline
        assert (done.returncode, done.stderr) == (0, "")
        assert scores(course) == {"s0": 1, "s1": 3, "s2": 1, "s3": 3}
        assert all(worker.poll() is None for worker in workers)
    finally:
        for process in [*workers, scheduler]:
            process.terminate()
        for process in [*workers, scheduler]:
            process.wait(timeout=60)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense", "ftp://somewhere:1"])
def test_a_wrong_address_is_one_sentence(course, address):
    submit(course, "ann", RIGHT)
    done = grade(course, "--scheduler", address, check=False)
    assert done.returncode == 2
    known = address.startswith("tcp://")
    said = f"There is no Dask scheduler at {address}" if known else f"{address} is no address of a"
    assert done.stderr.startswith(f"autograder: {said}")
    assert done.stderr.count("\n") == 1


# --- another database -------------------------------------------------------------------


def initdb() -> Path | None:
    places = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), *filter(None, [shutil.which("initdb")])]
    return Path(places[-1]) if places else None


@pytest.fixture
def postgres(tmp_path_factory):
    """The db_url of a private PostgreSQL server on a socket of its own."""
    program = initdb()
    if program is None:
        assert not os.environ.get("CI"), "install PostgreSQL: .ci/run does"
        pytest.skip("PostgreSQL is not installed")
    folder = Path(subprocess.run(["mktemp", "-d", "/tmp/pg-XXXXXX"], check=True, capture_output=True,
                                 text=True).stdout.strip())
    become: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        become = ["runuser", "-u", "postgres", "--"]
    quiet = {"check": True, "cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    control = [*become, str(program.with_name("pg_ctl")), "-D", f"{folder}/data", "-w"]
    subprocess.run([*become, str(program), "-D", f"{folder}/data", "-U", "nb", "-A", "trust"], **quiet)
    subprocess.run([*control, "-o", f"-k {folder} -c listen_addresses='' -c fsync=off",
                    "-l", f"{folder}/log", "start"], **quiet)
    try:
        yield f"postgresql+psycopg://nb@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **quiet)
        shutil.rmtree(folder, ignore_errors=True)


def test_the_gradebook_may_be_postgresql(course, postgres):
    pytest.importorskip("psycopg")
    (course / "gradebook.db").unlink()
    config = course / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\nc.CourseDirectory.db_url = {postgres!r}\n")
    submit(course, "ann", RIGHT)
    submit(course, "bob", WRONG)
    (submit(course, "cut", RIGHT) / "small.ipynb").write_text("{")
    assert grade(course, "--workers", "1", check=False).returncode == 1
    assert not (course / "gradebook.db").exists()
    with Gradebook(postgres, "pixels-to-labels") as book:
        found = {s.student_id: (s.score, s.needs_manual_grade) for s in book.assignment_submissions("01-small")}
    assert found == {"ann": (3, False), "bob": (1, False), "cut": (0, True)}
    done = grade(course, "--workers", "1", check=False)
    assert done.stdout.startswith("0 marked now, 3 before, 1 without a mark.")
    assert grade(course, "--workers", "1", "--force", "--student", "ann").returncode == 0


def test_the_solved_notebook_gets_full_marks(course):
    source = read_source(course / "solutions/01-small")
    folder = submit(course, "teacher")
    nbformat.write(source.notebook, folder / "small.ipynb")
    grade(course, "--workers", "1")
    assert scores(course) == {"teacher": 3}
