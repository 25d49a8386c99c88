"""Copy the released course into ``workspace/``, where learners work.

The workspace is only ever added to: a notebook that is there stays as it is,
whatever a rebuild or a ``git pull`` brings. Answer keys and the glossary, which
nobody writes in, are brought up to date.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFRESHED = ("key.npz", "glossary.md")
LEFT_OUT = ("cnnkit", "__pycache__")


def fill(course: Path, workspace: Path) -> list[str]:
    """Copy what is missing, and return the names of what was copied anew."""
    added = []
    workspace.mkdir(exist_ok=True)
    for source in sorted(course.rglob("*")):
        relative = source.relative_to(course)
        if relative.parts[0] in LEFT_OUT or not source.is_file():
            continue
        target = workspace / relative
        if target.exists() and source.name not in REFRESHED:
            continue
        if target.exists() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        added.append(str(relative))
    return added


def main(root: Path = ROOT) -> int:
    """Fill ``workspace/`` of a course's folder, and say what came new."""
    added = fill(root / "course", root / "workspace")
    notebooks = [name for name in added if name.endswith(".ipynb")]
    if notebooks:
        print(f"workspace/: {len(notebooks)} notebooks added; yours were left as they are.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
