"""What one submission may take, and what is said when nothing holds it."""

from __future__ import annotations

from dataclasses import dataclass

UNPROTECTED = (
    "WARNING: --isolation none RUNS LEARNERS' CODE UNPROTECTED: IT CAN READ, CHANGE AND DELETE "
    "EVERYTHING YOU CAN (THE GRADEBOOK, OTHER SUBMISSIONS, YOUR FILES), USE YOUR NETWORK, "
    "AND NOTHING LIMITS THE MEMORY, DISK AND PROCESSES IT TAKES."
)

_MEBIBYTE = 1024 * 1024


class IsolationError(RuntimeError):
    """Learners' code cannot be isolated, so none of it was run; one sentence says why."""


@dataclass(frozen=True)
class Limits:
    """What one kernel and all the processes it starts may take.

    Bytes for `memory` (all processes together, beyond what a fresh kernel takes), `disk`
    (all files together), `file_size` (one file), `message` (one message to the grader)
    and `output` (all messages); seconds of one process for `cpu_seconds`.
    """

    memory: int = 2048 * _MEBIBYTE
    processes: int = 64
    disk: int = 256 * _MEBIBYTE
    file_size: int = 256 * _MEBIBYTE
    open_files: int = 512
    cpu_seconds: int = 900
    message: int = 32 * _MEBIBYTE
    output: int = 256 * _MEBIBYTE
