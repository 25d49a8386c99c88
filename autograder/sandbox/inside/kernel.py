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
from collections.abc import Mapping, Sequence
from typing import Any

_PIECE = 1 << 20  # characters
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
    for name in (*PRELOADED, *_kit()):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    stream_class()
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
    """IPython's kernel, answering in one thread: no subshells."""
    from ipykernel.ipkernel import IPythonKernel

    class SubmissionKernel(IPythonKernel):
        _supports_kernel_subshells = False

    return SubmissionKernel


@functools.cache
def stream_class() -> type:
    """What ``sys.stdout`` is: ipykernel's stream, sent in pieces that a message can hold."""
    from ipykernel.iostream import OutStream

    class Stream(OutStream):
        waiting = 0

        def write(self, string: str) -> int:
            written = int(super().write(string) or 0)
            self.waiting += len(string)
            if self.waiting > _PIECE:
                self.waiting = 0
                self.flush()
            return written

    return Stream


def attach(kernel: Any, key: bytes, doors: Mapping[str, int]) -> Any:
    """Connect the kernel to the listening sockets `doors` (channel name to descriptor).

    Returns the event loop that, once started, answers on them.
    """
    import zmq
    from ipykernel.iostream import IOPubThread
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
    iopub = IOPubThread(opened("iopub", zmq.XPUB), pipe=False, session=session)
    iopub.start()
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
