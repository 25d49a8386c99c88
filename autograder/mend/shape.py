"""Give a notebook of any age and in any state the shape of nbformat 4.5."""

from __future__ import annotations

import json
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.mend.conflicts import settle

MAX_CELLS = 2000
MAX_CODE, MAX_LINES = 2**20, 20_000
"""So many characters, and lines, of code are read in one notebook."""
READING = "autograder-reading"


def shape(document: Any) -> NotebookNode:
    """Return a notebook whose cells have a type, a source and metadata, and no outputs.

    Raises ValueError, with one sentence, where there is no notebook in the document.
    """
    if not isinstance(document, dict):
        raise ValueError("The file is JSON, but no notebook.")
    repairs: list[str] = []
    cells = _cells(document, repairs)
    if cells is None:
        raise ValueError("The file is JSON, but no notebook: it has no cells.")
    if not any(isinstance(cell, dict) for cell in cells):
        raise ValueError("The notebook has no cells.")
    if not any(_source(cell) is not None for cell in cells if isinstance(cell, dict)):
        raise ValueError("The notebook's cells have no source: nothing can be read in them.")
    if len(cells) > MAX_CELLS:
        raise ValueError(f"The notebook has {len(cells)} cells; at most {MAX_CELLS} are read.")
    metadata = document.get("metadata")
    spec = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    kept = {"language": _language(metadata if isinstance(metadata, dict) else {}, spec)}
    shaped = [_cell(cell, repairs) for cell in cells if isinstance(cell, dict)]
    code = [cell["source"] for cell in shaped if cell["cell_type"] == "code"]
    if sum(map(len, code)) > MAX_CODE or sum(part.count("\n") for part in code) > MAX_LINES:
        raise ValueError("The notebook holds more code than anybody writes; it was not read.")
    if len(shaped) < len(cells):
        repairs.append("something among the cells was no cell; left out")
    return nbformat.from_dict({
        "nbformat": 4, "nbformat_minor": 5, "cells": shaped,
        "metadata": kept | {READING: repairs},
    })


def _cells(document: dict[str, Any], repairs: list[str]) -> list[Any] | None:
    cells = document.get("cells")
    if isinstance(cells, dict):
        repairs.append("the cells were not a list; read in their order")
        return list(cells.values())
    sheets = document.get("worksheets")
    if isinstance(cells, list) and (cells or not sheets):
        return cells
    if not isinstance(sheets, list):
        return None
    repairs.append("the notebook was saved in an old format; converted")
    return [
        cell
        for sheet in sheets
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
        for cell in sheet["cells"]
    ]


def _language(metadata: dict[str, Any], spec: Any) -> str:
    info = metadata.get("language_info")
    for where, name in ((spec, "language"), (info, "name")):
        if isinstance(where, dict) and isinstance(where.get(name), str):
            return where[name].lower()
    return ""


def _cell(cell: dict[str, Any], repairs: list[str]) -> dict[str, Any]:
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    shaped: dict[str, Any] = {
        "cell_type": _type(cell, metadata),
        "source": _undumped(text_of(_source(cell))),
        "metadata": _metadata(metadata),
    }
    if isinstance(cell.get("id"), str):
        shaped["id"] = cell["id"]
    elif isinstance(metadata.get("id"), str):  # where Colab keeps it
        shaped["id"] = metadata["id"]
    if cell.get("cell_type") == "heading":
        level = cell.get("level")
        marks = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1)
        shaped["source"] = f"{marks} {shaped['source']}"
    if shaped["cell_type"] == "code":
        settled = settle(shaped["source"])
        if settled != shaped["source"]:
            shaped["source"] = settled
            repairs.append("a cell held an unfinished merge; one side was kept")
        shaped |= {"outputs": [], "execution_count": None}
    return shaped


_SOURCES = ("source", "input", "code", "content", "text", "value")
"""What other formats and programs call a cell's source."""


def _source(cell: dict[str, Any]) -> Any:
    return next((cell[name] for name in _SOURCES if cell.get(name) is not None), None)


def _undumped(source: str) -> str:
    """Return a source that was written down as JSON once too often as it was."""
    if source[:1] != '"' or "\n" in source or "def " not in source:
        return source
    try:
        inner = json.loads(source)
    except ValueError:
        return source
    return inner if isinstance(inner, str) and "\n" in inner else source


def _type(cell: dict[str, Any], metadata: dict[str, Any]) -> str:
    kind = str(cell.get("cell_type")).lower()
    if kind in ("code", "markdown", "raw"):
        return kind
    if kind in ("heading", "html"):
        return "markdown"
    code_like = {"outputs", "execution_count", "prompt_number", "input", "code"} & cell.keys()
    return "code" if code_like or "nbgrader" in metadata else "markdown"


def _metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """Keep what mending looks at: the grade id and what a changed check cell would show."""
    data = metadata.get("nbgrader")
    if not isinstance(data, dict) or not isinstance(data.get("grade_id"), str):
        return {}
    plain = {
        name: value for name, value in data.items()
        if isinstance(name, str) and isinstance(value, str | int | float | bool)
    }
    return {"nbgrader": plain}


def text_of(source: Any) -> str:
    """Return a source as one string: given as a string, as lines, with or without line ends."""
    if isinstance(source, dict):
        source = list(source.values())
    if isinstance(source, list | tuple):
        lines = [text_of(part) for part in source if part is not None]
        if "\n" not in lines and max(map(len, lines), default=0) > 1:  # else they are characters
            lines = [*(line.removesuffix("\n") + "\n" for line in lines[:-1]), *lines[-1:]]
        source = "".join(lines)
    elif not isinstance(source, str):
        source = "" if source is None or isinstance(source, bool) else str(source)
    text = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    # Half a character pair cannot be written to any file again.
    return text.encode("utf-8", "replace").decode("utf-8").removeprefix("\ufeff")
