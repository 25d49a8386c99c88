"""Turn a notebook that was exported as a script or as Markdown back into a notebook."""

from __future__ import annotations

import ast
import json
import re
import textwrap
from collections.abc import Iterator

from autograder.mend.decode import Unreadable, decode
from autograder.mend.syntax import parse

MARKDOWN = (".md", ".markdown", ".qmd", ".rmd", ".rst", ".asciidoc", ".adoc", ".org")
SCRIPTS = (".py", ".ipy", ".pyw", ".txt", *MARKDOWN)
"""The endings of files that may hold a notebook's code as text."""

_PROMPT = re.compile(r"^# In\[[ \d*]*\]:\s*$")
_PERCENT = re.compile(r"^# ?%%+(?!\w)\s*(.*)$")
_GRADE_ID = re.compile(r'"grade_id":\s*"([^"]+)"')
_HEADER = re.compile(r"\A(#!.*\n)?(#(?=.*coding).*\n)?\s*# ---\n(#.*\n)*?# ---\n")
_CELL_MAGIC = re.compile(r"^get_ipython\(\)\.run_cell_magic\((.*)\)$")
_IPYTHON = re.compile(r"^(\s*)get_ipython\(\)\.(?:run_line_magic|system|run_cell_magic)\(.*$")
_FENCE = re.compile(r"^(`{3,}|~{3,})\s*(?:\{?(?:code-cell|code|python|ipython|py)[\w]*\b.*)$")
_BLOCKS = {
    ".rst": r"^\.\. (?:code|code-block|sourcecode):: *i?python\d?\n((?:[ \t]+\S.*\n|[ \t]*\n)+)",
    ".org": r"^#\+(?:begin_src|BEGIN_SRC) +\S*python.*\n((?:(?!#\+).*\n)*)#\+(?:end_src|END_SRC)",
    ".adoc": r"^\[source, *i?python\d?.*\]\n----\n((?:(?!----$).*\n)*)----$",
}
_PLAIN_FENCE = re.compile(r"^(`{3,}|~{3,})\s*$")
_OPTION = re.compile(r"^(:[\w-]+:.*|#\|.*)$")


def text_to_notebook(data: bytes, suffix: str) -> bytes | None:
    """Return the bytes of a notebook made from a script or a Markdown file; None from others."""
    try:
        text = decode(data, [])
    except Unreadable:
        return None
    if suffix != ".py" and re.search(r"^[^\S\n]*(async )?def \w+\(", text, re.MULTILINE) is None:
        return None
    if suffix in MARKDOWN:
        text = _as_markdown(text.replace("\r\n", "\n"), suffix)
        return _packed(_markdown_cells(text.split("\n")))
    return script_to_notebook(text)


def _as_markdown(text: str, suffix: str) -> str:
    """Write the code blocks of reStructuredText, AsciiDoc and Org as Markdown's."""
    block = _BLOCKS.get(".adoc" if suffix == ".asciidoc" else suffix)
    if block is None:
        return text

    def fenced(found: re.Match[str]) -> str:
        return f"```python\n{textwrap.dedent(found[1]).strip()}\n```\n"

    return re.sub(block, fenced, f"{text}\n", flags=re.MULTILINE)


