"""Hidden keys are compiled once, and again as soon as anything they were made from changes."""

from __future__ import annotations

import os

import pytest

from autograder import kept_keys
from autograder.kept_keys import hidden_keys
from autograder.keys import compile_hidden
from autograder.marking import hidden_seed
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


@pytest.mark.parametrize("changed", ["exercises.py", "small.md", "helper.py", "seed", "numpy"])
def test_whatever_they_depend_on_makes_them_anew(small_course, tmp_path, compiled, monkeypatch, changed):
    folder = small_course / "solutions/01-small"
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
