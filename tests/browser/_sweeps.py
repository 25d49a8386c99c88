"""Move every control of an explorer, by mouse and by keyboard, and compare with NumPy.

Each function takes an explorer on a page and returns how many settings it compared.
The arithmetic here is written anew, in NumPy: nothing of the browser's is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

FRAME = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


def painted(explorer: Any) -> None:
    """Wait until what was changed is drawn."""
    explorer.page.evaluate(FRAME)


def handle(explorer: Any, name: str) -> Any:
    return explorer.locator(f'.noUi-handle[aria-label="{name}"]')


def value(explorer: Any, name: str) -> float:
    return float(handle(explorer, name).get_attribute("aria-valuetext"))


def values(explorer: Any, names: list[str]) -> list[float]:
    """Return what several sliders stand at, in one question to the browser."""
    found = explorer.evaluate(
        """(root, names) => names.map((name) =>
             root.querySelector(`.noUi-handle[aria-label="${name}"]`).ariaValueText)""",
        names,
    )
    return [float(text) for text in found]


def drag(explorer: Any, name: str, fraction: float) -> None:
    """Drag a slider's handle with the mouse to a fraction of its track."""
    x, y, left, width = handle(explorer, name).evaluate(
        """(knob) => {
          knob.scrollIntoView({ block: 'nearest' });
          const box = knob.getBoundingClientRect();
          const track = knob.closest('.noUi-target').getBoundingClientRect();
          return [box.x + box.width / 2, box.y + box.height / 2, track.x, track.width];
        }"""
    )
    mouse = explorer.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(left + width * fraction, y + 3, steps=3)
    mouse.up()
    painted(explorer)


def press(explorer: Any, name: str, *keys: str) -> None:
    knob = handle(explorer, name)
    knob.focus()
    for key in keys:
        explorer.page.keyboard.press(key)
    painted(explorer)


def grid(explorer: Any, label: str, decimals: int = 2) -> np.ndarray:
    """Return the numbers of a grid as drawn, after checking that they are written out right."""
    drawing = explorer.locator(f'svg[aria-label^="{label}"]')
    cells = drawing.evaluate(
        """(svg) => [...svg.querySelectorAll('.cx-cell')].map((rect, i) => {
          const text = svg.querySelectorAll('.cx-number')[i];
          return [rect.getAttribute('x'), rect.getAttribute('y'), text.dataset.value,
                  text.textContent];
        })"""
    )
    if not cells:
        return np.zeros((0, 0))
    columns = len({x for x, *_ in cells})
    values = np.array([float(v) for _, _, v, _ in cells]).reshape(-1, columns)
    for number, (_, _, _, words) in zip(values.ravel(), cells, strict=True):
        written = words.replace("−", "-").replace("≠", "")
        if re.fullmatch(r"-?[\d.]+", written):
            np.testing.assert_allclose(float(written), number, atol=0.5 * 10.0**-decimals + 1e-9)
    return values


def same(got: np.ndarray, want: np.ndarray) -> None:
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)


def convolved(image: np.ndarray, kernel: np.ndarray, stride: int = 1) -> np.ndarray:
    windows = sliding_window_view(image, kernel.shape)[::stride, ::stride]
    return np.einsum("rcij,ij->rc", windows, kernel)


def filter_sweep(explorer: Any, image: np.ndarray, shape: tuple[int, int]) -> int:
    height, width = shape
    names = [f"Weight in row {r}, column {c}" for r in range(height) for c in range(width)]

    def compare() -> None:
        kernel = np.array(values(explorer, names)).reshape(shape)
        same(grid(explorer, "The kernel"), kernel)
        same(grid(explorer, "The feature map"), convolved(image, kernel))

    compared = 0
    rng = np.random.default_rng(0)
    for fraction in rng.uniform(0, 1, 12):
        drag(explorer, names[compared % len(names)], fraction)
        compare()
        compared += 1
    for keys in (["ArrowRight"], ["ArrowLeft", "ArrowLeft"], ["Home"], ["End"], ["ArrowDown"]) * 2:
        press(explorer, names[(3 * compared) % len(names)], *keys)
        compare()
        compared += 1
    # The window: its products are spelled out for every place, by the arrow keys.
    stage = explorer.get_by_role("application").first
    stage.focus()
    explorer.page.keyboard.press("Home")
    result = grid(explorer, "The feature map")
    for r, c in [(0, 0), (0, 1), (1, 1)]:
        painted(explorer)
        total = explorer.locator(".cx-sum")
        assert float(total.get_attribute("data-value")) == result[r, c]
        explorer.page.keyboard.press("ArrowRight" if c == 0 else "ArrowDown")
    return compared


