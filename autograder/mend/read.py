"""Read a notebook's bytes, whatever happened to them on the way."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

from nbformat import NotebookNode

from autograder.mend.conflicts import sides
from autograder.mend.shape import shape


class Unreadable(Exception):
    """A submission that cannot be marked; the message is the reason, in one sentence."""


READING = "autograder-reading"
"""The notebook's metadata name under which read_notebook leaves what it had to repair."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_FILES = (
    (b"PK\x03\x04", "is a zip archive, not a notebook"),
    (b"PK\x05\x06", "is an empty zip archive, not a notebook"),
    (b"%PDF", "is a PDF, not a notebook; hand in the .ipynb file"),
    (b"\x89PNG", "is a picture, not a notebook"),
    (b"\xff\xd8\xff", "is a picture, not a notebook"),
    (b"\x1f\x8b", "is a gzip archive, not a notebook"),
    (b"7z\xbc\xaf", "is a 7z archive, not a notebook"),
    (b"Rar!", "is a RAR archive, not a notebook"),
    (b"\xd0\xcf\x11\xe0", "is an Office document, not a notebook"),
    (b"version https://git-lfs", "is a Git LFS pointer, not the notebook itself"),
)


def read_notebook(data: bytes) -> NotebookNode:
    """Read a notebook, in nbformat 4.5's shape, without its saved outputs.

    Encodings, merge conflicts, old formats and missing fields are put right. What was
    put right stands in the metadata under READING. Raises Unreadable.
    """
    repairs: list[str] = []
    text = _decode(data, repairs)
    try:
        documents = [_parse(side, repairs) for side in sides(text)]
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
    if len(documents) > 1:
        repairs.append("the file held an unfinished merge; what both sides had was kept")
        for other in notebooks[1:]:
            add_missing(notebook, other)
    notebook.metadata[READING] = list(dict.fromkeys(repairs + notebook.metadata.pop(READING)))
    return notebook


def _decode(data: bytes, repairs: list[str]) -> str:
    if not data.strip(b"\0 \t\r\n"):
        raise Unreadable("The file is empty.")
    for start, what in _OTHER_FILES:
        if data.startswith(start):
            raise Unreadable(f"The file {what}.")
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if encoding is None:
        encoding = _guess_encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise Unreadable("The file's characters cannot be read.") from None
        text, encoding = data.decode("cp1252", "replace"), "Windows-1252"
    if encoding not in ("utf-8", "utf-8-sig"):
        repairs.append(f"the file was saved as {encoding.upper()}; read as such")
    return text


def _guess_encoding(data: bytes) -> str:
    """Tell UTF-16 and UTF-32 without a mark by where the zero bytes of ASCII are."""
    zeros = "".join("0" if byte == 0 else "x" for byte in data[:4])
    return {
        "x0x0": "utf-16-le", "0x0x": "utf-16-be", "x000": "utf-32-le", "000x": "utf-32-be",
    }.get(zeros, "utf-8")


def _parse(text: str, repairs: list[str]) -> Any:
    """Return the JSON document of a text, or (not raise) why there is none."""
    body = text.strip("\ufeff\0 \t\r\n")
    if body[:1] == "<":
        return Unreadable(
            "The file is a web page, not a notebook; a login page may have been saved instead."
        )
    decoder = json.JSONDecoder(strict=False)
    try:
        document, end = decoder.raw_decode(body)
    except ValueError as error:
        position = getattr(error, "pos", None)
        if position is None:
            return Unreadable("The file holds a number that no notebook holds.")
        mended = re.sub(r",(\s*[\]}])", r"\1", body)
        try:
            document, end = decoder.raw_decode(mended)
        except ValueError:
            return _why(body, position)
        repairs.append("the file had commas too many; left out")
        return document
    if body[end:].strip():
        repairs.append("there was something after the notebook's end; left out")
    return document


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
        elif isinstance(document, dict) and not {"cells", "worksheets"} & document.keys():
            document = document.get("content", document)
        else:
            break
    return document


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
