"""Every lesson as a notebook: solved it runs clean and gets full marks; unsolved it runs
to NotImplementedError and to nothing else."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.__main__ import main
from autograder.source import assignment_names, read_source

from .conftest import ROOT

pytestmark = pytest.mark.kernel

NAMES = assignment_names(ROOT / "solutions")
LIMIT = {"06-training": 90, "07-video": 60}


def run(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    client = NotebookClient(
        notebook, timeout=240, allow_errors=True, kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    return notebook


def outputs(notebook: nbformat.NotebookNode, kind: str) -> list:
    return [
        (cell, output) for cell in notebook.cells if cell.cell_type == "code"
        for output in cell.outputs if output.output_type == kind
    ]


@pytest.fixture
def desk(tmp_path: Path, request) -> Path:
    folder = tmp_path / request.param
    shutil.copytree(ROOT / "course" / request.param, folder)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_a_solved_lesson_runs_without_a_word_on_stderr(name):
    spec = importlib.util.spec_from_file_location("lessons", ROOT / "docs" / "lessons.py")
    lessons = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lessons)
    # what the site shows is the solved notebook as it ran; it is run once for both
    notebook = nbformat.read(lessons.make(name), as_version=4)
    assert [c.source for c in notebook.cells if c.cell_type == "code" and not c.execution_count] == []
    assert [(c.source[:60], o.ename, o.evalue) for c, o in outputs(notebook, "error")] == []
    streams = [(c.source[:60], o.text[:200]) for c, o in outputs(notebook, "stream") if o.name == "stderr"]
    assert streams == [] or all("it/s" in text or "%|" in text for _, text in streams)
    images = [o for _, o in outputs(notebook, "display_data") if "<img" in o.data.get("text/html", "")]
    for output in images:
        assert 'alt="' in output.data["text/html"]
        assert 'alt=""' not in output.data["text/html"]


@pytest.mark.parametrize("desk", NAMES, indirect=True)
def test_an_unsolved_lesson_runs_to_not_implemented_and_to_nothing_else(desk):
    path = next(desk.glob("*.ipynb"))
    notebook = run(nbformat.read(path, as_version=4), desk)
    allowed = {"NotImplementedError", "CheckFailed"}
    found = {(o.ename, o.evalue[:80]) for _, o in outputs(notebook, "error")}
    assert {name for name, _ in found} <= allowed, found


def test_solved_lessons_get_full_marks_and_released_ones_none(capsys):
    with_exercises = [n for n in NAMES if read_source(ROOT / "solutions" / n).exercises]
    solved = [read_source(ROOT / "solutions" / name) for name in with_exercises]
    paths = []
    for source in solved:
        from autograder.build import write_notebook

        paths.append(str(write_notebook(source)))
    code = main(["check", "--json", "--course", str(ROOT), *paths])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["assignment"]: line["score"] for line in lines} == {
        line["assignment"]: line["max_score"] for line in lines
    }
    assert [line["repairs"] for line in lines] == [[] for _ in lines]
    assert code == 0
    released = [str(next((ROOT / "course" / name).glob("*.ipynb"))) for name in with_exercises]
    main(["check", "--json", "--course", str(ROOT), *released])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["score"] for line in lines] == [0] * len(lines)
    assert {e["status"] for line in lines for e in line["exercises"]} == {"not-attempted"}
