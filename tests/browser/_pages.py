"""A real Jupyter server and a real browser: start them, open a notebook, run it, read it."""

from __future__ import annotations

import ast
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """A running server; ``folder`` is what it serves."""

    folder: Path
    url: str
    token: str

    def address(self, notebook: str, lab: bool = True) -> str:
        kind = "lab/tree" if lab else "notebooks"
        # A workspace of its own and `reset`: no tab of an earlier page comes back.
        head = f"{self.url}/{kind}/{notebook}?token={self.token}"
        return head + "&reset" if lab else head

    def write(self, name: str, *cells: str) -> str:
        """Write a notebook with these code cells and return its name."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
        }
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return name

    def set(self, plugin: str, settings: dict[str, Any]) -> None:
        """Set JupyterLab's own settings, such as the theme, for pages opened from now on."""
        path = (
            self.folder / ".jupyter" / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))

    def read(self, name: str) -> Any:
        return nbformat.read(self.folder / name, as_version=4)

    def request(self, path: str, method: str = "GET") -> Any:
        question = urllib.request.Request(
            f"{self.url}/{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(question, timeout=10) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def stop_kernels(self) -> None:
        for session in self.request("api/sessions"):
            self.request(f"api/sessions/{session['id']}", "DELETE")


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """Run ``jupyter lab`` over ``folder``, with settings of its own, and stop it after."""
    port, token = free_port(), secrets.token_hex(16)
    own = folder / ".jupyter"
    own.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        "IPYTHONDIR": str(own / "ipython"),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "course"), os.environ.get("PYTHONPATH", "")]),
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder}",
    ]  # fmt: skip
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        running = Server(folder, f"http://127.0.0.1:{port}", token)
        quiet = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
        running.set("apputils-extension/notification", quiet)
        try:
            wait_for(running, process)
            yield running
            running.stop_kernels()
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_for(running: Server, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            running.request("api/status")
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError("JupyterLab did not start:\n" + (running.folder / "server.log").read_text())


@dataclass
class Notebook:
    """A notebook open in a page."""

    page: Any
    server: Server
    name: str
    errors: list[str] = field(default_factory=list)

    def run_all(self, seconds: float = 90) -> None:
        """Run every cell, top to bottom, and wait until the kernel is idle again."""
        page = self.page
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        page.wait_for_function(KERNEL_IDLE, timeout=60_000)
        self.wait_until_idle(60)
        for _ in range(4):
            self.answer_dialogs()
            page.locator(".jp-Notebook .jp-Cell").first.click(timeout=10_000)
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            # JupyterLab forgets cells that were sent while the kernel was still connecting.
            page.wait_for_timeout(1500)
            if page.evaluate(STARTED):
                break
        self.wait_until_idle(seconds)
        failed = page.locator(FAILED).all_text_contents()
        assert not failed, f"a cell of {self.name} failed: {failed[0][-600:]}"

    def answer_dialogs(self) -> None:
        """Take the kernel JupyterLab offers; any other question is a failure that names itself."""
        for dialog in self.page.locator(".jp-Dialog").all():
            words = dialog.text_content()
            assert "Select Kernel" in words, f"JupyterLab asks over {self.name}: {words}"
            dialog.get_by_role("button", name="Select", exact=True).click()

    def states(self) -> set[str]:
        """Return what the server says of this notebook's kernel: empty, or such as {"idle"}."""
        sessions = [s for s in self.server.request("api/sessions") if s["path"] == self.name]
        return {session["kernel"]["execution_state"] for session in sessions}

    def wait_until_idle(self, seconds: float) -> None:
        """Wait until the kernel has had nothing to do for a second."""
        deadline, calm = time.monotonic() + seconds, 0
        while calm < 5:
            assert time.monotonic() < deadline, f"{self.name} did not finish in {seconds} seconds"
            calm = calm + 1 if self.states() == {"idle"} else 0
            self.page.wait_for_timeout(200)

    def save(self) -> None:
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Control+s")
        self.page.wait_for_timeout(1500)

    def ask(self, expression: str) -> Any:
        """Evaluate an expression in the notebook's kernel, from outside the page."""
        from jupyter_client import BlockingKernelClient

        session = next(s for s in self.server.request("api/sessions") if s["path"] == self.name)
        folder = self.server.folder / ".jupyter" / "runtime"
        client = BlockingKernelClient(
            connection_file=str(folder / f"kernel-{session['kernel']['id']}.json")
        )
        client.load_connection_file()
        client.start_channels()
        try:
            client.wait_for_ready(30)
            wanted = {"answer": expression}
            reply = client.execute_interactive(
                "", user_expressions=wanted, store_history=False, timeout=30
            )
            return ast.literal_eval(
                reply["content"]["user_expressions"]["answer"]["data"]["text/plain"]
            )
        finally:
            client.stop_channels()

    def explorer(self, name: str, index: int = 0) -> Any:
        """Return the locator of an explorer once it is alive."""
        found = self.page.locator(f'.cx[data-explorer="{name}"]').nth(index)
        found.wait_for(state="attached", timeout=30_000)
        found.scroll_into_view_if_needed()
        return found

    def numbers(self, locator: Any) -> list[str]:
        return [text.replace("−", "-") for text in locator.all_text_contents()]


# The round indicator in the notebook's toolbar; it is not there before the kernel is.
KERNEL_IDLE = """() =>
  document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'"""
STARTED = """() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
  .some((p) => /[\\d*]/.test(p.textContent))"""
FAILED = '.jp-OutputArea-output [data-mime-type="application/vnd.jupyter.stderr"]'


@contextmanager
def browser() -> Iterator[Any]:
    """Start headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()
