"""Open JupyterLab: ``python -m autograder.lab learn`` or ``python -m autograder.lab teach``.

What follows goes to JupyterLab as it is, such as ``--no-browser`` or ``--port=9999``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from autograder import workspace
from autograder.errors import UserError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ROLES = ("learn", "teach")
ALL_MAY_WRITE = 0o777


def environment(role: str, root: Path, old: dict[str, str]) -> dict[str, str]:
    """Return the environment in which JupyterLab serves this side of the course."""

    def first(entry: Path, variable: str, default: str = "") -> str:
        return os.pathsep.join(filter(None, [str(entry), old.get(variable, default)]))

    return {
        **old,
        "COURSE_ROOT": str(root),
        "JUPYTER_CONFIG_PATH": first(HERE / role, "JUPYTER_CONFIG_PATH"),
        # The tabs that were open stay those of this side.
        "JUPYTERLAB_WORKSPACES_DIR": str(root / ".autograder" / f"lab-{role}"),
        # nbgrader starts "alembic" by name; it lies beside this Python.
        "PATH": first(Path(sys.executable).parent, "PATH", os.defpath),
        "OPENBLAS_NUM_THREADS": old.get("OPENBLAS_NUM_THREADS", "1"),
    }


def prepare(role: str, root: Path) -> Path:
    """Make what this side works in, and return the folder that JupyterLab shows."""
    if not (root / "nbgrader_config.py").is_file():
        raise UserError(f"{root} is no copy of the course; JupyterLab for it starts in one.")
    exchange = root / "exchange"
    if not exchange.exists():
        exchange.mkdir()
        exchange.chmod(ALL_MAY_WRITE)
    if role == "learn":
        workspace.main(root)
        return root / "workspace"
    from autograder.build import build

    for name in stale(root / "solutions"):
        try:
            build(root, [name])
            print(f"course/{name}: built from solutions/{name}.")
        except UserError as error:
            # JupyterLab opens all the same: it is where this gets mended.
            print(f"course/{name} stays as it was. {error}", file=sys.stderr)
    return root


def stale(solutions: Path) -> list[str]:
    """Return the assignments whose sources changed since they were built, or never were."""
    names = []
    for folder in sorted(path.parent for path in solutions.glob("*/exercises.py")):
        sources = [path.stat().st_mtime for path in folder.glob("*.[mp][dy]")]
        made = [path.stat().st_mtime for path in (*folder.glob("*.ipynb"), *folder.glob("*.npz"))]
        if len(made) < 2 or max(sources) > min(made):
            names.append(folder.name)
    return names


def main(arguments: Sequence[str]) -> int:
    """Prepare one side and become its JupyterLab."""
    if not arguments or arguments[0] not in ROLES:
        print("usage: python -m autograder.lab learn|teach [JUPYTERLAB OPTION…]", file=sys.stderr)
        return 2
    role, *options = arguments
    try:
        folder = prepare(role, ROOT)
    except UserError as error:
        print(f"autograder.lab: {error}", file=sys.stderr)
        return 2
    os.environ.update(environment(role, ROOT, dict(os.environ)))
    os.chdir(folder)
    # After the environment, which Jupyter reads as it is imported.
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance([f"--ServerApp.root_dir={folder}", *options])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
