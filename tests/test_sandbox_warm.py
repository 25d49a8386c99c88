"""Is a forked kernel as good as a new one, and does nothing pass from one to the next?"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from autograder.sandbox import Limits, kernel_manager, zygotes

from .sandboxed import Kernel, eventually, processes_named, run, says

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux"),
]


def notebook(*cells: str) -> nbformat.NotebookNode:
    """A notebook of code cells."""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


def test_nbclient_runs_a_notebook_in_it_as_in_any_other() -> None:
    """Do numbers, prints, pictures, widgets, errors and shell commands come back?"""
    done = notebook(
        "print('a')\n1 + 1",
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "import ipywidgets\nipywidgets.IntSlider()",
        "!echo from the shell",
        "1 / 0",
        "from cnnkit import check\nimport numpy as np\nnp.arange(3)",
        "await __import__('asyncio').sleep(0)",
        "exit",
        "help(len)",
    )
    NotebookClient(done, km=kernel_manager({}), allow_errors=True, timeout=60).execute()
    outputs = [cell.outputs for cell in done.cells]
    assert [output.output_type for output in outputs[0]] == ["stream", "execute_result"]
    assert "image/png" in outputs[1][-1].data
    assert "application/vnd.jupyter.widget-view+json" in outputs[2][0].data
    assert outputs[3][0].text == "from the shell\r\n"
    assert outputs[4][0].ename == "ZeroDivisionError"
    assert outputs[5][0].data["text/plain"] == "array([0, 1, 2])"
    assert "Help on built-in function len" in outputs[8][0].text
    assert [cell.execution_count for cell in done.cells] == list(range(1, 10))


LEAVE_TRACES = """
import os, sys, random, builtins, types, tempfile, socket
import numpy as np, matplotlib, matplotlib.pyplot as plt
for folder in ("/tmp", "/dev/shm", ".", "/learner",
               matplotlib.get_cachedir(), tempfile.gettempdir()):
    os.makedirs(folder, exist_ok=True)
    open(os.path.join(folder, "trace"), "w").write("trace")
os.environ["TRACE"] = "trace"
sys.modules["trace_module"] = types.ModuleType("trace_module")
sys.path.insert(0, "/tmp")
builtins.trace = np.trace_left = plt.trace_left = matplotlib.trace_left = "trace"
plt.rcParams["font.size"] = 77
np.random.seed(0); random.seed(0)
import cnnkit; cnnkit.trace_left = "trace"
np.sum = lambda *_: "trace"
get_ipython().user_ns["trace"] = "trace"
hidden = socket.socket(socket.AF_UNIX); hidden.bind("\\0trace")
import multiprocessing.shared_memory, pty
terminal = pty.openpty()
block = multiprocessing.shared_memory.SharedMemory("trace_block", create=True, size=16)
print("left")
"""
FIND_TRACES = """
import os, sys, random, builtins, socket, subprocess
import numpy as np, matplotlib, matplotlib.pyplot as plt, cnnkit
found = []
for folder in ("/tmp", "/dev/shm", ".", "/learner", matplotlib.get_cachedir()):
    if os.path.exists(os.path.join(folder, "trace")): found.append(folder)
for folder in ("/tmp", "/dev/shm", ".", "/learner"):
    found += [folder + name for name in os.listdir(folder) if name not in ("notebook", ".tmp", ".shm")]
if "TRACE" in os.environ: found.append("environment")
if "trace_module" in sys.modules or "/tmp" in sys.path: found.append("modules")
for place in (builtins, np, plt, matplotlib, cnnkit):
    if hasattr(place, "trace_left") or hasattr(place, "trace") and place is builtins:
        found.append(str(place))
if plt.rcParams["font.size"] == 77: found.append("figures")
if np.sum([1, 2]) != 3: found.append("numpy")
if "trace" in get_ipython().user_ns: found.append("names")
door = socket.socket(socket.AF_UNIX)
try: door.bind("\\0trace")
except OSError: found.append("socket")
if os.listdir("/dev/pts") != ["ptmx"]: found.append("terminals")
print(found)
"""


def test_nothing_passes_to_the_next_kernel() -> None:
    """Do files, modules, settings or sockets of one submission reach the next?"""
    assert says(LEAVE_TRACES) == "left"
    assert says(FIND_TRACES) == "[]"


def test_nothing_passes_to_a_kernel_at_the_same_time() -> None:
    """Do two kernels of one zygote that run together see each other?"""

    async def both() -> tuple[str | None, str | None, str | None]:
        async with Kernel() as first, Kernel() as second:
            left = await first.run(LEAVE_TRACES)
            found = await second.run(FIND_TRACES)
            seen = await second.run("import os; [n for n in os.listdir('/proc') if n.isdigit()]")
            return left, found, seen

    left, found, seen = asyncio.run(both())
    assert left == "left\n"
    assert found == "[]\n"
    assert seen == "['1']"


def test_nothing_of_one_submission_is_in_the_memory_of_the_next() -> None:
    """Can a kernel find another's files in what it inherited from the zygote?"""
    secret = os.urandom(16).hex()
    search = (
        "found = 0\n"
        "with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as memory:\n"
        "    for line in maps:\n"
        "        place, kind = line.split()[:2]\n"
        "        if 'rw' not in kind or '[v' in line: continue\n"
        "        low, high = (int(number, 16) for number in place.split('-'))\n"
        "        memory.seek(low)\n"
        "        try: found += memory.read(high - low).count(bytes.fromhex(half) + middle + rest)\n"
        "        except OSError: pass\n"
        "print(found > 0)"
    )
    half = b"canary-".hex()
    hidden = f"half, middle, rest = '{half}', b'{secret[:8]}', b'{secret[8:]}'"
    files = {"helper.py": f"x = 'canary-{secret}'".encode() * 50}
    assert run(hidden, "import helper", search, files=files).texts[-1] == "True"
    for _ in range(3):
        assert run(hidden, search, files={"other.py": b"x = 1"}).texts[-1] == "False"


