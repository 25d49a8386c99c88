"""One server for all explorer tests, a browser for each file, a page for each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from _pages import CHROMIUM, Notebook, Server, browser, server


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: needs JupyterLab and Chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not Path(CHROMIUM).exists():
        words = f"there is no browser at {CHROMIUM}; CHROMIUM may name another"
        # In CI a skipped browser test would be a test that cannot fail.
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    with server(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="module")
def chromium(jupyter: Server) -> Iterator[Any]:
    """One browser for a file: of two in one process Playwright refuses the second."""
    with browser() as running:
        yield running


@pytest.fixture
def open_notebook(jupyter: Server, chromium: Any) -> Iterator[Callable[..., Notebook]]:
    """Return ``open(name, lab=True, **context)``: a notebook in a page of its own."""
    contexts = []

    def open_it(name: str, lab: bool = True, **settings: Any) -> Notebook:
        settings = {"viewport": {"width": 1400, "height": 1600}, **settings}
        context = chromium.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        notebook = Notebook(page, jupyter, name)
        # Explorers are loaded from blob: addresses; other extensions' troubles are not ours.
        page.on(
            "pageerror",
            lambda e: notebook.errors.append(str(e)) if "blob:" in (e.stack or "") else None,
        )
        page.on(
            "console",
            lambda m: (
                notebook.errors.append(m.text)
                if m.type == "error" and m.location["url"].startswith("blob:")
                else None
            ),
        )
        page.goto(jupyter.address(name, lab=lab))
        return notebook

    yield open_it
    for context in contexts:
        context.close()
    jupyter.stop_kernels()
