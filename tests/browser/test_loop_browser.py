"""The whole loop in two JupyterLabs: one assignment from release to the feedback on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import _loop
import pytest
from _loop import ASSIGNMENT, NOTEBOOK
from _pages import CHROMIUM, Server, browser

FLIPPED = """def convolve2d(image, kernel):
    (H, W), (h, w) = image.shape, kernel.shape
    kernel = kernel[::-1, ::-1]
    return np.array([[np.sum(image[r:r + h, c:c + w] * kernel) for c in range(W - w + 1)]
                     for r in range(H - h + 1)])"""
HINT = "Your filter is flipped"
SLOW = 120_000
TO_THE_MIDDLE = "(words) => words.scrollIntoView({ block: 'center' })"
PICTURES = os.environ.get("LOOP_PICTURES")
"""A folder for pictures of each step, for whoever wants to look."""


@contextmanager
def opened(chromium: Any, server: Server) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.set_default_timeout(SLOW)
    page.goto(f"{server.url}/lab?token={server.token}&reset")
    page.wait_for_selector(".jp-Launcher")
    try:
        yield page
    finally:
        context.close()


def picture(page: Any, name: str) -> None:
    """Take a picture of a page, or of a part of it."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def from_menu(page: Any, name: str) -> list[str]:
    """Choose from the Nbgrader menu; return what it offered."""
    page.get_by_role("menuitem", name="Nbgrader").click()
    chosen = page.locator(".lm-Menu").get_by_role("menuitem", name=name)
    chosen.wait_for()
    offered = page.locator(".lm-Menu-itemLabel").all_text_contents()
    chosen.click()
    return [label for label in offered if label]


def formgrader_does(frame: Any, column: str) -> None:
    """Click one column's button in the assignment's row, and read that it went well."""
    row = frame.locator("tr", has_text=ASSIGNMENT)
    row.locator(f"td.{column} a").click()
    frame.locator("#success-modal, #error-modal").wait_for()
    words = frame.locator("#success-modal, #error-modal").text_content()
    assert frame.locator("#error-modal").count() == 0, words
    frame.locator("#success-modal .close, #success-modal [data-dismiss]").first.click()
    frame.locator("#success-modal").wait_for(state="detached")


def manage_assignments(page: Any) -> Any:
    frame = page.frame_locator("iframe")
    if page.locator("iframe").count():
        frame.get_by_role("link", name="Manage Assignments").click()
    else:
        assert "Assignment List" not in from_menu(page, "Formgrader")
    frame.locator("tr", has_text=ASSIGNMENT).locator("td.assign a").wait_for()
    return frame


def release(page: Any) -> None:
    frame = manage_assignments(page)
    formgrader_does(frame, "assign")
    formgrader_does(frame, "release")
    frame.locator("span.label-success", has_text="released").wait_for()
    picture(page, "1-released")


def validate(page: Any, name: str) -> str:
    """Press Validate in the open notebook and return what its dialog says."""
    page.get_by_role("button", name="Validate").first.click()
    dialog = page.locator(".jp-Dialog:has-text('Validation'), .nbgrader-ErrorDialog, .jp-Dialog")
    said = page.locator(".jp-Dialog-content", has_text="alid").or_(
        page.locator(".jp-Dialog-content", has_text="Success")
    )
    said.first.wait_for()
    words = str(said.first.text_content())
    picture(page.locator(".jp-Dialog-content"), name)
    dialog.get_by_role("button", name="OK").first.click()
    return words