def test_no_two_kernels_draw_the_same_random_numbers() -> None:
    """Is the random state of the process they are forked from passed on?"""
    draw = "import random, numpy as np\nprint(random.random(), np.random.rand(), os.urandom(4))"
    drawn = [says("import os\n" + draw) for _ in range(4)]
    for column in range(3):
        assert len({text.split()[column] for text in drawn}) == 4


def test_a_file_beside_the_notebook_can_be_imported_but_stands_in_for_nothing() -> None:
    """Is a helper found, and the real numpy, cnnkit and standard library too?"""
    fake = b"raise SystemExit('the wrong module')"
    names = ("numpy", "cnnkit", "json", "random", "wave", "scipy_not_there", "colorsys")
    files = {f"{name}.py": fake for name in names if name != "scipy_not_there"}
    files |= {"helper.py": b"answer = 42", "tools/more.py": b"answer = 43", "data.bin": b"\0\1"}
    ran = run(
        "import numpy, cnnkit, json, random, wave, colorsys\nprint(numpy.ones(1), json.dumps(1))",
        "import helper\nfrom tools.more import answer\nprint(helper.answer, answer)",
        "import os\nprint(open('data.bin', 'rb').read(), os.getcwd())",
        files=files,
    )
    assert ran.texts == ["[1.] 1", "42 43", "b'\\x00\\x01' /learner/notebook"]


def test_a_restart_gives_a_fresh_kernel() -> None:
    """Are names and written files gone, and the submitted ones back?"""

    async def restart() -> list[str | None]:
        kernel = Kernel({"helper.py": b"x = 1"})
        async with kernel:
            said = [
                await kernel.run("kept = 1\nopen('kept', 'w')\nimport os; os.remove('helper.py')")
            ]
            kernel.client.stop_channels()
            await kernel.manager.restart_kernel(now=True)
            await kernel.connect()
            return [*said, await kernel.run("import os; print(os.listdir(), 'kept' in globals())")]

    assert asyncio.run(restart())[1] == "['helper.py'] False\n"


def test_an_interrupt_stops_the_cell_and_not_the_kernel() -> None:
    """Is an endless loop interrupted as in any kernel?"""

    async def interrupted() -> list[str | None]:
        async with Kernel() as kernel:
            running = asyncio.ensure_future(kernel.run("x = 1\nwhile True: pass"))
            await asyncio.sleep(0.5)
            await kernel.manager.interrupt_kernel()
            return [await running, await kernel.run("x")]

    said = asyncio.run(interrupted())
    assert said[0] is not None
    assert said[0].startswith("KeyboardInterrupt")
    assert said[1] == "1"


@pytest.mark.parametrize("now", [True, False])
def test_a_shutdown_ends_everything(now: bool) -> None:
    """Is a kernel that ignores every signal it can gone at once, and its folder too?"""
    name = f"cnkstub{os.getpid() % 10000}"

    async def shut() -> tuple[str, float]:
        manager = kernel_manager({})
        await manager.start_kernel()
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=30)
        client.execute(
            "import signal, time\n"
            "for number in (1, 2, 3, 15): signal.signal(number, signal.SIG_IGN)\n"
            f"open('/proc/self/comm', 'w').write({name!r})\n"
            "while True:\n    try: time.sleep(100)\n    except BaseException: pass"
        )
        while not processes_named(name):
            await asyncio.sleep(0.05)
        folder = str(Path(manager.connection_file).parent)
        started = time.monotonic()
        client.stop_channels()
        await manager.shutdown_kernel(now=now)
        return folder, time.monotonic() - started

    folder, seconds = asyncio.run(shut())
    assert not processes_named(name)
    assert not Path(folder).exists()
    assert seconds < 5


