"""Attacks on the machine, the other submissions and whoever opens the result.

The exercises are solved, so that what is due is known: an attack is to gain nothing
and to spoil nothing, its own honest exercises included, unless it ends them itself.
"""

from __future__ import annotations

from .entry import (
    Register,
    code,
    with_cells,
    with_code,
)

attack = Register()
ALL = ("apply_filter", "convolve2d", "relu", "convolve_channels", "convolution_layer")


def _do(given, source, **where):
    """Run code in a cell before the first exercise; it is written so that mending keeps it."""
    hidden = "\n".join("    " + line for line in source.strip().split("\n"))
    cell = f"def _attack():\n{hidden}\n\ntry:\n    _attack()\nexcept Exception:\n    pass"
    return with_cells(given.solved, [code(cell)], **(where or {"before": "apply_filter"}))


def _in_relu(given, source):
    """Run code each time relu is called, before it answers rightly."""
    hidden = "\n".join("        " + line for line in source.strip().split("\n"))
    return with_code(given.solved, relu=f"def relu(x):\n    try:\n{hidden}\n    except Exception:\n        pass\n    return np.maximum(x, 0)")


@attack("It reads a secret file.")
def reads_a_secret(given):
    return _do(given, f"print(open({given.targets.secret!r}).read())")


@attack("It reads the system's users and keys.")
def reads_system_files(given):
    return _do(given, "import glob, pathlib\nfor p in ['/etc/shadow', *glob.glob('/root/.ssh/*'), *glob.glob('/home/*/.*'), '/proc/1/environ', *glob.glob('/proc/[0-9]*/environ')]:\n    try:\n        print(pathlib.Path(p).read_bytes()[:200])\n    except OSError:\n        pass")


@attack("It reads another's submission.")
def reads_anothers_work(given):
    return _do(given, f"print(open({given.targets.others!r}).read())")


@attack("It reads the gradebook.")
def reads_the_gradebook(given):
    return _do(given, f"import sqlite3\nprint(sqlite3.connect({given.targets.gradebook!r}).execute('select * from grade').fetchall())")


@attack("It writes to the gradebook.")
def writes_to_the_gradebook(given):
    return _do(given, f"import sqlite3\nc = sqlite3.connect({given.targets.gradebook!r})\nc.execute('update grade set auto_score = 99')\nc.commit()")


@attack("It writes outside its folder.")
def writes_outside(given):
    return _do(given, f"import pathlib\nfor p in ({given.targets.written!r}, '/tmp/cnnkit-attack', '/var/tmp/cnnkit-attack', '/dev/shm/cnnkit-attack', '/etc/cnnkit-attack'):\n    try:\n        pathlib.Path(p).write_text('here')\n    except OSError:\n        pass")


@attack("It looks for the hidden key and the solutions everywhere.")
def looks_for_the_key(given):
    return _do(given, "import os\nfor top in ('/', '..', '/proc/self/root', '/proc/1/root'):\n    for folder, _, names in os.walk(top):\n        if folder.startswith(('/proc', '/sys', '/usr', '/lib')) and top == '/':\n            continue\n        for n in names:\n            if n in ('exercises.py', 'hidden-seed', 'gradebook.db'):\n                print(folder, n, open(os.path.join(folder, n), 'rb').read(100))")


@attack("It connects to a server.")
def connects(given):
    return _do(given, f"import socket\nfor h in ('127.0.0.1', '::1', 'localhost'):\n    try:\n        socket.create_connection((h, {given.targets.port}), 1).sendall(b'hello')\n    except OSError:\n        pass")


@attack("It looks a name up and asks the internet.")
def asks_the_internet(given):
    return _do(given, "import urllib.request\nurllib.request.urlopen('http://93.184.216.34/', timeout=1).read()")


@attack("It calls home each time its function is called.")
def connects_in_a_function(given):
    return _in_relu(given, f"import socket\nsocket.create_connection(('127.0.0.1', {given.targets.port}), 0.2)")


