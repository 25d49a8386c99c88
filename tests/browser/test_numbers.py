"""Do the numbers on the page equal NumPy's, however the controls are moved?"""

from __future__ import annotations

from collections.abc import Callable

import _sweeps
import numpy as np
import pytest
from _pages import Notebook, Server

from cnnkit.data import load_model, load_photo, load_shifted_digits
from cnnkit.widgets import Pooling, Stride
from cnnkit.widgets._filter import IMAGE

RECTANGLE = np.arange(35).reshape(5, 7) % 11 - 3


@pytest.fixture(scope="module")
def name(jupyter: Server) -> str:
    return jupyter.write(
        "numbers.ipynb",
        "import numpy as np\nfrom cnnkit.widgets import *",
        "Pixels()",
        "Filter()",
        "Filter(np.arange(35).reshape(5, 7) % 11 - 3, kernel=[[1, -2, 0.5], [3, 0, -1]])",
        "Stride()",
        "Pooling()",
        "Network()",
    )


def test_every_explorer_agrees_with_numpy(
    open_notebook: Callable[..., Notebook], name: str
) -> None:
    notebook = open_notebook(name)
    notebook.run_all()
    images, _ = load_shifted_digits("test")
    source = np.array(Stride().settings["image"], dtype=float)
    maps = np.array(Pooling().settings["image"], dtype=float)
    compared = {
        "pixels": _sweeps.pixels_sweep(notebook.explorer("pixels"), load_photo("astronaut")),
        "filter": _sweeps.filter_sweep(notebook.explorer("filter"), np.array(IMAGE, float), (3, 3)),
        "rectangle": _sweeps.filter_sweep(
            notebook.explorer("filter", 1), RECTANGLE.astype(float), (2, 3)
        ),
        "stride": _sweeps.stride_sweep(notebook.explorer("stride"), source),
        "pooling": _sweeps.pooling_sweep(notebook.explorer("pooling"), maps),
        "network": _sweeps.network_sweep(
            notebook.explorer("network"), images[:40], load_model("shifted-cnn")
        ),
    }
    assert all(count >= 20 for count in compared.values()), compared
    assert notebook.errors == []
