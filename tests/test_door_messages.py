"""What goes wrong with the command is said in one line, with exit code 2 and no traceback."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from autograder import check
from autograder.__main__ import main
from autograder.build import build

from .conftest import ROOT

HAND_IN = "submitted/ada/01-small/small.ipynb"


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    from .conftest import EXERCISES, ROOT, small_notebook

    folder = tmp_path_factory.mktemp("messages") / "course-folder"
    (folder / "solutions/01-small").mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    (folder / "solutions/01-small/small.md").write_text(small_notebook())
    (folder / "solutions/01-small/exercises.py").write_text(EXERCISES)
    build(folder)
    return folder


def handed_in(course: Path) -> None:
    path = course / HAND_IN
    path.parent.mkdir(parents=True)
    shutil.copy(course / "course/01-small/small.ipynb", path)


def marked(course: Path) -> None:
    handed_in(course)
    notebook = nbformat.read(course / HAND_IN, as_version=4)
    notebook.metadata["autograder"] = {"repairs": [], "reason": "a test.", "verdicts": []}
    path = course / "autograded/ada/01-small/small.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


def add(file: str, text: str) -> Callable[[Path], None]:
    def damage(course: Path) -> None:
        handed_in(course)
        (course / file).parent.mkdir(parents=True, exist_ok=True)
        with (course / file).open("a") as opened:
            opened.write(text)

    return damage


def without(name: str) -> Callable[[Path], None]:
    def damage(course: Path) -> None:
        handed_in(course)
        shutil.rmtree(course / name)

    return damage


def full(course: Path) -> None:
    marked(course)
    (course / "full.html").symlink_to("/dev/full")


def emptied(course: Path) -> None:
    shutil.rmtree(course / "solutions/01-small")


def damaged_release(course: Path) -> None:
    handed_in(course)
    (course / "course/01-small/small.ipynb").write_text("junk")


MESSAGES = {
    "no command": (None, "", "COMMAND is missing; autograder --help"),
    "no such command": (None, "mark", "invalid choice: 'mark'"),
    "no assignment": (None, "grade", "ASSIGNMENT is missing; autograder grade --help"),
    "no notebook": (None, "check", "NOTEBOOK is missing; autograder check --help"),
    "no such option": (None, "report 01-small --pdf", "unrecognized arguments: --pdf"),
    "workers in words": (None, "grade 01-small --workers two", "'two' is no whole number above 0"),
    "workers none": (None, "grade 01-small --workers 0", "'0' is no whole number above 0"),
    "isolation unknown": (None, "grade 01-small --isolation vm", "choose from 'bubblewrap', 'none'"),
    "build what is not there": (None, "build 09-none", "no assignment '09-none'; there are 01-small"),
    "grade what is not there": (None, "grade 09-none", "no assignment '09-none'; there are 01-small"),
    "report what is not there": (None, "report 09-none", "there is no assignment of that name"),
    "check against what is not there": (
        None, "check x.ipynb --assignment 09-none", "no assignment '09-none'; there are 01-small"),
    "nobody handed in": (None, "grade 01-small", "Nobody has handed in anything for 01-small"),
    "she handed in nothing": (handed_in, "grade 01-small --student zoe", "zoe has handed in nothing"),
    "nothing marked": (handed_in, "report 01-small", "run autograder grade 01-small"),
    "a page that is a folder": (marked, "report 01-small --output {course}", "ends in .html"),
    "a page that is no page": (marked, "report 01-small --output {course}/a.pdf", "ends in .html"),
    "a page where a file is in the way": (
        marked, "report 01-small --output {course}/nbgrader_config.py/a.html", "nbgrader_config.py"),
    "a full disk": (
        full, "report 01-small --output {course}/full.html",
        "No space left on device: make room, then run the same command again."),
    "no solutions": (without("solutions"), "build", "There is no folder solutions/"),
    "no assignment in it": (emptied, "build", "holds no assignment"),
    "nothing is built": (
        without("course"), f"check {{course}}/{HAND_IN}", "built yet: run autograder build."),
    "a setting of the wrong kind": (
        add("nbgrader_config.py", "c.CourseDirectory.course_id = [1]"), "grade 01-small",
        "A setting in nbgrader_config.py is wrong: The 'course_id' trait"),
    "a setting of the wrong kind, built": (
        add("nbgrader_config.py", "c.CourseDirectory.course_id = [1]"), "build",
        "The 'course_id' trait"),
    "no release": (without("course"), "grade 01-small", "run autograder build 01-small"),
    "damaged release": (damaged_release, "grade 01-small", "run autograder build 01-small"),
    "check with a damaged release": (
        damaged_release, f"check {{course}}/{HAND_IN}", "run autograder build 01-small"),
    "configuration that does not parse": (
        add("nbgrader_config.py", "x = ("), "grade 01-small", "nbgrader_config.py does not run"),
    "configuration that fails": (add("nbgrader_config.py", "1 / 0"), "build", "division by zero"),
    "seed in words": (
        add("nbgrader_config.py", "c.Autograder.hidden_seed = 'x'"), "grade 01-small",
        "hidden_seed in nbgrader_config.py must be a whole number"),
    "seed file damaged": (
        add(".autograder/hidden-seed", "x"), "grade 01-small", "delete it to have one made"),
    "exercises that do not parse": (
        add("solutions/01-small/exercises.py", "no python"), "build", "exercises.py does not run"),
    "gradebook damaged": (
        add("gradebook.db", "junk" * 100), "grade 01-small", "gradebook is damaged (file is not a"),
    "gradebook's address wrong": (
        add("nbgrader_config.py", "c.CourseDirectory.db_url = 'nonsense'"), "grade 01-small",
        "c.CourseDirectory.db_url"),
}  # fmt: skip


@pytest.mark.parametrize("name", MESSAGES)
def test_it_is_said_in_one_line(built, tmp_path, capsys, name):
    prepare, arguments, said = MESSAGES[name]
    course = tmp_path / "course-folder"
    shutil.copytree(built, course)
    if prepare is not None:
        prepare(course)
    words = arguments.format(course=course).split()
    place = ["--course", str(course)] if words and name != "no such command" else []
    try:
        code = main([*words, *place])
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    assert code == 2, out + err
    assert said in err
    assert err.startswith("autograder: ")
    assert len(err.splitlines()) == 1
    assert out == ""


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_any_path_is_said_in_any_locale(built, capsys, monkeypatch, form):
    path = "é\n\udcff.ipynb"
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, "ascii"))
    assert main(["check", path, "--course", str(built), *form]) == 2
    said = written.getvalue().decode("ascii")
    assert said.count("\n") == 1
    if form:
        assert json.loads(said)["notebook"] == path
    else:
        assert said == r"\xe9 \xff.ipynb: not marked. There is no file \xe9 \xff.ipynb." "\n"


def test_a_reader_that_goes_away_ends_it_without_a_word(built, capsys, monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with monkeypatch.context() as patch, open(writer, "w") as pipe:
        patch.setattr("sys.stdout", pipe)
        assert main(["check", "a.ipynb", "b.ipynb", "--course", str(built)]) == 141
    assert capsys.readouterr().err == ""


def test_what_may_not_be_read_says_so(built, capsys, monkeypatch):
    def forbidden(path):
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("os.scandir", forbidden)
        beside = check.files_beside(built / "course/01-small/small.ipynb")
    assert beside == {}
    monkeypatch.setattr("autograder.check.read_ordinary", forbidden)
    assert main(["check", "a.ipynb", "--course", str(built)]) == 2
    assert "a.ipynb cannot be read: permission denied." in capsys.readouterr().out


def test_what_is_somebody_elses_is_not_beside_a_notebook(tmp_path):
    for name in ("a.ipynb", "b.py", "c.tar.gz", "helper.py", "key.npz"):
        (tmp_path / name).write_text("")
    asked = [tmp_path / "a.ipynb", tmp_path / "b.py"]
    assert sorted(check.files_beside(asked[0], asked)) == ["helper.py", "key.npz"]
    (tmp_path / "nbgrader_config.py").write_text("c.Autograder.hidden_seed = 7")
    assert check.files_beside(asked[0], asked) == {}


def test_marking_that_fails_is_one_sentence(built, capsys, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("\x1b[31mno")

    monkeypatch.setattr("autograder.check.mark", fails)
    assert main(["check", str(built / "course/01-small/small.ipynb"), "--course", str(built)]) == 2
    assert "not marked. Marking it failed (RuntimeError: no)." in capsys.readouterr().out


def test_ctrl_c_is_answered(capsys, monkeypatch):
    def stopped(options):
        raise KeyboardInterrupt

    monkeypatch.setattr("autograder.__main__.run", stopped)
    assert main(["build"]) == 130
    assert capsys.readouterr().err == "autograder: stopped.\n"


def test_without_bubblewrap_nothing_is_marked_and_the_line_says_what_to_install(
    built, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("autograder.sandbox.bubblewrap.shutil.which", lambda *_, **__: None)
    for words in (["grade", "01-small"], ["check", str(built / "course/01-small/small.ipynb")]):
        assert main([*words, "--course", str(built)]) == 2
        out, err = capsys.readouterr()
        assert "apt install bubblewrap" in err
        assert len(err.splitlines()) == 1
        assert out == ""


def test_a_python_without_venv_is_told_what_to_install(monkeypatch, capsys):
    from autograder import doctor

    monkeypatch.setenv("PATH", "/nowhere")
    missing = doctor.environment()._replace(there=False)
    monkeypatch.setattr(doctor, "environment", lambda: missing)
    monkeypatch.setattr(doctor, "CHECKS", [doctor.venv])
    assert doctor.main() == 0
    monkeypatch.setattr(doctor, "can_make_environments", lambda: False)
    assert doctor.main() == 1
    assert "sudo apt install python3-venv" in capsys.readouterr().out


def test_make_env_without_venv_stops_before_it_makes_half_of_one(tmp_path):
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "python").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    done = subprocess.run(
        ["make", "env", f"PYTHON={tmp_path / 'python'}"], cwd=tmp_path, capture_output=True,
        text=True, env={"PATH": "/usr/bin:/bin"}, check=False,
    )
    assert done.returncode == 2
    assert "sudo apt install python3-venv" in done.stdout
    assert not (tmp_path / ".venv").exists()
