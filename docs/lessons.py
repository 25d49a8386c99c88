"""Make ``docs/lessons/``: every lesson as it looks when it has been solved, without solutions.

The solved notebook is run; then each solution cell gets its released source back. A
lesson that did not change since is not run again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from autograder.errors import UserError
from autograder.source import Source, assignment_names, read_source

ROOT = Path(__file__).resolve().parent.parent
LESSONS = ROOT / "docs" / "lessons"
MARK = "made_from"
LEFT = "# YOUR CODE HERE"


def made_from(source: Source, released: Path) -> str:
    """Return a digest of all that a lesson's page depends on."""
    files = [released, Path(__file__), ROOT / "requirements.lock"]
    files += sorted((ROOT / "course" / "cnnkit").rglob("*.py"))
    whole = hashlib.sha256(nbformat.writes(source.notebook).encode())
    for file in files:
        whole.update(file.read_bytes())
    return whole.hexdigest()


def run_solved(source: Source, released: Path) -> nbformat.NotebookNode:
    """Return the solved notebook after a run, with the released cells' sources."""
    solved = nbformat.from_dict(source.notebook)
    with tempfile.TemporaryDirectory() as scratch:
        desk = Path(scratch) / source.assignment
        shutil.copytree(released.parent, desk)
        NotebookClient(
            solved, timeout=180, kernel_name="python3", resources={"metadata": {"path": str(desk)}}
        ).execute()
    given = nbformat.read(released, as_version=4)
    if len(given.cells) != len(solved.cells):
        raise UserError(f"course/{source.assignment} is out of date: run make build.")
    for shown, plain in zip(solved.cells, given.cells, strict=True):
        if shown.metadata.get("nbgrader", {}).get("solution"):
            assert LEFT in plain.source, f"{source.name}: a solution cell has a solution"
        shown.source = plain.source
        shown.metadata.pop("execution", None)
    return solved


def make(name: str) -> Path:
    """Write one lesson's page, unless it is there already."""
    source = read_source(ROOT / "solutions" / name)
    released = ROOT / "course" / name / f"{source.name}.ipynb"
    page = LESSONS / name / released.name
    digest = made_from(source, released)
    page.parent.mkdir(parents=True, exist_ok=True)
    with (page.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests may want it at the same time
        if page.is_file() and nbformat.read(page, as_version=4).metadata.get(MARK) == digest:
            return page
        print(f"docs: {name} is run", flush=True)
        notebook = run_solved(source, released)
        notebook.metadata[MARK] = digest
        nbformat.write(notebook, page)
    return page


def main(wanted: list[str]) -> int:
    """Make the named lessons, or all that were built."""
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    names = wanted or [
        name for name in assignment_names(ROOT / "solutions")
        if list((ROOT / "course" / name).glob("*.ipynb"))
    ]
    LESSONS.mkdir(exist_ok=True)
    for folder in LESSONS.iterdir():
        if folder.is_dir() and folder.name not in names:
            shutil.rmtree(folder)
    glossary = (ROOT / "course" / "glossary.md").read_text(encoding="utf-8")
    # One level up: on a page of the site, no level may be left out.
    (LESSONS / "glossary.md").write_text(glossary.replace("\n### ", "\n## "), encoding="utf-8")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make, names))
    titles = "\n".join(f"{name}/*" for name in names)
    (LESSONS / "index.md").write_text(
        "# The lessons\n\nEach page is the notebook after a run with the solutions in place, "
        "shown without them: what your own should look like when it is done.\n\n"
        f"```{{toctree}}\n:glob:\n:maxdepth: 1\n\n{titles}\nglossary\n```\n"
    )
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except UserError as error:
        sys.exit(f"docs: {error}")
