"""Where isolation is not certain, is nothing run, and does one sentence say why?"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.sandbox import UNPROTECTED, IsolationError, check_isolation, zygotes
from autograder.sandbox.inside import seccomp
from autograder.sandbox.zygotes import Canary

from .sandboxed import processes_named, run, says

linux = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux")
INSTALL = "bubblewrap is not installed.*apt install bubblewrap.*--isolation none$"
FORBIDDEN = "forbids the user namespaces.*sysctl.*Docker.*--isolation none$"


@pytest.fixture
def no_zygote() -> Iterator[None]:
    """Without a zygote before and after."""
    for _ in range(2):
        if (zygote := zygotes.running()) is not None:
            zygotes.discard(zygote)
        if _ == 0:
            yield


def fake_bubblewrap(folder: Path, script: str) -> str:
    """A folder to put first on PATH, with a ``bwrap`` that is `script`."""
    program = folder / "bwrap"
    program.write_text("#!/bin/sh\n" + script)
    program.chmod(0o755)
    return str(folder)


def test_without_bubblewrap_nothing_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_zygote: None
) -> None:
    """Does a machine without bwrap say what to install, and run nothing?"""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(IsolationError, match=INSTALL):
        check_isolation()
    with pytest.raises(IsolationError, match=INSTALL):
        run("open('/tmp/ran', 'w')")


@pytest.mark.parametrize(
    "said",
    [
        "bwrap: No permissions to creating new namespace, likely because the kernel does not "
        "allow non-privileged user namespaces.",
        "bwrap: setting up uid map: Permission denied",
        "bwrap: Creating new namespace failed: Operation not permitted",
    ],
)
def test_where_namespaces_are_forbidden_nothing_runs(
    said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_zygote: None
) -> None:
    """Does bwrap's refusal become one sentence that says what to do?"""
    folder = fake_bubblewrap(tmp_path, f"echo '{said}' >&2\nexit 1\n")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    with pytest.raises(IsolationError, match=FORBIDDEN) as caught:
        check_isolation()
    assert "\n" not in str(caught.value)
    with pytest.raises(IsolationError, match=FORBIDDEN):
        run("open('/tmp/ran', 'w')")


@linux
def test_a_bubblewrap_that_does_nothing_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_zygote: None
) -> None:
    """If bwrap only ran its command, unsandboxed, would learners' code run?"""
    script = 'while [ "$1" != "--" ]; do shift; done; shift\nexec "$@"\n'
    folder = fake_bubblewrap(tmp_path, script)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    with pytest.raises(IsolationError):
        check_isolation()
    with pytest.raises(IsolationError):
        run("open('/tmp/ran', 'w')")


@linux
@pytest.mark.kernel
def test_this_machine_can_isolate() -> None:
    """Does the check pass here, so that the other tests test something?"""
    check_isolation()
    check_isolation("none")
    with pytest.raises(ValueError, match="bubblewrap, none"):
        check_isolation("docker")


