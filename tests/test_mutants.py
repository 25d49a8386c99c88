"""Each rule of the judge is needed: take one away, and a test of the judge fails."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from . import test_judge  # noqa: F401 — what it imports from others is there for every fork
from .conftest import ROOT

pytestmark = pytest.mark.kernel

MUTANTS = {
    "shape": ("compare.py", "if array.shape != want.shape:", "if array.size != want.size:"),
    "dtype": ("compare.py", "if dtype and array.dtype != want.dtype:", "if False:"),
    "NaN": ("compare.py", "near = np.abs(given - right) <= tolerance * np.maximum(1.0, np.abs(right))", "near = ~(np.abs(given - right) > tolerance * np.maximum(1.0, np.abs(right)))"),
    "tolerance, wider": ("compare.py", "<= tolerance * np.maximum(", "<= 3 * tolerance * np.maximum("),
    "tolerance, absolute": ("compare.py", "tolerance * np.maximum(1.0, np.abs(right))", "tolerance"),
    "float32": ("compare.py", "tolerance *= FLOAT32_ROOM", "tolerance *= 1"),
    "list for array": ("compare.py", "typed=isinstance(got, np.ndarray)", "typed=True"),
    "float for whole number": ("compare.py", 'typed=not (whole and', "typed=not (False and"),
    "length of a tuple": ("compare.py", "if len(got) != len(want):", "if len(got) < len(want) - 9:"),
    "names in a dict": ("compare.py", 'return wrong("keys")', "return RIGHT"),
    "returned nothing": ("compare.py", 'return wrong("nothing")', "return RIGHT"),
    "changed in place": ("judge.py", "alone = not any(outcome.changed for outcome in outcomes)", "alone = True"),
    "changed in place, unseen": ("calls.py", "return bool(np.all(np.abs(old - new) <= room", "return True or bool(np.all(np.abs(old - new) <= room"),
    "put back": ("calls.py", "room = 1e-13 if old.dtype.itemsize == 8 else 1e-6", "room = 0.0"),
    "ValueError": ("results.py", "right = case.error in outcome.errors", "right = True"),
    "ValueError, any error": ("results.py", "right = case.error in outcome.errors", "right = bool(outcome.errors)"),
    "same answer twice": ("judge.py", "best * _consistent(key, outcomes)", "best"),
    "something must be right": ("judge.py", "lively = best > 0", "lively = True"),
    "full marks need everything": ("judge.py", "key.points - 0.01)", "key.points)"),
    "weights": ("judge.py", "float(key.weights.get(name, 1.0))", "1.0"),
    "results are copied": ("values.py", 'order="C", copy=True)', 'order="C", copy=None)'),
    "the order": ("../../autograder/keys.py", "return (repeated[0], *(int(at) for at in rng.permutation(middle)), repeated[0])", "return tuple(sorted([*repeated[:1], *middle, *repeated[:1]]))"),
}

# that a test fails is enough to know
QUICKLY = ["-q", "-x", "-p", "no:cacheprovider", "--assert=plain", "--tb=no"]


@pytest.mark.parametrize("name", MUTANTS)
def test_a_judge_without_this_rule_fails_its_tests(name, tmp_path):
    file, old, new = MUTANTS[name]
    shutil.copytree(ROOT / "course/cnnkit", tmp_path / "cnnkit", ignore=shutil.ignore_patterns("data", "__pycache__"))
    shutil.copytree(ROOT / "autograder", tmp_path / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "autograder/keys.py" if "keys" in file else tmp_path / "cnnkit" / file
    text = path.read_text()
    assert text.count(old) == 1, f"{file} has changed: {old!r} stands there {text.count(old)} times"
    path.write_text(text.replace(old, new))
    assert run(tmp_path) == 1


def run(place: Path) -> int:
    """Run the judge's tests on the modules in ``place``, in a fork: imports are paid once."""
    child = os.fork()
    if child == 0:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        os.chdir(ROOT)
        sys.path.insert(0, str(place))
        for name in [n for n in sys.modules if n.split(".")[0] in ("cnnkit", "autograder", "tests")]:
            del sys.modules[name]
        sys.dont_write_bytecode = True
        import autograder.keys  # noqa: F401 — before pytest puts the project itself first
        code = pytest.main([*QUICKLY, "-k", "not law", "tests/test_judge.py"])
        os._exit(int(code))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_the_judge_as_it_is_passes_its_tests(tmp_path):
    shutil.copytree(ROOT / "course/cnnkit", tmp_path / "cnnkit", ignore=shutil.ignore_patterns("data"))
    assert run(tmp_path) == 0