@pytest.mark.parametrize(
    "source",
    ["import os; os._exit(3)", "import ctypes; ctypes.string_at(0)", "import os; os.abort()"],
)
def test_a_kernel_that_kills_itself_is_missed_and_the_next_one_lives(source: str) -> None:
    """Does nbclient notice, and the zygote not?"""
    says("1")
    before = zygotes.running()
    with pytest.raises(DeadKernelError):
        NotebookClient(notebook(source), km=kernel_manager({}), timeout=60).execute()
    assert says("1 + 1") == "2"
    assert zygotes.running() is before


def test_a_child_that_prints_does_not_disturb_the_kernel() -> None:
    """May a notebook use multiprocessing and fork?"""
    ran = run(
        "import multiprocessing as mp\n"
        "pool = mp.get_context('fork').Pool(2)\nprint(pool.map(abs, [-1, -2, -3]))\npool.terminate()",
        "import os\nif os.fork() == 0:\n    print('a child'); os._exit(0)\nprint(os.wait()[1])",
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'import numpy; print(numpy.ones(1))'],"
        " capture_output=True, text=True).stdout",
    )
    # later Pythons add a warning about forking beside threads
    assert [text.split("\n")[0] for text in ran.texts] == ["[1, 2, 3]", "0", "'[1.]\\n'"]


def test_a_zygote_that_is_killed_is_replaced() -> None:
    """Does the next kernel come from a new one?"""
    says("1")
    before = zygotes.running()
    assert before is not None
    os.kill(before.pid, signal.SIGKILL)
    assert eventually(lambda: not before.usable)
    assert says("1 + 1") == "2"
    assert zygotes.running() is not before


def test_a_zygote_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a zygote that answers nothing delay its replacement without end?"""
    from autograder.sandbox import provisioner

    says("1")
    before = zygotes.running()
    assert before is not None
    everything = [before.pid, *descendants(before.pid)]
    os.kill(everything[-1], signal.SIGSTOP)
    monkeypatch.setattr(provisioner, "_PATIENCE", 1.0)
    assert says("1 + 1") == "2"
    assert zygotes.running() is not before
    assert eventually(lambda: not any(Path(f"/proc/{number}").exists() for number in everything))


def test_a_zygote_is_retired_after_many_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a kernel that runs outlive its zygote's retirement?"""

    async def over() -> list[str | None]:
        async with Kernel() as old:
            monkeypatch.setattr(zygotes, "KERNELS_PER_ZYGOTE", 1)
            before = zygotes.running()
            async with Kernel() as new:
                assert zygotes._current is not before
                return [await old.run("'old'"), await new.run("'new'")]

    assert asyncio.run(over()) == ["'old'", "'new'"]


def descendants(pid: int) -> list[int]:
    """The numbers of all processes that descend from `pid`."""
    parents = {}
    for entry in sorted(os.listdir("/proc")):  # noqa: PTH208
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    parents[int(entry)] = int(file.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    found = [child for child, parent in parents.items() if parent == pid]
    return found + [deeper for child in found for deeper in descendants(child)]


HOLD_A_KERNEL = """
import asyncio
from autograder.sandbox import kernel_manager

async def main():
    manager = kernel_manager({})
    await manager.start_kernel()
    print("started", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_everything_dies_with_the_grader() -> None:
    """If the grader is killed outright, does anything of the sandbox stay behind?"""
    grader = subprocess.Popen(
        [sys.executable, "-c", HOLD_A_KERNEL], stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert grader.stdout is not None
    with grader.stdout:
        assert grader.stdout.readline() == "started\n"
    left = descendants(grader.pid)
    assert len(left) >= 3
    grader.kill()
    grader.wait()
    assert eventually(lambda: not any(Path(f"/proc/{number}").exists() for number in left))


def test_none_is_an_ordinary_kernel_in_a_fresh_folder() -> None:
    """Does ``isolation="none"`` run with the submission's files, and tidy up?"""
    done = notebook("import helper, os\nprint(helper.x, os.getcwd())", "import os; os.getpid() > 1")
    manager = kernel_manager({"helper.py": b"x = 5"}, "none")

    async def execute() -> None:
        await NotebookClient(done, km=manager, timeout=120).async_execute()
        await manager.shutdown_kernel(now=True)

    asyncio.run(execute())
    answer, folder = done.cells[0].outputs[0].text.split()
    assert answer == "5"
    assert not Path(folder).exists()
    assert done.cells[1].outputs[0].data["text/plain"] == "True"


def test_a_forked_kernel_costs_little() -> None:
    """Is what a kernel takes to start and stop far below what an import takes?"""
    from .sandbox_cost import seconds_per_kernel

    assert seconds_per_kernel(10).total < 0.15


def test_limits_can_be_changed_for_one_kernel() -> None:
    """Do two kernels of one zygote keep to their own limits?"""
    source = "import resource; resource.getrlimit(resource.RLIMIT_NOFILE)[0]"
    assert says(source, limits=Limits(open_files=100)) == "100"
    assert says(source, limits=Limits(open_files=200)) == "200"
