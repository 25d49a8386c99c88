"""Every command that the README and the guides show is run here, or is named and why not."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder.__main__ import main

from .conftest import ROOT

PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/learn.md", "docs/teach.md",
         "docs/other-machines.md"]  # fmt: skip
BIN = Path(sys.executable).parent

# Run in a small course of its own, in this order, by test_a_term_in_commands.
TERM = [
    "nbgrader db student import students.csv",
    "autograder build 02-filters",
    "nbgrader generate_assignment 02-filters --force",
    "nbgrader release_assignment 02-filters",
    "nbgrader collect 02-filters",
    "autograder grade 02-filters",
    "autograder check submitted/ada/02-filters/filters.ipynb",
    "autograder report 02-filters",
    "autograder report 02-filters --anonymous --output everyone.html",
    "nbgrader generate_feedback 02-filters",
    "nbgrader release_feedback 02-filters",
    "nbgrader export --to grades.csv",
    "nbgrader export --exporter autograder.export.CanvasExportPlugin --to canvas.csv",
    "nbgrader export --exporter autograder.export.MoodleExportPlugin --to moodle.csv",
    "nbgrader export --exporter autograder.export.CanvasExportPlugin --to canvas.csv "
    """--assignment '["02-filters"]'""",
    "autograder grade 02-filters --force",
    "nbgrader db student remove ada --force",
]

ELSEWHERE = {
    "make lab": "tests/browser/test_loop_browser.py, by what it runs; test_make_targets_are_there",
    "make teach": "tests/browser/test_loop_browser.py, by what it runs",
    "python -m autograder.lab learn": "tests/browser/test_loop_browser.py",
    "python -m autograder.lab teach": "tests/browser/test_loop_browser.py",
    "python autograder/doctor.py": "test_doctor_needs_nothing_installed",
    "make doctor": "test_doctor_needs_nothing_installed",
    "make test": "this is it",
    "make test-fast": "a part of make test",
    "make build": ".ci/run",
    "make docs": "tests/test_door_site.py",
    "make env": ".ci/run, by make test",
    "make build && make test": ".ci/run",
    "autograder grade 02-filters --scheduler tcp://scheduler:8786": "tests/test_grade.py",
    "git archive -o learners.zip HEAD ':!solutions' ':!tests' ':!bench'":
        "test_what_learners_get_has_no_solutions_and_opens",
    "autograder --help": "test_every_command_has_help",
    "autograder build": "test_build.py",
}

NEEDS_MORE_THAN_A_TEST_HAS = {
    "git clone": "the network, and an address",
    "cd ": "changes nothing but the shell",
    "source .venv/bin/activate": "changes nothing but the shell",
    "conda env create -f environment.yml": "conda; test_house compares the file with the lock",
    "conda activate pixels-to-labels": "conda",
    "python -m venv .venv": "the network, with the next two; make env does the same",
    ".venv/bin/python -m pip install": "the network; make env does the same",
    ".venv/bin/python -m autograder.lab learn": "the environment that they make",
    'pip install "psycopg[binary]>=3.2"': "the network; it is in the lock",
    "dask scheduler": "runs until stopped; tests/test_grade.py starts its own",
    "dask worker": "runs until stopped; tests/test_grade.py starts its own",
    "python bench/": "minutes of a quiet machine",
    "python -m bench": "minutes of a quiet machine",
}


def commands() -> list[tuple[str, str]]:
    """Return every line of every fenced shell block, with its page."""
    found = []
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for block in re.findall(r"^ *```(?:bash|console|sh)\n(.*?)^ *```", text, re.M | re.S):
            for line in block.splitlines():
                line = line.strip().removeprefix("$ ").split("  #")[0].strip()
                if line and not line.startswith("#"):
                    found.append((page, line))
    return found


def test_every_command_on_the_pages_is_run_or_known():
    shown = commands()
    assert len(shown) > 25
    known = {*TERM, *ELSEWHERE}
    for page, command in shown:
        excused = any(command.startswith(start) for start in NEEDS_MORE_THAN_A_TEST_HAS)
        assert command in known or excused, f"{page}: {command}"
    written = " ".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
    for command in TERM:
        assert command in written, f"no page shows {command}"


def test_make_targets_are_there():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"(?:`|^ *)make ([a-z][a-z-]*)", text, re.M):
            assert target in targets, f"{page}: make {target}"


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
        assert (ROOT / page).parent.joinpath(target).exists(), target


def test_the_readmes_figures_are_those_of_the_measured_pages(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import headlines

    shown = headlines.shown((ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown == headlines.table(), "run: python bench/headlines.py"
    pages = {path.stem for path in (ROOT / "docs/measured").glob("*.md")} - {"index"}
    assert pages == set(headlines.ROWS) & pages
    assert shown.count("docs/measured/") == len(pages) >= 4


def test_what_learners_get_has_no_solutions_and_opens(tmp_path):
    command = next(c for _, c in commands() if c.startswith("git archive"))
    done = subprocess.run(
        [*shlex.split(command.replace("learners.zip", str(tmp_path / "learners.zip")))],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    if done.returncode and "not a git repository" in done.stderr:
        pytest.skip("this copy of the project is no clone")
    assert done.returncode == 0, done.stderr
    copy = tmp_path / "copy"
    with zipfile.ZipFile(tmp_path / "learners.zip") as packed:
        packed.extractall(copy)
    assert not {"solutions", "tests", "bench"} & {path.name for path in copy.iterdir()}
    for path in copy.rglob("*.*"):
        assert path.name != "exercises.py"
    opened = subprocess.run(
        [sys.executable, "-m", "autograder.lab", "learn", "--version"], cwd=copy, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(copy), str(copy / "course")])},
        capture_output=True, check=False,
    )
    assert opened.returncode == 0, opened.stderr
    assert "notebooks added" in opened.stdout
    assert (copy / "workspace/02-filters/filters.ipynb").is_file()


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_a_page_names_is_one(page):
    from nbgrader.apps.nbgraderapp import NbGraderApp
    from nbgrader.exchange.default.exchange import Exchange

    known = {kind.__name__: kind.class_trait_names(config=True) for kind in NbGraderApp().classes}
    known["Exchange"] += Exchange.class_trait_names(config=True)
    known["Autograder"] = ["hidden_seed"]  # autograder.marking reads it
    text = (ROOT / page).read_text(encoding="utf-8")
    settings = re.findall(r"\bc\.([A-Z]\w+)\.?(\w*)", text)
    assert settings or page != "docs/teach.md"
    for kind, name in settings:
        assert name in known.get(kind, ()), f"{page}: c.{kind}.{name}"


def test_doctor_needs_nothing_installed():
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "autograder/doctor.py")],
        capture_output=True, text=True, cwd="/", timeout=300,
        env={"PATH": "/nowhere"}, check=False,
    )
    assert done.stderr == ""
    assert "missing  bubblewrap: needed for marking" in done.stdout
    assert "missing  uv: needed for a faster make env" in done.stdout
    assert f"ok       Python {sys.version_info[0]}.{sys.version_info[1]}" in done.stdout


def test_every_command_has_help():
    for command in ([], ["build"], ["check"], ["grade"], ["report"]):
        done = subprocess.run(
            [str(BIN / "autograder"), *command, "--help"], capture_output=True, text=True, check=True
        )
        assert done.stdout.startswith("usage: autograder")
        assert max(map(len, done.stdout.splitlines())) <= 90


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build"], "no copy of the course|no course|nbgrader_config.py"),
        (["grade", "02-filters"], "nbgrader_config.py"),
        (["report", "02-filters"], "nbgrader_config.py"),
        (["check", "nowhere.ipynb"], "nbgrader_config.py"),
    ],
)
def test_outside_a_course_one_sentence_says_so(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert re.search(said, told), told
    assert len(told.strip().splitlines()) == 1


@pytest.fixture
def term(small_course: Path, tmp_path: Path) -> Path:
    """A course whose only assignment is called as in the guides."""
    old, new = small_course / "solutions/01-small", small_course / "solutions/02-filters"
    old.rename(new)
    (new / "small.md").rename(new / "filters.md")
    (small_course / "students.csv").write_text(
        "id,first_name,last_name,email\nada,Ada,L,ada@example.com\n"
    )
    (small_course / "exchange").mkdir()
    (small_course / "exchange").chmod(0o777)
    return small_course


@pytest.mark.kernel
def test_a_term_in_commands(term):
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(term)}

    def run(command: str, *more: str, code: int = 0) -> str:
        words = [*shlex.split(command), *more]
        done = subprocess.run(words, cwd=term, env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == code, f"{command}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr, command
        return done.stdout + done.stderr

    for command in TERM:
        if command.startswith("nbgrader collect"):
            hand_in_zipped(term)
        said = run(command)
        if command.startswith("nbgrader collect"):
            folder = term / "submitted/ada/02-filters"
            assert "is read as filters.ipynb" in said
            assert "“terabyte.csv” is a link, no file or too large" in said
            assert said.count("not made, as nbgrader's submissions are") == 3
            assert "\x1b" not in said
            assert os.listdir(term / "submitted") == ["ada"]  # noqa: PTH208
            assert sorted(p.name for p in folder.glob("*.ipynb")) == ["filters.ipynb"]
            assert (folder / "work.zip").exists()
    assert '"ada"' not in (term / "everyone.html").read_text()
    assert "3.0" in (term / "grades.csv").read_text()
    assert "ada,,3" in (term / "canvas.csv").read_text()
    listed = subprocess.run(
        ["git", "check-ignore", "--no-index", *personal(term)],
        cwd=ROOT, text=True, capture_output=True, check=False,
    )
    assert listed.stdout.split() == personal(term), "a guide's file with names in it is not ignored"


def personal(term: Path) -> list[str]:
    """Return what the commands left beside the course's own files, and what they read."""
    own = {"solutions", "course", "nbgrader_config.py", "desk"}
    return sorted(
        path.name + "/" * path.is_dir()
        for path in term.iterdir() if path.name not in own and path.name[0] != "."
    )


def hand_in_zipped(course: Path) -> None:
    """Put ada's solved notebook into the exchange, zipped and renamed, as nbgrader would."""
    solved = nbformat.read(course / "solutions/02-filters/filters.ipynb", as_version=4)
    inbound = course / "exchange/pixels-to-labels/inbound/ada+02-filters+2026-01-01 10:00:00.000000 UTC"
    inbound.mkdir()
    folder = course / "desk"
    folder.mkdir()
    (folder / "my homework.ipynb").write_text(json.dumps(solved))
    shutil.make_archive(str(inbound / "work"), "zip", folder)
    (inbound / "timestamp.txt").write_text("2026-01-01 10:00:00.000000 UTC")
    (inbound / "submission_secret.txt").write_text("0" * 128)
    with (inbound / "terabyte.csv").open("wb") as file:
        file.truncate(2**40)
    for name in ("bob+02-filters+yesterday", "..+02-filters+2026-01-01", "\x1b[2J+02-filters+2026-01-01"):
        shutil.copytree(folder, inbound.parent / name)
    (inbound.parent / "eve+02-filters+2026-01-01").symlink_to("nowhere")
