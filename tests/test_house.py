"""The house: the lock, the environments and the workspace agree and keep their word."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from autograder.workspace import fill

from .conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()


def requirement(text: str) -> tuple[str, str]:
    name, bounds = re.match(r"([A-Za-z0-9_.-]+)\s*([^;\s]*)", text).groups()
    return name.lower().replace("_", "-"), ",".join(sorted(bounds.split(",")))


def test_environment_yml_agrees_with_pyproject():
    lines = re.findall(r"^ {2}- ([a-z].*?)$", (ROOT / "environment.yml").read_text(), re.M)
    conda = dict(requirement(line) for line in lines if line not in ("conda-forge", "pip", "pip:"))
    project = dict(requirement(text) for text in PROJECT["dependencies"])
    wanted = requirement("python" + PROJECT["requires-python"])
    assert conda.pop("python") == wanted[1]
    assert {"numpy", "jupyterlab", "nbgrader", "matplotlib", "ipywidgets"} == set(conda)
    for name, bounds in conda.items():
        assert project[name] == bounds, name


def test_every_pin_has_a_hash_and_no_address_is_named():
    blocks = re.split(r"\n(?=[a-z0-9])", LOCK.split("\n", 2)[2] if LOCK.startswith("#") else LOCK)
    pins = [block for block in blocks if re.match(r"[a-z0-9].*==", block)]
    assert len(pins) > 100
    for pin in pins:
        assert "--hash=sha256:" in pin, pin.splitlines()[0]
    assert not re.search(r"https?://|--(extra-)?index|--find-links", LOCK)


def test_every_dependency_is_locked():
    locked = {name.lower() for name in re.findall(r"^([A-Za-z0-9_.-]+)==", LOCK, re.M)}
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    wanted = [*PROJECT["dependencies"], *(d for group in groups.values() for d in group)]
    assert {requirement(text)[0] for text in wanted} <= locked


def test_importing_cnnkit_is_cheap():
    code = (
        "import sys, cnnkit; heavy = {'matplotlib', 'ipywidgets', 'IPython', 'nbgrader'} "
        "& set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd="/")


def test_the_workspace_is_only_ever_added_to(tmp_path: Path):
    course, workspace = tmp_path / "course", tmp_path / "workspace"
    for name in ("01-a/a.ipynb", "01-a/key.npz", "cnnkit/x.py", "glossary.md"):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text("released")
    assert fill(course, workspace) == ["01-a/a.ipynb", "01-a/key.npz", "glossary.md"]
    (workspace / "01-a/a.ipynb").write_text("my work")
    (workspace / "01-a/mine.txt").write_text("mine too")
    (course / "01-a/a.ipynb").write_text("a newer release")
    (course / "01-a/key.npz").write_text("a newer key")
    (course / "02-b").mkdir()
    (course / "02-b/b.ipynb").write_text("new")
    assert fill(course, workspace) == ["01-a/key.npz", "02-b/b.ipynb"]
    assert (workspace / "01-a/a.ipynb").read_text() == "my work"
    assert (workspace / "01-a/mine.txt").exists()
    assert not (workspace / "cnnkit").exists()


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_the_repository_speaks_only_of_the_project():
    if not tracked():
        pytest.skip("not a git checkout")
    hosts = "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.org"])
    for path in tracked():
        if path.suffix in (".png", ".npz", ".ipynb") or not path.is_file():
            continue
        assert not re.search(hosts, path.read_text(errors="replace")), path


def test_no_notebook_is_committed_but_the_released_ones():
    notebooks = [path for path in tracked() if path.suffix == ".ipynb"]
    assert all(path.is_relative_to(ROOT / "course") for path in notebooks)

