"""Can learners' code reach anything outside its sandbox?"""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import sandbox
from autograder.sandbox import Limits
from autograder.sandbox.inside.seccomp import DENIED

from .sandboxed import Kernel, eventually, processes_named, run, says

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux"),
]
MEBIBYTE = 1 << 20
ROOT = Path(sandbox.__file__).resolve().parents[2]
TRY_TO_OPEN = """
def tried(path):
    try:
        with open(path, "rb") as file:
            return len(file.read(10))
    except OSError as error:
        return type(error).__name__
"""


def test_the_hosts_loopback_is_out_of_reach() -> None:
    """Does a listener on this machine hear from the kernel?"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()  # it does listen
        listener.accept()[0].close()
        said = says(
            "import socket\n"
            f"try: print(socket.create_connection(('127.0.0.1', {port}), 2))\n"
            "except OSError as error: print('no', error.errno)"
        )
        listener.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert said == "no 97"


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK"])
def test_there_are_only_unix_sockets(family: str) -> None:
    """Can a socket be made that could leave the machine?"""
    said = says(
        f"import socket\ntry: socket.socket(socket.{family}, socket.SOCK_DGRAM); print('made')\n"
        "except OSError as error: print(error.errno)"
    )
    assert said == "97"


def test_there_is_no_network_even_without_the_filter() -> None:
    """Is the network namespace empty but for a loopback of its own?"""
    said = says("print([line.split(':')[0].strip() for line in open('/proc/self/net/dev')][2:])")
    assert said == "['lo']"


def test_an_abstract_socket_of_the_host_is_out_of_reach() -> None:
    """Does an abstract socket, which no file permission guards, hear from the kernel?"""
    name = f"cnnkit-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0" + name)
        listener.listen()
        said = says(
            "import socket\ntry: socket.socket(socket.AF_UNIX).connect('\\0" + name + "')\n"
            "except OSError as error: print(type(error).__name__)"
        )
    assert said == "ConnectionRefusedError"


def test_files_of_the_host_cannot_be_read(tmp_path: Path) -> None:
    """Can a canary, a secret or the course's own sources be opened?"""
    canary = tmp_path / "canary"
    canary.write_text("secret")
    canary.chmod(0o644)
    solutions = ROOT / "solutions"
    paths = [
        canary, "/etc/shadow", "/etc/hosts", "/etc/machine-id", "/root/.bashrc",
        ROOT / "pyproject.toml", ROOT / "nbgrader_config.py", ROOT / "gradebook.db",
        ROOT / "autograder/__init__.py", ROOT / "course/cnnkit/__init__.py",
        *solutions.glob("*/exercises.py"), "/proc/1/root/etc/shadow", "/proc/kcore",
        "/proc/cmdline", "/proc/version", "/proc/keys", "/sys/kernel", "/dev/mem", "/dev/sda",
        f"/proc/self/cwd/../../..{canary}", Path.home() / ".ssh", "/var/log", "/run", "/srv", "/mnt",
    ]  # fmt: skip
    said = run(TRY_TO_OPEN, f"print({[str(path) for path in paths]!r})")
    listed = run(TRY_TO_OPEN, f"[tried(path) for path in {[str(path) for path in paths]!r}]")
    assert not said.died
    assert set(eval(listed.texts[1])) <= {"FileNotFoundError", "PermissionError"}


def test_the_course_is_not_there_though_its_python_is() -> None:
    """Is anything of the folder that holds the virtual environment to be seen?"""
    said = says(f"import os; print([*os.walk({str(ROOT)!r})], [*os.walk({sys.prefix!r})])")
    assert said == "[] []"


def test_no_source_of_the_grader_is_there() -> None:
    """Are solutions, exercises or the grader's modules anywhere but for what runs inside?"""
    said = says(
        "import os\nfound = [os.path.join(folder, name) for top in ('/opt', '/usr/share', '/etc')"
        " for folder, _, names in os.walk(top) for name in names"
        " if name in ('exercises.py', 'marking.py', 'workspace.py', 'declare.py', 'zygotes.py')"
        "]\nprint(found)"
    )
    assert said == "[]"


@pytest.mark.parametrize("folder", ["/", "/usr", "/etc", "/dev", "/opt", "/opt/course/cnnkit"])
def test_the_system_cannot_be_changed(folder: str) -> None:
    """Can a file be written outside the kernel's own disk?"""
    said = says(
        f"try: open('{folder}/new', 'w'); print('written')\n"
        "except OSError as error: print(error.errno)"
    )
    assert said in ("30", "13")


