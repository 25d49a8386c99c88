"""What a worker of the cluster does. Importing this makes a process ready for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import distributed.nanny
import distributed.worker  # noqa: F401 (what every worker imports)

from autograder.mark import Assignment, Marked, mark
from autograder.sandbox import IsolationError


def mark_job(
    assignment: Assignment, files: Mapping[str, bytes], left_out: Sequence[str], isolation: str
) -> Marked | str:
    """Mark one submission; return a sentence if learners' code cannot be contained here.

    ``left_out`` says what of the submission was not taken in.
    """
    try:
        return mark(assignment, files, isolation, left_out)
    except IsolationError as error:
        return str(error)
