"""How long from moving a slider to the painted picture: explorers beside interact + matplotlib.

Both run in the same JupyterLab, in the same browser, one after the other. A real key
press moves the slider by one step; the clock starts at the browser's own time stamp
of the press and stops when the frame that shows the change has been painted: in the
first task after that frame's animation callbacks, layout and paint.

    python bench/explorers.py [--presses N] [--json FILE]

ipywidgets.interact calls a function that draws the same figure with matplotlib.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
from _pages import Notebook, browser, server

SETUP = """
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML
from ipywidgets import interact, FloatSlider, IntSlider
from numpy.lib.stride_tricks import sliding_window_view
from cnnkit.data import load_model, load_photo, load_shifted_digits
from cnnkit.widgets import *

def cells(ax, array, title, cmap="Greys_r"):
    ax.imshow(array, cmap=cmap)
    ax.set(title=title, xticks=[], yticks=[])
    for (r, c), value in np.ndenumerate(array):
        ax.text(c, r, f"{value:g}", ha="center", va="center", color="tab:red", fontsize=8)

def convolved(image, kernel, stride=1):
    windows = sliding_window_view(image, kernel.shape)[::stride, ::stride]
    return np.einsum("rcij,ij->rc", windows, kernel)

def window(ax, row, column, height, width):
    ax.add_patch(plt.Rectangle((column - 0.5, row - 0.5), width, height, fill=False, ec="r"))
"""

MATPLOTLIB = {
    "pixels": """
photo = load_photo("astronaut")
@interact(amount=IntSlider(0, -255, 255))
def pixels(amount):
    figure, axes = plt.subplots(2, 4, figsize=(9, 5))
    axes[0, 0].imshow(photo)
    window(axes[0, 0], 84, 127, 4, 4)
    for ax, channel in zip(axes[0, 1:], range(3)):
        cells(ax, photo[84:88, 127:131, channel], "RGB"[channel])
    axes[1, 0].imshow(np.clip(photo.astype(int) + amount, 0, 255))
    axes[1, 1].imshow((photo.astype(int) + amount) % 256)
    axes[1, 2].barh(["R", "G", "B"], photo[85, 128])
    plt.show()
""",
    "filter": """
image = np.array(Filter().settings["image"])
camera = load_photo("camera")[::2, ::2].astype(float)
@interact(weight=FloatSlider(value=1, min=-9, max=9, step=0.25))
def filter_(weight):
    kernel = np.array([[weight, 0, -1], [1, 0, -1], [1, 0, -1]])
    figure, axes = plt.subplots(2, 4, figsize=(9, 5))
    cells(axes[0, 0], image, "image")
    window(axes[0, 0], 0, 0, 3, 3)
    cells(axes[0, 1], kernel, "kernel")
    cells(axes[0, 2], image[:3, :3] * kernel, "products")
    cells(axes[0, 3], convolved(image, kernel), "feature map")
    axes[1, 0].imshow(camera, cmap="gray")
    axes[1, 1].imshow(convolved(camera, kernel), cmap="coolwarm")
    plt.show()
""",
    "stride": """
image = np.array(Stride().settings["image"])[:7, :6]
@interact(stride=IntSlider(2, 1, 4))
def stride_(stride):
    figure, axes = plt.subplots(1, 2, figsize=(7, 4))
    cells(axes[0], image, "every window", "Blues")
    result = convolved(image, np.ones((3, 3)), stride)
    for r, c in np.ndindex(result.shape):
        window(axes[0], r * stride, c * stride, 3, 3)
    cells(axes[1], result, "sums", "Blues")
    figure.suptitle(f"rows {result.shape[0]}, columns {result.shape[1]}")
    plt.show()
""",
    "pooling": """
pooled_map = np.array(Pooling().settings["image"])[:4, :4]
@interact(size=IntSlider(2, 1, 4))
def pooling(size):
    figure, axes = plt.subplots(1, 2, figsize=(7, 4))
    cells(axes[0], pooled_map, "feature map", "Blues")
    result = sliding_window_view(pooled_map, (size, size))[::2, ::2].max((2, 3))
    for r, c in np.ndindex(result.shape):
        window(axes[0], r * 2, c * 2, size, size)
    cells(axes[1], result, "pooled", "Blues")
    plt.show()
""",
    "network": """