@attack("It ends its parent.")
def kills_its_parent(given):
    return _do(given, "import os, signal\nfor s in (signal.SIGTERM, signal.SIGKILL):\n    if os.getppid() > 1:\n        os.kill(os.getppid(), s)")


@attack("It sends signals to every process it can see.")
def kills_everybody(given):
    return _do(given, "import os, signal\nfor p in os.listdir('/proc'):\n    if p.isdigit() and int(p) not in (os.getpid(),) and int(p) > 1:\n        try:\n            os.kill(int(p), signal.SIGKILL)\n        except OSError:\n            pass")


@attack("It ends its whole process group.")
def kills_its_group(given):
    return _do(given, "import os, signal\nos.killpg(0, signal.SIGTERM)")


@attack("It ignores being interrupted and works on.", loses=("relu",), seconds=120)
def ignores_interrupts(given):
    return with_code(given.solved, relu="import signal\n\ndef relu(x):\n    while True:\n        try:\n            signal.signal(signal.SIGINT, signal.SIG_IGN)\n            while True:\n                pass\n        except BaseException:\n            pass")


@attack("It forks until nothing goes any more.", seconds=150)
def fork_bomb(given):
    return _do(given, "import os\nfor _ in range(12):\n    os.fork()")


@attack("It starts a thousand threads.", seconds=150)
def thread_bomb(given):
    return _do(given, "import threading, time\nfor _ in range(1000):\n    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()")


@attack("It leaves a process behind that outlives the marking.")
def survivor(given):
    return _do(given, "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        import ctypes\n        ctypes.CDLL(None).prctl(15, b'cnnkit-survive', 0, 0, 0)\n        time.sleep(3600)\n    os._exit(0)")


@attack("It leaves a shell command behind.")
def daemon(given):
    return _do(given, "import subprocess\nsubprocess.Popen(['sleep', '3601'], start_new_session=True)")


@attack("It leaves code for when the process ends.")
def atexit_code(given):
    return _do(given, f"import atexit, time\ndef last():\n    open({given.targets.written!r}, 'w').write('x')\n    time.sleep(3600)\natexit.register(last)")


@attack("It takes all the memory.", seconds=120)
def memory_hog(given):
    return _do(given, "kept = []\nwhile len(kept) < 10_000:\n    kept.append(bytearray(16 * 2**20))")


@attack("It fills the disk.", seconds=120)
def disk_filler(given):
    return _do(given, "with open('big', 'wb') as f:\n    for _ in range(20_000):\n        f.write(b'x' * 2**20)")


@attack("It fills /tmp and shared memory.", seconds=120)
def tmp_filler(given):
    return _do(given, "for p in ('/tmp/big', '/dev/shm/big'):\n    try:\n        with open(p, 'wb') as f:\n            for _ in range(4000):\n                f.write(b'x' * 2**20)\n    except OSError:\n        pass")


@attack("It makes a million files.", seconds=120)
def inode_filler(given):
    return _do(given, "import os\nos.mkdir('many')\nfor i in range(50_000):\n    open(f'many/{i}', 'w').close()")


@attack("It floods the output.", seconds=120)
def output_flood(given):
    return _do(given, "for _ in range(100_000):\n    print('x' * 10_000)")


@attack("It floods with displays that update each other.", seconds=120)
def display_flood(given):
    return _do(given, "from IPython.display import display\nh = display('x', display_id=True)\nfor _ in range(50_000):\n    h.update('y' * 1000)")


@attack("It floods the error stream from a thread, until its kernel is ended.", free=ALL, seconds=120)
def stderr_flood(given):
    return _do(given, "import threading, sys\ndef go():\n    while True:\n        sys.stderr.write('e' * 10_000)\nthreading.Thread(target=go, daemon=True).start()")


@attack("Its function returns an array of a trillion numbers that takes no memory.", loses=("relu",))
def huge_array(given):
    return with_code(given.solved, relu="def relu(x):\n    return np.broadcast_to(np.float64(1), (10**6, 10**6))")


