"""Say what this machine has and lacks, and what each thing is needed for.

``make doctor``, or ``python autograder/doctor.py``: any Python 3 runs this file, with
nothing installed, since what is missing may be just that.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11), (3, 13)


class Finding(NamedTuple):
    """One thing that was looked for: whether it is there, what for, and what to do."""

    name: str
    there: bool
    needed_for: str
    remedy: str
    must: bool = False


def find(names: list[str], folders: list[str] | None = None) -> str | None:
    """Return the path of the first program that is there."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    for pattern in folders or []:
        places = sorted(Path("/").glob(pattern.lstrip("/")))
        if places:
            return str(places[-1])
    return None


def python() -> Finding:
    """Is this Python one that the course runs on?"""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        f"Python {version}", OLDEST <= sys.version_info[:2] <= NEWEST, "everything",
        "install Python 3.11, 3.12 or 3.13; then make env PYTHON=/path/to/it", must=True,
    )


def venv() -> Finding:
    """Can this Python make an environment? Debian and Ubuntu leave that out of python3."""
    there = environment().there or find(["uv"]) is not None or can_make_environments()
    return Finding(
        "Python's venv", there, "make env",
        "Debian, Ubuntu: sudo apt install python3-venv. Or install uv", must=True,
    )


def can_make_environments() -> bool:
    """Are both parts there that python -m venv needs?"""
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def environment() -> Finding:
    """Are the course's packages installed?"""
    there = _succeeds([venv_python(), "-c", "import cnnkit, jupyterlab, nbgrader"])
    return Finding("the course's packages", there, "everything", "run make env", must=True)


def venv_python() -> str:
    """Return the Python of .venv, or this one where there is no .venv."""
    for name in (".venv/bin/python", ".venv/Scripts/python.exe"):
        if (ROOT / name).exists():
            return str(ROOT / name)
    return sys.executable


def bubblewrap() -> Finding:
    """Is bubblewrap installed?"""
    return Finding(
        "bubblewrap", find(["bwrap"]) is not None,
        "marking: it walls in the code that learners hand in",
        "Debian, Ubuntu: sudo apt install bubblewrap. Fedora: sudo dnf install bubblewrap. "
        "It is for Linux only; learning and check() need none",
    )


def namespaces() -> Finding:
    """Does the wall stand? The sandbox itself is asked, where it is installed."""
    probe = "from autograder.sandbox import check_isolation as c; c()"
    ask_sandbox = [venv_python(), "-c", probe]
    ask_bubblewrap = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"]
    ask = ask_sandbox if environment().there else ask_bubblewrap
    there = find(["bwrap"]) is not None and _succeeds(ask)
    return Finding(
        "user namespaces", there, "marking, with bubblewrap",
        "Ubuntu: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0. In Docker: start "
        "the container with --security-opt seccomp=unconfined --security-opt "
        "systempaths=unconfined --security-opt apparmor=unconfined",
    )


def chromium() -> Finding:
    """Is there a browser for the browser's tests?"""
    named = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return Finding(
        "Chromium", Path(named).exists(), "the tests marked browser",
        "Debian: sudo apt install chromium. Elsewhere: CHROMIUM=/path/to/it make test",
    )


def postgres() -> Finding:
    """Is there a PostgreSQL server for its tests?"""
    return Finding(
        "PostgreSQL", find(["initdb"], ["/usr/lib/postgresql/*/bin/initdb"]) is not None,
        "the tests of a gradebook in PostgreSQL", "Debian, Ubuntu: sudo apt install postgresql",
    )


def uv() -> Finding:
    """Is there uv?"""
    return Finding("uv", find(["uv"]) is not None, "a faster make env", "pip install uv")


CHECKS: list[Callable[[], Finding]] = [
    python, venv, environment, bubblewrap, namespaces, chromium, postgres, uv,
]


def main() -> int:
    """Print a line for each thing; return 1 if something is missing that all need."""
    findings = [check() for check in CHECKS]
    for finding in findings:
        if finding.there:
            print(f"  ok       {finding.name}")
        else:
            print(f"  missing  {finding.name}: needed for {finding.needed_for}.")
            print(f"           {finding.remedy}.")
    missing = [finding for finding in findings if not finding.there]
    if not missing:
        print("Nothing is missing: learning, teaching and all the tests will work.")
        return 0
    if any(finding.must for finding in missing):
        print("What is needed for everything comes first.")
        return 1
    print("Learning works. What is missing is needed only for what its line says.")
    return 0


def _succeeds(command: list[str]) -> bool:
    try:
        done = subprocess.run(
            command, cwd=str(ROOT), timeout=120,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