def test_links_lead_nowhere() -> None:
    """Does a symbolic link made inside reach what a path does not?"""
    said = says(
        "import os\nanswers = []\n"
        "for number, target in enumerate(['/etc/shadow', '/proc/1/root/root', '/proc/1/fd/0/..',"
        " '../../../../etc/hostname']):\n"
        "    os.symlink(target, f'link{number}')\n"
        "    try: open(f'link{number}'); answers.append('opened')\n"
        "    except OSError as error: answers.append('no')\n"
        "print(set(answers))"
    )
    assert said == "{'no'}"


@pytest.mark.parametrize("name", ["../out.py", "/tmp/out.py", "a/../../out.py", "", "a//b"])
def test_a_submitted_name_stays_in_its_folder(name: str) -> None:
    """Is a file called ``../out.py`` left out, and the rest marked all the same?"""
    files = {name: b"x = 1", "good.py": b"x = 2"}
    said = says(
        "import os\nprint(os.listdir(), sorted(os.listdir('..')), os.listdir('/tmp'))", files=files
    )
    assert said == "['good.py'] ['.shm', '.tmp', 'notebook'] []"
    assert sandbox.kernel_manager(files).left_out == (name,)  # type: ignore[attr-defined]


def test_a_submission_cannot_look_like_a_sandbox_that_fails() -> None:
    """Do names and sizes that cannot be written stop anything but themselves?"""
    files = {
        "a" * 300: b"", "clash": b"1", "clash/in": b"2", "\udcff\ud800": b"", "huge": bytes(1 << 21),
        "a/" * 90 + "deep": b"4", "good.py": b"x = 5", "two\nlines": b"6",
    }  # fmt: skip
    said = says("import good; good.x", files=files, limits=Limits(disk=1 << 20))
    assert said == "5"


def test_only_its_own_processes_are_seen() -> None:
    """Can a process of the host be seen or killed?"""
    victim = subprocess.Popen(["sleep", "60"])
    try:
        said = says(
            "import os, signal\n"
            "print(sorted(int(name) for name in os.listdir('/proc') if name.isdigit()))\n"
            f"for number in ({victim.pid}, {os.getpid()}):\n"
            "    try: os.kill(number, signal.SIGKILL); print('killed')\n"
            "    except ProcessLookupError: print('none')\n"
            "try: os.kill(-1, signal.SIGKILL)\nexcept ProcessLookupError: print('none')"
        )
        assert said.split("\n") == ["[1]", "none", "none", "none"]
        assert victim.poll() is None
    finally:
        victim.kill()
        victim.wait()
    assert says("1 + 1") == "2"


async def _processes_outside() -> dict[str, str]:
    async with Kernel() as kernel:
        await kernel.run("open('/proc/self/comm', 'w').write('cnk-marked')")
        [number] = processes_named("cnk-marked")
        with open(f"/proc/{number}/status") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def test_out_here_it_is_nobody() -> None:
    """Is the kernel without privileges as the host sees it, even if root started it?"""
    import asyncio

    status = asyncio.run(_processes_outside())
    own = os.getuid() or 65534
    assert status["Uid"].split() == [str(own)] * 4
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def test_the_environment_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a variable of the grader's environment reach the kernel?"""
    from autograder.sandbox import zygotes

    monkeypatch.setenv("CANARY_TOKEN", "secret")
    if (zygote := zygotes.running()) is not None:
        zygotes.discard(zygote)
    names = says("import os\nprint(*sorted(os.environ))").split()
    assert set(names) <= {
        "PATH", "HOME", "USER", "LANG", "LC_CTYPE", "PWD", "PYTHONPATH", "PYTHONHASHSEED",
        "PYTHONDONTWRITEBYTECODE", "MPLBACKEND", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS",
        "MALLOC_ARENA_MAX", "LD_LIBRARY_PATH", "PYDEVD_USE_FRAME_EVAL", "JPY_PARENT_PID", "KERNEL_LAUNCH_TIMEOUT",
        "TERM", "CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "PAGER", "GIT_PAGER", "COLUMNS",
    }  # fmt: skip
    assert says("open('/proc/self/environ', 'rb').read().count(b'secret')") == "0"


# What these calls answer without the filter is not EPERM: a number, or another error.
UNFILTERED = {
    "unshare": "0x10000000, 0, 0, 0, 0",
    "keyctl": "0, -3, 0, 0, 0",
    "memfd_create": "b'a', 0, 0, 0, 0",
    "shmget": "0, 4096, 0o1600, 0, 0",
    "ptrace": "0, 0, 0, 0, 0",
    "personality": "0xffffffff, 0, 0, 0, 0",
    "io_uring_setup": "1, 0, 0, 0, 0",
    "process_vm_readv": "1, 0, 0, 0, 0",
    "kcmp": "1, 1, 0, 0, 0",
    "msgget": "0, 0o1600, 0, 0, 0",
    "mount": "0, 0, 0, 0, 0",
    "userfaultfd": "1, 0, 0, 0, 0",
    "perf_event_open": "0, 0, -1, -1, 0",
    "bpf": "0, 0, 0, 0, 0",
    "request_key": "0, 0, 0, 0, 0",
    "add_key": "0, 0, 0, 0, 0",
}


