"""How a submission is rebuilt on the released notebook, cell by cell."""

from __future__ import annotations

import copy
import json

import nbformat
import pytest

from autograder.mend import Unreadable, exercise_ids, mend, read_notebook
from autograder.mend.code import analyse

STUB = "# YOUR CODE HERE\n    raise NotImplementedError()"


def graded(name, source, grade):
    data = {"grade": grade, "grade_id": name, "solution": not grade, "locked": grade,
            "schema_version": 3, "task": False, "checksum": "c" * 32}
    if grade:
        data["points"] = 2
    return nbformat.v4.new_code_cell(source, id=name, metadata={"nbgrader": data})


def exercise(name):
    return [
        nbformat.v4.new_markdown_cell(f"### Exercise: {name}", id=f"text-{name}"),
        graded(name, f"def {name}(x):\n    {STUB}", False),
        graded(f"check-{name}", f"check({name})", True),
    ]


@pytest.fixture
def released():
    setup = nbformat.v4.new_code_cell("import numpy as np\nfrom cnnkit import check", id="setup", metadata={"tags": ["setup"]})
    given = nbformat.v4.new_code_cell("def tool(x):\n    return x", id="given", metadata={"tags": ["given"]})
    show = nbformat.v4.new_code_cell("print(f(1))", id="show")
    nb = nbformat.v4.new_notebook(cells=[setup, *exercise("f"), given, *exercise("g"), show])
    nb.metadata = nbformat.from_dict({"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    return nb


@pytest.fixture
def solved(released):
    nb = copy.deepcopy(released)
    cell(nb, "f").source = "def f(x):\n    return x + 1"
    cell(nb, "g").source = "def g(x):\n    return f(x) * 2"
    return nb


def cell(nb, identifier):
    return next(c for c in nb.cells if c.id == identifier)


def at(nb, identifier):
    return nb.cells.index(cell(nb, identifier))


def code(source, identifier="mine"):
    return nbformat.v4.new_code_cell(source, id=identifier)


def rebuilt(nb, released, files=None):
    mended = mend(read_notebook(json.dumps(nb).encode()), released, files)
    nbformat.validate(mended.notebook)
    assert mend(mended.notebook, released, files) == type(mended)(mended.notebook, ())
    return mended


def sources(nb):
    return [c.source for c in nb.cells if c.cell_type == "code"]


def test_exercises_are_known_by_their_check_cells(released):
    assert exercise_ids(released) == ["f", "g"]


def test_what_is_whole_stays_as_it_is(solved, released):
    mended = rebuilt(solved, released)
    assert mended.repairs == ()
    assert sources(mended.notebook) == sources(solved)
    assert mended.notebook.metadata == released.metadata


def test_nbgraders_metadata_is_the_releases_checksum_and_all(solved, released):
    cell(solved, "f").metadata.nbgrader.checksum = "forged"
    cell(solved, "f").metadata.deletable = True
    mended = rebuilt(solved, released)
    assert cell(mended.notebook, "f").metadata == cell(released, "f").metadata


def test_own_cells_stay_in_their_places_with_their_ids(solved, released):
    solved.cells.insert(at(solved, "f"), code("a = 1", "one"))
    solved.cells.insert(at(solved, "check-f"), code("b = 2", "two"))
    solved.cells.append(nbformat.v4.new_markdown_cell("my notes", id="three"))
    mended = rebuilt(solved, released)
    assert [c.id for c in mended.notebook.cells] == [c.id for c in solved.cells]
    assert mended.repairs == ()


def test_saved_outputs_and_counts_go(solved, released):
    cell(solved, "show").outputs = [nbformat.v4.new_output("stream", text="old")]
    cell(solved, "show").execution_count = 7
    shown = cell(rebuilt(solved, released).notebook, "show")
    assert (shown.outputs, shown.execution_count) == ([], None)


def test_an_edited_cell_of_the_release_keeps_the_edit(solved, released):
    cell(solved, "show").source = "print(f(1), f(2))"
    cell(solved, "text-f").source = "my own words"
    mended = rebuilt(solved, released)
    assert cell(mended.notebook, "show").source == "print(f(1), f(2))"
    assert cell(mended.notebook, "text-f").source == "my own words"
    assert mended.repairs == ()


def test_only_what_is_the_releases_word_for_word_is_marked_so(solved, released):
    cell(solved, "text-f").source = "<script>"
    solved.cells.append(nbformat.v4.new_markdown_cell("<b>", id="m", metadata={"released": True}))
    mended = rebuilt(solved, released).notebook
    assert "released" not in cell(mended, "text-f").metadata
    assert "released" not in cell(mended, "m").metadata
    assert cell(mended, "text-g").metadata["released"] is True


def test_a_missing_check_cell_is_put_back_directly_after_its_code(solved, released):
    del solved.cells[at(solved, "check-f")]
    solved.cells.insert(at(solved, "f") + 1, code("print('x')"))
    mended = rebuilt(solved, released)
    assert mended.repairs == ("check-f was missing; put back",)
    assert at(mended.notebook, "check-f") == at(mended.notebook, "f") + 1


def test_what_is_bound_where_the_check_stands_counts(solved, released):
    solved.cells.insert(at(solved, "check-f"), code("def f(x):\n    return 'before'", "before"))
    solved.cells.insert(at(solved, "check-f") + 1, code("def f(x):\n    return 'after'", "after"))
    mended = rebuilt(solved, released).notebook
    assert cell(mended, "f").source == "def f(x):\n    return 'before'"
    assert cell(mended, "after").source == "def f(x):\n    return 'after'"
    assert at(mended, "after") > at(mended, "check-f")
    assert "def f(x):\n    return x + 1" in sources(mended)[: at(mended, "f")]


def test_without_its_own_cell_the_last_definition_wins(solved, released):
    del solved.cells[at(solved, "f")]
    solved.cells += [code("def f(x):\n    return 1", "a1"), code("def f(x):\n    return 2", "a2")]
    assert cell(rebuilt(solved, released).notebook, "f").source == "def f(x):\n    return 2"


def test_a_stub_never_counts_where_something_is_written(solved, released):
    stub = cell(released, "f").source
    solved.cells.insert(at(solved, "f"), code(cell(solved, "f").source, "tried"))
    cell(solved, "f").source = stub
    solved.cells.append(code(stub, "copied"))
    mended = rebuilt(solved, released).notebook
    assert cell(mended, "f").source == "def f(x):\n    return x + 1"
    assert stub not in sources(mended)[: at(mended, "check-f")]


def test_a_missing_exercise_is_put_back_empty(solved, released):
    del solved.cells[at(solved, "g")]
    mended = rebuilt(solved, released)
    assert mended.repairs == ("the cell of g was missing; put back empty",)
    assert cell(mended.notebook, "g").source == cell(released, "g").source


def test_a_merged_cell_is_cut_after_each_function(solved, released):
    merged = "import math\n\ndef f(x):\n    return math.e\n\ncheck(f)\nK = 3\n\ndef g(x):\n    return K\n\nprint(K)"
    cell(solved, "f").source = merged
    del solved.cells[at(solved, "g")]
    mended = rebuilt(solved, released).notebook
    assert cell(mended, "f").source == "import math\n\ndef f(x):\n    return math.e"
    assert cell(mended, "g").source == "K = 3\n\ndef g(x):\n    return K\n\nprint(K)"


def test_what_may_fail_before_a_function_runs_in_a_cell_of_its_own(solved, released):
    cell(solved, "f").source = "import math\nprint(missing)\nK = 1\n\ndef f(x):\n    return K"
    mended = rebuilt(solved, released).notebook
    assert cell(mended, "f").source == "K = 1\n\ndef f(x):\n    return K"
    assert mended.cells[at(mended, "f") - 1].source == "import math\nprint(missing)"


@pytest.mark.parametrize("first", ["f = f", "def f(x):\n    return 0\n\nprint(missing)"])
def test_what_fails_between_two_versions_does_not_keep_the_second_from_counting(solved, released, first):
    right = cell(solved, "f").source
    cell(solved, "f").source = f"{first}\n\n{right}"
    mended = rebuilt(solved, released).notebook
    assert cell(mended, "f").source == right
    assert mended.cells[at(mended, "f") - 1].source == first


def test_settings_before_a_function_stay_with_it(solved, released):
    own = "import math\nK: int = 1\n# a note\n\n@staticmethod\ndef f(x):\n    return K"
    cell(solved, "f").source = own
    assert cell(rebuilt(solved, released).notebook, "f").source == own


def test_what_a_learner_added_to_the_setup_runs_after_it(solved, released):
    cell(solved, "setup").source = "import os\nimport numpy as np, math\nnp.seterr(all='raise')\nfrom cnnkit import check"
    mended = rebuilt(solved, released).notebook
    assert mended.cells[0].source == cell(released, "setup").source
    assert mended.cells[1].source == "import os\nimport math\nnp.seterr(all='raise')"


def test_a_given_function_is_the_releases(solved, released):
    cell(solved, "given").source = "def tool(x):\n    return 'broken'\n\ndef mine():\n    pass"
    mended = rebuilt(solved, released).notebook
    assert cell(mended, "given").source == cell(released, "given").source
    assert not any("broken" in source for source in sources(mended))
    assert any("def mine" in source for source in sources(mended))


def test_a_late_helper_comes_before_its_exercise_with_what_it_uses(solved, released):
    cell(solved, "f").source = "def f(x):\n    return helper(x)"
    solved.cells += [code("def deeper(x):\n    return x", "deeper"), code("def helper(x):\n    return deeper(x)", "helper")]
    mended = rebuilt(solved, released)
    assert at(mended.notebook, "helper") < at(mended.notebook, "f")
    assert at(mended.notebook, "deeper") < at(mended.notebook, "f")
    assert len(mended.notebook.cells) == len(solved.cells)


def test_a_variable_of_the_same_name_further_down_is_no_helper(solved, released):
    cell(solved, "f").source = "def f(x):\n    y = x\n    return [z for z in y]"
    solved.cells.append(code("y = z = 3"))
    mended = rebuilt(solved, released)
    assert mended.repairs == ()


@pytest.mark.parametrize(("scratch", "name"), [
    ("np = 3", "np"), ("for np in 'ab':\n    pass", "np"), ("del np", "np"), ("import os as np", None),
    ("sum = 3", "sum"), ("def sum(x):\n    return x", None), ("sum, np = 1, 2", "np"),
    ("max = 3", None), ("f = f(2)", "f"), ("f = np.zeros(3)", "f"), ("f = np.vectorize(g)", None), ("f = 3", "f"), ("f = lambda x: 1", None), ("check = 3", None),
    ("with open('x') as np:\n    pass", "np"), ("np.x = 3", None), ("def inner():\n    np = 3", None),
])
def test_names_that_scratch_cells_took_are_put_back(solved, released, scratch, name):
    cell(solved, "g").source = "def g(x):\n    return sum(f(np.asarray(x)))"
    solved.cells.insert(at(solved, "check-f") + 1, code(scratch))
    mended = rebuilt(solved, released)
    taken = [line for line in mended.repairs if "another value" in line]
    assert bool(taken) == (name is not None)
    if name:
        assert name in taken[0]
        again = mended.notebook.cells[at(mended.notebook, "mine") + 1].source
        assert name in analyse(again).binds


@pytest.mark.parametrize("ends", [
    "while True:\n    pass", "while 1:\n    x = 2", "exit()", "quit", "%xdel np", "import os\nos._exit(1)", "quit()",
    "raise SystemExit", "%reset -f", "import sys\nsys.exit()", "get_ipython().magic('reset -sf')",
    "globals().clear()", "for n in list(globals()):\n    del globals()[n]",
    "while True:\n    try:\n        n = int(input())\n        break\n    except:\n        print('again')",
])
def test_what_ends_or_never_ends_is_shown_and_not_run(solved, released, ends):
    solved.cells.insert(at(solved, "f"), code(ends))
    mended = rebuilt(solved, released)
    [line] = mended.repairs
    assert "left out" in line
    shown = [c for c in mended.notebook.cells if c.cell_type == "markdown" and ends in c.source]
    assert len(shown) == 1


@pytest.mark.parametrize("ends", [
    "while True:\n    break", "while x:\n    pass", "def stop():\n    exit()", "del globals()['x']",
    "def clear():\n    globals().clear()",
    "while True:\n    try:\n        n = int(input())\n    except Exception:\n        break",
])
def test_what_may_well_end_is_run(solved, released, ends):
    solved.cells.insert(at(solved, "f"), code(ends))
    mended = rebuilt(solved, released)
    assert mended.repairs == ()
    assert ends in sources(mended.notebook)


def test_a_type_that_was_rebound_is_put_back_where_it_is_used_as_one(solved, released):
    cell(solved, "f").source = "def f(x):\n    return x.astype(float)"
    cell(solved, "g").source = "list = [1]\n\ndef g(x):\n    return [x * k for k in list]"
    solved.cells.insert(at(solved, "f"), code("float = list = 3"))
    [line] = rebuilt(solved, released).repairs
    assert line == "float had been given another value; put back after it"


def test_a_given_function_that_was_rebound_is_put_back_unless_it_was_written_anew(solved, released):
    cell(solved, "g").source = "def g(x):\n    return tool(x)"
    solved.cells.insert(at(solved, "g"), code("def tool(x):\n    return -x", "anew"))
    assert rebuilt(solved, released).repairs == ()
    solved.cells.insert(at(solved, "g"), code("tool = 3", "taken"))
    mended = rebuilt(solved, released)
    assert mended.repairs == ("tool had been given another value; put back after it",)
    assert mended.notebook.cells[at(mended.notebook, "taken") + 1].source == "def tool(x):\n    return x"


def test_halves_are_joined_only_where_they_are_halves(solved, released):
    inner = ["    import math", "    def h(x):\n        return x", "  y = f(2)\n  print(y)", "    return 2"]
    for source in inner[:3]:
        nb = copy.deepcopy(solved)
        nb.cells[at(nb, "f") + 1 : at(nb, "f") + 1] = [nbformat.v4.new_markdown_cell("note", id="n"), code(source)]
        assert rebuilt(nb, released).repairs == ()
    cell(solved, "f").source = "def f(x):\n    y = x"
    solved.cells[at(solved, "f") + 1 : at(solved, "f") + 1] = [nbformat.v4.new_markdown_cell("note", id="n"), code(inner[3])]
    mended = rebuilt(solved, released)
    assert mended.repairs == ("the cell of f had been split in the middle; joined",)
    assert cell(mended.notebook, "f").source == "def f(x):\n    y = x\n    return 2"


def test_lines_that_are_no_python_go_where_they_do_no_harm(solved, released):
    whole = "K = 2\n\n@staticmethod\ndef f(x):\n    return x * K"
    cell(solved, "f").source = f"My answer:\n{whole}\nand that's all"
    mended = rebuilt(solved, released).notebook
    assert cell(mended, "f").source == whole
    texts = sources(mended)
    assert texts.index("My answer:") < texts.index(whole) < texts.index("and that's all")


@pytest.mark.parametrize("source", [
    "In [3]:\n{}", "In [*]:\n\n{}\n", "<pre>{}</pre>", "{}\n)", "{}\n]\n}}", "{} &amp; 1", "{} &amp;amp; 1",
])
def test_what_came_along_with_the_code_goes(solved, released, source):
    cell(solved, "f").source = source.format("def f(x):\n    return x + 1")
    mended = rebuilt(solved, released)
    assert cell(mended.notebook, "f").source.strip().removesuffix(" & 1") == "def f(x):\n    return x + 1"
    assert len(mended.repairs) == 1


@pytest.mark.parametrize("source", [
    "1. My answer:\n\n   ```python\n   {0}\n   ```", "> ```python\n> {1}\n> ```", "<pre><code>{2}</code></pre>",
])
def test_code_that_a_text_cell_shows_is_made_code(solved, released, source):
    own = "def f(x):\n    return x"
    shown = source.format(own.replace("\n", "\n   "), own.replace("\n", "\n> "), own)
    solved.cells[at(solved, "f")] = nbformat.v4.new_markdown_cell(shown, id="text")
    assert own in sources(rebuilt(solved, released).notebook)


@pytest.mark.parametrize("source", ["def f(x)\n    return x", "def f(x):\n    return (x", "my answer is x", "((\n" * 400])
def test_what_is_broken_itself_stays_as_it_is(solved, released, source):
    cell(solved, "f").source = source
    mended = rebuilt(solved, released)
    assert mended.repairs == ()
    assert cell(mended.notebook, "f").source == source


def test_what_always_comes_to_not_implemented_is_a_stub(solved, released):
    begun = "def f(x):\n    y = x + 1\n    if y:\n        y = 2\n    raise NotImplementedError()\n    return y"
    cell(solved, "f").source, own = begun, cell(solved, "f").source
    solved.cells.insert(at(solved, "f"), code(own, "tried"))
    assert cell(rebuilt(solved, released).notebook, "f").source == own


def test_a_helper_beside_a_loop_that_never_ends_is_kept(solved, released):
    cell(solved, "f").source = "def f(x):\n    return helper(x)"
    solved.cells.insert(at(solved, "f"), code("def helper(x):\n    return x\n\nwhile True:\n    pass"))
    assert "def helper(x):\n    return x" in sources(rebuilt(solved, released).notebook)


@pytest.mark.parametrize("line", ["from mine import f", "from mine import *", "import mine", "%run mine.py"])
def test_a_function_in_a_file_beside_it_is_found(solved, released, line):
    cell(solved, "f").source = cell(released, "f").source
    solved.cells.insert(at(solved, "f"), code(line))
    mended = rebuilt(solved, released, {"mine.py": b"def f(x):\n    return 1\n"})
    assert cell(mended.notebook, "f").source in (line, "from mine import f")


def test_code_that_would_break_a_parser_is_refused_or_left_alone(solved, released):
    solved.cells += [code("(" * 10_000, "p1"), code("x" + "[0]" * 3000, "p2"), code("-" * 5000 + "1", "p3"), code("a." * 2000 + "b()", "p4")]
    try:
        mended = rebuilt(solved, released)
    except Unreadable as error:
        assert "nested" in str(error)  # noqa: PT017 - both are right
    else:
        assert cell(mended.notebook, "f").source == cell(solved, "f").source


def test_every_repair_is_one_plain_line(solved, released):
    nb = copy.deepcopy(solved)
    nb.cells = nb.cells[::-1] + nb.cells
    for c in nb.cells:
        c.metadata = {}
    for line in rebuilt(nb, released).repairs:
        assert line == line.strip()
        assert "\n" not in line
        assert len(line) < 200


def test_mending_changes_neither_the_submission_nor_the_release(solved, released):
    nb, before = read_notebook(json.dumps(solved).encode()), copy.deepcopy(released)
    kept = copy.deepcopy(nb)
    mend(nb, released, {})
    assert nb == kept
    assert released == before