def moves(names: list[str]) -> list[tuple[str, Callable[..., None], tuple[Any, ...]]]:
    """Return 24 moves of the named sliders: half by mouse, half by keyboard."""
    rng = np.random.default_rng(1)
    plan: list[tuple[str, Callable[..., None], tuple[Any, ...]]] = []
    for turn in range(24):
        name = names[turn % len(names)]
        if turn % 2:
            key = str(rng.choice(["ArrowRight", "ArrowLeft", "ArrowUp", "Home", "End"]))
            plan.append((name, press, (key,)))
        else:
            plan.append((name, drag, (float(rng.uniform()),)))
    return plan


def stride_sweep(explorer: Any, source: np.ndarray) -> int:
    names = ["image height", "image width", "kernel size", "stride", "padding"]
    compared = shapes = 0
    for name, act, how in moves(names):
        act(explorer, name, *how)
        height, width, size, stride, padding = map(int, values(explorer, names))
        image = np.pad(source[:height, :width], padding)
        rows = explorer.locator(".cx-formula[data-axis=rows]")
        columns = explorer.locator(".cx-formula[data-axis=columns]")
        if min(image.shape) < size:
            assert "0" in (rows.get_attribute("data-value"), columns.get_attribute("data-value"))
        else:
            want = convolved(image, np.ones((size, size)), stride)
            same(grid(explorer, "The result"), want)
            assert rows.get_attribute("data-value") == str(want.shape[0])
            assert columns.get_attribute("data-value") == str(want.shape[1])
            assert rows.text_content().split("=")[-1].split(",")[0].strip() == str(want.shape[0])
            shapes += height != width
        compared += 1
    assert shapes > 5
    return compared