def test_dangerous_system_calls_are_refused() -> None:
    """Does the kernel get past the filter with any of the calls it names?"""
    column = ("x86_64", "aarch64").index(platform.machine())
    calls = {name: numbers[column] for name, numbers in DENIED.items()}
    lines = "\n".join(
        f"answers[{name!r}] = call({number}, {UNFILTERED.get(name, '0, 0, 0, 0, 0')})"
        for name, number in calls.items()
        if number is not None
    )
    said = says(
        "import ctypes, errno\nlibc = ctypes.CDLL(None, use_errno=True)\nanswers = {}\n"
        "def call(*words):\n"
        "    words = [ctypes.c_long(w) if isinstance(w, int) else w for w in words]\n"
        "    return ctypes.get_errno() if libc.syscall(*words) < 0 else 'done'\n"
        f"{lines}\nprint({{name: got for name, got in answers.items() if got != errno.EPERM}})"
    )
    assert said == "{}"


def test_a_namespace_cannot_be_made_through_clone() -> None:
    """Does ``clone`` with a namespace flag, or ``clone3``, get by?"""
    clone, clone3 = ((56, 435), (220, 435))[platform.machine() == "aarch64"]
    said = says(
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def call(*words):\n"
        "    done = libc.syscall(*map(ctypes.c_long, words))\n"
        "    if done == 0: libc._exit(0)\n"
        "    return ctypes.get_errno() if done < 0 else 'made'\n"
        f"print([call({clone}, 17 | flag, 0, 0, 0, 0) for flag in"
        " (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)],"
        f" call({clone}, 17, 0, 0, 0, 0), call({clone3}, 0, 0))"
    )
    assert said == "[1, 1, 1, 1, 1, 1, 1] made 38"


def test_a_daemon_dies_with_its_kernel() -> None:
    """Does a process that left its session and its parent outlive the kernel?"""
    name = f"cnk{os.getpid()}"

    async def leave_one_behind() -> int:
        async with Kernel() as kernel:
            await kernel.run(
                "import os, time\n"
                "if os.fork() == 0:\n"
                "    os.setsid()\n"
                "    if os.fork(): os._exit(0)\n"
                f"    open('/proc/self/comm', 'w').write({name!r})\n"
                "    import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                "    time.sleep(600)\n"
            )
            assert eventually(lambda: bool(processes_named(name)))
            return len(processes_named(name))

    import asyncio

    assert asyncio.run(leave_one_behind()) == 1
    assert eventually(lambda: not processes_named(name))


def test_a_fork_bomb_is_limited() -> None:
    """How many processes can there be at once, and does the kernel survive them?"""
    ran = run(
        "import os, time\nchildren = 0\n"
        "try:\n"
        "    while children < 500:\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(600)\n"
        "        children += 1\n"
        "except BlockingIOError: print('refused')\n"
        "print(children < 64)",
        "1 + 1",
    )
    assert ran.texts == ["refused\nTrue", "2"]


def test_one_process_gets_no_more_memory_than_allowed() -> None:
    """Does asking for too much raise MemoryError, and nothing worse?"""
    ran = run(
        "import numpy as np\nnp.ones(300 * 2**20, dtype=np.uint8).nbytes >> 20",
        "len(bytearray(300 * 2**20)) >> 20",
        "np.ones(100 * 2**20, dtype=np.uint8).nbytes >> 20",
        limits=Limits(memory=256 * MEBIBYTE),
    )
    assert "MemoryError" in ran.texts[0]
    assert "MemoryError" in ran.texts[1]
    assert ran.texts[2] == "100"


def test_all_processes_together_get_no_more_memory_than_allowed() -> None:
    """Are a kernel's processes ended when each keeps its limit but their sum does not?"""
    ran = run(
        "import os, time\n"
        "for _ in range(5):\n"
        "    if os.fork() == 0:\n"
        "        kept = bytearray(os.urandom(1)) * (100 * 2**20)\n"
        "        time.sleep(600)\n"
        "time.sleep(30)",
        limits=Limits(memory=256 * MEBIBYTE),
    )
    assert ran.died
    assert ran.ended_by == "memory"