def script_to_notebook(text: str) -> bytes:
    """Return the bytes of a notebook made from a script.

    Scripts of nbconvert (``# In[1]:``) and of jupytext, VS Code and Spyder (``# %%``)
    are cut into their cells; any other script becomes one code cell.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    lines = [own for line in _HEADER.sub("", text).split("\n") for own in _own_lines(line)]
    cells = _marimo_cells(text)
    if cells:
        return _packed(cells)
    if any(_PROMPT.match(line) for line in lines):
        cells = _nbconvert_cells(lines)
    elif any(_PERCENT.match(line) for line in lines):
        cells = _percent_cells(lines)
    else:
        source = "\n".join(lines)
        # one mistake in a script is to cost what it costs in a notebook: one cell
        parts = [lines] if parse(source) is not None else list(_paragraphs(lines))
        cells = [_cell("code", part) for part in parts]
    return _packed(cells)


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    """Cut before each line at the margin that follows an empty one and closes no bracket."""
    part: list[str] = []
    for line in lines:
        if part and not part[-1].strip() and line[:1].strip() and line[0] not in ")]}":
            yield part
            part = []
        part.append(line)
    yield part


def _own_lines(line: str) -> list[str]:
    """Return what a line of a script was in the notebook: a cell under a magic became one."""
    found = _CELL_MAGIC.match(line)
    try:
        name, rest, body = map(str, ast.literal_eval(f"({found[1]})")) if found else ("", "", "")
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return [line]
    return [f"%%{name} {rest}".rstrip(), *body.rstrip("\n").split("\n")] if found else [line]


def _marimo_cells(text: str) -> list[dict]:
    """Return the cells of a marimo notebook, in which each is the body of a function."""
    if "marimo.App(" not in text:
        return []
    read = parse(text)
    cells = []
    for node in read[0].body if read else []:
        if not isinstance(node, ast.FunctionDef) or not any(map(_of_marimo, node.decorator_list)):
            continue
        if ast.unparse(node.decorator_list[0]).startswith("app.function"):
            node.decorator_list.clear()
            cells.append(_cell("code", ast.unparse(node).split("\n")))
            continue
        body = node.body[:-1] if isinstance(node.body[-1], ast.Return) else node.body
        lines = text.split("\n")[node.body[0].lineno - 1 : body[-1].end_lineno if body else 0]
        cells.append(_cell("code", textwrap.dedent("\n".join(lines)).split("\n")))
    return cells


def _of_marimo(decorator: ast.expr) -> bool:
    return ast.unparse(decorator).startswith(("app.cell", "app.function"))


def _packed(cells: list[dict]) -> bytes:
    cells = [cell for cell in cells if cell["source"]]
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    return json.dumps(document).encode()


def _markdown_cells(lines: list[str]) -> list[dict]:
    """Cut at fenced blocks of Python; a code cell's options go."""
    cells: list[dict] = []
    block: list[str] = []
    fence = options = ""
    opening = _FENCE if any(map(_FENCE.match, lines)) else _PLAIN_FENCE
    for line in lines:
        start = None if options else opening.match(line)
        if not fence and start:
            cells.append({**_cell("code", block), "cell_type": "markdown"})
            block, fence = [], start[1]
        elif fence and line.rstrip() == fence:
            cells.append(_cell("code", block))
            block, fence = [], ""
        elif fence and not block and line == "---":
            fence, options = "", fence  # MyST's options: up to the next such line
        elif options and line == "---":
            fence, options = options, ""
        elif not options and not (fence and not block and _OPTION.match(line)):
            block.append(line)
    return [*cells, _cell("code" if fence else "raw", block)]


def _cell(kind: str, lines: list[str], grade_id: str | None = None) -> dict:
    if kind == "markdown":
        lines = [re.sub(r"^# ?", "", line) for line in lines]
    else:
        lines = [_IPYTHON.sub(r"\1pass", line) for line in lines]
    metadata = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    return {"cell_type": kind, "metadata": metadata, "source": "\n".join(lines).strip("\n")}


def _nbconvert_cells(lines: list[str]) -> list[dict]:
    """Cut at the prompts. Comments at a cell's end, after a blank line, were Markdown."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if _PROMPT.match(line):
            blocks.append([])
        else:
            blocks[-1].append(line)
    cells = [_cell("markdown", [line for line in blocks[0] if not line.startswith("#!")])]
    for block in blocks[1:]:
        end = len(block)
        while end and (not block[end - 1].strip() or block[end - 1].startswith("#")):
            end -= 1
        rest = end
        while rest < len(block) and block[rest].strip():
            rest += 1  # a comment that closes the code, with no blank line before it
        cells += [_cell("code", block[:rest]), _cell("markdown", block[rest:])]
    return cells


def _percent_cells(lines: list[str]) -> list[dict]:
    cells, kind, grade_id = [], "code", None
    block: list[str] = []
    for line in lines:
        start = _PERCENT.match(line)
        if start is None:
            block.append(line)
            continue
        cells.append(_cell(kind, block, grade_id))
        block = []
        kind = "markdown" if re.search(r"\[(markdown|md|raw)\]", start[1]) else "code"
        found = _GRADE_ID.search(start[1])
        grade_id = found[1] if found else None
    return [*cells, _cell(kind, block, grade_id)]
