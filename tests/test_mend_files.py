"""A submission's folder is read without trusting it; the right notebook is found."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import os
import quopri
import time
import urllib.parse
import zipfile
from email.message import EmailMessage

import nbformat
import pytest

from autograder.mend import (
    Unreadable,
    archives,
    beside,
    collect_files,
    find_notebook,
    read_notebook,
)
from autograder.mend import files as limits
from autograder.mend.nearly import nearly_json

from .corpus.entry import Link, Special
from .corpus.run import hand_in


def notebook(*names, written=True):
    body = "return x" if written else "raise NotImplementedError()"
    cells = []
    for name in names:
        for grade_id, source, grade in (
            (name, f"def {name}(x):\n    {body}", False), (f"check-{name}", f"check({name})", True),
        ):
            data = {"grade": grade, "grade_id": grade_id, "solution": not grade, "locked": grade,
                    "schema_version": 3, "task": False}
            if grade:
                data["points"] = 1
            cells.append(nbformat.v4.new_code_cell(source, metadata={"nbgrader": data}, id=grade_id))
    return nbformat.v4.new_notebook(cells=cells)


def data(nb):
    return nbformat.writes(nb).encode()


RELEASED = notebook("a", "b", written=False)
SOLVED = data(notebook("a", "b"))


def test_files_are_read_with_their_folders(tmp_path):
    hand_in(tmp_path / "s", {"x.ipynb": b"1", "deep/er/y.txt": b"2", ".git/config": b"3"})
    collected = collect_files(tmp_path / "s")
    assert collected.files == {"x.ipynb": b"1", "deep/er/y.txt": b"2"}
    assert collected.refused == ()


@pytest.mark.parametrize(("kind", "word"), [("link", "link"), ("fifo", "FIFO"), ("socket", "socket")])
def test_what_is_no_file_is_named_and_never_opened(tmp_path, kind, word):
    (tmp_path / "secret").write_text("secret")
    special = Link(str(tmp_path / "secret")) if kind == "link" else Special(kind)
    hand_in(tmp_path / "s", {"a.ipynb": b"1", "b.ipynb": special})
    collected = collect_files(tmp_path / "s")
    assert collected.files == {"a.ipynb": b"1"}
    assert len(collected.refused) == 1
    assert "“b.ipynb”" in collected.refused[0]
    assert word in collected.refused[0]


def test_linked_folders_and_loops_are_not_entered(tmp_path):
    hand_in(tmp_path / "s", {"up": Link(".."), "loop": Link("loop"), "a": b"1"})
    assert collect_files(tmp_path / "s").files == {"a": b"1"}


def test_a_folder_that_is_gone_gives_a_reason(tmp_path):
    collected = collect_files(tmp_path / "nowhere")
    assert collected.files == {}
    assert "nowhere" in collected.refused[0]


def test_too_large_and_too_many_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_FILE", 100)
    monkeypatch.setattr(limits, "MAX_FILES", 3)
    hand_in(tmp_path / "s", {"big": b"x" * 101, **{f"f{n}": b"x" for n in range(5)}})
    collected = collect_files(tmp_path / "s")
    assert len(collected.files) == 3
    assert any("“big” is too large" in line for line in collected.refused)
    assert any("“f4”" in line for line in collected.refused)


def test_names_that_are_not_unicode_or_hold_escapes_can_be_shown(tmp_path):
    folder = os.fsencode(tmp_path / "s")
    (tmp_path / "s").mkdir()
    with open(folder + b"/\xff\x1b[2J\n.txt", "wb") as file:
        file.write(b"x")
    (tmp_path / "s" / "\x1b[31m\u202elink").symlink_to("/")
    collected = collect_files(tmp_path / "s")
    assert json.dumps(list(collected.files)).encode()
    assert not any(ord(c) < 32 or c in "\u202e\x7f" for line in collected.refused for c in line)


def zipped(entries, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out", "..\\out", "C:\\out", "a\\..\\..\\b"])
def test_zip_entries_that_lead_out_are_left_out(tmp_path, name):
    hand_in(tmp_path / "s", {"h.zip": zipped([(name, b"x"), ("in", b"y")])})
    collected = collect_files(tmp_path / "s")
    assert sorted(collected.files) == ["h.zip", "h/in"]
    assert "leads out" in collected.refused[0]


def test_links_in_zips_are_left_out(tmp_path):
    entry = zipfile.ZipInfo("link")
    entry.external_attr = 0o120777 << 16
    hand_in(tmp_path / "s", {"h.zip": zipped([(entry, b"/etc/passwd")])})
    collected = collect_files(tmp_path / "s")
    assert list(collected.files) == ["h.zip"]
    assert "link" in collected.refused[0]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_bombs_do_not_go_off(monkeypatch, method):
    monkeypatch.setattr(limits, "MAX_FILE", 2**20)
    bomb = zipped([("zeros", bytes(2**22)), ("small", b"x")], method)
    assert len(bomb) < 2**16
    unpacked = limits.unpack("h.zip", bomb)
    assert list(unpacked.files) == ["h/small"]
    assert "unpacks to too much" in unpacked.refused[0]


def test_damaged_zips_are_named():
    whole = zipped([("x", b"x" * 1000)])
    for broken in (whole[:-30], b"PK\3\4" + b"\0" * 50, whole.replace(b"PK\1\2", b"PK\1\7")):
        unpacked = limits.unpack("h.zip", broken)
        assert unpacked.files == {}
        assert len(unpacked.refused) == 1


def test_a_zip_that_lists_too_many_files_is_not_opened(monkeypatch):
    monkeypatch.setattr(archives, "MOST_NAMES", 3)
    assert limits.unpack("h.zip", zipped([(f"{n}", b"x") for n in range(3)])).refused == ()
    assert "cannot be unpacked" in limits.unpack("h.zip", zipped([(f"{n}", b"x") for n in range(4)])).refused[0]


# --- Finding the notebook ------------------------------------------------------------


def found(files):
    return find_notebook(files, RELEASED, "small", ("other",))[0]


def test_the_released_name_counts_whatever_else_is_there():
    other = data(notebook("a"))
    assert found({"z.ipynb": SOLVED, "small.ipynb": other}) == "small.ipynb"


def test_unless_nobody_worked_in_it_and_somebody_did_in_another():
    assert found({"z.ipynb": SOLVED, "small.ipynb": data(RELEASED)}) == "z.ipynb"
    assert found({"z.ipynb": SOLVED, "small.ipynb": b'{"cells": ['}) == "z.ipynb"
    assert found({"z.ipynb": data(RELEASED), "small.ipynb": data(RELEASED)}) == "small.ipynb"


def test_else_the_only_one_that_fits():
    other = data(notebook("c", "d"))
    assert found({"other.ipynb": other, "x/y (1).ipynb": SOLVED}) == "x/y (1).ipynb"


def test_an_untouched_release_is_no_rival():
    assert found({"copy.ipynb": data(RELEASED), "mine.ipynb": SOLVED}) == "mine.ipynb"


def test_the_one_with_more_exercises_fits_better():
    assert found({"half.ipynb": data(notebook("a")), "whole.ipynb": SOLVED}) == "whole.ipynb"


def test_two_that_fit_equally_are_both_named():
    with pytest.raises(Unreadable, match=r"“p\.ipynb” and “q\.ipynb”"):
        found({"p.ipynb": SOLVED, "q.ipynb": SOLVED.replace(b"return x", b"return 2")})


def test_two_copies_are_one():
    assert found({"p.ipynb": SOLVED, "q.ipynb": SOLVED}) == "p.ipynb"


def test_a_checkpoint_counts_only_if_there_is_nothing_else():
    checkpoint = ".ipynb_checkpoints/small-checkpoint.ipynb"
    assert found({checkpoint: SOLVED, "mine.ipynb": SOLVED + b" "}) == "mine.ipynb"
    assert found({checkpoint: SOLVED}) == checkpoint


def test_functions_count_where_ids_are_lost():
    nb = notebook("a", "b")
    for cell in nb.cells:
        cell.metadata = {}
        cell.id = f"x{cell.id}"
    assert found({"x.ipynb": data(nb), "y.ipynb": data(notebook("c"))}) == "x.ipynb"


@pytest.mark.parametrize("names", [("c", "d"), ("a", "c", "d"), ("c", "a", "d", "e")])
def test_another_assignments_notebook_under_this_name_is_named(names):
    with pytest.raises(Unreadable, match="another notebook"):
        found({"small.ipynb": data(notebook(*names))})


def test_this_notebook_with_every_exercise_deleted_is_still_this_notebook():
    released = nbformat.from_dict(RELEASED)
    released.cells.insert(0, nbformat.v4.new_markdown_cell("# Small", id="title"))
    emptied = nbformat.v4.new_notebook(cells=released.cells[:1])
    path, _ = find_notebook({"small.ipynb": data(emptied)}, released, "small")
    assert path == "small.ipynb"


def test_reasons_name_the_file_and_fit_in_a_line():
    for files in ({}, {"a.pdf": b"%PDF"}, {"x.ipynb": b""}, {"x.zip": b"PK"}, {"\x1b[2J.ipynb": b"{"}):
        with pytest.raises(Unreadable) as caught:
            found(files)
        assert str(caught.value).endswith(".")
        assert str(caught.value).isprintable()


SCRIPT = "import math\n\ndef a(x):\n    return x\n\n\ndef b(x):\n    return x\n"


@pytest.mark.parametrize("text", [
    SCRIPT,
    "# %%\n" + SCRIPT + "\n# %% [markdown]\n# # Title\n",
    "#!/usr/bin/env python\n# coding: utf-8\n\n# # Title\n\n# In[1]:\n\n\n" + SCRIPT + "\n\n# Text\n\n# In[ ]:\n\nget_ipython().system('ls')\n",
    SCRIPT.replace("\n", "\r\n"),
])
def test_scripts_are_notebooks_too(text):
    path, content = find_notebook({"x.py": text.encode()}, RELEASED, "small")
    assert path == "x.py"
    code = "\n".join(c.source for c in read_notebook(content).cells if c.cell_type == "code")
    space: dict = {}
    exec(code, space)
    assert space["a"](3) == 3 == space["b"](3)


def test_markdown_of_a_script_is_text_again():
    text = "# %% [markdown]\n# # Title\n# words\n\n# %% nbgrader={\"grade_id\": \"a\"}\ndef a(x):\n    return x\n"
    _, content = find_notebook({"x.py": text.encode()}, RELEASED, "small")
    first, second = read_notebook(content).cells
    assert (first.cell_type, first.source) == ("markdown", "# Title\nwords")
    assert second.metadata.nbgrader.grade_id == "a"


def test_what_lies_beside_a_notebook_comes_with_it():
    files = {"sub/n.ipynb": b"", "sub/h.py": b"1", "sub/d/e.csv": b"2", "h.py": b"3", "top.txt": b"4", "x.zip": b"PK"}
    assert beside("sub/n.ipynb", files) == {"h.py": b"1", "d/e.csv": b"2", "top.txt": b"4"}
    assert beside("n.ipynb", {"n.ipynb": b"", "a/b.py": b"1"}) == {"a/b.py": b"1"}


def test_a_thousand_bombs_are_not_unpacked_one_after_the_other(tmp_path):
    bomb = gzip.compress(bytes(80 * 2**20))
    for number in range(200):
        (tmp_path / f"{number}.ipynb.gz").write_bytes(bomb)
    started = time.process_time()
    collected = collect_files(tmp_path)
    assert not any(name.endswith(".ipynb") for name in collected.files)
    assert all("too much" in line for line in collected.refused)
    # unpacked, they would be 16 GiB: ten times that, of the processor's time, not the clock's
    assert time.process_time() - started < 20


def test_whatever_lies_beside_a_notebook_it_is_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_FILES", 3)
    monkeypatch.setattr(limits, "MAX_TOTAL", 1000)
    pictures = {f"{number}.png": b"x" * 300 for number in range(9)}
    deep = "/".join("abcdefghijkl")
    hand_in(tmp_path / "s", {**pictures, f"{deep}/small.ipynb": b"y" * 200, "z.ipynb": b"z" * 200})
    collected = collect_files(tmp_path / "s")
    assert {f"{deep}/small.ipynb", "z.ipynb"} <= set(collected.files)
    assert len(collected.files) < 5
    assert any("“4.png”" in line for line in collected.refused)


def test_notebooks_are_unpacked_first(monkeypatch):
    monkeypatch.setattr(limits, "MAX_ENTRIES", 3)
    others = [(f"a{number}", b"x") for number in range(5)]
    unpacked = limits.unpack("h.zip", zipped([*others, ("x/small.ipynb", b"y"), ("1:2 b.ipynb", b"z")]))
    assert {"h/x/small.ipynb", "h/1:2 b.ipynb"} <= set(unpacked.files)
    assert "holds too many files" in unpacked.refused[0]


def test_a_script_counts_beside_a_release_that_nobody_touched():
    assert found({"small.ipynb": data(RELEASED), "mine.py": SCRIPT.encode()}) == "mine.py"
    assert found({"small.ipynb": SOLVED, "mine.py": SCRIPT.encode()}) == "small.ipynb"
    assert found({"small.ipynb": data(RELEASED), "mine.py": b"def c(x):\n    return x\n"}) == "small.ipynb"


@pytest.mark.parametrize(("text", "means"), [
    ("{'cells': [1, 2,], // one\n n: \"it's, // no\" /* two */}", {"cells": [1, 2], "n": "it's, // no"}),
    ("{'a': None, 'b': True, 'c': 'x[1,]'}", {"a": None, "b": True, "c": "x[1,]"}),
    ('{"a": "x[1,]", "b": [1, /* x */ ],}', {"a": "x[1,]", "b": [1]}),
    ('{"a": [1, "x" "y"\n {"b": 1} {}] "d": 3}', {"a": [1, "x", "y", {"b": 1}, {}], "d": 3}),
    ('{"a": "C:\\Users \\d \\u12 \\" \\\\ \\n"}', {"a": 'C:\\Users \\d \\u12 " \\ \n'}),
    ("{,'a': [,1,,2], “b”: “x \\“y\\””}", {"a": [1, 2], "b": 'x "y"'}),
    ('{\n<<<<<<< HEAD\n"a":\u00a0None,\n=======\n\ufeff"b"\0: undefined}', {"a": None, "b": None}),
    ('{"a": "x', None), ("{1: ", None), ("{/*" + "/*" * 9999 + "}", None), ("{" + "a" * 99999 + "}", None),
])
def test_what_is_nearly_json_is_read(text, means):
    assert nearly_json(text) == means


def as_page(nb):
    shown = "".join(
        f'<div class="highlight hl-ipython3"><pre><span></span>{html.escape(cell.source)}\n</pre></div>'
        f'<div class="jp-RenderedText"><pre>def a(x): printed</pre></div>' for cell in nb.cells
    )
    return f"<!DOCTYPE html>\n<html><head><style>pre {{}}</style></head><body>{shown}</body></html>"


def as_mail(text):
    mail = EmailMessage()
    mail["Subject"] = "homework"
    mail.set_content("Here it is!")
    mail.add_attachment(text.encode(), maintype="application", subtype="x-ipynb+json", filename="a.ipynb")
    return mail.as_string()


WRAPPED = {
    "page": lambda text: as_page(notebook("a", "b")),
    "browser": lambda text: f"<html><body><pre style='a'>{html.escape(text, quote=False)}</pre></body></html>",
    "mail": as_mail,
    "base64": lambda text: base64.encodebytes(text.encode()).decode(),
    "address": lambda text: f"data:application/json;base64,{base64.b64encode(text.encode()).decode()}",
    "percent": urllib.parse.quote,
    "entities": html.escape,
    "quoted": lambda text: quopri.encodestring(text.encode()).decode(),
    "letter": lambda text: f"Hello,\nhere it is:\n{text}",
    "patch": lambda text: "diff --git a/x b/x\n--- /dev/null\n+++ b/x\n@@ -0,0 +1,9 @@\n" + text.replace("{", "+{", 1).replace("\n", "\n+"),
    "half a merge": lambda text: text.replace("\n", "\n<<<<<<< HEAD\n=======\n", 1),
    "cells only": lambda text: json.dumps(json.loads(text)["cells"]),
    "gist": lambda text: json.dumps({"id": "x", "files": {"small.ipynb": {"content": text}}}),
    "no end": lambda text: text[: text.index('"metadata": {}', text.rindex("]"))],
}


@pytest.mark.parametrize("kind", WRAPPED)
def test_what_a_notebook_was_wrapped_in_comes_off(kind):
    text = WRAPPED[kind](SOLVED.decode())
    suffix = {"page": ".html", "mail": ".eml"}.get(kind, ".ipynb")
    _, content = find_notebook({f"x{suffix}": text.encode()}, RELEASED, "small")
    code = "\n".join(c.source for c in read_notebook(content).cells if not c.source.startswith("check"))
    assert code == "def a(x):\n    return x\ndef b(x):\n    return x"


@pytest.mark.parametrize("text", [
    "<html><pre>def a(x)</pre></html>", "Subject: hi\n\nno homework", "e" * 400, "%7B%22cells%22",
    "{=\n}", '{"cells": [{"cell_type": "code", "source": "def a(x):', '{"cells": [{"cell_type": "code", "sauce": 1}]}',
    "--- a\n@@ -0,0 +1 @@\n+{", "<pre" * 9999, "data:,", "Content-Type: multipart/mixed; boundary=a\n\n" + "--a\n" * 999,
])
def test_what_holds_no_notebook_is_named(text):
    with pytest.raises(Unreadable) as caught:
        read_notebook(text.encode())
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(("source", "means"), [
    (["a = 1\n", "b = 2"], "a = 1\nb = 2"), (["a = 1", "", "b = 2"], "a = 1\n\nb = 2"), ("a\r\nb", "a\nb"),
    (["a = 1", "b = 2\n", "c"], "a = 1\nb = 2\nc"), (list("a\nb"), "a\nb"), ([["a\n"], ["b", None]], "a\nb"),
    ({"0": "a = 1", "1": "b"}, "a = 1\nb"), (json.dumps("def f():\n  pass"), "def f():\n  pass"), ('"a\\n"', '"a\\n"'),
])
@pytest.mark.parametrize("name", ["source", "input", "code", "content"])
def test_sources_are_read_whatever_they_are_kept_as(name, source, means):
    cell = {"cell_type": "Code", name: source}
    [read] = read_notebook(json.dumps({"cells": [cell], "worksheets": []}).encode()).cells
    assert (read.cell_type, read.source) == ("code", means)


BLOCKS = {
    ".md": "Text\n\n```\n%%time\ndef a(x):\n    return x\n```\n\n```\nno code\n```\n\n```\ndef b(x):\n    return x\n```",
    ".rst": "Text\n\n.. code:: ipython3\n\n    def a(x):\n\n        return x\n\nmore\n\n.. code:: ipython3\n\n    def b(x):\n        return x",
    ".asciidoc": "Text\n\n+*In[1]:*+\n[source, ipython3]\n----\ndef a(x):\n    return x\n----\n[source,python]\n----\ndef b(x):\n    return x\n----",
    ".org": "Text\n#+begin_src jupyter-python\ndef a(x):\n    return x\n#+end_src\n#+BEGIN_SRC python\ndef b(x):\n    return x\n#+END_SRC",
}


@pytest.mark.parametrize("suffix", BLOCKS)
def test_code_in_other_markup_is_found(suffix):
    _, content = find_notebook({f"x{suffix}": BLOCKS[suffix].encode()}, RELEASED, "small")
    cells = [c.source.replace("\n\n", "\n").removeprefix("%%time\n") for c in read_notebook(content).cells if "def " in c.source]
    assert cells == ["def a(x):\n    return x", "def b(x):\n    return x"]
