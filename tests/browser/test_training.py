"""Does the Training explorer run, stop, step, start again, and use the learner's step?"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from _pages import Notebook, Server

Open = Callable[..., Notebook]
OWN = """
def my_step(weights, gradient, velocity, rate, momentum):
    return weights - rate * {}, velocity
Training(step=my_step)
"""


@pytest.fixture(scope="module")
def name(jupyter: Server) -> str:
    head = "import numpy as np\nfrom cnnkit.widgets import *"
    still, missing = OWN.format("0 * gradient"), OWN.format("gradients")
    return jupyter.write("training.ipynb", head, "Training()", still, missing)


def steps(explorer) -> int:
    found = re.match(r"step (\d+):", explorer.locator(".cx-sum").text_content())
    return int(found[1]) if found else 0


def wait(explorer, least: int, seconds: float = 60) -> int:
    end = time.monotonic() + seconds
    while steps(explorer) < least and time.monotonic() < end:
        explorer.page.wait_for_timeout(100)
    return steps(explorer)


def press(explorer, button: str) -> None:
    explorer.get_by_role("button", name=button).click()


def test_it_runs_stops_steps_and_starts_again(open_notebook: Open, name: str) -> None:
    notebook = open_notebook(name)
    notebook.run_all()
    explorer = notebook.explorer("training")
    press(explorer, "One step")
    assert wait(explorer, 1) == 1
    press(explorer, "Go on")
    assert wait(explorer, 30) >= 30
    press(explorer, "Stop")
    explorer.page.wait_for_timeout(1500)
    stopped = steps(explorer)
    explorer.page.wait_for_timeout(1000)
    assert steps(explorer) == stopped
    press(explorer, "Start again")
    explorer.get_by_text("Not yet trained.").first.wait_for()


def test_it_makes_its_steps_with_the_learners_function(open_notebook: Open, name: str) -> None:
    notebook = open_notebook(name)
    notebook.run_all()
    still = notebook.explorer("training", 1)
    accuracies = []
    for count in (1, 2):
        press(still, "One step")
        assert wait(still, count) == count
        accuracies.append(still.locator(".cx-sum").text_content().split(", ")[1])
    assert accuracies[0] == accuracies[1]  # weights minus nothing

    missing = notebook.explorer("training", 2)
    for _ in range(2):  # a second try is asked again
        press(missing, "Run")
        missing.get_by_text("my_step raised NameError").wait_for()
    assert steps(missing) == 0
