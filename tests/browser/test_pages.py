"""Do explorers live well on the page: saved and reopened, by keyboard, in the dark, zoomed?"""

from __future__ import annotations

import inspect
import json
import re
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path

import _sweeps
import pytest
from _pages import Notebook, Server
from axe_playwright_python.sync_playwright import Axe

from cnnkit.widgets import _base

Open = Callable[..., Notebook]
NAMES = ["pixels", "filter", "stride", "pooling", "network"]
FUNCTION = "lambda image, kernel: np.zeros((4, 4))"


@pytest.fixture(scope="module")
def name(jupyter: Server) -> str:
    return jupyter.write(
        "pages.ipynb",
        "import numpy as np\nfrom cnnkit.widgets import *",
        "Pixels()",
        "Filter()",
        "Stride()",
        "Pooling()",
        "Network()",
        f"Filter(f={FUNCTION})",
        'from cnnkit.predict import predict\npredict("q", "How many?", choices=["3", "4"])',
    )


def all_alive(notebook: Notebook) -> None:
    for one in NAMES:
        notebook.explorer(one)
    assert notebook.page.get_by_text("Error displaying widget").count() == 0


def test_saved_and_reopened_notebooks_show_a_picture_and_never_an_error(
    open_notebook: Open, jupyter: Server, name: str
) -> None:
    notebook = open_notebook(name)
    notebook.run_all()
    all_alive(notebook)
    answers = notebook.page.locator(".cx-question input")
    answers.first.focus()
    for key in ("Space", "ArrowDown"):
        notebook.page.keyboard.press(key)
    notebook.page.get_by_text("Saved. Now run the folded cell below.").wait_for()
    assert [answer.is_checked() for answer in answers.all()] == [False, True]
    notebook.save()
    saved = jupyter.read(name)
    *outputs, asked = [output for cell in saved.cells for output in cell.outputs]
    assert set(asked.data) == {"text/plain", "text/html"}
    assert len(outputs) == 6
    for output in outputs:
        assert set(output.data) == {"text/plain", "text/html"}
        assert "run this cell" in output.data["text/plain"]
        assert 'src="data:image/png;base64,' in output.data["text/html"]
        assert len(json.dumps(output.data)) < 150_000
    assert "widgets" not in saved.metadata

    # The kernel is still there: a reloaded page finds its explorers again.
    notebook.page.reload()
    all_alive(notebook)
    explorer = notebook.explorer("stride")
    _sweeps.press(explorer, "stride", "Home")
    assert _sweeps.grid(explorer, "The result").shape == (5, 4)

    # The kernel is gone: still pictures, each with its words, and no error.
    notebook.page.context.close()
    jupyter.stop_kernels()
    again = open_notebook(name)
    again.page.locator(".cnnkit-still img").nth(5).wait_for(timeout=60_000)
    again.page.wait_for_timeout(1500)
    assert again.page.locator(".cx").count() == 0
    *stills, question = again.page.locator(".cnnkit-still").all()
    assert question.text_content() == "Predict: How many?○ 3○ 4Run this cell to answer."
    for still in stills:
        assert still.is_visible()
        assert "run the cell to explore" in still.text_content()
        assert still.locator("img").evaluate("(i) => i.complete && i.naturalWidth") > 300
        assert len(still.locator("img").get_attribute("alt")) > 40
    assert again.page.get_by_text("Error displaying widget").count() == 0
    assert again.errors == []


