"""The command ``autograder``: what nbgrader lacks, and nothing else."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from autograder.errors import UserError


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--course", type=Path, default=Path(), metavar="DIR",
        help="the folder with nbgrader_config.py (default: this one)",
    )
    isolated = argparse.ArgumentParser(add_help=False)
    isolated.add_argument(
        "--isolation", choices=["bubblewrap", "none"], default="bubblewrap",
        help="how learners' code is contained (default: bubblewrap)",
    )
    main = argparse.ArgumentParser(
        prog="autograder",
        description="Build the course, and mark notebooks fairly, safely and fast.",
        epilog="Everything else is nbgrader's: release, collect, feedback, formgrader, export.",
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")
    build = commands.add_parser(
        "build", parents=[common], help="make course/ from solutions/",
        description="Make course/ from solutions/: notebooks without solutions, and answer keys.",
    )
    build.add_argument("assignments", nargs="*", metavar="ASSIGNMENT")
    check = commands.add_parser(
        "check", parents=[common, isolated], help="mark notebooks, without a gradebook",
        description="Mark notebooks that belong to no gradebook, with hidden cases, sandboxed.",
    )
    check.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    check.add_argument("--json", action="store_true", help="one JSON object a line")
    check.add_argument("--assignment", metavar="ID", help="which assignment it is")
    grade = commands.add_parser(
        "grade", parents=[common, isolated], help="mark all submissions into the gradebook",
        description="Mark all submissions into nbgrader's gradebook, in parallel. "
        "Stopped or killed, the next run goes on where it was.",
    )
    grade.add_argument("assignment", metavar="ASSIGNMENT")
    grade.add_argument("--student", nargs="+", metavar="ID", help="only these students")
    grade.add_argument("--workers", type=positive, metavar="N", help="processes (default: cores)")
    grade.add_argument("--scheduler", metavar="ADDRESS", help="a Dask cluster to mark on")
    grade.add_argument(
        "--force", action="store_true",
        help="mark again what is marked already, and list what changed",
    )
    report = commands.add_parser(
        "report", parents=[common], help="the class on one page",
        description="Write the class's results on one page: marks, aspects, mistakes, and what "
        "to teach again.",
    )
    report.add_argument("assignment", metavar="ASSIGNMENT")
    report.add_argument("--anonymous", action="store_true", help="no learner's name on it")
    report.add_argument("--output", type=Path, metavar="FILE", help="where to (a .html file)")
    return main


def positive(text: str) -> int:
    """Return a whole number above 0, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # nbgrader starts "alembic" by name; it lies beside this Python.
    beside = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([beside, os.environ.get("PATH", os.defpath)])
    options = parser().parse_args(arguments)
    try:
        return run(options)
    except UserError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        print(f"autograder: {stop or 'stopped.'}", file=sys.stderr)
        return 130


def run(options: argparse.Namespace) -> int:
    """Run the chosen command. Each imports only what it needs."""
    if options.command == "build":
        from autograder.build import build

        for name in build(options.course, options.assignments):
            print(f"course/{name}")
        return 0
    if options.command == "check":
        from autograder.check import check

        return check(options)
    if options.command == "grade":
        from autograder.grade import grade

        return grade(options)
    if options.command == "report":
        from autograder.report import report

        return report(options)
    raise AssertionError(options.command)


if __name__ == "__main__":
    sys.exit(main())
