"""How a forked kernel walls itself in: namespaces, its own disk, limits, no privileges."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import linux, probe

HOME = "/learner"
FOLDER = "/learner/notebook"
_USER = 1000


def go_behind(limits: Mapping[str, int], keep: set[int]) -> None:
    """Leave everything shared behind; of the open files, hold on to `keep` only.

    The mounts are made while this process still belongs to the sandbox's user namespace,
    so the one it enters afterwards has no power over them.
    """
    os.setsid()
    _close_all_but(keep)
    linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS | linux.CLONE_NEWNET)
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    _mount_disk(limits["disk"])
    _mount_processes()
    os.chdir(FOLDER)
    linux.unshare(linux.CLONE_NEWUSER)
    linux.map_one_user(_USER)
    os.umask(0o022)
    _set_limits(limits)
    linux.drop_capabilities()


def _close_all_but(keep: set[int]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    low = 3
    for number in sorted(keep):
        os.closerange(low, number)
        low = number + 1
    os.closerange(low, 2**31 - 1)


def _mount_disk(size: int) -> None:
    """One size-limited disk in memory holds all the folders that can be written to."""
    safe = linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("disk", HOME, "tmpfs", safe, f"size={size},nr_inodes=16384,mode=0700")
    for folder in (FOLDER, f"{HOME}/.tmp", f"{HOME}/.shm"):
        Path(folder).mkdir(0o700)
    linux.mount(f"{HOME}/.tmp", "/tmp", flags=linux.MS_BIND)
    linux.mount(f"{HOME}/.shm", "/dev/shm", flags=linux.MS_BIND)
    # or a kernel could read another's terminals
    flags = linux.MS_NOSUID | linux.MS_NOEXEC
    linux.mount("terminals", "/dev/pts", "devpts", flags, "newinstance,ptmxmode=0666,mode=620")


def _mount_processes() -> None:
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    try:
        # without the machine's own files, such as /proc/cmdline
        linux.mount("processes", "/proc", "proc", flags, "subset=pid")
    except OSError:  # Linux before 5.8
        linux.mount("processes", "/proc", "proc", flags)


def _set_limits(limits: Mapping[str, int]) -> None:
    with open("/proc/self/statm") as file:
        already = int(file.read().split()[0]) * resource.getpagesize()
    # data counts what can be written to, so it is the limit; address space also
    # counts shared mappings, which data leaves out
    ceilings = {
        resource.RLIMIT_DATA: already + limits["memory"],
        resource.RLIMIT_AS: already + limits["memory"],
        resource.RLIMIT_NPROC: limits["processes"],
        resource.RLIMIT_FSIZE: limits["file_size"],
        resource.RLIMIT_NOFILE: limits["open_files"],
        resource.RLIMIT_CPU: limits["cpu_seconds"],
        # where the system pipes cores to a program of its own, 0 is no limit, but 1 is
        resource.RLIMIT_CORE: 1,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_RTPRIO: 0,
        resource.RLIMIT_NICE: 0,
        resource.RLIMIT_SIGPENDING: 1024,
    }
    for name, ceiling in ceilings.items():
        hard = resource.getrlimit(name)[1]
        if hard != resource.RLIM_INFINITY:
            ceiling = min(ceiling, hard)
        resource.setrlimit(name, (ceiling, ceiling))
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def lay(files: Mapping[str, bytes]) -> None:
    """Write the submission's files into the notebook's folder, as many as there is room for.

    One that cannot be written (a name too long, a name that is also a folder's) is left out:
    a submission must not be able to look like a sandbox that fails.
    """
    for name, content in files.items():
        path = Path(FOLDER, *name.split("/"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                path.unlink()


def check(canary: Mapping[str, Any], path: Sequence[str], own: frozenset[int]) -> list[str]:
    """What the probe finds wrong with these walls."""
    sealed = ["/", "/usr", "/dev", "/etc", "/opt", "/proc", *path]
    return probe.problems(dict(canary), sealed, own | {0, 1, 2})
