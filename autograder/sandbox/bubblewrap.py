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
BOOT = "/opt/cnnkit-sandbox"
HOME = "/learner"  # as in inside/walls.py
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
    program = str(Path(program).resolve())
    shown = dict(_shown())
    outer: list[str] = []
    if os.geteuid() == 0:
        # Root's user namespace would make its inhabitants root outside, too. So become
        # nobody first; what only root can reach is put where nobody can.
        stage = _stage(program)
        outer = [program, "--die-with-parent", "--dev-bind", "/", "/", "--tmpfs", stage]
        for number, (there, here) in enumerate(shown.items()):
            outer += ["--ro-bind", here, f"{stage}/{number}"]
            shown[there] = f"{stage}/{number}"
        # only what becoming nobody takes
        for capability in ("CAP_SETUID", "CAP_SETGID"):
            outer += ["--cap-add", capability]
        outer += ["--", sys.executable, "-I", "-S", "-c", _BECOME_NOBODY]
    return [
        *outer, program, "--unshare-all", "--die-with-parent", "--new-session",
        "--uid", "0", "--gid", "0", "--cap-add", "ALL", "--hostname", "sandbox",
        *_system(), *_binds(shown), "--remount-ro", "/dev", "--remount-ro", "/",
        "--chdir", HOME, *_environment(), "--", _python(), "-s", "-S", "-P", "-c",
        f"import sys; sys.path.insert(0, {BOOT!r}); {code}", *arguments,
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


def _stage(program: str) -> str:
    """A folder of this machine that hides no program needed when something is laid over it."""
    needed = [program, sys.executable, sys.prefix, sys.base_prefix]
    needed += [str(Path(path).resolve()) for path in needed]
    for folder in ("/mnt", "/media", "/srv", "/tmp"):
        if Path(folder).is_dir() and not any(Path(path).is_relative_to(folder) for path in needed):
            return folder
    raise IsolationError("there is no folder such as /mnt in which the sandbox could be prepared")


def search_path() -> list[str]:
    """Where modules are found inside, after the standard library."""
    return [*_site_packages().values(), _COURSE]


def _site_packages() -> dict[str, str]:
    """Where each of this Python's site-packages is here, and where inside."""
    names = ("site-packages", "dist-packages")
    here = (path for path in sys.path if Path(path).name in names and Path(path).is_dir())
    return {path: f"/opt/packages/{number}" for number, path in enumerate(dict.fromkeys(here))}


def _prefix() -> str:
    """Where this Python's own installation is inside: where it is here, if that is not hidden."""
    covered = ("/tmp", "/dev", "/proc", HOME)
    hidden = any(Path(sys.base_prefix).is_relative_to(folder) for folder in covered)
    return "/opt/python" if hidden else sys.base_prefix


def _python() -> str:
    return f"{_prefix()}/bin/python{sys.version_info[0]}.{sys.version_info[1]}"


def _shown() -> Iterator[tuple[str, str]]:
    """Pairs of where it is inside and where it is here."""
    for name in ("bin", "lib", "lib64"):
        folder = Path(sys.base_prefix, name)
        if folder.is_dir() and sys.base_prefix != "/usr":
            yield f"{_prefix()}/{name}", str(folder.resolve())
    for here, there in _site_packages().items():
        yield there, str(Path(here).resolve())
    kit = importlib.util.find_spec("cnnkit")
    if kit is not None and kit.submodule_search_locations:
        yield f"{_COURSE}/cnnkit", str(Path(kit.submodule_search_locations[0]).resolve())
    yield f"{BOOT}/inside", str(INSIDE)
    for name in ("passwd", "group"):
        yield f"/etc/{name}", str(INSIDE / name)


def _binds(shown: dict[str, str]) -> Iterator[str]:
    for there, here in shown.items():
        yield from ("--ro-bind", here, there)
    for here, there in _site_packages().items():
        # installed as a package, the grader's sources would lie here
        if Path(here, "autograder").is_dir():
            yield from ("--tmpfs", f"{there}/autograder", "--remount-ro", f"{there}/autograder")


def _system() -> Iterator[str]:
    for name in ("bin", "lib", "lib64", "lib32"):
        if Path("/usr", name).is_dir():
            yield from ("--ro-bind", f"/usr/{name}", f"/usr/{name}")
        top = Path("/", name)
        if top.is_symlink():
            yield from ("--symlink", str(top.readlink()), str(top))
        elif top.is_dir():
            yield from ("--ro-bind", str(top), str(top))
    shared = ("/usr/share/fonts", "/usr/share/fontconfig", "/usr/share/zoneinfo")
    settings = ("/etc/ld.so.cache", "/etc/fonts", "/etc/alternatives")
    for path in (*shared, *settings):
        yield from ("--ro-bind-try", path, path)
    yield from ("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", HOME)


def _environment() -> Iterator[str]:
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": HOME,
        "USER": "learner",
        "LANG": "C.UTF-8",
        "PYTHONPATH": ":".join(search_path()),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    if _prefix() != sys.base_prefix:
        variables["LD_LIBRARY_PATH"] = f"{_prefix()}/lib"
    yield "--clearenv"
    for name, value in variables.items():
        yield from ("--setenv", name, value)
