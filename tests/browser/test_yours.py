"""Is the learner's own function drawn, compared, and kept from doing harm?"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import _sweeps
import pytest
from _pages import Notebook, Server

RIGHT = """
def convolve2d(image, kernel, stride=1, padding=0):
    image = np.pad(image, padding)
    (H, W), (h, w) = image.shape, kernel.shape
    return np.array([[(image[r:r + h, c:c + w] * kernel).sum()
                      for c in range(0, W - w + 1, stride)]
                     for r in range(0, H - h + 1, stride)])
"""
FLIPPED = RIGHT.replace("    image = np.pad", "    kernel = kernel[::-1, ::-1]\n    image = np.pad")
HEAD = "import time\nimport numpy as np\nfrom cnnkit.widgets import *\n"

Open = Callable[..., Notebook]


def status(explorer) -> str:
    return explorer.locator(".cx-status").text_content()


def settle(explorer, state: str, seconds: float = 60) -> str:
    """Wait for a status of this kind and return its words."""
    explorer.locator(f'.cx-status[data-state="{state}"]').wait_for(timeout=seconds * 1000)
    return status(explorer)


@pytest.fixture(scope="module")
def name(jupyter: Server) -> str:
    return jupyter.write(
        "yours.ipynb",
        HEAD + RIGHT,
        "Filter(f=convolve2d)",
        HEAD + FLIPPED + "Filter(f=convolve2d)",
        "def convolve2d(image, kernel):\n    return image[99, 99]\nFilter(f=convolve2d)",
        HEAD + RIGHT + "Stride(f=convolve2d)",
        "def output_size(size, kernel_size, stride=1, padding=0):\n"
        "    return (size + padding - kernel_size) // stride + 1\nStride(f=output_size)",
        "def average_pool2d(feature_map, size=2, stride=2):\n"
        "    return feature_map[::stride, ::stride]\nPooling(f=average_pool2d)",
        "def forward(images, model):\n    raise NotImplementedError()\nNetwork(f=forward)",
    )


SESSION = """const uid = root.closest('cnnkit-explorer').dataset.uid;
  const session = cnnkitExplorers.sessions.get(uid);"""
LOSE = f"""(root) => {{ {SESSION}
  session.kept = session.model.send;
  session.model.send = () => null;
  session.settings = {{ ...session.settings, seconds: -2.9 }};
}}"""
FIND = f"(root) => {{ {SESSION} session.model.send = session.kept; }}"


def test_right_wrong_and_raising_functions_are_told_apart(open_notebook: Open, name: str) -> None:
    notebook = open_notebook(name)
    notebook.run_all()

    right = notebook.explorer("filter", 0)
    assert settle(right, "right") == "✓ Your convolve2d and the browser agree on 16 numbers."
    _sweeps.press(right, "Weight in row 1, column 1", "End")
    settle(right, "right")
    got = _sweeps.grid(right, "What your convolve2d returned")
    _sweeps.same(got, _sweeps.grid(right, "The feature map"))

    wrong = notebook.explorer("filter", 1)
    words = settle(wrong, "wrong")
    assert "first difference is at row 0, column 0" in words
    assert "turned by 180 degrees" in words
    browser, yours = wrong.locator(".cx-spelled").all_text_contents()
    assert browser.startswith("Browser: 3×1 + 0×0 + 1×(−1)") and browser.endswith("= −5")
    assert yours.startswith("Yours: 3×(−1) + 0×0 + 1×1") and yours.endswith("= 5")
    outlined = wrong.locator('svg[aria-label^="The image"] .cx-outline.cx-wrong')
    assert outlined.evaluate("(r) => r.parentNode.getAttribute('visibility')") == "visible"

    raising = notebook.explorer("filter", 2)
    words = settle(raising, "error")
    assert words.startswith("✗ convolve2d raised IndexError in line 2: index 99 is out of bounds")
    assert "\n" not in words

    stride = notebook.explorer("stride", 0)
    settle(stride, "right")
    _sweeps.press(stride, "padding", "End")
    settle(stride, "right")

    sizes = notebook.explorer("stride", 1)
    settle(sizes, "right")
    _sweeps.press(sizes, "padding", "End")
    assert "2 rows and 2 columns" not in settle(sizes, "wrong")

    pooling = notebook.explorer("pooling")
    assert "first value of each window" in settle(pooling, "wrong")
    assert pooling.locator(".cx-spelled").first.text_content() == (
        "Browser: (0 + 2 + 3 + 7) / 4 = 3"
    )

    network = notebook.explorer("network")
    assert "is not written yet" in settle(network, "error")
    yours = network.locator(".cx-bars").nth(1)
    widths = yours.locator(".cx-bar-part").evaluate_all(
        "(parts) => parts.map((part) => part.getBoundingClientRect().width)"
    )
    assert widths == [0] * 10  # no answer is not an answer of 1 for every class
    assert yours.locator(".cx-bar-value").all_text_contents() == ["–"] * 10

    # A question that never reaches the kernel is said to be without an answer, and asked again.
    right.evaluate(LOSE)
    _sweeps.press(right, "Weight in row 0, column 0", "End")
    right.get_by_text("The kernel has not answered").wait_for()
    right.evaluate(FIND)
    right.get_by_role("button", name="Try again").click()
    settle(right, "right")
    assert right.get_by_role("button", name="Try again").count() == 0
    assert notebook.errors == []


def test_a_drawn_digit_reaches_the_learners_forward(open_notebook: Open, jupyter: Server) -> None:
    forward = (
        "def forward(images, model):\n"
        "    windows = np.lib.stride_tricks.sliding_window_view(\n"
        "        images[..., 0], model['filters'].shape[1:3], axis=(1, 2))\n"
        "    maps = np.einsum('nrcij,fij->nrcf', windows, model['filters'][..., 0])\n"
        "    maps = np.maximum(maps + model['filter_biases'], 0)\n"
        "    n, r, c, f = maps.shape\n"
        "    maps = maps.reshape(n, r // 2, 2, c // 2, 2, f).max((2, 4)).reshape(n, -1)\n"
        "    scores = maps @ model['weights'] + model['biases']\n"
        "    powers = np.exp(scores - scores.max())\n"
        "    return powers / powers.sum()\n"
    )
    name = jupyter.write("digit.ipynb", HEAD + forward + "Network(f=forward)")
    notebook = open_notebook(name)
    notebook.run_all()
    explorer = notebook.explorer("network")
    settle(explorer, "right")
    before = _sweeps.bars(explorer)

    pad = explorer.get_by_role("application").first
    explorer.get_by_role("button", name="Clear").click()
    box = pad.bounding_box()
    mouse = notebook.page.mouse
    mouse.move(box["x"] + 60, box["y"] + 40)
    mouse.down()
    mouse.move(box["x"] + 60, box["y"] + 150, steps=12)
    mouse.up()
    _sweeps.painted(explorer)
    drawn = _sweeps.pixels_of(pad.locator("canvas"))[:, :, 0]
    assert drawn.max() == 255 and 8 < (drawn > 128).sum() < 40
    settle(explorer, "right")
    assert abs(_sweeps.bars(explorer) - before).max() > 0.01

    # The same by keyboard: the pen goes down, draws three pixels, and is lifted.
    pad.focus()
    for key in ("Space", "ArrowRight", "ArrowRight", "Space", "ArrowDown"):
        notebook.page.keyboard.press(key)
    _sweeps.painted(explorer)
    more = _sweeps.pixels_of(pad.locator("canvas"))[:, :, 0]
    assert (more > drawn).sum() >= 3
    settle(explorer, "right")

    # A cell of a feature map shows the pixels it looked at.
    words = explorer.locator(".cx-panel .cx-formula")
    maps = explorer.get_by_role("application").nth(1)
    maps.focus()
    for key in ("Shift+ArrowUp", "Shift+ArrowLeft", "ArrowDown", "PageDown"):
        notebook.page.keyboard.press(key)
    _sweeps.painted(explorer)
    assert re.match(r"Map \d, row 1, column 0: the sum of the products is ", words.text_content())
    seen = _sweeps.grid(explorer, "The pixels it looked at", decimals=1)
    assert abs(seen - more[1 : 1 + seen.shape[0], : seen.shape[1]] / 255).max() < 0.003
    explorer.locator('canvas[aria-label="After max pooling, map 2"]').click(
        position={"x": 2, "y": 2}
    )
    _sweeps.painted(explorer)
    assert words.text_content().startswith("Pooled map 2, row 0, column 0: the largest of ")


def test_of_many_changes_a_slow_function_sees_only_the_latest(
    open_notebook: Open, jupyter: Server
) -> None:
    name = jupyter.write(
        "slow.ipynb",
        HEAD + RIGHT + "calls = []\n"
        "def slow(image, kernel):\n"
        "    calls.append(float(kernel[0, 0]))\n"
        "    time.sleep(2)\n"
        "    return convolve2d(image, kernel)\n"
        "Filter(f=slow)",
    )
    notebook = open_notebook(name)
    notebook.run_all()
    explorer = notebook.explorer("filter")
    start = time.monotonic()
    _sweeps.press(explorer, "Weight in row 0, column 0", *["ArrowRight"] * 12)
    # The browser's own picture does not wait for the kernel.
    assert time.monotonic() - start < 4
    assert _sweeps.grid(explorer, "The kernel")[0, 0] == 4
    explorer.locator('.cx-status[data-state="wait"]').wait_for(timeout=1000)
    settle(explorer, "right")
    calls = notebook.ask("calls")
    assert calls[0] == 1 and calls[-1] == 4
    assert 2 <= len(calls) <= 4


def test_a_never_ending_function_stops_neither_page_nor_kernel(
    open_notebook: Open, jupyter: Server
) -> None:
    name = jupyter.write(
        "endless.ipynb",
        HEAD + "calls = []\n"
        "def endless(image, kernel):\n"
        "    calls.append(1)\n"
        "    while True:\n"
        "        pass\n"
        "Filter(f=endless)",
    )
    notebook = open_notebook(name)
    notebook.run_all()
    explorer = notebook.explorer("filter")
    _sweeps.press(explorer, "Weight in row 0, column 0", "ArrowRight", "ArrowRight")
    assert _sweeps.grid(explorer, "The kernel")[0, 0] == 1.5
    assert notebook.ask("6 * 7") == 42  # while the function still runs
    words = settle(explorer, "error")
    assert words == (
        "✗ endless did not finish within 5 seconds and was stopped: is there a loop that never ends?"
    )
    # It is not called again for every move, only when asked to.
    _sweeps.press(explorer, "Weight in row 0, column 0", *["ArrowRight"] * 5)
    assert notebook.ask("len(calls)") == 1
    explorer.get_by_role("button", name="Try again").click()
    settle(explorer, "wait")
    assert notebook.ask("len(calls)") == 2
    settle(explorer, "error")
