"""The command ``autograder``: what nbgrader lacks, and nothing else."""

from __future__ import annotations

import argparse
import errno
import io
import os
import select
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from traitlets import TraitError

from autograder.errors import UserError

ABOUT = """\
Build the course, and mark notebooks fairly, safely and fast.

commands:
  build   make course/ from solutions/
  check   mark notebooks, without a gradebook
  grade   mark all submissions into the gradebook
  report  the class on one page, and what to teach again

autograder COMMAND --help says what a command takes.
"""

EXAMPLES = """\
a week with the class:
  nbgrader collect 02-filters
  autograder grade 02-filters        # stopped or killed? run it again: it goes on
  autograder report 02-filters
  nbgrader generate_feedback 02-filters

one notebook, by itself:
  autograder check filters.ipynb

Everything else is nbgrader's: release, collect, feedback, formgrader, export.
Exit codes: 0 all is well; 1 points are missing (check), or a mark is (grade); 2 there
is something to put right first, and one line says what.
"""


class Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong, and where to read on."""

    def error(self, message: str) -> NoReturn:
        """Print the line and exit with 2."""
        said = message.removeprefix("the following arguments are required: ")
        if said != message:
            message = f"{said} is missing"
        self.exit(2, f"autograder: {message}; {self.prog} --help says more.\n")


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    common = Parser(add_help=False)
    common.add_argument(
        "--course", type=Path, default=Path(), metavar="DIR",
        help="the folder with nbgrader_config.py (default: this one)",
    )
    isolated = Parser(add_help=False)
    isolated.add_argument(
        "--isolation", choices=["bubblewrap", "none"], default="bubblewrap",
        help="how learners' code is contained (default: bubblewrap); none: not at all",
    )
    main = Parser(
        prog="autograder", usage="autograder COMMAND …", description=ABOUT, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = main.add_subparsers(
        dest="command", required=True, metavar="COMMAND", help=argparse.SUPPRESS,
        prog="autograder",
    )
    build = commands.add_parser(
        "build", parents=[common],
        description="Make course/ from solutions/: notebooks without solutions, and answer keys.",
    )
    build.add_argument(
        "assignments", nargs="*", metavar="ASSIGNMENT", help="such as 02-filters (default: all)"
    )
    check = commands.add_parser(
        "check", parents=[common, isolated],
        description="Mark notebooks that belong to no gradebook, with hidden cases, sandboxed.",
        epilog="Exits with 0 if all have full marks, 1 if not, 2 if some could not be marked.",
    )
    check.add_argument(
        "notebooks", nargs="+", type=Path, metavar="NOTEBOOK", help="an .ipynb or .py file"
    )
    check.add_argument("--json", action="store_true", help="one JSON object a line")
    check.add_argument(
        "--assignment", metavar="ID", help="which assignment it is (default: found out)"
    )
    grade = commands.add_parser(
        "grade", parents=[common, isolated],
        description="Mark all submissions into nbgrader's gradebook, in parallel. "
        "Stopped or killed, the next run goes on where it was.",
        epilog="Exits with 0 if every submission has a mark, 1 if some has none; each is named.",
    )
    grade.add_argument("assignment", metavar="ASSIGNMENT", help="such as 02-filters")
    grade.add_argument(
        "--student", nargs="+", metavar="ID", help="only these students; after ASSIGNMENT"
    )
    grade.add_argument("--workers", type=positive, metavar="N", help="processes (default: cores)")
    grade.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask cluster to mark on, tcp://host:port"
    )
    grade.add_argument(
        "--force", action="store_true",
        help="mark again what is marked already, and list what changed",
    )
    report = commands.add_parser(
        "report", parents=[common],
        description="Write the class's results on one page: marks, aspects, mistakes, and what "
        "to teach again.",
    )
    report.add_argument("assignment", metavar="ASSIGNMENT", help="such as 02-filters")
    report.add_argument("--anonymous", action="store_true", help="no learner's name on it")
    report.add_argument(
        "--output", type=Path, metavar="FILE",
        help="where to, a .html file (default: reports/ASSIGNMENT.html); its data go "
        "beside it, in a .json file of that name",
    )
    return main


def positive(text: str) -> int:
    """Return a whole number above 0, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # nbgrader starts "alembic" by name; it lies beside this Python.
    beside = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([beside, os.environ.get("PATH", os.defpath)])
    options = parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a locale may lack “ or é
    try:
        code = run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except UserError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 2
    except TraitError as error:
        print(f"autograder: A setting in nbgrader_config.py is wrong: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        if isinstance(error, BrokenPipeError) and nobody_reads():
            return 128 + signal.SIGPIPE
        place = "" if error.filename is None else f" ({error.filename})"
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        then = ": make room, then run the same command again" if full else ""
        print(f"autograder: {error.strerror or error}{place}{then}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        print(f"autograder: {str(stop) or 'stopped.'}", file=sys.stderr)
        return 130


def nobody_reads() -> bool:
    """Return whether the reader of our output, such as head, has gone; then drop the rest."""
    pipe = select.poll()
    pipe.register(sys.stdout, 0)
    if not any(events & (select.POLLERR | select.POLLHUP) for _, events in pipe.poll(0)):
        return False
    # or Python tries once more at its end, and complains
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


def run(options: argparse.Namespace) -> int:
    """Run the chosen command. Each imports only what it needs."""
    if options.command == "build":
        from autograder.build import build

        for name in build(options.course, options.assignments):
            print(f"course/{name}")
        return 0
    if options.command == "check":
        if options.isolation == "bubblewrap":
            from autograder.sandbox.zygotes import expect

            expect()  # it makes itself ready while this process does
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
