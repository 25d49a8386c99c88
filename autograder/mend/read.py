"""Read a notebook's bytes, whatever happened to them on the way."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from nbformat import NotebookNode

from autograder.mend.conflicts import sides
from autograder.mend.decode import Unreadable, decode
from autograder.mend.nearly import nearly_json
from autograder.mend.scripts import script_to_notebook
from autograder.mend.shape import shape
from autograder.mend.wrapped import unwrapped

READING = "autograder-reading"
"""The notebook's metadata name under which read_notebook leaves what it had to repair."""
MAX_PARTS = 10**6
"""So many lists and objects a notebook may hold: each takes a hundred bytes of memory."""


def read_notebook(data: bytes) -> NotebookNode:
    """Read a notebook, in nbformat 4.5's shape, without its saved outputs.

    Encodings, merge conflicts, old formats and missing fields are put right. What was
    put right stands in the metadata under READING. Raises Unreadable.
    """
    repairs: list[str] = []
    text = decode(data, repairs)
    versions = sides(text)
    try:
        documents = [document for side in versions for document in _documents(side, repairs)]
    except (RecursionError, MemoryError):
        raise Unreadable("The file is nested too deeply to be a notebook.") from None
    readable = [document for document in documents if not isinstance(document, Unreadable)]
    if not readable:
        raise next(document for document in documents if isinstance(document, Unreadable))
    notebooks = []
    for document in readable:
        try:
            notebooks.append(shape(_unwrap(document)))
        except ValueError as error:
            problem = Unreadable(str(error))
        except (RecursionError, MemoryError):
            problem = Unreadable("The file is nested too deeply to be a notebook.")
    if not notebooks:
        raise problem
    notebook = notebooks[0]
    if len(versions) > 1:
        repairs.append("the file held an unfinished merge; what both sides had was kept")
    for other in notebooks[1:]:
        add_missing(notebook, other)
    notebook.metadata[READING] = list(dict.fromkeys(repairs + notebook.metadata.pop(READING)))
    return notebook


def _documents(text: str, repairs: list[str]) -> list[Any]:
    """Return the JSON documents of a text, one after the other, or why there is none."""
    if text.count("[") + text.count("{") > MAX_PARTS:
        return [Unreadable("The file holds more parts than any notebook.")]
    body = text.strip("\ufeff\0 \t\r\n")
    decoder = json.JSONDecoder(strict=False)
    try:
        document, end = decoder.raw_decode(body)
    except ValueError as error:
        inner = unwrapped(body)
        if inner is not None:
            said = [inner[1]]
            found = _documents(inner[0], said)
            if not isinstance(found[0], Unreadable):
                repairs += said
                return found
        if body[:1] == "<":
            return [Unreadable(
                "The file is a web page, not a notebook; a login page may have been saved instead."
            )]
        return [_mended(body, getattr(error, "pos", None), decoder, repairs)]
    documents = [document]
    while end < len(body):
        repairs.append("there was something after the notebook's end; left out")
        start = body.find("{", end)
        if start < 0 or len(documents) > 8:
            break
        try:
            document, end = decoder.raw_decode(body, start)
        except ValueError:
            break
        if isinstance(document, dict) and "cells" in document:
            repairs[-1] = "there was another notebook after the notebook's end; looked through, too"
            documents.append(document)
    return documents


def _mended(
    body: str, position: int | None, decoder: json.JSONDecoder, repairs: list[str]
) -> Any:
    """Return a document that is not JSON as it stands, or (not raise) why it cannot be read."""
    if position is None:
        return Unreadable("The file holds a number that no notebook holds.")
    if re.search(r"^(async )?def \w+\(", body, re.MULTILINE) and body[0] != "{":
        repairs.append("the file was a Python script; read as one")
        return json.loads(script_to_notebook(body))
    document = nearly_json(body)
    if document is not None:
        repairs.append("the file was not quite JSON (commas, quotes, comments); read all the same")
        return document
    start = body.find("{", 1, 4096)
    if start > 0 and body[0] != "{":
        try:
            document, _ = decoder.raw_decode(body, start)
        except ValueError:
            return _why(body, position)
        repairs.append("there was something before the notebook's beginning; left out")
        return document
    cells = _whole_cells(body, decoder)
    if cells:
        repairs.append("the file is damaged after its last cell; the cells were read")
        return {"cells": cells}
    return _why(body, position)


def _whole_cells(body: str, decoder: json.JSONDecoder) -> Any:
    """Return the list of cells where that is whole, whatever became of what follows it."""
    start = re.match(r'\{\s*"cells"\s*:\s*(?=\[)', body)
    if start is None:
        return None
    try:
        return decoder.raw_decode(body, start.end())[0]
    except ValueError:
        return None


def _why(body: str, position: int) -> Unreadable:
    if body[:1] not in "{[\"":
        return Unreadable("The file is no notebook: it is not JSON.")
    if position >= len(body) - 1 or not body.endswith("}"):
        return Unreadable("The file breaks off in the middle: it was not saved or copied whole.")
    line = body.count("\n", 0, position) + 1
    return Unreadable(f"The file is damaged: it stops being JSON in line {line}.")


def _unwrap(document: Any) -> Any:
    """Take a notebook out of what a Jupyter server or a double encoding wraps it in."""
    for _ in range(3):
        if isinstance(document, str):
            try:
                document = json.loads(document, strict=False)
            except ValueError:
                break
        elif isinstance(document, list) and len(document) == 1:
            document = document[0]
        elif isinstance(document, list) and any(
            isinstance(part, dict) and "cell_type" in part for part in document
        ):
            document = {"cells": document}
        elif isinstance(document, dict) and not {"cells", "worksheets"} & document.keys():
            document = _content(document)
        else:
            break
    return document


def _content(document: dict[str, Any]) -> Any:
    names = ("content", "notebook", "data", "body")
    content = next((document[name] for name in names if name in document), document)
    files = document.get("files")  # a gist
    if isinstance(files, dict) and len(files) == 1:
        content = next(iter(files.values()))
    if "base64" in (document.get("format"), document.get("encoding")) and isinstance(content, str):
        try:
            return base64.b64decode(content).decode("utf-8-sig")
        except (binascii.Error, ValueError):
            return document
    return content


def add_missing(notebook: NotebookNode, other: NotebookNode) -> None:
    """Add to a notebook the cells that only another version of it has.

    Where both have a cell, the notebook's own stays, unless it is still to be written.
    """
    places = {_identity(cell): at for at, cell in enumerate(notebook.cells)}
    sources = {cell.source.strip() for cell in notebook.cells}
    at = -1
    for cell in other.cells:
        here = places.get(_identity(cell))
        if here is not None:
            at = here
            own = notebook.cells[here]
            if "raise NotImplementedError" in own.source and own.source != cell.source:
                own.source = cell.source
        elif cell.source.strip() not in sources:
            at += 1
            notebook.cells.insert(at, cell)
            places = {_identity(cell): at for at, cell in enumerate(notebook.cells)}


def _identity(cell: NotebookNode) -> str:
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    return f"grade {grade_id}" if grade_id else f"cell {cell.get('id') or cell.source}"
