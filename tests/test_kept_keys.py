"""Hidden keys are compiled once, and again as soon as anything they were made from changes."""

from __future__ import annotations

import dataclasses
import os
import re
import sys

import pytest

from autograder import kept_keys, marking
from autograder.errors import UserError
from autograder.kept_keys import hidden_keys
from autograder.keys import compile_hidden
from autograder.marking import hidden_seed
from autograder.plugin import require_copyable
from autograder.source import read_source
from cnnkit.key import write_key


@pytest.fixture
def compiled(monkeypatch) -> list[int]:
    """The seeds for which keys were compiled."""
    seeds = []

    def compile_and_note(source, seed):
        seeds.append(seed)
        return compile_hidden(source, seed)

    monkeypatch.setattr(kept_keys, "compile_hidden", compile_and_note)
    return seeds


@pytest.fixture
def source(small_course):
    return read_source(small_course / "solutions/01-small")


def test_the_second_time_they_are_the_same_and_only_read(source, tmp_path, compiled):
    kept = tmp_path / "state" / "keys"
    first = hidden_keys(source, 7, kept)
    second = hidden_keys(source, 7, kept)
    assert compiled == [7]
    assert write_key(first) == write_key(second) == write_key(compile_hidden(source, 7))
    assert [key.id for key in second] == ["double", "total"]
    assert not any(key.public for key in second)


def test_they_are_for_their_owner_only_and_one_is_kept_of_each_assignment(source, tmp_path):
    hidden_keys(source, 7, tmp_path / "keys")
    (tmp_path / "keys" / "01-small-other-0.npz").write_bytes(b"another assignment's")
    hidden_keys(source, 8, tmp_path / "keys")
    kept = sorted(path.name for path in (tmp_path / "keys").iterdir())
    assert len(kept) == 2
    assert "01-small-other-0.npz" in kept
    for path in (tmp_path / "keys").glob("*[!0].npz"):
        assert path.stat().st_mode & 0o077 == 0
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0


CHANGED = ["exercises.py", "small.md", "helper.py", "data.npz", "../shared.py", "../lib/shared.txt",
           "linked/shared.py", "seed", "numpy"]  # fmt: skip


@pytest.mark.parametrize("changed", CHANGED)
def test_whatever_they_depend_on_makes_them_anew(small_course, tmp_path, compiled, monkeypatch, changed):
    folder = small_course / "solutions/01-small"
    for place in (small_course / "elsewhere", small_course / "solutions/lib"):
        place.mkdir()
    (folder / "linked").symlink_to("../../elsewhere")
    hidden_keys(read_source(folder), 7, tmp_path)
    if changed == "numpy":
        monkeypatch.setattr(kept_keys.np, "__version__", "0.0")
    elif changed != "seed":
        with (folder / changed).open("a") as file:
            file.write("\n")
    hidden_keys(read_source(folder), 7 + (changed == "seed"), tmp_path)
    assert len(compiled) == 2


@pytest.mark.parametrize("name", ["small.ipynb", "key.npz", ".ipynb_checkpoints/small.md"])
def test_what_a_build_leaves_beside_them_does_not(small_course, tmp_path, compiled, name):
    folder = small_course / "solutions/01-small"
    hidden_keys(read_source(folder), 7, tmp_path)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("made")
    hidden_keys(read_source(folder), 7, tmp_path)
    assert compiled == [7]


IMPORTS = "import sys; sys.path.insert(0, {!r}); import kept_helper; sys.path.pop(0)\n"
LAZILY = "\n@double.mistake('third', 'You took a third.')\ndef third(x):\n    {}; return x * kept_helper.THIRD\n"


@pytest.mark.parametrize("when", ["at once", "later"])
def test_a_key_made_with_a_helper_that_has_changed_is_never_used(
    small_course, tmp_path, compiled, monkeypatch, when
):
    folder, elsewhere = small_course / "solutions/01-small", tmp_path / "elsewhere"
    elsewhere.mkdir()
    helper = (folder.parent if when == "at once" else elsewhere) / "kept_helper.py"
    helper.write_text("THIRD = 1 / 3\n")
    imports = IMPORTS.format(str(helper.parent))
    with (folder / "exercises.py").open("a") as file:
        file.write(imports + LAZILY.format("pass") if when == "at once" else LAZILY.format(imports[:-1]))
    hidden_keys(read_source(folder), 7, tmp_path / "keys")
    helper.write_text("THIRD = 10 / 30 + 1\n")  # another length: Python knows by it and the second
    if when == "later":
        monkeypatch.delitem(sys.modules, "kept_helper")  # as in another process
    [key, _] = hidden_keys(read_source(folder), 7, tmp_path / "keys")
    assert compiled == [7, 7]
    [third] = [mistake for mistake in key.mistakes if mistake.name == "third"]
    case = key.arguments(key.plan[0])["x"]
    assert key.value(third.records[0]["value"]) == pytest.approx(case * (4 / 3), rel=1e-4)
    sys.modules.pop("kept_helper", None)


