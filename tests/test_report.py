"""``autograder report``: what the class did, on one page that anyone can read."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from nbgrader.plugins import CsvExportPlugin

from autograder import export
from autograder.__main__ import main
from autograder.build import build
from autograder.export import harmless_field
from autograder.marking import prepare
from cnnkit.judge import Aspect, Verdict

ANN, BOB, CYD, DAN = "ann", "bob.o'hara", "<script>alert(1)</script>", "dan"
EVE, FAY, GUS = "eve", "fay", "gus"
ESCAPES, SHOWN = "\x1b[31mh\na\x9b31ml\u202e" + os.fsdecode(b"\xff"), r"h al\xff"


def verdicts(double: str, total: str) -> list[dict]:
    """Two verdicts: of double (passed, squared, in-place, part, none) and of total."""
    points = {"passed": 2, "part": 1.5}.get(double, 0)
    status = {"passed": "passed", "part": "partial", "none": "not-attempted"}.get(double, "failed")
    share = {"passed": 1.0, "part": 1.0}.get(double, 0.0)
    aspects = () if double == "none" else (
        Aspect("rectangles", share, 1.0), Aspect("negative values", float(double == "passed"), 1.0),
    )
    mistake = double if double in ("squared", "in-place") else None
    one = Verdict("double", points, 2, status, "", mistake, aspects)
    right = total == "passed"
    two = Verdict("total", float(right), 1, "passed" if right else "failed", "",
                  None, (Aspect("rectangles", float(right), 1.0),))
    return [one.to_json(), two.to_json()]


@pytest.fixture
def course(small_course: Path) -> Path:
    """Five marked, one of them mended; one unreadable; one not marked yet."""
    build(small_course)
    released = json.loads(prepare(small_course, "01-small").released)

    def marked(student: str, repairs: list[str], found: list[dict], reason: str | None, seconds: float = 0.5) -> None:
        folder = small_course / "autograded" / student.replace("/", "∕") / "01-small"
        folder.mkdir(parents=True)
        (small_course / "submitted" / folder.parent.name / "01-small").mkdir(parents=True)
        state = {"repairs": repairs, "reason": reason, "verdicts": found, "digest": "",
                 "seconds": {"double": seconds, "total": 0.25}}
        notebook = {**released, "metadata": {**released["metadata"], "autograder": state}}
        (folder / "small.ipynb").write_text(json.dumps(notebook))

    marked(ANN, [], verdicts("passed", "passed"), None, 0.1)
    marked(BOB, [], verdicts("squared", "passed"), None, 0.3)
    marked(CYD, ["“<img src=x onerror=alert(2)>.ipynb” taken, the only notebook there"],
           verdicts("squared", "passed"), None, 0.2)
    marked(DAN, [], verdicts("part", "failed"), None, 0.4)
    marked(EVE, ["Eve_homework.ipynb renamed, as eve asked"], verdicts("none", "failed"), None, 0.6)
    marked(FAY, [], [], "The file of Fay breaks off in the middle: “fay smith.ipynb”.")
    (small_course / "submitted" / GUS / "01-small").mkdir(parents=True)
    return small_course


def run(course: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[str, dict, str]:
    """Return what it printed, the data and the page."""
    assert main(["report", "01-small", "--course", str(course), *options]) == 0
    said = capsys.readouterr().out
    page, data = (Path(line) for line in said.splitlines()[-2:])
    return said, json.loads(data.read_text()), page.read_text()


def test_the_data_says_what_the_class_did(course, capsys):
    said, data, _ = run(course, capsys)
    assert said.startswith("01-small: 5 marked, mean 1.3, median 1 of 3; 1 without a mark.\n")
    cyd = CYD.replace("/", "∕")
    assert data["scores"] == {ANN: 3, BOB: 1, cyd: 1, DAN: 1.5, EVE: 0}
    assert data["without_mark"] == {FAY: "The file of Fay breaks off in the middle: “fay smith.ipynb”."}
    assert data["not_marked_yet"] == [GUS]
    assert set(data["mended"]) == {cyd, EVE}
    assert data["exercises"] == [
        {
            "id": "double", "points": 2, "pass_rate": 0.2, "mean_score": 0.7,
            "statuses": {"failed": 2, "passed": 1, "partial": 1, "not-attempted": 1},
            "aspects": {"rectangles": 0.5, "negative values": 0.25},
            "mistakes": {"squared": sorted([BOB, cyd])},
            "lost_points": 3, "lost_points_despite_hint": 2, "median_seconds": 0.3,
        },
        {
            "id": "total", "points": 1, "pass_rate": 0.6, "mean_score": 0.6,
            "statuses": {"passed": 3, "failed": 2}, "aspects": {"rectangles": 0.6}, "mistakes": {},
            "lost_points": 2, "lost_points_despite_hint": 0, "median_seconds": 0.25,
        },
    ]
    assert data["teach_again"] == [
        "double: 2 learners made “squared”. You squared the values. Twice 3 is 6, not 9.",
        "double: only 20% of the class got full marks.",
    ]


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_the_page_is_self_contained_and_hostile_names_are_text(course, capsys):
    (course / "submitted" / ESCAPES / "01-small").mkdir(parents=True)
    _, _, page = run(course, capsys)
    elements = Elements(page)
    assert {tag for tag, _ in elements.tags}.isdisjoint({"script", "img", "link", "iframe", "form", "object", "base"})
    for _, attributes in elements.tags:
        assert not any(name.startswith("on") or name in ("src", "href", "action") for name in attributes)
    assert "url(" not in page
    assert "@import" not in page
    assert "<script>alert(1)<∕script>" in elements.text
    assert "<img src=x onerror=alert(2)>" in elements.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", page)
    for shown in (ANN, BOB, GUS, SHOWN, "squared", "You squared the values", "negative values"):
        assert shown in elements.text


def test_a_mistake_since_renamed_and_marks_of_another_make_do_not_stop_it(course, capsys):
    declared = course / "solutions/01-small/exercises.py"
    declared.write_text(declared.read_text().replace('"squared"', '"second-power"'))
    path = course / "autograded" / ANN / "01-small/small.ipynb"
    notebook = json.loads(path.read_text())
    del notebook["metadata"]["autograder"]["verdicts"][0]["mistake"]
    path.write_text(json.dumps(notebook))
    _, data, page = run(course, capsys)
    assert data["teach_again"][0] == "double: 2 learners made “squared”."
    assert "squared" in page
    assert ANN in data["not_marked_yet"]


def test_code_in_a_hint_is_shown_as_code(course, capsys):
    exercises = course / "solutions/01-small/exercises.py"
    exercises.write_text(exercises.read_text().replace("Twice 3 is 6", "`3 ** 2 < 10`: twice 3 is 6"))
    _, _, page = run(course, capsys)
    assert "You squared the values. <code>3 ** 2 &lt; 10</code>: twice 3" in page


def test_anonymous_names_nobody_anywhere(course, capsys):
    _, data, page = run(course, capsys, "--anonymous")
    text = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL) + json.dumps(data, ensure_ascii=False)
    for name in (ANN, BOB, "hara", "alert", DAN, EVE, FAY, GUS, "smith", "homework"):
        assert not re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", text, re.IGNORECASE), name
    assert sorted(data["scores"].values()) == [0, 1, 1, 1.5, 3]
    assert len(data["exercises"][0]["mistakes"]["squared"]) == 2
    everyone = {*data["scores"], *data["without_mark"], *data["not_marked_yet"]}
    assert everyone == {f"learner {number}" for number in range(1, 8)}
    assert list(data["scores"]) == sorted(data["scores"])  # not in the order of the names
    assert "breaks off in the middle" in text


def test_nothing_marked_is_one_sentence(small_course, capsys):
    build(small_course)
    assert main(["report", "01-small", "--course", str(small_course)]) == 2
    assert capsys.readouterr().err == (
        "autograder: No submission of 01-small has been marked yet; run autograder grade 01-small.\n"
    )


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screen_reader_a_phone_and_a_printer_can_show_it(course, capsys, tmp_path, scheme):
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    run(course, capsys, "--output", str(tmp_path / "page.html"))
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        page = browser.new_page(color_scheme=scheme, viewport={"width": 1000, "height": 800})
        wanted: list[str] = []
        page.on("request", lambda request: wanted.append(request.url))
        page.goto((tmp_path / "page.html").as_uri())
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        # Words stay whole: a heading is one line high, a short name too.
        words = page.locator("thead th", has_text="Learners").or_(page.locator(".people th"))
        assert words.count() >= 2
        lines = words.evaluate_all(
            """(cells) => cells.filter((c) => /^(Learners|eve|fay)$/.test(c.textContent)).map((cell) => {
              const range = document.createRange();
              range.selectNodeContents(cell);
              return new Set([...range.getClientRects()].map((r) => r.top)).size; })"""
        )
        assert lines == [1] * len(lines) and len(lines) >= 3
        page.emulate_media(media="print", color_scheme="light")
        assert page.pdf().startswith(b"%PDF")
        assert len(wanted) == 1
        browser.close()


@pytest.mark.parametrize("name", ["=cmd|'/c calc'!A1", "+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\tx", "＝1", ' "=1'])
def test_no_spreadsheet_takes_a_name_for_a_formula(name):
    assert harmless_field(name) == "'" + name


def test_other_marks_between_fields_begin_no_formula_either():
    assert harmless_field("Ana;=1+1\t@x|y\n-1") == "Ana;'=1+1\t'@x|y\n'-1"


@pytest.mark.parametrize("value", ["Ana", "7.5", "", "O'Neill-Smith", "Smith; Ana"])
def test_other_fields_are_exported_as_they_are(value):
    assert harmless_field(value) == value


@pytest.fixture
def gradebook(tmp_path, new_gradebook):
    """Two assignments; ann has both, bob the second, cyd nothing, dan a mark given by hand."""
    from nbgrader.api import Gradebook

    shutil.copy(new_gradebook, tmp_path)
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        for student, last in ((ANN, "Lee"), ("bob", "-Ray"), ("cyd", "Poe"), (DAN, None)):
            book.add_student(student, first_name=student.title() if last else None, last_name=last)
        for name in ("01-a", "02-b"):
            book.add_assignment(name)
            book.add_notebook("book", name)
            for cell in ("check-f", "check-g"):
                book.add_grade_cell(cell, "book", name, max_score=2, cell_type="code")
        given = {(ANN, "01-a"): (1, 2), (ANN, "02-b"): (2, 2), ("bob", "02-b"): (0, 1.5),
                 ("cyd", "02-b"): (None, None), (DAN, "02-b"): (1, 1)}
        for (student, name), scores in given.items():
            book.add_submission(name, student)
            for cell, score in zip(("check-f", "check-g"), scores, strict=True):
                grade = book.find_grade(cell, "book", name, student)
                grade.auto_score, grade.needs_manual_grade = score, score is None
        book.find_grade("check-f", "book", "02-b", DAN).manual_score = 2
        # As marking again leaves it: kept, and to be looked at again.
        book.find_grade("check-f", "book", "02-b", DAN).needs_manual_grade = True
        book.find_submission("02-b", "bob").notebooks[0].late_submission_penalty = 5
        book.db.commit()
        yield book


def exported(gradebook, plugin: str, tmp_path: Path, *assignments: str) -> list[list[str]]:
    to = tmp_path / "out.csv"
    getattr(export, plugin)(to=str(to), assignment=list(assignments)).export(gradebook)
    return list(csv.reader(to.open(encoding="utf-8", newline="")))


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_canvas_gets_the_columns_its_importer_looks_for(gradebook, tmp_path):
    # Its lib/gradebook_importer.rb: the first five by name and place, then the assignments.
    assert exported(gradebook, "CanvasExportPlugin", tmp_path) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "01-a", "02-b"],
        ["    Points Possible", "", "", "", "", "4", "4"],
        ["dan", "", "", "dan", "", "", "3"],
        ["'-Ray, Bob", "", "", "bob", "", "", "0"],
        ["Lee, Ann", "", "", "ann", "", "3", "4"],
    ]


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_nbgraders_own_export_has_its_columns_no_formulas_and_no_0_for_no_mark(gradebook, tmp_path):
    gradebook.find_student("bob").first_name = "Bob,,,99"
    rows = exported(gradebook, "CsvExportPlugin", tmp_path, "02-b")
    plain = tmp_path / "plain.csv"
    CsvExportPlugin(to=str(plain), assignment=["02-b"]).export(gradebook)
    wanted = [line.split(",") for line in plain.read_text().splitlines()]
    assert rows[0] == wanted[0]
    by_name = {row[3]: row for row in rows}
    others = [row for row in wanted if row[3] not in ("bob", "cyd")]
    assert [by_name[row[3]] for row in others] == others
    assert by_name["cyd"][7:] == ["", "", "", "4.0"]  # a 0 in nbgrader's
    assert by_name["bob"][4:] == ["'-Ray", "Bob,,,99", "", "1.5", "5.0", "0.0", "4.0"]


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_one_assignment_is_exported_without_empty_fields(gradebook, tmp_path):
    # An empty field takes away the grade that is there: Canvas and Moodle both do so.
    assert exported(gradebook, "MoodleExportPlugin", tmp_path, "02-b") == [
        ["Username", "First name", "Last name", "Email address", "02-b"],
        ["dan", "", "", "", "3"],
        ["bob", "Bob", "'-Ray", "", "0"],
        ["ann", "Ann", "Lee", "", "4"],
    ]
