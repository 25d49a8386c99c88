"""The host's end: starts a zygote in bubblewrap, asks it for kernels, replaces it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import bubblewrap
from .limits import IsolationError, Limits

_PATIENCE = 120.0  # seconds for the zygote to import everything on a slow machine
_CODE = (
    "from inside.zygote import main; sys.path.remove({boot!r}); "
    "main(int(sys.argv[1]), sys.argv[2:])"
)
KERNELS_PER_ZYGOTE = 500

_lock = threading.Lock()
_current: Zygote | None = None
_canary: Canary | None = None


class Canary:
    """Things of the host that a kernel must not reach, for its probe to try."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind(f"\0cnnkit-canary-{os.getpid()}-{os.urandom(8).hex()}")
        self.abstract.listen()

    def described(self) -> dict[str, Any]:
        """What the probe gets: names, and no more than names."""
        files = [__file__, "/etc/shadow", "/etc/machine-id", "/etc/hostname"]
        files += [str(Path(name).absolute()) for name in ("nbgrader_config.py", "gradebook.db")]
        return {
            "files": [path for path in files if Path(path).exists()],
            "port": self.listener.getsockname()[1],
            "abstract": self.abstract.getsockname()[1:].decode(),
        }


class Zygote:
    """One sandbox whose only program forks kernels; it dies with this process."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.forked = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: BaseException | None = None
        self._sending = threading.Lock()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        code = _CODE.format(boot=bubblewrap.BOOT)
        words = bubblewrap.command(code, str(theirs.fileno()), *bubblewrap.search_path())
        started = threading.Event()
        # bubblewrap dies with the thread that started it, so that thread must live on
        keeper = threading.Thread(
            target=self._keep, args=(words, theirs, started), name="zygote", daemon=True
        )
        keeper.start()
        started.wait()
        theirs.close()
        self._control.settimeout(_PATIENCE)
        said, self._pidfd = b"", -1
        with contextlib.suppress(OSError):
            said, descriptors, _, _ = socket.recv_fds(self._control, 5, 1)
            self._pidfd = descriptors[0] if descriptors else -1
        if said != b"ready":
            self.kill()
            keeper.join(timeout=5)
            self._errors.seek(0)
            raise bubblewrap.explained(self._errors.read().decode(errors="replace"))

    def _keep(self, words: Sequence[str], theirs: socket.socket, started: threading.Event) -> None:
        try:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=self._errors, stderr=self._errors,
                pass_fds=(theirs.fileno(),), cwd="/", env={"PATH": os.environ.get("PATH", "")},
            )  # fmt: skip
        except OSError as error:
            self._failure = error
        started.set()
        if self._process is not None:
            self._process.wait()

    @property
    def usable(self) -> bool:
        """Whether this process can ask it for another kernel."""
        return (
            self.owner == os.getpid()
            and self._process is not None
            and self._process.poll() is None
            and self.forked < KERNELS_PER_ZYGOTE
        )

    @property
    def pid(self) -> int:
        """The number of its bubblewrap process, outside."""
        assert self._process is not None
        return self._process.pid

    def fork(
        self, key: bytes, files: Mapping[str, bytes], limits: Limits, doors: Sequence[socket.socket]
    ) -> socket.socket:
        """Ask for a kernel that answers on the listening sockets `doors`.

        Returns the socket on which the zygote reports its start (with the process's
        descriptor), the kernel its probe, and the zygote its end. Raises OSError.
        """
        ours, theirs = socket.socketpair()
        order = json.dumps(asdict(limits)).encode()
        head = {
            "key": key.decode(),
            "files": [[name, len(content)] for name, content in files.items()],
            "canary": canary().described(),
        }
        descriptors = [*(door.fileno() for door in doors), theirs.fileno()]
        ours.settimeout(_PATIENCE)
        try:
            with theirs, self._sending:
                socket.send_fds(self._control, [order], descriptors)
                self.forked += 1
            ours.sendall(b"".join((json.dumps(head).encode(), b"\n", *files.values())))
        except OSError:
            ours.close()
            raise
        ours.setblocking(False)
        return ours

    def retire(self) -> None:
        """Let its kernels finish, and then itself."""
        # the socket stays open, and `_keep` keeps it so, because its end would end all
        with contextlib.suppress(OSError), self._sending:
            self._control.send(b"retire")

    def kill(self) -> None:
        """End it and all its kernels."""
        self._control.close()
        if self.owner == os.getpid() and self._process is not None:
            # The signal that bubblewrap gets when its parent dies does not reach it across
            # a change of user, so end the program in it, after which it ends itself.
            if self._pidfd >= 0:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            self._process.kill()

    def __del__(self) -> None:
        if getattr(self, "_pidfd", -1) >= 0:
            os.close(self._pidfd)


def canary() -> Canary:
    """This process's canary, made when first asked for."""
    global _canary
    with _lock:
        if _canary is None:
            _canary = Canary()
        return _canary


def running() -> Zygote | None:
    """This process's zygote, if it has one that can be used."""
    return _current if _current is not None and _current.usable else None


def borrow() -> Zygote:
    """This process's zygote, started if there is none. Raises IsolationError."""
    global _current
    with _lock:
        zygote = running()
        if zygote is None:
            if _current is not None and _current.owner == os.getpid():
                _current.retire()
            zygote = _current = Zygote()
        return zygote


def expect() -> None:
    """Start this process's zygote meanwhile: somebody is about to borrow it.

    If it cannot be started, whoever borrows it is told so.
    """

    def start() -> None:
        with contextlib.suppress(Exception):
            borrow()

    threading.Thread(target=start, name="zygote-expected", daemon=True).start()


def discard(zygote: Zygote) -> None:
    """Never use `zygote` again, and end it: it has misbehaved."""
    global _current
    with _lock:
        if _current is zygote:
            _current = None
    zygote.kill()


def _forget() -> None:
    """In a forked process: its parent's zygote, canary and lock are not its own."""
    global _current, _canary, _lock
    _current = _canary = None
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_forget)

__all__ = ["IsolationError", "Zygote", "borrow", "canary", "discard", "expect", "running"]