def test_notebook_7_shows_them_too(open_notebook: Open, name: str) -> None:
    notebook = open_notebook(name, lab=False)
    notebook.run_all()
    all_alive(notebook)
    explorer = notebook.explorer("filter")
    _sweeps.press(explorer, "Weight in row 0, column 0", "ArrowRight")
    assert _sweeps.grid(explorer, "The kernel")[0, 0] == 1.25
    assert notebook.errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_violation(
    open_notebook: Open, jupyter: Server, name: str, theme: str
) -> None:
    jupyter.set("apputils-extension/themes", {"theme": f"JupyterLab {theme.capitalize()}"})
    notebook = open_notebook(name, viewport={"width": 1400, "height": 5000})
    notebook.run_all()
    jupyter.set("apputils-extension/themes", {})
    all_alive(notebook)
    if theme == "dark":
        ground = "(e) => getComputedStyle(e).backgroundColor"
        assert notebook.explorer("filter").evaluate(ground) == "rgb(33, 33, 33)"
    notebook.page.locator('.cx-status[data-state="wrong"]').wait_for()
    found = Axe().run(notebook.page, context=".cx").response["violations"]
    assert found == [], [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found]
    # axe passes over text in SVG: a number on a shaded cell needs 4.5 to 1 as well.
    faint = notebook.page.evaluate(CONTRAST)
    assert faint == []
    # 511 amounts want a long track; what stands under a photograph is one line.
    track = notebook.explorer("pixels").locator(".noUi-target").bounding_box()
    assert track["width"] > 300
    for line in notebook.explorer("pixels").locator(".cx-formula").all():
        assert line.bounding_box()["height"] < 20


