"""A copy of the course, and JupyterLab for one side of it, as ``make lab`` and ``make teach``."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from _pages import ROOT, Server, free_port, wait_for

ASSIGNMENT, NOTEBOOK = "02-filters", "filters"
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", ".predictions.json")


def copy_course(folder: Path) -> Path:
    """Copy what one assignment needs, with the times of its files."""
    folder.mkdir()
    for name in ("autograder", "course/cnnkit", f"course/{ASSIGNMENT}", f"solutions/{ASSIGNMENT}"):
        shutil.copytree(ROOT / name, folder / name, ignore=LEFT_OUT)
    for name in ("nbgrader_config.py", "solutions/jupytext.toml"):
        shutil.copy2(ROOT / name, folder / name)
    # Whoever runs the tests, the learner is called the same.
    with (folder / "autograder/lab/learn/nbgrader_config.py").open("a") as config:
        config.write('\nc.CourseDirectory.student_id = "ada"\n')
    return folder


@contextmanager
def side(course: Path, role: str) -> Iterator[Server]:
    """Run JupyterLab for the learner ("learn") or the instructor ("teach")."""
    port, token = free_port(), secrets.token_hex(16)
    home = course.parent / f"home-{role}"
    home.mkdir(exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "NBGRADER"))}
    environment = {
        **kept,
        "HOME": str(home),
        "PYTHONPATH": os.pathsep.join([str(course), str(course / "course")]),
        "PATH": "/usr/bin:/bin",
    }
    command = [
        sys.executable, "-m", "autograder.lab", role, "--no-browser", "--allow-root",
        f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
    ]  # fmt: skip
    shown = course / "workspace" if role == "learn" else course
    log = course.parent / f"server-{role}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, env=environment, cwd=course, stdout=out, stderr=out, start_new_session=True
        )
        # ``wait_for`` shows this when the server does not start.
        running = Server(shown, f"http://127.0.0.1:{port}", token)
        try:
            try:
                wait_for(running, process)
            except (RuntimeError, FileNotFoundError):
                raise RuntimeError(f"{role} did not start:\n{log.read_text()}") from None
            yield running
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def solve(path: Path, course: Path, but: dict[str, str]) -> None:
    """Write the reference solutions into a learner's notebook, but these cells otherwise."""
    solved = nbformat.read(course / f"solutions/{ASSIGNMENT}/{NOTEBOOK}.ipynb", as_version=4)
    sources = {c.metadata.nbgrader.grade_id: c.source for c in solved.cells if "nbgrader" in c.metadata}
    sources.update(but)
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = sources[cell.metadata.nbgrader.grade_id]
    nbformat.write(notebook, path)
