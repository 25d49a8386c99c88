"""Building: the same bytes every time, nothing leaks, and wrong sources are named."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder.__main__ import main
from autograder.build import build
from autograder.keys import settle
from cnnkit.key import KeyFileError, exercise_names, read_key, write_key

from .conftest import (
    DOUBLE,
    EXERCISES,
    HEADER,
    ROOT,
    SETUP,
    TOTAL,
    check_cell,
    small_notebook,
    solution_cell,
)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def run(course: Path, *arguments: str) -> int:
    return main(["build", "--course", str(course), *arguments])


def test_two_builds_give_the_same_bytes(small_course):
    build(small_course)
    first = snapshot(small_course / "course")
    build(small_course)
    assert first == snapshot(small_course / "course")
    assert set(first) == {"01-small/small.ipynb", "01-small/key.npz"}


def test_the_release_has_no_solution_and_no_pairing(small_course):
    build(small_course)
    text = (small_course / "course/01-small/small.ipynb").read_text()
    for leak in ("2 * np.asarray", "BEGIN SOLUTION", "jupytext", "squared", "exercises"):
        assert leak not in text
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert "raise NotImplementedError()" in text
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert {"double", "check-double", "total", "check-total"} <= set(ids)


def test_an_id_does_not_change_when_other_cells_do(small_course):
    build(small_course)
    before = nbformat.read(small_course / "course/01-small/small.ipynb", 4)
    path = small_course / "solutions/01-small/small.md"
    path.write_text(path.read_text().replace("# Small\n", "# Small\n\nA new paragraph.\n\n\nMore.\n"))
    build(small_course)
    after = nbformat.read(small_course / "course/01-small/small.ipynb", 4)
    code = [[c.id for c in nb.cells if c.cell_type == "code"] for nb in (before, after)]
    assert code[0] == code[1]


def write(course: Path, text: str, exercises: str = EXERCISES) -> None:
    (course / "solutions/01-small/small.md").write_text(text)
    (course / "solutions/01-small/exercises.py").write_text(exercises)


TWO = solution_cell("total", TOTAL) + check_cell("total", 1)
BAD = {
    "a grade id twice": (
        lambda: small_notebook() + solution_cell("double", DOUBLE),
        EXERCISES, "two cells have the grade id 'double'",
    ),
    "no grade id": (
        lambda: small_notebook() + solution_cell("double", DOUBLE, grade_id=""),
        EXERCISES, "has no grade id",
    ),
    "a check cell without an exercise": (
        lambda: small_notebook() + check_cell("triple", 1),
        EXERCISES, "'check-triple' belongs to no exercise",
    ),
    "an exercise without a solution cell": (
        lambda: HEADER + SETUP + check_cell("double", 2) + TWO,
        EXERCISES, "'double' has no solution cell",
    ),
    "an exercise without a check cell": (
        lambda: HEADER + SETUP + solution_cell("double", DOUBLE) + TWO,
        EXERCISES, "no cell 'check-double'",
    ),
    "points that disagree": (
        lambda: HEADER + SETUP + solution_cell("double", DOUBLE) + check_cell("double", 3) + TWO,
        EXERCISES, "3 points in the notebook and 2 in exercises.py",
    ),
    "points that are no number": (
        lambda: small_notebook().replace('"points": 2', '"points": null'),
        EXERCISES, "the points of 'check-double' are no number: None",
    ),
    "a reference that is no Python": (
        lambda: small_notebook().replace("return 2 *", "return 2 * *"),
        EXERCISES, "the reference is no Python: invalid syntax: “return 2 * * np",
    ),
    "no marks around the solution": (
        lambda: small_notebook().replace("### END SOLUTION", "", 1),
        EXERCISES, "needs '### BEGIN SOLUTION'",
    ),
    "no notebook": (lambda: "just some text\n", EXERCISES, "is no notebook"),
    "exercises that do not run": (small_notebook, "1/0", "does not run: ZeroDivisionError"),
    "a reference that does not run": (
        lambda: small_notebook().replace("return 2 *", "return nothing *"),
        EXERCISES, "the reference raised NameError",
    ),
    "a mistake that is none": (
        small_notebook, EXERCISES.replace("return np.asarray(x) ** 2", "return 2 * np.asarray(x)"),
        "do not tell the mistake 'squared' from what is right",
    ),
    "a mistake that another hides": (
        small_notebook,
        EXERCISES + '\n\n@total.mistake("again", "…")\ndef again(x):\n    return float(np.mean(x))\n',
        "do not tell the mistake 'again' from 'mean'",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_source_gets_one_sentence_and_changes_nothing(small_course, capsys, name):
    build(small_course)
    before = snapshot(small_course / "course")
    text, exercises, expected = BAD[name]
    write(small_course, text(), exercises)
    assert run(small_course) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert before == snapshot(small_course / "course")


def test_a_missing_course_folder_gets_one_sentence(tmp_path, capsys):
    assert run(tmp_path / "nowhere") == 2
    assert "is no course" in capsys.readouterr().err


def test_an_unknown_assignment_gets_one_sentence(small_course, capsys):
    assert run(small_course, "99-none") == 2
    assert "there are 01-small" in capsys.readouterr().err


# --- The key file ---------------------------------------------------------------------


@pytest.fixture
def key_file(small_course) -> Path:
    build(small_course)
    return small_course / "course/01-small/key.npz"


def test_a_key_reads_back_as_it_was_written(key_file):
    keys = [read_key(key_file, name) for name in exercise_names(key_file)]
    assert [key.id for key in keys] == ["double", "total"]
    assert write_key(keys) == key_file.read_bytes()


@pytest.mark.parametrize("damage", ["missing", "empty", "text", "cut", "pickle", "other version"])
def test_a_broken_key_gives_one_sentence(key_file, damage, tmp_path):
    data = key_file.read_bytes()
    if damage == "missing":
        key_file.unlink()
    elif damage == "pickle":
        import numpy as np

        np.savez(key_file, **{"double.index": np.array([{}], dtype=object)})
    elif damage == "other version":
        key_file.write_bytes(data.replace(b'"format":1', b'"format":9'))
    else:
        key_file.write_bytes({"empty": b"", "text": b"hello", "cut": data[: len(data) // 2]}[damage])
    with pytest.raises(KeyFileError) as caught:
        read_key(key_file, "double")
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 200


def test_a_foreign_key_names_what_it_knows(key_file):
    with pytest.raises(KeyFileError, match="double, total"):
        read_key(key_file, "relu")


# --- The course itself ----------------------------------------------------------------


def released() -> list[Path]:
    return sorted((ROOT / "course").glob("*/*.ipynb"))


@pytest.mark.parametrize("path", released(), ids=lambda path: path.stem)
def test_nothing_secret_reaches_the_course(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    text = path.read_text()
    for leak in ("BEGIN SOLUTION", "END SOLUTION", "jupytext", "exercises.py"):
        assert leak not in text
    source = json.dumps([cell.source for cell in notebook.cells])
    assert "HIDDEN" not in source
    assert not any(cell.get("outputs") for cell in notebook.cells)
    assert {file.name for file in path.parent.iterdir()} <= {
        path.name, "key.npz", ".predictions.json", ".ipynb_checkpoints",
    }


def test_the_course_has_a_release_of_every_source():
    sources = {p.parent.name for p in (ROOT / "solutions").glob("[!._]*/*.md")}
    assert sources == {path.parent.name for path in released()}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "solutions").glob("[!._]*/*.md")), ids=lambda path: path.stem
)
def test_saving_the_notebook_writes_the_same_markdown_back(path, tmp_path):
    """What JupyterLab and formgrader's Edit do: jupytext writes the .ipynb to the .md beside it."""
    import shutil

    import jupytext
    from jupytext.config import load_jupytext_config, notebook_formats

    from autograder.build import to_json
    from autograder.source import read_markdown

    place = tmp_path / path.parent.name / path.name
    place.parent.mkdir()
    shutil.copy(ROOT / "solutions/jupytext.toml", tmp_path)
    notebook = place.with_suffix(".ipynb")
    notebook.write_text(to_json(read_markdown(path)))
    config = load_jupytext_config(str(notebook))
    read = jupytext.read(notebook)
    assert [f["extension"] for f in notebook_formats(read, config, str(notebook))] == [".ipynb", ".md"]
    config.set_default_format_options(read.metadata)
    jupytext.write(read, place, fmt="md", config=config)
    assert place.read_text() == path.read_text()


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_key_does_not_know_which_processor_made_it(kind):
    """Last bits differ from one machine to another: the bytes that are kept must not."""
    rng = np.random.default_rng(5)
    exact = rng.normal(size=4000) * 10.0 ** rng.integers(-6, 4, 4000)
    wide = exact * (1 + rng.choice([-2e-16, 0, 2e-16], exact.shape))
    here, there = exact.astype(kind), np.nextafter(exact.astype(kind), kind(np.inf))
    one, other = settle((here, 0.1), (exact, 0.1)), settle((there, 0.1 + 1e-16), (wide, 0.1))
    assert one[0].dtype == kind
    assert one[0].tobytes() == other[0].tobytes()
    assert one[1] == other[1] == 0.1
    assert np.allclose(one[0], here, rtol=1e-6, atol=1e-9)
    assert not np.signbit(settle(np.array([-1e-17]))).any()


def test_what_float32_makes_different_stays_different():
    """A mistake that goes wrong only in float32 is not replaced by what float64 gives."""
    assert settle(np.float32(7), np.float64(1)) == np.float32(7)
