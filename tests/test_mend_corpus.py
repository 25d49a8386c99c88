"""Every entry of the corpus is mended as it should be, without a kernel."""

from __future__ import annotations

import nbformat
import pytest

from autograder.mend import Unreadable, exercise_ids, find_notebook, harmless, mend, read_notebook

from .corpus import ATTACKS, CORPUS, DAMAGE, Given, Targets
from .corpus.run import given


@pytest.fixture(scope="module")
def filters() -> Given:
    return given("02-filters", Targets())


def files_of(entry, filters):
    return {name: data for name, data in entry.make(filters).items() if isinstance(data, bytes)}


def test_there_are_enough_attacks_and_kinds_of_damage():
    assert len(ATTACKS) >= 80
    assert len(DAMAGE) >= 80
    assert len({entry.name for entry in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("entry", CORPUS, ids=lambda entry: entry.name)
def test_is_mended_or_named(entry, filters):
    files = files_of(entry, filters)
    released = filters.released
    if entry.due == "unreadable":
        with pytest.raises(Unreadable) as caught:
            mend(read_notebook(find_notebook(files, released, filters.name)[1]), released, files)
        assert entry.says.lower() in str(caught.value).lower()
        assert "\n" not in str(caught.value)
        return
    notebook = read_notebook(find_notebook(files, released, filters.name)[1])
    mended = mend(notebook, released, files)
    if entry.says:
        assert any(entry.says in line for line in mended.repairs), mended.repairs
    nbformat.validate(mended.notebook)
    again = mend(mended.notebook, released, files)
    assert again.notebook == mended.notebook
    assert again.repairs == ()

    # nbgrader finds every cell it knows, as it was released.
    graded = {c.metadata.nbgrader.grade_id: c for c in released.cells if "nbgrader" in c.metadata}
    found = [c for c in mended.notebook.cells if "nbgrader" in c.metadata]
    assert sorted(graded) == sorted(cell.metadata.nbgrader.grade_id for cell in found)
    for cell in found:
        original = graded[cell.metadata.nbgrader.grade_id]
        assert cell.metadata.nbgrader == original.metadata.nbgrader
        assert cell.cell_type == original.cell_type
        if cell.metadata.nbgrader.grade:
            assert cell.source == original.source
    order = [cell.metadata.nbgrader.grade_id for cell in found]
    for name in exercise_ids(released):
        assert order.index(f"check-{name}") == order.index(name) + 1

    nbformat.validate(harmless(mended.notebook))


def test_the_untouched_solved_notebook_needs_no_repairs(filters):
    mended = mend(read_notebook(nbformat.writes(filters.solved).encode()), filters.released, {})
    assert mended.repairs == ()
    assert [c.source for c in mended.notebook.cells] == [c.source for c in filters.solved.cells]