CONTRAST = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  for (const svg of document.querySelectorAll('.cx-grid')) {
    const rects = svg.querySelectorAll('.cx-cell');
    svg.querySelectorAll('.cx-number').forEach((text, i) => {
      const fill = getComputedStyle(rects[i]).fill;
      if (!text.textContent || !fill.startsWith('rgb(')) return;
      const [a, b] = [light(getComputedStyle(text).fill), light(fill)].sort((x, y) => y - x);
      if ((a + 0.05) / (b + 0.05) < 4.5) faint.push([svg.getAttribute('aria-label'), text.textContent]);
    });
  }
  return faint;
}"""


def test_everything_is_reached_by_keyboard_with_a_visible_focus(
    open_notebook: Open, name: str
) -> None:
    notebook = open_notebook(name)
    notebook.run_all()
    page = notebook.page
    for one in NAMES:
        explorer = notebook.explorer(one)
        stops = explorer.evaluate(
            """(root) => [...root.querySelectorAll('*')].filter((e) => e.tabIndex >= 0
                 && (e.matches('button, select, [tabindex]') || e.isContentEditable))
               .map((e) => [e.getAttribute('aria-label') || e.textContent || e.tagName,
                            e.matches('.noUi-handle')])"""
        )
        labels = [label for label, _ in stops]
        assert all(labels)
        assert len({label for label, is_handle in stops if is_handle}) >= 1
        # Tab from the first to the last: the focus is where it should be, and can be seen.
        first = explorer.locator("button, select, [tabindex='0'], .noUi-handle").first
        first.focus()
        seen = 0
        for _ in range(len(stops) + 2):
            page.keyboard.press("Tab")
            outline = page.evaluate(
                """() => { const e = document.activeElement;
                  if (!e.closest('.cx')) return null;
                  const style = getComputedStyle(e);
                  return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; }"""
            )
            if outline is None:
                break
            assert outline, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
            seen += 1
        assert seen >= len(stops) - 1
    # Keys of an explorer are not commands of the notebook: no cell was added or moved.
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    stage = notebook.explorer("filter").get_by_role("application").first
    stage.focus()
    for key in ("a", "b", "d", "d", "ArrowDown", "Enter", "Home"):
        page.keyboard.press(key)
    # In command mode too, where Jupyter itself would take the arrows.
    page.locator(".jp-Notebook .jp-InputPrompt").first.click()
    page.wait_for_selector(".jp-Notebook.jp-mod-commandMode")
    _sweeps.press(notebook.explorer("stride"), "stride", "ArrowRight")
    assert _sweeps.value(notebook.explorer("stride"), "stride") == 3
    stage.focus()
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells
    assert (
        notebook.explorer("filter")
        .get_by_role("application")
        .first.evaluate("(e) => e === document.activeElement")
    )


def test_play_step_and_pointing_fill_in_the_feature_map(open_notebook: Open, name: str) -> None:
    notebook = open_notebook(name, reduced_motion="reduce")
    notebook.run_all()
    explorer = notebook.explorer("filter")
    filled = explorer.locator('svg[aria-label^="The feature map"] .cx-number[data-value]')
    assert filled.count() == 16
    explorer.get_by_role("button", name="Play").click()
    _sweeps.painted(explorer)
    assert filled.count() <= 2
    explorer.get_by_role("button", name="Pause").click()
    before = filled.count()
    explorer.get_by_role("button", name="Step").click()
    _sweeps.painted(explorer)
    assert filled.count() == before + 1
    explorer.get_by_role("button", name="Back").click()
    _sweeps.painted(explorer)
    assert filled.count() == before

    result = _sweeps.convolved_default()
    box = explorer.locator('svg[aria-label^="The feature map"]').bounding_box()
    cell = (box["width"] - 8) / 4
    for r, c in [(0, 3), (2, 1), (3, 3)]:
        notebook.page.mouse.move(box["x"] + 4 + (c + 0.5) * cell, box["y"] + 4 + (r + 0.5) * cell)
        _sweeps.painted(explorer)
        assert float(explorer.locator(".cx-sum").get_attribute("data-value")) == result[r, c]
    assert filled.count() == 16
    # Dragging the window over the image does the same.
    image = explorer.locator('svg[aria-label^="The image"]').bounding_box()
    side = (image["width"] - 8) / 6
    mouse = notebook.page.mouse
    mouse.move(image["x"] + 4 + 4.5 * side, image["y"] + 4 + 4.5 * side)
    mouse.down()
    mouse.move(image["x"] + 4 + 2.5 * side, image["y"] + 4 + 3.5 * side, steps=5)
    mouse.up()
    _sweeps.painted(explorer)
    assert float(explorer.locator(".cx-sum").get_attribute("data-value")) == result[2, 1]
    # Reduced motion: the window jumps instead of gliding.
    mover = explorer.locator(".cx-mover").first
    assert mover.evaluate("(e) => getComputedStyle(e).transitionDuration") == "0s"


def test_at_200_percent_nothing_is_cut_off(open_notebook: Open, name: str) -> None:
    # 200 % zoom of a 1400 pixel window is a window of 700 CSS pixels.
    notebook = open_notebook(name, viewport={"width": 700, "height": 900}, device_scale_factor=2)
    notebook.run_all()
    all_alive(notebook)
    for one in NAMES:
        explorer = notebook.explorer(one)
        too_wide = explorer.evaluate(
            """(root) => { const edge = root.getBoundingClientRect().right;
              return [...root.querySelectorAll('.cx-figure, p, button, .noUi-target, .widget-readout, canvas, svg')]
                .filter((e) => e.getBoundingClientRect().right > edge + 1
                               && !e.closest('.cx-hidden'))
                .map((e) => e.outerHTML.slice(0, 120)); }"""
        )
        assert too_wide == []


def test_the_example_for_contributors_works_as_it_stands(
    open_notebook: Open, jupyter: Server, tmp_path: Path
) -> None:
    about = inspect.getdoc(_base)
    script, module = (textwrap.dedent(found) for found in re.findall(r"::\n\n((?: {4}.*\n|\n)+)", about))
    static = tmp_path / "static"
    shutil.copytree(_base.STATIC, static)
    (static / "double.js").write_text(script)
    name = jupyter.write(
        "double.ipynb",
        f"from pathlib import Path\nfrom cnnkit.widgets import _base\n_base.STATIC = Path({str(static)!r})",
        module,
        "Double()",
    )
    notebook = open_notebook(name)
    notebook.run_all()
    explorer = notebook.explorer("double")
    assert explorer.locator(".cx-sum").text_content() == "2 × 3 = 6"
    _sweeps.press(explorer, "number", "ArrowRight", "ArrowRight")
    _sweeps.painted(explorer)
    assert explorer.locator(".cx-sum").text_content() == "2 × 5 = 10"
    assert notebook.errors == []
