"""What a learner wrote or showed cannot act where a marked notebook is opened."""

from __future__ import annotations

import base64
import re
import struct
import zlib

import nbformat
import pytest
from nbconvert import HTMLExporter

from autograder.mend import clean_name, harmless, plain
from autograder.mend.harmless import CELL_BYTES, NOTEBOOK_BYTES, safe_html


def png(width=2, height=2):
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunk).decode()


def jpeg(width=2, height=2):
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + b"\0" * 9
    return base64.b64encode(b"\xff\xd8" + frame).decode()


def shown(data, kind="display_data"):
    """Return the outputs of a cell that shows some data, made harmless."""
    output = nbformat.v4.new_output(kind, data)
    return outputs_of([output])


def outputs_of(outputs):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=outputs)])
    clean = harmless(nb)
    nbformat.validate(clean)
    return clean.cells[0].outputs


ACTING = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<iframe src='https://x'></iframe>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<a href='javascript:alert(1)'>x</a>",
    "<form action='https://x'><input name=p></form>",
    "<meta http-equiv=refresh content='0;url=https://x'>",
    "<link rel=stylesheet href='https://x/y.css'>",
    "<style>body{display:none}</style>",
    "<base href='https://x'>",
    "<object data='x'></object><embed src=x>",
    "<div style='position:fixed;top:0;background:url(https://x)'>x</div>",
    "<div style='margin:-500px 0'>x</div>",
    "<img src='https://tracker/x.png'>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    "<img src='data:image/png;base64,bm90IGEgcGljdHVyZQ=='>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "$\\href{javascript:alert(1)}{x}$",
    "<!-- --!><script>alert(1)</script>",
]


def acting(html):
    """Return what in some HTML acts, loads or overlays."""
    return re.findall(
        r"<\s*(?:script|iframe|svg|form|input|meta|link|style|base|object|embed|math)|\son\w+\s*=|[^{]javascript:"
        r"|https?://|url\(|position:|svg\+xml|\\href|margin:\s*-",
        html, re.IGNORECASE,
    )


@pytest.mark.parametrize("html", ACTING)
def test_html_that_acts_is_taken_out(html):
    assert acting(html) or "png;base64,bm90" in html
    [output] = shown({"text/html": html + "<b>kept</b>"})
    clean = output.data["text/html"]
    assert not acting(clean)
    assert "bm90" not in clean


def test_tables_and_pictures_stay():
    html = f'<table style="color: red"><tr><td colspan="2">1</td></tr></table><img alt="a" src="data:image/png;base64,{png()}">'
    clean = safe_html(html)
    assert 'colspan="2"' in clean
    assert "color:red" in clean.replace(" ", "")
    assert png() in clean
    assert 'alt="a"' in clean


@pytest.mark.parametrize("html", ACTING)
@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_text_cells_that_act_are_shown_as_they_were_typed(html, kind):
    cell = nbformat.from_dict({"cell_type": kind, "id": "x", "source": f"note\n\n{html}", "metadata": {"tags": []}})
    clean = harmless(nbformat.v4.new_notebook(cells=[cell]))
    nbformat.validate(clean)
    body, _ = HTMLExporter(template_name="basic").from_notebook_node(clean)
    page = re.sub(r"<pre.*?</pre>", "", body, flags=re.DOTALL)
    assert not re.search(r"alert|tracker|refresh|position:fixed|display:none", page)


@pytest.mark.parametrize("text", [
    "[x](javascript:alert(1))", "[x](&#106;avascript:alert(1))", "![p](https://tracker/x.png)",
    "[x][y]\n\n[y]: javascript:alert(1)", "![x](attachment:a.svg)", "[x](data:text/html,hi)",
    "$\\require{html}\\href{javascript:alert(1)}{x}$", "<javascript:alert(1)>", "[x]( javascript:alert(1))",
    "[x](https://a\"onmouseover=alert(1))", "$$\\unicode{x41}\\style{position:fixed}{x}$$",
    "$\\smash{\\raise{500px}{\\text{Score: 11/11}}}$", "$\\rule{99em}{99em}$", "$$a \\\\ [-40em] b$$",
    "$\\hspace{-9em}x$", "$\\genfrac{}{}{500px}{}{a}{b}$", "$\\mathllap{11/11}$",
])
def test_markdown_that_leads_somewhere_is_shown_as_it_was_typed(text):
    clean = harmless(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)]))
    assert clean.cells[0].source == f"```text\n{text}\n```"


@pytest.mark.parametrize("text", [
    "# Title\n\n- *one* `two` **three**", "$a^2 < b$ and 3 < 4", "[docs](https://numpy.org/doc/stable/)",
    "A table:\n\n|a|b|\n|-|-|\n|1|2|", "x[0] and y(1)", "$\\frac{1}{2} \\sum_i x_i$",
    "$$\\begin{matrix} 1 & 2 \\\\[2pt] 3\\,4 & \\quad 5 \\end{matrix}$$",
])
def test_ordinary_markdown_stays_markdown(text):
    clean = harmless(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)]))
    assert clean.cells[0].source == text


def test_the_releases_own_text_stays_as_it_is():
    cell = nbformat.v4.new_markdown_cell("<b>ours</b> ![a](https://x/y.png)", metadata={"released": True})
    assert harmless(nbformat.v4.new_notebook(cells=[cell])).cells[0].source == cell.source


