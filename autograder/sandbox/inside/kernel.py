"""A Jupyter kernel in two halves: prepared once, then finished in each forked process."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import logging
import os
import pkgutil
import random
import signal
import site
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

_PIECE = 1 << 20  # characters
_EVERY = 0.2  # seconds
CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
# what notebooks import; a name that is not installed is passed over
PRELOADED = (
    "numpy", "numpy.random", "numpy.linalg", "numpy.lib.stride_tricks",
    "matplotlib.pyplot", "matplotlib_inline.backend_inline", "mpl_toolkits.axes_grid1",
    "PIL.Image", "PIL.PngImagePlugin",
    "ipywidgets", "anywidget",
    "tornado.platform.asyncio", "zmq.utils.garbage", "IPython.core.magics.namespace",
    "pexpect", "ptyprocess", "pty", "tty", "pydoc",
    "base64", "collections", "copy", "dataclasses", "functools", "itertools", "json", "math",
    "pathlib", "random", "statistics", "string", "tempfile", "time", "typing", "uuid",
)  # fmt: skip
_REHEARSED = (
    "import numpy as np\nnp.ones(2) + 1",
    "print('a')",
    "%matplotlib inline",
    "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots(1, 2)\n"
    "axes[0].imshow(np.eye(3), cmap='gray')\naxes[1].plot([0, 1], label='a')\n"
    "axes[1].set_title('1')\naxes[1].legend()\nplt.show()",
    "from IPython.display import HTML, display\ndisplay(HTML('<b>a</b>'))",
    "def f():\n    raise NotImplementedError()\nf()",
    "assert False, 'a'",
    "def f(:",
    "%time 1",
    "import asyncio\nawait asyncio.sleep(0)",
)


def prepare() -> Any:
    """Import what notebooks import and make the kernel that every submission starts from."""
    # without its debugger the kernel needs neither its import nor its three sockets
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    import ipykernel.debugger
    from ipykernel.kernelapp import IPKernelApp
    from jupyter_client.session import Session
    from traitlets.config import Config

    # what -S leaves out of the built-in names
    site.sethelper()
    site.setcopyright()
    ipykernel.debugger._is_debugpy_available = False
    del sys.modules["debugpy"]
    app = IPKernelApp.instance(config=Config())  # where magics look for the kernel
    config = app.config
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    session = Session(key=b"-", username="learner")
    log = logging.getLogger("sandboxed-kernel")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    kernel = kernel_class().instance(parent=app, session=session, user_ns={}, log=log)
    kernel.shell_channel_thread = _NoThread()
    app.kernel, app.shell = kernel, kernel.shell
    # exit() asks the kernel to stop a little later: it would take an exercise with it
    kernel.shell.unobserve(type(kernel.shell)._update_exit_now, "exit_now")
    for name in (*PRELOADED, *_kit()):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with contextlib.suppress(ImportError):
        importlib.import_module("cnnkit.data").read_all()
    stream_class(), publisher_class()
    _warm_up(kernel)
    return kernel


def _kit() -> list[str]:
    """Every module of `cnnkit`."""
    try:
        kit = importlib.import_module("cnnkit")
    except ImportError:
        return []
    return [module.name for module in pkgutil.walk_packages(kit.__path__, "cnnkit.")]


class _Nowhere:
    """Takes what a kernel would send."""

    def send_multipart(self, *_: object, **__: object) -> None:
        """Send nothing."""


def _warm_up(kernel: Any) -> None:
    """Run some cells as a notebook would, so that what they import and cache is there."""
    shell, nowhere = kernel.shell, _Nowhere()
    kernel.iopub_socket = nowhere
    shell.displayhook.pub_socket = shell.display_pub.pub_socket = nowhere

    async def run() -> None:
        for code in _REHEARSED:
            content = {
                "code": code, "silent": False, "store_history": False,
                "user_expressions": {"a": "[1]"}, "allow_stdin": False, "stop_on_error": False,
            }  # fmt: skip
            request = kernel.session.msg("execute_request", content)
            kernel.set_parent([b"nobody"], request)
            await kernel.execute_request(nowhere, [b"nobody"], request)

    asyncio.run(run())
    import matplotlib.pyplot as plt

    plt.close("all")
    shell.reset(new_session=True, aggressive=False)
    shell.execution_count = 1


class _NoThread:
    """Stands for the thread of a subshell-less kernel's shell channel, which is the main one."""

    parent_thread = threading.main_thread()

    def __bool__(self) -> bool:
        return False


