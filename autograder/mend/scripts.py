"""Turn a notebook that was exported as a Python script back into a notebook."""

from __future__ import annotations

import json
import re

_PROMPT = re.compile(r"^# In\[[ \d*]*\]:\s*$")
_PERCENT = re.compile(r"^# ?%%+(?!\w)\s*(.*)$")
_GRADE_ID = re.compile(r'"grade_id":\s*"([^"]+)"')
_HEADER = re.compile(r"\A(#!.*\n)?(#.*coding.*\n)?\s*# ---\n(#.*\n)*?# ---\n")
_IPYTHON = re.compile(r"^(\s*)get_ipython\(\)\.(?:run_line_magic|system|run_cell_magic)\(.*$")


def script_to_notebook(text: str) -> bytes:
    """Return the bytes of a notebook made from a script.

    Scripts of nbconvert (``# In[1]:``) and of jupytext, VS Code and Spyder (``# %%``)
    are cut into their cells; any other script becomes one code cell.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    lines = _HEADER.sub("", text).split("\n")
    if any(_PROMPT.match(line) for line in lines):
        cells = _nbconvert_cells(lines)
    elif any(_PERCENT.match(line) for line in lines):
        cells = _percent_cells(lines)
    else:
        cells = [_cell("code", lines)]
    cells = [cell for cell in cells if cell["source"]]
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    return json.dumps(document).encode()


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
