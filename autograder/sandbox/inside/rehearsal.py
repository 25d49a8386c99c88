"""Does what the zygote does to one kernel, up to its first line of code, and ends."""

from __future__ import annotations

import os
import platform
import sys

from . import linux, seccomp, walls

_LIMITS = {
    "memory": 1 << 30, "processes": 64, "disk": 1 << 20, "file_size": 1 << 20,
    "open_files": 64, "cpu_seconds": 60,
}  # fmt: skip


def main() -> None:
    """Say ``walled in`` if a process could be; else why not, on the error stream."""
    try:
        linux.unshare(linux.CLONE_NEWPID)
    except OSError as error:
        sys.exit(str(error))
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            walls.go_behind(_LIMITS, {theirs})
            seccomp.install(seccomp.program(platform.machine()))
        except Exception as error:
            os.write(theirs, str(error).encode())
        finally:
            os._exit(0)
    os.close(theirs)
    problem = os.read(ours, 1000).decode()
    _, status = os.waitpid(child, 0)
    if problem or status:
        sys.exit(problem or f"the rehearsal ended with status {status}")
    print("walled in")