def pooling_sweep(explorer: Any, source: np.ndarray) -> int:
    names = ["window size", "stride", "map height", "map width"]
    mode = explorer.locator("select")
    compared = 0
    for turn, (name, act, how) in enumerate(moves(names)):
        if turn % 6 == 0:
            mode.select_option(index=turn // 6 % 2)
        act(explorer, name, *how)
        size, stride, height, width = map(int, values(explorer, names))
        if min(height, width) < size:
            same(grid(explorer, "After pooling").ravel(), np.zeros(0))
        else:
            windows = sliding_window_view(source[:height, :width], (size, size))
            windows = windows[::stride, ::stride]
            chosen = mode.evaluate("(menu) => menu.selectedIndex")
            want = windows.mean((2, 3)) if chosen else windows.max((2, 3))
            same(grid(explorer, "After pooling"), want)
        compared += 1
    return compared


def pixels_sweep(explorer: Any, photo: np.ndarray) -> int:
    compared = 0
    rng = np.random.default_rng(2)
    view = explorer.get_by_role("application").first
    view.scroll_into_view_if_needed()
    box = view.bounding_box()
    height, width = photo.shape[:2]

    def compare(row: int, column: int) -> None:
        words = explorer.locator(".cx-sum").text_content()
        r, g, b = photo[row, column]
        assert words == f"row {row}, column {column}: R {r}, G {g}, B {b}"
        top, left = np.clip([row - 1, column - 1], 0, [height - 4, width - 4])
        for channel, name in enumerate(["red", "green", "blue"]):
            same(grid(explorer, name), photo[top : top + 4, left : left + 4, channel].astype(float))

    for _ in range(14):
        row, column = int(rng.integers(height)), int(rng.integers(width))
        explorer.page.mouse.move(
            box["x"] + (column + 0.5) * box["width"] / width,
            box["y"] + (row + 0.5) * box["height"] / height,
        )
        painted(explorer)
        compare(row, column)
        compared += 1
    view.click(position={"x": (column + 0.5) * box["width"] / width,
                         "y": (row + 0.5) * box["height"] / height})  # fmt: skip
    for key, step in [("ArrowDown", (1, 0)), ("Shift+ArrowLeft", (0, -8)), ("ArrowUp", (-1, 0))]:
        explorer.page.keyboard.press(key)
        painted(explorer)
        row = int(np.clip(row + step[0], 0, height - 1))
        column = int(np.clip(column + step[1], 0, width - 1))
        compare(row, column)
        compared += 1
    for turn in range(20):
        if turn % 2:
            press(explorer, "brightness", "ArrowRight" if turn % 4 == 1 else "ArrowLeft")
        else:
            drag(explorer, "brightness", turn / 20)
        amount = int(value(explorer, "brightness"))
        wide = photo[row, column].astype(int) + amount
        stops, wraps = np.clip(wide, 0, 255), wide % 256
        for line, want in zip(explorer.locator(".cx-formula").all(), [stops, wraps], strict=True):
            shown = [int(n) for n in re.findall(r"→ (\d+)", line.text_content())]
            assert shown == want.tolist()
        compared += 1
    # And on the two pictures themselves, pixel by pixel.
    for canvas, want in zip(
        explorer.locator(".cx-small canvas").all(),
        [np.clip(photo.astype(int) + amount, 0, 255), (photo.astype(int) + amount) % 256],
        strict=True,
    ):
        same(pixels_of(canvas)[:, :, :3].astype(float), want.astype(float))
    return compared


def pixels_of(canvas: Any) -> np.ndarray:
    height, width, data = canvas.evaluate(
        """(c) => [c.height, c.width,
          [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]]"""
    )
    return np.array(data).reshape(height, width, 4)


def network(images: np.ndarray, model: dict[str, np.ndarray]) -> np.ndarray:
    """Convolution, ReLU, 2 × 2 max pooling, flatten, dense, softmax, all in NumPy."""
    height, width = model["filters"].shape[1:3]
    windows = sliding_window_view(images, (height, width), axis=(1, 2))
    maps = np.einsum("nrcdij,fijd->nrcf", windows, model["filters"]) + model["filter_biases"]
    maps = np.maximum(maps, 0)
    n, rows, columns, count = maps.shape
    rows, columns = rows // 2, columns // 2
    blocks = maps[:, : 2 * rows, : 2 * columns].reshape(n, rows, 2, columns, 2, count)
    scores = blocks.max((2, 4)).reshape(n, -1) @ model["weights"] + model["biases"]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def bars(explorer: Any, index: int = 0) -> np.ndarray:
    texts = explorer.locator(".cx-classes").nth(index).locator(".cx-bar-value")
    return np.array(texts.evaluate_all("(all) => all.map((one) => Number(one.dataset.value))"))


def network_sweep(explorer: Any, images: np.ndarray, model: dict[str, np.ndarray]) -> int:
    want = network(images, model)
    compared = 0
    for turn in range(22):
        if turn % 2:
            press(explorer, "example", "ArrowRight")
        else:
            drag(explorer, "example", (turn + 1) / 24)
        chosen = int(value(explorer, "example"))
        np.testing.assert_allclose(bars(explorer), want[chosen], rtol=1e-6, atol=1e-9)
        words = explorer.locator(".cx-sum").text_content()
        assert words.startswith(f"The network says {want[chosen].argmax()}, with ")
        compared += 1
    return compared


def convolved_default() -> np.ndarray:
    """Return the feature map of the Filter explorer as it starts."""
    from cnnkit.widgets._filter import IMAGE

    return convolved(np.array(IMAGE, float), np.array([[1.0, 0, -1]] * 3))