def solve_and_submit(page: Any, course: Path) -> None:
    offered = from_menu(page, "Assignment List")
    assert "Formgrader" not in offered
    assert "Create Assignment" not in page.locator("body").inner_text()
    page.get_by_role("button", name="Submit").wait_for()
    picture(page, "2-assignment-list")

    path = course / "workspace" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    _loop.solve(path, course, but={"convolve2d": FLIPPED})
    page.goto(f"{page.url.split('/lab')[0]}/lab/tree/{ASSIGNMENT}/{NOTEBOOK}.ipynb?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    said = validate(page, "3-validate-fails")
    assert "check(convolve2d)" in said
    assert "0 of 4 points" in said
    assert HINT in said
    assert "check(relu)" not in said

    _loop.solve(path, course, but={})
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    assert "Success" in validate(page, "4-validate-passes")

    # What is handed in has the mistake again: its feedback shall say so.
    _loop.solve(path, course, but={"convolve2d": FLIPPED})
    from_menu(page, "Assignment List")
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("Submitted assignments", exact=True).wait_for()
    page.wait_for_function("() => !/no submitted assignments/.test(document.body.innerText)")
    picture(page, "5-submitted")


def mark(page: Any) -> None:
    frame = manage_assignments(page)
    formgrader_does(frame, "collect")
    frame.locator("tr", has_text=ASSIGNMENT).locator("td.num-submissions a", has_text="1").click()
    frame.locator("td.autograde a").click()
    frame.locator("#success-modal, #error-modal").wait_for()
    words = frame.locator("#success-modal, #error-modal").text_content()
    assert frame.locator("#error-modal").count() == 0, words
    frame.locator("#success-modal [data-dismiss]").first.click()
    frame.locator(".modal-backdrop").wait_for(state="detached")
    frame.locator("td.status", has_text="graded").wait_for()
    # 1 + 0 + 1 + 0 + 0 of 11: the two others call the convolve2d that is flipped.
    assert "2 / 11" in frame.locator("tbody tr").first.inner_text()
    picture(page, "6-marked")


def look_at_submission(page: Any) -> None:
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="Manual Grading").click()
    frame.get_by_role("link", name=ASSIGNMENT).click()
    frame.get_by_role("link", name=NOTEBOOK).click()
    frame.get_by_role("link", name="Submission #1").click()
    shown = frame.get_by_text(HINT).first
    shown.wait_for()
    shown.evaluate(TO_THE_MIDDLE)
    picture(page.locator("iframe"), "7-submission")
    frame.get_by_role("link", name="Manual Grading").click()


def give_feedback(page: Any) -> None:
    frame = manage_assignments(page)
    formgrader_does(frame, "generate-feedback")
    formgrader_does(frame, "release-feedback")


def read_feedback(page: Any) -> None:
    from_menu(page, "Assignment List")
    page.get_by_text("(feedback available to fetch)").wait_for()
    page.get_by_role("button", name="Fetch Feedback").click()
    page.get_by_text("(view feedback)").first.click()
    page.locator(".jp-DirListing-item", has_text=f"{NOTEBOOK}.html").dblclick()
    feedback = page.frame_locator(".jp-HTMLViewer iframe")
    shown = feedback.get_by_text(HINT).first
    shown.wait_for()
    shown.evaluate(TO_THE_MIDDLE)
    table = feedback.get_by_role("table", name="yours − expected (4 × 4)").first
    assert table.locator("td").first.inner_text() == "10"
    picture(page.locator("#jp-main-dock-panel"), "8-feedback")


def test_released_solved_validated_submitted_marked_and_fed_back(tmp_path: Path) -> None:
    if not Path(CHROMIUM).exists():
        assert not os.environ.get("CI"), f"there is no browser at {CHROMIUM}"
        pytest.skip(f"there is no browser at {CHROMIUM}; CHROMIUM may name another")
    course = _loop.copy_course(tmp_path / "course")
    with (
        browser() as chromium,
        _loop.side(course, "teach") as teacher,
        _loop.side(course, "learn") as learner,
    ):
        with opened(chromium, teacher) as page:
            release(page)
        with opened(chromium, learner) as page:
            solve_and_submit(page, course)
        with opened(chromium, teacher) as page:
            mark(page)
            look_at_submission(page)
            give_feedback(page)
        with opened(chromium, learner) as page:
            read_feedback(page)
