"""The real loop, with nbgrader's own commands, two students and a scratch folder."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.build import build

pytestmark = pytest.mark.kernel

BIN = Path(sys.executable).parent


class Course:
    """A course folder, an exchange, and a home for each student."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder, self.scratch = folder, scratch
        self.exchange = scratch / "exchange"
        self.exchange.mkdir(mode=0o777)
        self.exchange.chmod(0o777)

    def run(self, *arguments: str, cwd: Path | None = None, student: str | None = None) -> str:
        home = self.scratch / (student or "teacher")
        home.mkdir(exist_ok=True)
        command = [str(BIN / "nbgrader"), *arguments, f"--Exchange.root={self.exchange}"]
        if student:
            command += ["--course", "pixels-to-labels", "--student", student,
                        f"--Exchange.cache={home / 'cache'}"]
        env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(home)}
        done = subprocess.run(
            command, cwd=cwd or self.folder, env=env, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def course(small_course: Path, tmp_path: Path) -> Course:
    build(small_course)
    return Course(small_course, tmp_path)


def solve(path: Path, double: str, total: str) -> None:
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name == "double":
            cell.source = f"def double(x):\n    return {double}"
        if name == "total":
            cell.source = f"def total(x):\n    return {total}"
    nbformat.write(notebook, path)


def test_release_submit_collect_autograde_feedback_export(course):
    course.run("generate_assignment", "01-small", "--force")
    assert (course.folder / "course/01-small/key.npz").exists()
    course.run("release_assignment", "01-small")
    answers = {"alice": ("2 * x", "float(np.sum(x))"), "bob": ("x ** 2", "np.sum(x)")}
    for student, (double, total) in answers.items():
        desk = course.scratch / f"desk-{student}"
        desk.mkdir()
        course.run("fetch_assignment", "01-small", cwd=desk, student=student)
        assert (desk / "01-small/key.npz").exists()
        solve(desk / "01-small/small.ipynb", double, total)
        course.run("submit", "01-small", cwd=desk, student=student)
    course.run("collect", "01-small")
    course.run("autograde", "01-small")
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        scores = {name: gradebook.find_submission("01-small", name).score for name in answers}
    assert scores == {"alice": 3, "bob": 1}

    course.run("generate_feedback", "01-small")
    page = (course.folder / "feedback/bob/01-small/small.html").read_text()
    assert "You squared the values" in page
    assert "1.0 / 3.0" in page.replace("\n", " ") or "Score: 1.0" in page
    course.run("release_feedback", "01-small")
    desk = course.scratch / "desk-bob"
    course.run("fetch_feedback", "01-small", cwd=desk, student="bob")
    assert list(desk.glob("01-small/feedback/*/small.html"))

    course.run("export", "--to", "grades.csv")
    rows = list(csv.DictReader((course.folder / "grades.csv").open()))
    assert {row["student_id"]: float(row["score"]) for row in rows} == {"alice": 3, "bob": 1}
    for plugin, name in (("Canvas", "alice"), ("Moodle", "bob")):
        course.run("export", "--exporter", f"autograder.export.{plugin}ExportPlugin",
                   "--to", f"{plugin}.csv")
        assert name in (course.folder / f"{plugin}.csv").read_text()


def test_nbgraders_validate_sees_a_failed_check(course):
    path = course.folder / "course/01-small/small.ipynb"
    solve(path, "x ** 2", "float(np.sum(x))")
    said = course.run("validate", path.name, cwd=path.parent)
    assert "failed" in said
    assert "double: 0 of 2 points" in said
    solve(path, "2 * x", "float(np.sum(x))")
    assert "Success!" in course.run("validate", path.name, cwd=path.parent)


def submit(course: Course, student: str, *names: str) -> Path:
    folder = course.folder / "submitted" / student / "01-small"
    folder.mkdir(parents=True)
    for name in names:
        shutil.copy(course.folder / "solutions/01-small/small.ipynb", folder / name)
    return folder


def test_nbgrader_autograde_mends_and_names_what_it_cannot_read(course):
    course.run("generate_assignment", "01-small", "--force")
    submit(course, "renamed", "small (1).ipynb")
    (submit(course, "truncated", "small.ipynb") / "small.ipynb").write_text('{"cells": [')
    submit(course, "whole", "small.ipynb")
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([str(BIN / "nbgrader"), "autograde", "01-small"], cwd=course.folder, env=env,
                   capture_output=True, timeout=300)
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        found = {n: gradebook.find_submission("01-small", n) for n in ("renamed", "truncated", "whole")}
        assert found["whole"].score == found["renamed"].score == 3
        assert found["truncated"].needs_manual_grade
        assert not found["whole"].needs_manual_grade
    page = (course.folder / "autograded/truncated/01-small/small.ipynb").read_text()
    assert "could not be marked" in page


def test_what_keeps_all_from_being_marked_is_one_line_and_no_mark_is_lost(course):
    course.run("generate_assignment", "01-small", "--force")
    submit(course, "whole", "small.ipynb")
    course.run("autograde", "01-small")
    exercises = course.folder / "solutions/01-small/exercises.py"
    right = exercises.read_text()

    def fails(path: str, source: str) -> str:
        exercises.write_text(source)
        done = subprocess.run(
            [str(BIN / "nbgrader"), "autograde", "01-small", "--force"], cwd=course.folder,
            env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=300, check=False,
        )
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert (course.folder / "autograded/whole/01-small/small.ipynb").is_file()
        return done.stderr

    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    assert "bubblewrap is not installed" in fails(str(BIN), right)
    assert "01-small/exercises.py does not run: SyntaxError" in fails(path, right + "x = (")
    assert "01-small/exercises.py does not run: SystemExit" in fails(path, "raise SystemExit(0)")


def test_feedback_reaches_who_renamed_and_passes_over_who_was_put_in_by_hand(course):
    course.run("generate_assignment", "01-small", "--force")
    course.run("release_assignment", "01-small")
    desk = course.scratch / "desk-dora"
    desk.mkdir()
    course.run("fetch_assignment", "01-small", cwd=desk, student="dora")
    path = desk / "01-small/small.ipynb"
    solve(path, "x ** 2", "float(np.sum(x))")
    path.rename(path.with_name("my work.ipynb"))
    course.run("submit", "01-small", cwd=desk, student="dora")
    inbound, = course.scratch.rglob("inbound/dora+*")
    inbound.chmod(0o755)
    (inbound / "stolen").symlink_to(course.folder / "nbgrader_config.py")
    (inbound / "all").symlink_to(course.folder)
    os.mkfifo(inbound / "pipe")
    said = course.run("collect", "01-small")
    submitted = course.folder / "submitted/dora/01-small"
    assert {path.name for path in submitted.iterdir()}.isdisjoint({"stolen", "all", "pipe"})
    assert all(f"“{name}” is a link, no file or too large" in said for name in ("stolen", "all", "pipe"))
    submit(course, "eve", "small.ipynb")
    submit(course, "fay", "small.ipynb")
    for name in ("timestamp.txt", "submission_secret.txt"):
        (course.folder / "submitted/fay/01-small" / name).write_bytes(b"2026-01-01 00:00:00 UTC")
    course.run("autograde", "01-small")
    course.run("generate_feedback", "01-small")
    secret = course.folder / "feedback/fay/01-small/submission_secret.txt"
    secret.chmod(0o644)
    secret.write_bytes(b"\xff\xfe\x00")
    said = course.run("release_feedback", "01-small")
    assert "eve handed in without the exchange" in said
    assert "fay handed in without the exchange" in said
    assert "dora handed in without" not in said
    course.run("fetch_feedback", "01-small", cwd=desk, student="dora")
    page, = desk.glob("01-small/feedback/*/my work.html")
    assert "You squared the values" in page.read_text()
