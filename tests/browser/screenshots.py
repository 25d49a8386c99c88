"""Take the pictures of the explorers: in use for the documentation, at rest for saved notebooks.

    python tests/browser/screenshots.py

writes ``docs/images/explorer-*.png`` and ``check-fails.png``, and the still pictures beside
the browser modules, ``course/cnnkit/widgets/static/*.png``.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import _sweeps
from _pages import ROOT, Notebook, Server, browser, server
from PIL import Image

IMAGES = ROOT / "docs" / "images"
STATIC = ROOT / "course" / "cnnkit" / "widgets" / "static"
NAMES = ["pixels", "filter", "stride", "pooling", "network"]

FLIPPED = """
def convolve2d(image, kernel):
    kernel = kernel[::-1, ::-1]
    (H, W), (h, w) = image.shape, kernel.shape
    return np.array([[(image[r:r + h, c:c + w] * kernel).sum() for c in range(W - w + 1)]
                     for r in range(H - h + 1)])
""".strip()


def use_pixels(explorer: Any) -> None:
    box = explorer.get_by_role("application").first.bounding_box()
    explorer.page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.62)
    _sweeps.drag(explorer, "brightness", 0.62)


def use_filter(explorer: Any) -> None:
    explorer.locator("select").select_option("outline")
    explorer.get_by_role("application").first.focus()
    for key in ["Home", *["ArrowDown"] * 2, "ArrowRight"]:
        explorer.page.keyboard.press(key)


def use_yours(explorer: Any) -> None:
    explorer.locator("select").select_option("Sobel, vertical edges")
    explorer.locator('.cx-status[data-state="wrong"]').wait_for()


def use_stride(explorer: Any) -> None:
    _sweeps.press(explorer, "image width", "ArrowRight")
    _sweeps.press(explorer, "image width", "ArrowRight")
    _sweeps.press(explorer, "padding", "ArrowRight")
    explorer.get_by_role("application").first.focus()
    for key in ["ArrowDown", "ArrowRight"]:
        explorer.page.keyboard.press(key)


def use_pooling(explorer: Any) -> None:
    for name in ("map height", "map width"):
        _sweeps.press(explorer, name, "ArrowRight", "ArrowRight")
    _sweeps.press(explorer, "window size", "ArrowRight")
    explorer.get_by_role("application").first.focus()
    explorer.page.keyboard.press("ArrowRight")


def use_network(explorer: Any) -> None:
    explorer.get_by_role("button", name="Clear").click()
    box = explorer.get_by_role("application").first.bounding_box()
    x, y, mouse = box["x"], box["y"], explorer.page.mouse
    # A seven, drawn in one go on the pad of 16 × 16 pixels.
    points = [(4.5, 4), (9.5, 4), (8.5, 6.5), (7, 11)]
    scale = box["width"] / 16
    mouse.move(x + points[0][0] * scale, y + points[0][1] * scale)
    mouse.down()
    for column, row in points[1:]:
        mouse.move(x + column * scale, y + row * scale, steps=6)
    mouse.up()
    explorer.page.locator('canvas[aria-label="After max pooling, map 6"]').click(
        position={"x": 24, "y": 24}
    )


IN_USE = {
    "pixels": ("pixels", 0, use_pixels),
    "filter": ("filter", 0, use_filter),
    "filter-yours": ("filter", 1, use_yours),
    "stride": ("stride", 0, use_stride),
    "pooling": ("pooling", 0, use_pooling),
    "network": ("network", 0, use_network),
}


def store(picture: bytes, path: Path, colours: int) -> None:
    """Write a PNG with a palette: as small as these pictures get without a visible loss."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} KiB")


def main() -> None:
    cells = [f"{name.capitalize()}()" for name in NAMES]
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as jupyter:
        setup = "import numpy as np\nfrom cnnkit.widgets import *"
        jupyter.write("all.ipynb", setup, *cells, f"{FLIPPED}\nFilter(f=convolve2d)")
        with browser() as chromium:
            page = chromium.new_page(viewport={"width": 1400, "height": 4600})
            page.goto(jupyter.address("all.ipynb"))
            notebook = Notebook(page, jupyter, "all.ipynb")
            notebook.run_all()
            for name in NAMES:
                still = notebook.explorer(name)
                _sweeps.painted(still)
                store(still.screenshot(), STATIC / f"{name}.png", 64)
            for picture, (name, index, use) in IN_USE.items():
                explorer = notebook.explorer(name, index)
                use(explorer)
                page.wait_for_timeout(400)
                store(explorer.screenshot(), IMAGES / f"explorer-{picture}.png", 128)
            take_check(jupyter, chromium)


def take_check(jupyter: Server, chromium: Any) -> None:
    """Take the picture of a check that fails and names the mistake."""
    shutil.copytree(ROOT / "course" / "02-filters", jupyter.folder / "02-filters")
    setup = "import numpy as np\nfrom cnnkit import check"
    name = jupyter.write("02-filters/check.ipynb", setup, FLIPPED, "check(convolve2d)")
    page = chromium.new_page(viewport={"width": 1300, "height": 1200})
    page.goto(jupyter.address(name))
    with suppress(AssertionError):  # a cell fails, as it should
        Notebook(page, jupyter, name).run_all()
    page.locator(".jp-Cell .jp-InputPrompt").first.click()  # no tools in the picture
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    first, last = (page.locator(".jp-Cell").nth(at).bounding_box() for at in (1, 2))
    top, bottom = first["y"] + 3, last["y"] + last["height"] + 3
    clip = {**first, "y": top, "height": bottom - top}
    store(page.screenshot(clip=clip), IMAGES / "check-fails.png", 128)


if __name__ == "__main__":
    main()