@linux
@pytest.mark.kernel
@pytest.mark.parametrize("change", ["file", "abstract"])
def test_a_probe_that_reaches_a_canary_stops_everything(
    change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the probe can open a file it should not, is the kernel ended unused?"""
    described = Canary.described

    def reachable(canary: Canary) -> dict[str, object]:
        return {**described(canary), "files": ["/etc/passwd"]}

    def nonsense(canary: Canary) -> dict[str, object]:
        return {**described(canary), "abstract": None}

    monkeypatch.setattr(Canary, "described", reachable if change == "file" else nonsense)
    words = "does not hold, so nothing was run: it (can read /etc/passwd|could not be walled in)"
    with pytest.raises(IsolationError, match=words):
        run("open('/proc/self/comm', 'w').write('cnk-should-not')")
    assert not processes_named("cnk-should-not")
    monkeypatch.undo()
    assert says("1 + 1") == "2"


PROBE_HERE = """
import json, sys
from autograder.sandbox.inside import probe
canary = json.loads(sys.argv[1])
print(json.dumps(probe.problems(canary, ["/tmp"], frozenset({0, 1, 2}))))
"""


@linux
def test_the_probe_finds_each_hole_where_there_are_no_walls(tmp_path: Path) -> None:
    """Run outside any sandbox, does the probe name all that is wrong there?"""
    with socket.create_server(("127.0.0.1", 0)) as listener, open(__file__) as leaked:
        canary = {
            "files": [__file__],
            "port": listener.getsockname()[1],
            "abstract": "nobody-listens-here",
        }
        done = subprocess.run(
            [sys.executable, "-c", PROBE_HERE, json.dumps(canary)],
            capture_output=True, text=True, check=True, pass_fds=(leaked.fileno(),),
            cwd=Path(__file__).parents[1],
        )  # fmt: skip
    found = json.loads(done.stdout)
    for expected in (
        "it can gain privileges", "its system calls are not filtered", "it can trace",
        "it shares its processes' numbers", "it sees other processes",
        "it reaches the host's network", f"it can read {__file__}", "it can write to /tmp",
    ):  # fmt: skip
        assert expected in found
    assert any(problem.startswith("it holds open files") for problem in found)
    (Path("/tmp") / ".probe").unlink()


@pytest.mark.kernel
def test_no_kernel_is_looked_up_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Could a kernelspec on this machine take the place of the sandboxed one?"""
    from jupyter_client.kernelspec import KernelSpecManager

    def refuse(*_: object) -> None:
        raise AssertionError("a kernel was looked up by its name")

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", refuse)
    assert says("import os; os.getpid()") == "1"


def test_unprotected_says_so_in_capitals() -> None:
    """Does ``--isolation none`` say what it gives up, for all to see?"""
    without_option = UNPROTECTED.replace("--isolation none", "")
    assert without_option == without_option.upper()
    for word in ("GRADEBOOK", "NETWORK", "DELETE", "MEMORY"):
        assert word in UNPROTECTED


def interpreted(program: bytes, machine: int, number: int, *arguments: int) -> int:
    """What the filter answers a system call: an interpreter of the classic BPF it uses."""
    data = struct.pack("iIQ6Q", number, machine, 0, *arguments, *(0,) * (6 - len(arguments)))
    code = [struct.unpack_from("HBBI", program, at) for at in range(0, len(program), 8)]
    at = accumulator = 0
    while True:
        operation, if_true, if_false, value = code[at]
        at += 1
        if operation == 0x06:
            return int(value)
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("I", data, value)
            continue
        tests = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: accumulator & value}
        at += if_true if tests[operation] else if_false


ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_refuses_what_it_names_and_allows_the_rest(machine: str) -> None:
    """Call by call, what does the filter answer on each kind of machine?"""
    program, arch = seccomp.program(machine), MACHINES[machine]
    column = list(MACHINES).index(machine)
    assert len(program) // 8 < 4096
    refused = {numbers[column] for numbers in seccomp.DENIED.values()} - {None}
    clone, clone3, opened, paired, ioctl = (
        calls[column]
        for calls in (
            seccomp._CLONE, seccomp._CLONE3, seccomp._SOCKET, seccomp._SOCKETPAIR, seccomp._IOCTL,
        )
    )  # fmt: skip
    for number in range(500):
        answer = interpreted(program, arch, number, 1)
        if number in refused:
            assert answer == FAIL | errno.EPERM, number
        elif number == clone3:
            assert answer == FAIL | errno.ENOSYS
        else:
            assert answer == ALLOW, number
    threads = 0x003D0F00  # the flags of pthread_create
    assert interpreted(program, arch, clone, threads) == ALLOW
    for bit in (17, 25, 26, 27, 28, 29, 30):
        assert interpreted(program, arch, clone, threads | 1 << bit) == FAIL | errno.EPERM
    for family in (0, 2, 10, 16, 17, 40):
        for call in (opened, paired):
            assert interpreted(program, arch, call, family) == FAIL | errno.EAFNOSUPPORT
    assert interpreted(program, arch, ioctl, 0, 0x5401) == ALLOW
    assert interpreted(program, arch, ioctl, 0, 0x5412) == FAIL | errno.EPERM
    setsockopt, setrlimit, prlimit = (
        calls[column] for calls in (seccomp._SETSOCKOPT, seccomp._SETRLIMIT, seccomp._PRLIMIT64)
    )
    for kind, said in ((2, FAIL | errno.EPROTONOSUPPORT), (0x80801, ALLOW)):
        assert interpreted(program, arch, opened, 1, kind) == said
        assert interpreted(program, arch, paired, 1, kind) == said
    for lock, said in ((6, FAIL | errno.ENOLCK), (38, FAIL | errno.ENOLCK), (1, ALLOW), (36, ALLOW)):
        assert interpreted(program, arch, seccomp._FCNTL[column], 3, lock) == said
    for option, said in ((7, FAIL | errno.EPERM), (8, FAIL | errno.EPERM), (9, ALLOW)):
        assert interpreted(program, arch, setsockopt, 3, 1, option) == said
    for limit, said in ((4, FAIL | errno.EPERM), (3, ALLOW)):
        assert interpreted(program, arch, setrlimit, limit) == said
        assert interpreted(program, arch, prlimit, 0, limit) == said
    other = MACHINES["aarch64" if machine == "x86_64" else "x86_64"]
    assert interpreted(program, other, 0) == KILL
    assert interpreted(program, 0x40000003, 0) == KILL
    if machine == "x86_64":
        assert interpreted(program, arch, 0x40000000 | 101) == KILL


def test_an_unknown_machine_has_no_filter() -> None:
    """Does a machine that the filter does not know stop with an error?"""
    with pytest.raises(OSError, match="riscv64"):
        seccomp.program("riscv64")


@pytest.mark.kernel
@linux
def test_the_numbers_of_the_calls_are_this_machines() -> None:
    """Do the numbers agree with the C library's own header, where there is one?"""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    import platform

    column = list(MACHINES).index(platform.machine())
    names = {**seccomp.DENIED, "clone": seccomp._CLONE, "clone3": seccomp._CLONE3}
    names |= {"socket": seccomp._SOCKET, "socketpair": seccomp._SOCKETPAIR}
    names |= {"ioctl": seccomp._IOCTL, "seccomp": seccomp._SECCOMP}
    names |= {"setsockopt": seccomp._SETSOCKOPT, "fcntl": seccomp._FCNTL}
    names |= {"setrlimit": seccomp._SETRLIMIT, "prlimit64": seccomp._PRLIMIT64}
    lines = "\n".join(f'number "{name}" SYS_{name}' for name in names)
    source = f"#include <sys/syscall.h>\n{lines}\n"
    done = subprocess.run(
        [compiler, "-E", "-P", "-x", "c", "-"],
        input=source,
        capture_output=True,
        text=True,
        check=True,
    )
    words = dict(re.findall(r'^number "(\w+)" (\d+)$', done.stdout, re.MULTILINE))
    checked = 0
    for name, numbers in names.items():
        if name in words:
            assert int(words[name]) == numbers[column], name
            checked += 1
    assert checked > 40
