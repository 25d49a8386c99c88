"""Mark single entries of the corpus: ``python -m tests.corpus NAME…``."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from . import CORPUS, Targets, run


def main(names: list[str]) -> int:
    """Mark the named entries, or all, print a row for each; return 1 if any is wrong."""
    entries = [entry for entry in CORPUS if not names or entry.name in names]
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course"
        run.make_course(course, ["02-filters"])
        run.hand_all_in(course, entries, Targets())
        done = run.autograder(course, "grade", "02-filters")
        print(done.stdout + done.stderr)
        reasons = dict(re.findall(r"no mark: ([\w-]+): (.*)", done.stdout))
        results = run.results(course, "02-filters", entries, lambda name: reasons.get(name, ""))
    print("\n".join(result.row() for result in results))
    return int(any(result.wrong for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
