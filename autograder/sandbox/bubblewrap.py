"""The bubblewrap command: what of this machine the sandbox shows, and nothing else.

Read-only: the system's libraries and programs, this Python, its site-packages (not the
folder of the virtual environment, which may lie in the course), and `cnnkit`.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .limits import IsolationError

INSIDE = Path(__file__).parent / "inside"
_INSTALL = (
    "bubblewrap is not installed, so learners' code cannot be isolated: install it "
    "(Debian, Ubuntu: sudo apt install bubblewrap; Fedora: sudo dnf install bubblewrap), "
    "or accept the risk with --isolation none"
)
_FORBIDDEN = (
    "this machine forbids the user namespaces that bubblewrap needs, so learners' code cannot "
    "be isolated ({why}): on Ubuntu allow them with "
    "'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0', in Docker start the "
    "container with '--security-opt seccomp=unconfined --security-opt systempaths=unconfined "
    "--security-opt apparmor=unconfined', or accept the risk with --isolation none"
)
_NOBODY = 65534
_COURSE = "/opt/course"
_BOOT = "/opt/cnnkit-sandbox"
# as nobody no longer finds Python's own files where root keeps them, this imports nothing
_BECOME_NOBODY = (
    f"import os, sys; os.setgroups([]); os.setresgid({_NOBODY}, {_NOBODY}, {_NOBODY}); "
    f"os.setresuid({_NOBODY}, {_NOBODY}, {_NOBODY}); os.execv(sys.argv[1], sys.argv[1:])"
)


def command(code: str, *arguments: str) -> list[str]:
    """The command that runs Python `code` in a new sandbox. Raises IsolationError.

    The code can import the package ``inside``, and reads its search path for later
    from the environment variable PYTHONPATH.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise IsolationError(_INSTALL)
    program = os.path.realpath(program)
    shown = dict(_shown())
    outer: list[str] = []
    if os.geteuid() == 0:
        # Root's user namespace would make its inhabitants root outside, too. So become
        # nobody first; what only root can reach is put where nobody can.
        staged = {}
        outer = [program, "--die-with-parent", "--dev-bind", "/", "/", "--tmpfs", "/tmp"]
        for number, (there, here) in enumerate(shown.items()):
            outer += ["--ro-bind", here, f"/tmp/{number}"]
            staged[there] = f"/tmp/{number}"
        shown = staged
        # only what becoming nobody takes
        for capability in ("CAP_SETUID", "CAP_SETGID"):
            outer += ["--cap-add", capability]
        outer += ["--", sys.executable, "-I", "-S", "-c", _BECOME_NOBODY]
    return [
        *outer, program, "--unshare-all", "--die-with-parent", "--new-session",
        "--uid", "0", "--gid", "0", "--cap-add", "ALL", "--hostname", "sandbox",
        *_system(), *_binds(shown), *_places(), *_environment(),
        "--", _python(), "-s", "-S", "-P", "-c",
        f"import sys; sys.path.insert(0, {_BOOT!r}); {code}", *arguments,
    ]  # fmt: skip


def rehearse() -> None:
    """Wall a process in as a kernel would be, and let it end. Raises IsolationError."""
    words = command("from inside.rehearsal import main; main()")
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        raise explained("bubblewrap did not answer in 60 seconds") from None
    if done.returncode != 0 or done.stdout.strip() != "walled in":
        raise explained(done.stderr)


def explained(said: str) -> IsolationError:
    """The error that fits what bubblewrap, or the process in it, said when it failed."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    why = (lines[-1] if lines else "it said nothing").rstrip(".")
    signs = ("permission", "permitted", "namespace", "uid map")
    if any(sign in why.lower() for sign in signs):
        return IsolationError(_FORBIDDEN.format(why=why))
    return IsolationError(f"the sandbox could not be started, so nothing was run: {why}")


def _python() -> str:
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return os.path.join(sys.base_prefix, "bin", version)


def search_path() -> list[str]:
    """Where modules are found inside, after the standard library."""
    return [*_site_packages(), _COURSE]


def _site_packages() -> list[str]:
    folders = (path for path in sys.path if Path(path).name in ("site-packages", "dist-packages"))
    return list(dict.fromkeys(path for path in folders if os.path.isdir(path)))


def _shown() -> Iterator[tuple[str, str]]:
    """Pairs of where it is inside and where it is here."""
    for name in ("bin", "lib", "lib64"):
        folder = os.path.join(sys.base_prefix, name)
        if os.path.isdir(folder) and sys.base_prefix != "/usr":
            yield folder, os.path.realpath(folder)
    for folder in _site_packages():
        yield folder, os.path.realpath(folder)
    kit = importlib.util.find_spec("cnnkit")
    if kit is not None and kit.submodule_search_locations:
        yield f"{_COURSE}/cnnkit", os.path.realpath(kit.submodule_search_locations[0])
    yield f"{_BOOT}/inside", str(INSIDE)
    for name in ("passwd", "group"):
        yield f"/etc/{name}", str(INSIDE / name)


def _binds(shown: dict[str, str]) -> Iterator[str]:
    for there, here in shown.items():
        yield from ("--ro-bind", here, there)
    for folder in _site_packages():
        # installed as a package, the grader's sources would lie here
        if os.path.isdir(os.path.join(folder, "autograder")):
            yield from ("--tmpfs", os.path.join(folder, "autograder"))
            yield from ("--remount-ro", os.path.join(folder, "autograder"))


def _system() -> Iterator[str]:
    for name in ("bin", "lib", "lib64", "lib32"):
        if os.path.isdir(f"/usr/{name}"):
            yield from ("--ro-bind", f"/usr/{name}", f"/usr/{name}")
        if os.path.islink(f"/{name}"):
            yield from ("--symlink", os.readlink(f"/{name}"), f"/{name}")
        elif os.path.isdir(f"/{name}"):
            yield from ("--ro-bind", f"/{name}", f"/{name}")
    shared = ("/usr/share/fonts", "/usr/share/fontconfig", "/usr/share/zoneinfo")
    settings = ("/etc/ld.so.cache", "/etc/fonts", "/etc/alternatives")
    for path in (*shared, *settings):
        yield from ("--ro-bind-try", path, path)


def _places() -> Iterator[str]:
    yield from ("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/home")
    yield from ("--dir", "/home/learner", "--remount-ro", "/dev", "--remount-ro", "/")
    yield from ("--chdir", "/home/learner")


def _environment() -> Iterator[str]:
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/home/learner",
        "USER": "learner",
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(search_path()),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    yield "--clearenv"
    for name, value in variables.items():
        yield from ("--setenv", name, value)