@pytest.mark.parametrize("what", ["unreadable", "too much", "round and round", "fifo", "broken link"])
def test_what_lies_beside_the_sources_never_stops_it(source, tmp_path, compiled, monkeypatch, what):
    odd = source.folder / "data"
    odd.mkdir()
    if what == "unreadable":
        (odd / "x").symlink_to("/proc/self/mem")  # may be opened, but not read
    elif what == "too much":
        monkeypatch.setattr(kept_keys, "MOST_BYTES", 100_000)
        with (odd / "x").open("wb") as file:
            file.truncate(2**40)
    elif what == "round and round":
        for name in ("a", "b", "c"):
            (odd / name).symlink_to(".")
        monkeypatch.setattr(kept_keys, "MOST_FILES", 100)
    elif what == "fifo":
        os.mkfifo(odd / "x")
    else:
        (odd / "x").symlink_to("nowhere")
    for _ in range(2):
        hidden_keys(source, 7, tmp_path / "keys")
    assert compiled == ([7] if what in ("fifo", "broken link") else [7, 7])


@pytest.mark.parametrize("damage", ["fifo", "folder", "link", "huge", "another's"])
def test_what_is_no_kept_key_is_not_waited_for_or_used(source, tmp_path, compiled, damage):
    right = write_key(hidden_keys(source, 7, tmp_path))
    [path] = tmp_path.glob("*.npz")
    kept = path.read_bytes()
    path.unlink()
    if damage == "fifo":
        os.mkfifo(path)
    elif damage == "folder":
        path.mkdir()
    elif damage == "link":
        path.symlink_to("/dev/zero")
    elif damage == "huge":
        with path.open("wb") as file:
            file.truncate(2**40)
    else:  # whole and of the same exercises, but of other points
        path.write_bytes(kept[:32] + write_key(tuple(
            dataclasses.replace(key, points=9.0) for key in hidden_keys(source, 8, tmp_path / "b")
        )))
    assert write_key(hidden_keys(source, 7, tmp_path)) == right
    assert compiled.count(7) == 2
    assert not [left for left in tmp_path.glob("tmp*") if left.is_file()]


def test_the_first_seed_kept_is_everybodys(small_course):
    state = small_course / ".autograder"
    seeds = [marking._keep_seed(state / "hidden-seed", seed) for seed in (5, 6)]
    assert seeds == [5, 5]
    assert [path.name for path in state.iterdir()] == ["hidden-seed"]
    assert (state / "hidden-seed").stat().st_mode & 0o077 == 0
    (state / "hidden-seed").unlink()
    os.mkfifo(state / "hidden-seed")
    assert hidden_seed(small_course) > 0


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"no key at all"])
def test_a_damaged_one_is_compiled_again(source, tmp_path, compiled, damage):
    right = hidden_keys(source, 7, tmp_path)
    [path] = tmp_path.glob("*.npz")
    path.write_bytes(damage)
    assert write_key(hidden_keys(source, 7, tmp_path)) == write_key(right)
    assert compiled == [7, 7]
    hidden_keys(source, 7, tmp_path)
    assert compiled == [7, 7]


def test_where_nothing_can_be_written_marking_still_has_its_keys(small_course, source, compiled):
    (small_course / ".autograder").write_text("a file where a folder should be")
    assert hidden_seed(small_course) != hidden_seed(small_course)
    hidden_keys(source, 7, small_course / ".autograder" / "keys")
    hidden_keys(source, 7, small_course / ".autograder" / "keys")
    assert compiled == [7, 7]
    assert os.path.isfile(small_course / ".autograder")  # noqa: PTH113


@pytest.mark.parametrize("name", [".#small.md", "deep/pipe"])
def test_what_nbgrader_cannot_copy_is_named_before_it_drops_a_mark(source, name):
    require_copyable(source.folder)
    odd = source.folder / name
    odd.parent.mkdir(exist_ok=True)
    if name == "deep/pipe":
        os.mkfifo(odd)
    else:
        odd.symlink_to("teacher@host.17")
    with pytest.raises(UserError, match=re.escape(str(odd))):
        require_copyable(source.folder)
