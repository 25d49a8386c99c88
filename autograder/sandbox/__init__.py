"""Runs learners' code where it can neither see nor harm anything.

    manager = kernel_manager({"helper.py": b"..."})
    NotebookClient(notebook, km=manager).execute()

Each kernel is forked, in a few milliseconds, from a process that has already imported
what notebooks import and that bubblewrap started; see ``inside/`` for what happens there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .limits import UNPROTECTED, IsolationError, Limits

if TYPE_CHECKING:
    from jupyter_client.manager import AsyncKernelManager

__all__ = ["UNPROTECTED", "IsolationError", "Limits", "check_isolation", "kernel_manager"]

ISOLATIONS = ("bubblewrap", "none")


def kernel_manager(
    files: Mapping[str, bytes], isolation: str = "bubblewrap", limits: Limits | None = None
) -> AsyncKernelManager:
    """Make a manager, not yet started, of one kernel for one submission.

    Parameters
    ----------
    files : mapping of str to bytes
        Relative paths, with ``/``, and contents: what lies in the kernel's working folder.
        A name that is none, or leads out of it, and what is more than 128 MiB, is left out;
        ``manager.left_out`` names them.
    isolation : {"bubblewrap", "none"}
        ``"none"`` is an ordinary local kernel in a fresh folder, which can do whatever
        the person who runs it can; say `UNPROTECTED` first.
    limits : Limits, optional
        What the kernel and all its processes may take; ``"none"`` keeps to no limits.

    Starting it raises `IsolationError` unless a probe inside the kernel has proved
    that network, foreign files and privileges are absent.
    """
    from .manager import LocalKernelManager, SandboxKernelManager

    if isolation not in ISOLATIONS:
        raise ValueError(f"isolation is one of {', '.join(ISOLATIONS)}, not {isolation!r}")
    if isolation == "none":
        return LocalKernelManager(files=dict(files))
    return SandboxKernelManager(files=dict(files), limits=limits or Limits())


def check_isolation(isolation: str = "bubblewrap") -> None:
    """Raise `IsolationError`, which says what to do, if this machine cannot isolate so."""
    if isolation not in ISOLATIONS:
        raise ValueError(f"isolation is one of {', '.join(ISOLATIONS)}, not {isolation!r}")
    if isolation == "bubblewrap":
        from .bubblewrap import rehearse

        rehearse()
