"""How long from moving a slider to the painted picture: explorers beside interact + matplotlib.

Both run in the same JupyterLab, in the same browser, one after the other. A real key
press moves the slider by one step; the clock starts at the browser's own time stamp
of the press and stops when the frame that shows the change has been painted: in the
first task after that frame's animation callbacks, layout and paint. "bare slider" is an
ipywidgets slider that moves nothing but itself: the part of the time no explorer can save.

    python bench/explorers.py [--presses N] [--json FILE] [EXPLORER…]

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
    figure.text(0.5, 0.1, " + ".join(f"{v:g}" for v in (image[:3, :3] * kernel).ravel()))
    plt.show()
""",
    "stride": """
image = np.array(Stride().settings["image"])[:7, :6]
@interact(stride=IntSlider(2, 1, 4))
def stride_(stride):
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 5))
    cells(left, image, "every place of the window", "Blues")
    result = convolved(image, np.ones((3, 3)), stride)
    covered = np.zeros(image.shape, bool)
    for r, c in np.ndindex(result.shape):
        covered[r * stride:r * stride + 3, c * stride:c * stride + 3] = True
        left.plot(c * stride + 1, r * stride + 1.35, "o", ms=3, c="tab:orange")
    for r, c in np.argwhere(~covered):
        left.add_patch(plt.Rectangle((c - 0.5, r - 0.5), 1, 1, fill=False, hatch="////"))
    window(left, 0, 0, 3, 3)
    for axis, size in enumerate(image.shape):
        for i, start in enumerate(range(0, size, stride)):
            inside = start + 3 <= size
            length = min(3, size + 0.4 - start)
            lane = -0.9 - 0.25 * (i % -(-3 // stride))
            place = (start - 0.45, lane) if axis else (lane, start - 0.45)
            shape = (length - 0.1, 0.15) if axis else (0.15, length - 0.1)
            left.add_patch(plt.Rectangle(place, *shape, color="gray", clip_on=False,
                                         fill=inside, ls="-" if inside else "--"))
    left.set(xlim=(-1.8, 6.2), ylim=(7.2, -1.8))
    cells(right, result, "the sum of each window", "Blues")
    window(right, 0, 0, 1, 1)
    rows, columns = result.shape
    figure.text(0.05, 0.06, f"rows: ⌊(7 + 2·0 − 3) / {stride}⌋ + 1 = {rows}")
    figure.text(0.05, 0.01, f"columns: ⌊(6 + 2·0 − 3) / {stride}⌋ + 1 = {columns}")
    figure.text(0.5, 0.06, " + ".join(f"{v}" for v in image[:3, :3].ravel()))
    figure.text(0.5, 0.01, f"{rows * columns} windows × 9 pixels = {rows * columns * 9}")
    plt.show()
""",
    "pooling": """
small = np.array(Pooling().settings["image"])[:4, :4]
@interact(size=IntSlider(2, 1, 4))
def pooling(size):
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 5))
    cells(left, small, "feature map", "Blues")
    windows = sliding_window_view(small, (size, size))[::2, ::2]
    result = windows.max((2, 3))
    covered = np.zeros(small.shape, bool)
    for r, c in np.ndindex(result.shape):
        covered[2 * r:2 * r + size, 2 * c:2 * c + size] = True
        left.add_patch(plt.Rectangle((2 * c - 0.45, 2 * r - 0.45), size - 0.1, size - 0.1,
                                     fill=False))
        row, column = np.unravel_index(windows[r, c].argmax(), (size, size))
        left.add_patch(plt.Circle((2 * c + column, 2 * r + row), 0.36, fill=False, lw=2))
    for r, c in np.argwhere(~covered):
        left.add_patch(plt.Rectangle((c - 0.5, r - 0.5), 1, 1, fill=False, hatch="////"))
    window(left, 0, 0, size, size)
    cells(right, result, "pooled", "Blues")
    window(right, 0, 0, 1, 1)
    figure.text(0.05, 0.11, f"max({', '.join(f'{v:g}' for v in windows[0, 0].ravel())})")
    figure.text(0.05, 0.06, f"Values: 16 → {result.size}")
    figure.text(0.05, 0.01, f"A dense layer of 10 classes: 160 → {10 * result.size}")
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
# Pushed: the whole time, how many frames it took, and how much of it the page was at work
# (in the slider's own handlers, and from the frame's first callback to its end); the rest
# is the wait for the screen's next frame, up to 16.7 ms at 60 a second.
CLOCK = """([handle, root, changed]) => {
  const picture = () => root.querySelector('.widget-output img, .jp-OutputArea img');
  const read = () => changed
    ? [...root.querySelectorAll(changed)].map((e) => e.textContent).join()
    : picture()?.src;
  const frame = (act) => requestAnimationFrame(() => {
    const start = performance.now();
    const channel = new MessageChannel();
    channel.port1.onmessage = () => act(performance.now() - start);
    channel.port2.postMessage(0);
  });
  window.cxTimes = [];
  handle.addEventListener('keydown', (event) => {
    const start = event.timeStamp;
    const begun = performance.now();
    const before = read();
    let handling = 0;
    addEventListener('keydown', () => (handling = performance.now() - begun), { once: true });
    const done = (frames, inFrame) =>
      window.cxTimes.push([performance.now() - start, frames, handling + inFrame]);
    const look = (frames) => frame(async (inFrame) => {
      if (read() === before) return look(frames + 1);
      if (changed) return done(frames, inFrame);
      await picture().decode().catch(() => 0);
      frame((last) => done(frames + 1, inFrame + last));
    });
    look(1);
  }, { capture: true });
}"""


def clock(page: Any, handle: Any, root: Any, changed: str | None, presses: int) -> np.ndarray:
    """Return one row for each key press: milliseconds to the painted change, frames, work."""
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


def measure(presses: int, names: list[str]) -> dict[str, Any]:
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as jupyter:
        for name in names:
            code = MATPLOTLIB[name]
            jupyter.write(f"{name}.ipynb", SETUP, CALLS[name], code, "IntSlider(50)")
            with browser() as chromium:
                page = chromium.new_page(viewport={"width": 1400, "height": 1800})
                page.goto(jupyter.address(f"{name}.ipynb"))
                notebook = Notebook(page, jupyter, f"{name}.ipynb")
                notebook.run_all()
                explorer = notebook.explorer(name)
                label, changed = SLIDERS[name]
                handle = explorer.locator(f'.noUi-handle[aria-label="{label}"]')
                ours = clock(page, handle, explorer, changed, presses)
                alone = page.locator(".jp-OutputArea").last
                bare = clock(page, alone.locator(".noUi-handle"), alone, ".widget-readout", presses)
                other = page.locator(".jp-OutputArea", has=page.locator(".widget-interact")).last
                other.scroll_into_view_if_needed()
                theirs = clock(
                    page, other.locator(".noUi-handle"), other, None, max(presses // 4, 8)
                )
            jupyter.stop_kernels()
            results[name] = {
                "explorer": quantiles(ours),
                "bare_slider": quantiles(bare),
                "interact": quantiles(theirs),
                "times_faster_p95": round(
                    float(np.quantile(theirs[:, 0], 0.95) / np.quantile(ours[:, 0], 0.95)), 1
                ),
            }
            print(line(name, results[name]), flush=True)
    return results


def quantiles(rows: np.ndarray) -> dict[str, float]:
    times, frames, work = rows.T
    return {
        "presses": len(rows),
        "p50_ms": round(float(np.median(times)), 1),
        "p95_ms": round(float(np.quantile(times, 0.95)), 1),
        "work_p50_ms": round(float(np.median(work)), 1),
        "work_p95_ms": round(float(np.quantile(work, 0.95)), 1),
        "in_the_next_frame": round(float((frames == 1).mean()), 2),
    }


def line(name: str, result: dict[str, Any]) -> str:
    ours, bare, theirs = result["explorer"], result["bare_slider"], result["interact"]
    return (
        f"{name:8}"
        f" explorer p50 {ours['p50_ms']:5.1f} p95 {ours['p95_ms']:5.1f} ms,"
        f" of it work p50 {ours['work_p50_ms']:4.1f} p95 {ours['work_p95_ms']:4.1f} ms,"
        f" {ours['in_the_next_frame']:4.0%} in the next frame |"
        f" bare slider p50 {bare['p50_ms']:5.1f} p95 {bare['p95_ms']:5.1f} ms |"
        f" interact p50 {theirs['p50_ms']:6.1f} p95 {theirs['p95_ms']:6.1f} ms |"
        f" {result['times_faster_p95']:5.1f} times"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presses", type=int, default=60)
    parser.add_argument("--json", type=Path)
    parser.add_argument("explorers", nargs="*", help=f"of {', '.join(MATPLOTLIB)}; default all")
    options = parser.parse_args()
    results = measure(options.presses, options.explorers or list(MATPLOTLIB))
    if not options.explorers:
        from marking_report import written

        written(
            "explorers", "What moving a slider costs", "python bench/explorers.py",
            "Key press to painted frame, in JupyterLab in headless Chromium without a graphics "
            "card, beside the bare slider and `ipywidgets.interact` with matplotlib drawing the "
            "same thing. Aim: 95 of 100 within a frame (16.7 ms), and 20 times faster; the last "
            "figure compares the 95th percentiles. *Work* is the explorer's own part of it: "
            "compute and draw, without waiting for the browser's next frame.",
            [line(name, result) for name, result in results.items()],
        )
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
