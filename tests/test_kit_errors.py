"""What a learner passes in wrongly is answered with one sentence, without a traceback."""

from __future__ import annotations

import importlib
import re

import pytest
from IPython.core.interactiveshell import InteractiveShell

WRONG = {
    "Filter(f=3)": "f must be a function, such as f=convolve2d without brackets; this is int.",
    "Pixels(np.zeros((9, 9)))": "Pixels shows uint8 images, 0 to 255; this one is float64.",
    "Pooling(mode='min')": 'mode must be "max" or "average", not \'min\'.',
    "Network(model={})": "The model lacks",
    "predict('sum', 'How much?')": "needs choices=[...] or number=True.",
    "load_photo('moon')": "There is no photo",
    "show_arrays([np.zeros((2, 2))], shade='pink')": "There is no shade 'pink'",
    "check(3)": "is none of the exercises of this notebook",
    "hint(len)": "is none of the exercises of this notebook",
    "failed_case()": "No check has failed on a case yet",
}


@pytest.fixture
def shell(monkeypatch):
    from .conftest import ROOT

    monkeypatch.chdir(ROOT / "course/02-filters")
    monkeypatch.setattr(importlib.import_module("cnnkit.check")._memory, "failed", None)
    shell = InteractiveShell()
    shell.run_cell(
        "import numpy as np\nfrom cnnkit import check, failed_case, hint\nfrom cnnkit.predict import predict\n"
        "from cnnkit.data import load_photo\nfrom cnnkit.figures import show_arrays\n"
        "from cnnkit.widgets import *"
    )
    return shell


@pytest.mark.parametrize("source", WRONG)
def test_one_sentence_and_no_traceback(shell, capsys, source):
    capsys.readouterr()
    assert shell.run_cell(source).error_in_exec is not None
    out, err = capsys.readouterr()
    said = re.sub(r"\x1b\[[0-9;]*m", "", out + err)
    assert WRONG[source] in said
    assert len(said.strip().splitlines()) == 1
    assert "Traceback" not in said