@pytest.mark.parametrize("count", [True, -5, 10**4000, 1.5, "7"])
def test_how_often_a_cell_was_run_is_a_number_or_nothing(count):
    output = {"output_type": "execute_result", "data": {"text/plain": "4.0"}, "metadata": {}, "execution_count": count}
    cell = nbformat.from_dict({"cell_type": "code", "id": "x", "source": "", "metadata": {}, "outputs": [output], "execution_count": count})
    clean = harmless(nbformat.from_dict({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    nbformat.validate(clean)
    assert clean.cells[0].execution_count is None
    assert clean.cells[0].outputs[0].execution_count is None


def test_attachments_of_learners_go():
    cell = nbformat.v4.new_markdown_cell("x")
    cell["attachments"] = {"a.svg": {"image/svg+xml": "<svg onload=alert(1)>"}}
    assert "attachments" not in harmless(nbformat.v4.new_notebook(cells=[cell])).cells[0]


@pytest.mark.parametrize("mime", [
    "application/javascript", "image/svg+xml", "application/vnd.jupyter.widget-view+json",
    "application/pdf", "text/x-evil", "application/vnd.plotly.v1+json",
])
def test_other_kinds_of_output_go(mime):
    assert shown({mime: "alert(1)"}) == []
    [output] = shown({mime: "alert(1)", "text/plain": "kept"})
    assert output.data == {"text/plain": "kept"}


@pytest.mark.parametrize("mime", ["text/markdown", "text/latex"])
def test_markdown_and_latex_are_shown_as_text(mime):
    [output] = shown({mime: "$\\href{javascript:alert(1)}{x}$"})
    assert list(output.data) == ["text/plain"]


def test_pictures_stay_if_they_are_pictures():
    [output] = shown({"image/png": png() + "\n", "image/jpeg": jpeg()})
    assert output.data == {"image/png": png(), "image/jpeg": jpeg()}
    assert shown({"image/png": png(100_000, 100_000)}) == []
    assert shown({"image/jpeg": jpeg(0, 10)}) == []
    assert shown({"image/png": "<script>"}) == []
    assert shown({"image/png": base64.b64encode(b"<svg/>").decode()}) == []


def test_a_cells_output_is_capped():
    outputs = [nbformat.v4.new_output("stream", text="x" * CELL_BYTES * 2)]
    kept = outputs_of(outputs)
    assert sum(len(o.text) for o in kept) <= CELL_BYTES + 100
    assert "not kept" in kept[-1].text


def test_a_notebooks_output_is_capped():
    cells = [
        nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("stream", text="x" * (CELL_BYTES - 9))])
        for _ in range(14)
    ]
    clean = harmless(nbformat.v4.new_notebook(cells=cells))
    assert len(nbformat.writes(clean)) < NOTEBOOK_BYTES + 20_000


def test_errors_and_streams_carry_no_escapes():
    outputs = outputs_of([
        nbformat.v4.new_output("error", ename="\x1b[31mE", evalue="\x1b]0;t\x07v\u202e", traceback=["\x1b[2Ja\x00b"]),
        nbformat.v4.new_output("stream", name="stderr", text="a\x9b31mb\rc\nd\te"),
    ])
    assert (outputs[0].ename, outputs[0].evalue, outputs[0].traceback) == ("E", "v", ["ab"])
    assert outputs[1].text == "c\nd\te"


def test_malformed_outputs_go_or_are_made_whole():
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    nb.cells[0].outputs = [
        {"output_type": "stream"}, {"output_type": "evil"}, {"output_type": "display_data", "data": 3},
        {"output_type": "error", "traceback": "x"}, 7, {"output_type": "stream", "name": 3, "text": ["a", 1]},
    ]
    nbformat.validate(harmless(nb))


def test_metadata_of_learners_goes():
    nb = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("1", metadata={"evil": "<script>"})],
        metadata={"title": "<script>", "widgets": {}, "kernelspec": {"name": "a\x1b[2J", "display_name": "x"}},
    )
    clean = harmless(nb)
    assert set(clean.metadata) == {"kernelspec"}
    assert clean.metadata.kernelspec.name == "a"
    assert clean.cells[0].metadata == {}


@pytest.mark.parametrize(("text", "clean"), [
    ("plain é 語 🙂", "plain é 語 🙂"),
    ("\x1b[1;31mred\x1b[0m", "red"),
    ("\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\", "link"),
    ("\x1bPq#0\x1b\\x", "x"),
    ("10%\r50%\r100%\n", "100%\n"),
    ("a\r\nb", "a\nb"),
    ("\u202eab\u2066c\u200bd\ufeff", "abcd"),
    ("\x00\x07\x08\x7f\x85a", "a"),
    ("\ud800a", "a"),
    ("a\u2028b", "a\nb"),
    (3, "3"),
])
def test_plain(text, clean):
    assert plain(text) == clean


def test_plain_is_quick_on_long_lines():
    assert len(plain("x" * 2_000_000)) == 2_000_000
    assert plain("\x1b" * 500_000) == ""


def test_clean_name():
    assert clean_name("a\n\x1b[2Jb\u202e.txt") == "a b.txt"
    assert len(clean_name("x" * 1000)) <= 120
    assert clean_name("\x00") == "a file without a name"