digits, _ = load_shifted_digits("test")
model = load_model("shifted-cnn")
@interact(example=IntSlider(0, 0, 39))
def network(example):
    digit = digits[example, :, :, 0]
    maps = [np.maximum(convolved(digit, k) + b, 0)
            for k, b in zip(model["filters"][..., 0], model["filter_biases"])]
    pooled = [m.reshape(m.shape[0] // 2, 2, -1, 2).max((1, 3)) for m in maps]
    scores = np.stack(pooled, -1).ravel() @ model["weights"] + model["biases"]
    powers = np.exp(scores - scores.max())
    figure, axes = plt.subplots(3, 8, figsize=(9, 5))
    for column, (m, p) in enumerate(zip(maps, pooled)):
        axes[1, column].imshow(m, cmap="Blues")
        axes[2, column].imshow(p, cmap="Blues")
    axes[0, 0].imshow(digit, cmap="gray")
    axes[0, 1].bar(range(10), powers / powers.sum())
    plt.show()
""",
}

CALLS = {name: f"{name.capitalize()}()" for name in MATPLOTLIB}

#: The slider that is moved, and what changes on the page when it is.
SLIDERS = {
    "pixels": ("brightness", ".cx-formula"),
    "filter": ("Weight in row 0, column 0", ".cx-sum"),
    "stride": ("stride", ".cx-formula"),
    "pooling": ("window size", ".cx-sum, .cx-note"),
    "network": ("example", ".cx-bar-value"),
}

# `changed` is the text that must differ, so that a frame without the change is not counted.
CLOCK = """([handle, root, changed]) => {
  const after = (act) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = act;
    channel.port2.postMessage(0);
  });
  const read = () => changed
    ? [...root.querySelectorAll(changed)].map((e) => e.textContent).join()
    : root.querySelector('.widget-output img, .jp-OutputArea img')?.src;
  window.cxTimes = [];
  handle.addEventListener('keydown', (event) => {
    const start = event.timeStamp;
    const before = read();
    const look = () => after(async () => {
      if (read() === before) return look();
      if (!changed) {
        const picture = root.querySelector('.widget-output img, .jp-OutputArea img');
        await picture.decode().catch(() => 0);
        return after(() => window.cxTimes.push(performance.now() - start));
      }
      window.cxTimes.push(performance.now() - start);
    });
    look();
  }, { capture: true });
}"""


def clock(page: Any, handle: Any, root: Any, changed: str | None, presses: int) -> np.ndarray:
    """Return the milliseconds from each key press to the painted change."""
    page.evaluate(CLOCK, [handle.element_handle(), root.element_handle(), changed])
    handle.focus()
    key = "ArrowRight"
    for press in range(presses):
        before = handle.get_attribute("aria-valuetext")
        page.keyboard.press(key)
        page.wait_for_function(f"() => window.cxTimes.length === {press + 1}", timeout=20_000)
        page.wait_for_timeout(20)
        at_end = {handle.get_attribute("aria-valuemax"), handle.get_attribute("aria-valuemin")}
        now = handle.get_attribute("aria-valuetext").replace("−", "-")
        if now == before or float(now) in {float(end) for end in at_end if end}:
            key = "ArrowLeft" if key == "ArrowRight" else "ArrowRight"
    return np.array(page.evaluate("() => window.cxTimes"))


def measure(presses: int) -> dict[str, Any]:
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as jupyter:
        for name, code in MATPLOTLIB.items():
            jupyter.write(f"{name}.ipynb", SETUP, CALLS[name], code)
            with browser() as chromium:
                page = chromium.new_page(viewport={"width": 1400, "height": 1800})
                page.goto(jupyter.address(f"{name}.ipynb"))
                notebook = Notebook(page, jupyter, f"{name}.ipynb")
                notebook.run_all()
                explorer = notebook.explorer(name)
                label, changed = SLIDERS[name]
                handle = explorer.locator(f'.noUi-handle[aria-label="{label}"]')
                ours = clock(page, handle, explorer, changed, presses)
                other = page.locator(".jp-OutputArea", has=page.locator(".widget-interact")).last
                other.scroll_into_view_if_needed()
                theirs = clock(
                    page, other.locator(".noUi-handle"), other, None, max(presses // 4, 8)
                )
            jupyter.stop_kernels()
            results[name] = {
                "explorer": quantiles(ours),
                "interact": quantiles(theirs),
                "times_faster_p95": round(
                    float(np.quantile(theirs, 0.95) / np.quantile(ours, 0.95)), 1
                ),
            }
            print(line(name, results[name]), flush=True)
    return results


def quantiles(times: np.ndarray) -> dict[str, float]:
    return {
        "presses": len(times),
        "p50_ms": round(float(np.median(times)), 1),
        "p95_ms": round(float(np.quantile(times, 0.95)), 1),
    }


def line(name: str, result: dict[str, Any]) -> str:
    ours, theirs = result["explorer"], result["interact"]
    return (
        f"{name:8}  explorer p50 {ours['p50_ms']:6.1f} ms  p95 {ours['p95_ms']:6.1f} ms   "
        f"interact p50 {theirs['p50_ms']:7.1f} ms  p95 {theirs['p95_ms']:7.1f} ms   "
        f"{result['times_faster_p95']:5.1f} times"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presses", type=int, default=60)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = measure(options.presses)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
