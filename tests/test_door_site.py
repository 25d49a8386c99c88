"""The site: it builds without a warning, leads nowhere wrong, and gives no solution away."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from autograder.build import course_folder
from autograder.source import assignment_names, read_source

from .conftest import ROOT

pytestmark = pytest.mark.kernel

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site, made as ``make docs`` makes it, in a folder of its own."""
    folder = tmp_path_factory.mktemp("site")
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    for command in (
        [sys.executable, str(ROOT / "docs/lessons.py")],
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", str(ROOT / "docs"), str(folder)],
    ):
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=580, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Links(HTMLParser):
    """Collects where a page leads and which places it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.to: list[str] = []
        self.places: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.to.append(value)
            if name == "id" and value:
                self.places.add(value)


def test_every_link_inside_the_site_leads_to_a_place(site):
    pages = {page: Links(page) for page in site.rglob("*.html")}
    assert len(pages) > 10
    followed = 0
    for page, links in pages.items():
        for link in links.to:
            if re.match(r"[a-z]+:|//", link):
                continue
            path, _, place = link.partition("#")
            target = (page.parent / unquote(path.split("?")[0])).resolve() if path else page
            assert target.exists(), f"{page.name}: {link}"
            if place and target in pages:
                assert unquote(place) in pages[target].places, f"{page.name}: {link}"
            followed += 1
    assert followed > 200


def test_no_page_shows_a_solution(site):
    course = course_folder(ROOT)
    seen = 0
    for name in assignment_names(course / "solutions"):
        source = read_source(course / "solutions" / name)
        page = site / "lessons" / name / f"{source.name}.html"
        if not page.is_file() or not source.exercises:
            continue
        words = re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))
        assert "BEGIN SOLUTION" not in words
        assert words.count("YOUR CODE HERE") >= len(source.exercises)
        assert "✓" in words  # the checks passed when the page was made
        seen += 1
    assert seen >= 5


@pytest.mark.browser
@pytest.mark.parametrize("name", ["index", "learn", "teach", "lessons/02-filters/filters"])
def test_axe_finds_nothing_on_a_page(site, name):
    if not Path(CHROMIUM).exists():
        assert not os.environ.get("CI"), f"there is no browser at {CHROMIUM}"
        pytest.skip(f"there is no browser at {CHROMIUM}; CHROMIUM may name another")
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.goto((site / f"{name}.html").as_uri())
        found = Axe().run(page).response["violations"]
        browser.close()
    assert found == [], [(v["id"], [n["html"][:200] for n in v["nodes"][:5]]) for v in found]
