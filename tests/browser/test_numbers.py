"""In each lesson, run all, and on rectangles: do the numbers on the page equal NumPy's?"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import _sweeps
import jupytext
import numpy as np
import pytest
from _pages import ROOT, Notebook, Server

from cnnkit.data import load_model, load_photo, load_shifted_digits
from cnnkit.widgets import Pooling, Stride
from cnnkit.widgets._filter import IMAGE

Open = Callable[..., Notebook]

RECTANGLE = np.arange(35.0).reshape(5, 7) % 11 - 3


def pixels(notebook: Notebook) -> int:
    photo = load_photo("chelsea")
    assert photo.shape[0] != photo.shape[1]
    return _sweeps.pixels_sweep(notebook.explorer("pixels", 1), photo)


def filters(notebook: Notebook) -> int:
    return _sweeps.filter_sweep(notebook.explorer("filter"), np.array(IMAGE, float), (3, 3))


def strides(notebook: Notebook) -> int:
    source = np.array(Stride().settings["image"], dtype=float)
    return _sweeps.stride_sweep(notebook.explorer("stride"), source)


def pools(notebook: Notebook) -> int:
    source = np.array(Pooling().settings["image"], dtype=float)
    return _sweeps.pooling_sweep(notebook.explorer("pooling"), source)


def networks(notebook: Notebook) -> int:
    images, _ = load_shifted_digits("test")
    return _sweeps.network_sweep(notebook.explorer("network"), images, load_model("shifted-cnn"))


LESSONS: dict[str, tuple[Callable[[Notebook], int], str | None]] = {
    "01-pixels/pixels": (pixels, None),
    "02-filters/filters": (filters, "filter"),
    "03-stride/stride": (strides, "stride"),
    "04-pooling/pooling": (pools, "pooling"),
    "05-classification/classification": (networks, "network"),
}


@pytest.mark.parametrize("lesson", LESSONS)
def test_in_the_lesson_every_setting_agrees_with_numpy(
    open_notebook: Open, jupyter: Server, lesson: str
) -> None:
    sweep, learners = LESSONS[lesson]
    name = f"{lesson}.ipynb"
    folder = (jupyter.folder / name).parent
    folder.mkdir(exist_ok=True)
    jupytext.write(jupytext.read(ROOT / "solutions" / f"{lesson}.md"), jupyter.folder / name)
    shutil.copy(ROOT / "course" / folder.name / "key.npz", folder)
    notebook = open_notebook(name)
    notebook.run_all(120)
    assert sweep(notebook) >= 20
    if learners:
        # Further down, the same explorer runs the lesson's own solution.
        own = notebook.explorer(learners, 1)
        own.locator('.cx-status[data-state="right"]').wait_for(timeout=60_000)
    assert notebook.errors == []


def test_a_rectangular_image_and_kernel_agree_with_numpy(
    open_notebook: Open, jupyter: Server
) -> None:
    code = (
        "import numpy as np\nfrom cnnkit.widgets import *\n"
        "Filter(np.arange(35).reshape(5, 7) % 11 - 3, kernel=[[1, -2, 0.5], [3, 0, -1]])"
    )
    notebook = open_notebook(jupyter.write("rectangle.ipynb", code))
    notebook.run_all()
    explorer: Any = notebook.explorer("filter")
    assert _sweeps.filter_sweep(explorer, RECTANGLE, (2, 3)) >= 20
    assert notebook.errors == []