def test_all_processes_together_have_no_more_open_files_than_allowed() -> None:
    """Is a kernel ended whose processes fill the system's memory with sockets?"""
    ran = run(
        "import os, socket, time\n"
        "for _ in range(6):\n"
        "    if os.fork() == 0:\n"
        "        kept = [socket.socketpair() for _ in range(40)]\n"
        "        time.sleep(600)\n"
        "time.sleep(30)",
        limits=Limits(open_files=128),
    )
    assert ran.died
    assert ran.ended_by == "files"


def test_a_crowd_stands_back_and_the_kernel_does_not() -> None:
    """Do spinning processes leave the processors to others, in sessions of their own too?"""
    start = "import os, time\nfor _ in range({}):\n    child = os.fork()\n    if child == 0:\n        {}\n"
    spin = "while True: pass"
    wait = (
        "end = time.monotonic() + 30\n"
        "while os.sched_getscheduler({0}) != os.SCHED_IDLE and time.monotonic() < end: time.sleep(0.05)\n"
        "try: os.sched_setscheduler({0}, os.SCHED_OTHER, os.sched_param(0))\n"
        "except PermissionError: print('for good', os.sched_getscheduler(0))"
    )
    assert run(start.format(12, spin) + wait.format("child")).texts == ["for good 0"]
    alone = start.format(3, f"os.setsid()\n        {spin}")
    assert run(alone + wait.format("child")).texts == ["for good 0"]
    threads = (
        "import numpy as np, os, threading, time\nbig = np.ones((1500, 1500))\n"
        "def spin():\n    while True: np.sqrt(big)  # lets the other threads run meanwhile\n"
        "for _ in range(12): threading.Thread(target=spin, daemon=True).start()\n"
    )
    assert run(threads + wait.format("0")).texts == [f"for good {os.SCHED_IDLE}"]
    sleeping = start.format(12, "time.sleep(600)") + "time.sleep(1.5)\nos.sched_getscheduler(child)"
    assert run(sleeping).texts == ["0"]
    many = run(start.format(12, "os.setsid(); time.sleep(600)") + "time.sleep(30)")
    assert (many.died, many.ended_by) == (True, "processes")


def test_no_core_leaves_the_sandbox() -> None:
    """Is there the limit that Linux keeps to even where a program of the system takes cores?"""
    said = says(
        "import resource\nprint([line.split()[4:6] for line in open('/proc/self/limits') if 'core' in line])\n"
        "import ctypes; print(ctypes.CDLL(None).setrlimit(4, ctypes.byref((ctypes.c_ulong * 2)(0, 0))))"
    )
    assert said == "[['1', '1']]\n-1"


def test_the_disk_is_limited_in_all_its_folders_together() -> None:
    """Can more be written than the limit by using every folder that can be written to?"""
    ran = run(
        "written, problems = 0, set()\n"
        "for name in ('/tmp/a', '/dev/shm/a', 'a', '/learner/a', '/tmp/b'):\n"
        "    with open(name, 'wb', buffering=0) as file:\n"
        "        try:\n"
        "            for _ in range(20): written += file.write(bytes(2**20))\n"
        "        except OSError as error: problems.add(error.errno)\n"
        "print(written >> 20, problems)",
        limits=Limits(disk=32 * MEBIBYTE),
    )
    size, problems = ran.texts[0].split(" ", 1)
    assert 24 <= int(size) <= 32
    assert problems == "{28}"


def test_a_file_and_the_number_of_open_files_are_limited() -> None:
    """Do too large a file and too many files fail?"""
    ran = run(
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try: open('a', 'wb', buffering=0).write(bytes(3 * 2**20)); print('in part')\n"
        "except OSError as error: print(error.errno)\n"
        "import os; print(os.path.getsize('a') >> 20)",
        "files = []\ntry:\n    while len(files) < 1000: files.append(open('a'))\n"
        "except OSError as error: print(error.errno, len(files) < 128)",
        limits=Limits(file_size=2 * MEBIBYTE, open_files=128),
    )
    assert ran.texts[0].split("\n")[-1] == "2"
    assert ran.texts[1] == "24 True"


def test_time_on_the_processor_is_limited() -> None:
    """Does an endless loop end by itself, whoever forgets to stop it?"""
    ran = run("while True: pass", limits=Limits(cpu_seconds=1))
    assert ran.died


def test_a_kernel_that_never_stops_talking_is_ended() -> None:
    """Is there an end to the messages that one kernel may send?"""
    ran = run(
        "while True: print('x' * 10000)",
        limits=Limits(output=4 * MEBIBYTE),
    )
    assert ran.died
    assert ran.ended_by == "output"