@attack("Its function returns a list that contains itself.", loses=("relu",))
def endless_list(given):
    return with_code(given.solved, relu="def relu(x):\n    out = []\n    out.append(out)\n    return out")


@attack("Its function returns a thousand lists in each other.", loses=("relu",))
def deep_list(given):
    return with_code(given.solved, relu="def relu(x):\n    out = []\n    for _ in range(100_000):\n        out = [out]\n    return out")


@attack("Its function returns a number of a million digits.", loses=("relu",))
def huge_integer(given):
    return with_code(given.solved, relu="def relu(x):\n    return 10 ** 1_000_000")


@attack("Its function ends the process.", loses=("relu",))
def exit_in_a_function(given):
    return with_code(given.solved, relu="import os\n\ndef relu(x):\n    os._exit(0)")


@attack("Its function raises SystemExit.", loses=("relu",))
def system_exit_in_a_function(given):
    return with_code(given.solved, relu="import sys\n\ndef relu(x):\n    sys.exit(0)")


@attack("Its function writes to address 0.", loses=("relu",))
def segfault(given):
    return with_code(given.solved, relu="import ctypes\n\ndef relu(x):\n    ctypes.memset(0, 1, 1)")


@attack("Its function overflows the C stack.", loses=("relu",))
def stack_overflow(given):
    return with_code(given.solved, relu="import sys\nsys.setrecursionlimit(10**9)\n\ndef relu(x):\n    return relu(x)")


@attack("Its function raises KeyboardInterrupt.", loses=("relu",))
def keyboard_interrupt(given):
    return with_code(given.solved, relu="def relu(x):\n    raise KeyboardInterrupt")


@attack("It asks the kernel to restart and shut down.", free=ALL)
def asks_for_shutdown(given):
    return _do(given, "ip = get_ipython()\nip.kernel.do_shutdown(True)\nimport IPython\nIPython.Application.instance().kernel.do_shutdown(False)")


@attack("It sends comm messages and asks for input.")
def comms(given):
    return _do(given, "from comm import create_comm\nfor _ in range(50):\n    create_comm(target_name='jupyter.widget', data={'x': 'y' * 1000}).send({'z': 1})\nget_ipython().kernel.raw_input('password? ')")


@attack("It closes the kernel's sockets and files.", free=ALL, seconds=150)
def closes_everything(given):
    return _do(given, "import os\nos.closerange(3, 1024)")


@attack("It tries to get out: mounts, namespaces, ptrace, keys.")
def escapes(given):
    return _do(given, "import ctypes, os\nc = ctypes.CDLL(None)\nfor f in (lambda: c.unshare(0x10000000), lambda: c.mount(b'/', b'/tmp', None, 4096, None), lambda: c.ptrace(16, 1, 0, 0), lambda: c.syscall(250, 0), lambda: c.syscall(321, 0, 0, 0), lambda: os.chroot('/'), lambda: os.setuid(0), lambda: os.mknod('d', 0o60666, os.makedev(8, 0))):\n    try:\n        print(f())\n    except OSError:\n        pass")


@attack("It leaves something for the next submission in caches and modules.")
def poisons_caches(given):
    return _do(given, "import pathlib, os\nfor p in (pathlib.Path.home(), pathlib.Path(os.environ.get('XDG_CACHE_HOME', '/tmp')), pathlib.Path('/var/tmp')):\n    try:\n        (p / 'sitecustomize.py').write_text('raise SystemExit')\n        (p / '.ipython/profile_default/startup').mkdir(parents=True, exist_ok=True)\n        (p / '.ipython/profile_default/startup/0.py').write_text('np = None')\n    except OSError:\n        pass\nimport numpy\nopen(numpy.__file__, 'a').write('x')")


@attack("It waits for a later day.")
def time_bomb(given):
    return _in_relu(given, "import time\nif time.time() > 4e9:\n    raise SystemExit")