@functools.cache
def kernel_class() -> Any:
    """IPython's kernel, answering in one thread: no subshells.

    A request whose metadata says "quiet" comes from one who knows what was asked: it is
    not told that the kernel is busy, nor what it runs.
    """
    from ipykernel.ipkernel import IPythonKernel

    class SubmissionKernel(IPythonKernel):
        _supports_kernel_subshells = False
        _execute_sleep = 0

        def _publish_status(self, status: str, channel: str, parent: Any = None) -> None:
            if status != "busy" or not _quiet(parent or self.get_parent(channel)):
                super()._publish_status(status, channel, parent)

        def _publish_execute_input(self, code: str, parent: Any, execution_count: int) -> None:
            if not _quiet(parent):
                super()._publish_execute_input(code, parent, execution_count)

    return SubmissionKernel


def _quiet(request: Mapping[str, Any]) -> bool:
    return bool(request.get("metadata", {}).get("quiet"))


@functools.cache
def publisher_class() -> type:
    """What cells show goes through this: ipykernel's publisher, without its thread.

    A thread of its own costs a wake-up and a wait for every message, several a cell. Here a
    message is sent where it arises; the lock keeps the threads of a submission apart.
    """
    from ipykernel.iostream import BackgroundSocket, IOPubThread
    from zmq.eventloop.zmqstream import ZMQStream

    class Publisher(IOPubThread):
        def __init__(self, socket: Any, session: Any, loop: Any) -> None:
            self.socket, self.session = socket, session
            ZMQStream(socket, loop).on_recv(self._handle_subscription)  # greets who listens
            self.thread = threading.Thread()  # never started: everything is done at once
            self.io_loop = None  # type: ignore[assignment]
            self.background_socket = BackgroundSocket(self)
            self._sending, self._owner = threading.Lock(), os.getpid()

        def send_multipart(self, *args: Any, **kwargs: Any) -> None:
            if os.getpid() == self._owner:  # sockets are of no use to a forked process
                with self._sending:
                    self.socket.send_multipart(*args, **kwargs)

    return Publisher


@functools.cache
def stream_class() -> type:
    """What ``sys.stdout`` is: ipykernel's stream, sent in pieces that a message can hold."""
    from ipykernel.iostream import OutStream

    class Stream(OutStream):
        waiting = 0
        sent = 0.0

        def write(self, string: str) -> int:
            written = int(super().write(string) or 0)
            self.waiting += len(string)
            # now and then, so that what came before a sudden end is not lost
            late = string.endswith("\n") and time.monotonic() - self.sent > _EVERY
            if late or self.waiting > _PIECE:
                self.flush()
            return written

        def _flush(self) -> None:
            self.waiting, self.sent = 0, time.monotonic()
            super()._flush()

        def _schedule_flush(self) -> None:
            """Leave it to the next line, or to the end of the cell: nobody watches."""

    return Stream


def attach(kernel: Any, key: bytes, doors: Mapping[str, int]) -> Any:
    """Connect the kernel to the listening sockets `doors` (channel name to descriptor).

    Returns the event loop that, once started, answers on them.
    """
    import zmq
    from tornado import ioloop
    from zmq.eventloop.zmqstream import ZMQStream

    context = zmq.Context()

    def opened(channel: str, kind: int) -> Any:
        door = context.socket(kind)
        door.linger = 1000
        door.setsockopt(zmq.USE_FD, doors[channel])
        # the path is only a name here: the descriptor listens already
        door.bind(f"ipc://{channel}")
        return door

    session = kernel.session
    session.key = key
    session.session = os.urandom(16).hex()
    session.pid = os.getpid()  # a session does not send from a process it was not made in
    asyncio.set_event_loop(asyncio.new_event_loop())
    loop = ioloop.IOLoop.current()
    iopub = publisher_class()(opened("iopub", zmq.XPUB), session, loop)
    kernel.iopub_thread = iopub
    kernel.iopub_socket = iopub.background_socket
    kernel.shell.displayhook.pub_socket = iopub.background_socket
    kernel.shell.display_pub.pub_socket = iopub.background_socket
    kernel.stdin_socket = opened("stdin", zmq.ROUTER)
    kernel.shell_stream = ZMQStream(opened("shell", zmq.ROUTER), loop)
    kernel.control_stream = ZMQStream(opened("control", zmq.ROUTER), loop)
    heartbeat = ZMQStream(opened("hb", zmq.ROUTER), loop)
    heartbeat.on_recv(heartbeat.send_multipart)
    sys.stdout = stream_class()(session, iopub, "stdout", watchfd=False)
    sys.stderr = stream_class()(session, iopub, "stderr", watchfd=False)
    kernel._stdout, kernel._stderr = sys.stdout, sys.stderr
    os.register_at_fork(after_in_child=_silence)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    kernel.start()
    return loop


def _silence() -> None:
    """Keep a process that a submission forks from using its parent's sockets."""
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115


def forget_the_common_past(path: Sequence[str]) -> None:
    """Give this process its own random state, and the notebook's folder last on the path."""
    import numpy as np

    np.random.seed()
    random.seed()
    sys.path[:] = path
    sys.argv[:] = ["notebook"]
