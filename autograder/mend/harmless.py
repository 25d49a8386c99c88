"""Make a marked notebook safe to open: what a learner wrote or showed cannot act."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from typing import Any

import nbformat
import nh3
from nbformat import NotebookNode

from autograder.mend.rebuild import RELEASED
from autograder.mend.rescue import fenced
from autograder.mend.text import plain

CELL_BYTES = 2**20
NOTEBOOK_BYTES = 10 * 2**20
LARGEST_SIDE = 8192
CUT = "… the rest of this cell's output was not kept."

_TAGS = frozenset(
    """a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption
    figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre s samp small span strong sub
    summary sup table tbody td tfoot th thead tr u ul var""".split()  # noqa: SIM905
)
_ATTRIBUTES = {
    "*": {"title", "lang", "role", "style"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_STYLES = {
    "background-color", "border", "border-collapse", "border-spacing", "color", "display",
    "font-family", "font-size", "font-style", "font-weight", "gap", "line-height", "margin",
    "max-width", "min-width", "padding", "text-align", "vertical-align", "white-space", "width",
}
_IMAGE = re.compile(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/=\s]+)\Z")
# What makes a browser, or MathJax in it, do something, or write over what stands elsewhere.
_ACTIVE = re.compile(
    r"<[A-Za-z/!?]|&#|&\w+;|\]\s*\[|\]:|!\[|attachment:|mermaid|javascript:|vbscript:|data:"
    r"|\\\\\*?\s*\[\s*-|\\(raise(?:box)?|lower|move(?:left|right)|[hm]?kern|[hmv]skip|[hmv]?space"
    r"|rule|(?:math)?[rl]lap|smash|genfrac|above\w*|href|url|require|class|cssId|style|html\w*"
    r"|unicode|data|def|edef|gdef|xdef|let"
    r"|newcommand|renewcommand|newenvironment|csname|bbox|mmlToken|includegraphics|tooltip"
    r"|toggle|action|texttip|enclose|Tex\w*)(?![a-z])",
    re.IGNORECASE,
)
_LINK = re.compile(r"\]\(\s*(?!https?://[\w./~?=&%+,-]*(?:#[\w-]*)?\s*\))")


def harmless(nb: NotebookNode) -> NotebookNode:
    """Return a copy of a mended notebook, after its run, that is safe to show.

    Pictures (PNG, JPEG) and plain text stay, HTML is sanitised, all other kinds of
    output go. The learner's Markdown that could act is shown as it was typed. Control
    characters go from everything that is the learner's. A cell keeps at most 1 MiB of
    output, a notebook 10 MiB.
    """
    room = NOTEBOOK_BYTES
    cells = []
    for cell in nb.cells:
        clean, size = _cell(cell, min(room, CELL_BYTES))
        room -= size
        cells.append(clean)
    metadata = {name: nb.metadata[name] for name in ("kernelspec", "language_info")
                if name in nb.metadata}
    return nbformat.from_dict({
        "nbformat": 4, "nbformat_minor": 5, "metadata": _plain_tree(metadata), "cells": cells,
    })


def _cell(cell: NotebookNode, room: int) -> tuple[dict[str, Any], int]:
    kept = ("nbgrader", "tags", "deletable", "editable", RELEASED)
    metadata = {name: cell.metadata[name] for name in kept if name in cell.metadata}
    kind, source = cell.cell_type, cell.source
    released = bool(cell.metadata.get(RELEASED))
    if not released:
        source = plain(source)
        if len(source) > CELL_BYTES:
            source = f"{source[:CELL_BYTES]}\n{CUT}"
        if kind == "raw" or (kind == "markdown" and acts(source)):
            # nbconvert puts raw cells and HTML in Markdown into the page as they are
            kind, source = "markdown", fenced(source)
    clean: dict[str, Any] = {
        "id": cell.id, "cell_type": kind, "metadata": metadata, "source": source,
    }
    if kind == "markdown" and released and cell.get("attachments"):
        clean["attachments"] = cell.attachments
    if kind != "code":
        return clean, 0
    outputs, size = _outputs(cell.get("outputs", []), room)
    clean |= {"outputs": outputs, "execution_count": _count(cell.get("execution_count"))}
    return clean, size


def _count(value: Any) -> int | None:
    """Return how often a cell was run, None for what is no such number."""
    return value if type(value) is int and 0 <= value < 2**31 else None


def acts(markdown: str) -> bool:
    """Whether Markdown holds anything that could run, load or lead somewhere unseen."""
    return bool(_ACTIVE.search(markdown) or _LINK.search(markdown))


def _outputs(outputs: list[Any], room: int) -> tuple[list[dict[str, Any]], int]:
    kept: list[dict[str, Any]] = []
    size = 0
    for output in outputs:
        clean = _output(output) if isinstance(output, dict) else None
        if clean is None:
            continue
        needed = _size(clean)
        if size + needed > room:
            if clean["output_type"] == "stream" and room - size > 0:
                # a character takes up to four bytes
                clean["text"] = clean["text"][: (room - size) // 4]
                kept.append(clean)
            kept.append({"output_type": "stream", "name": "stdout", "text": f"\n{CUT}\n"})
            return kept, room
        size += needed
        kept.append(clean)
    return kept, size


def _output(output: dict[str, Any]) -> dict[str, Any] | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": plain(_text(output.get("text")))}
    if kind == "error":
        trace = output.get("traceback", [])
        lines = trace if isinstance(trace, list) else [trace]
        return {
            "output_type": "error",
            "ename": plain(_text(output.get("ename")))[:200],
            "evalue": plain(_text(output.get("evalue"))),
            "traceback": [plain(_text(line)) for line in lines],
        }
    if kind in ("display_data", "execute_result"):
        data = _data(output.get("data"))
        if not data:
            return None
        clean: dict[str, Any] = {"output_type": kind, "metadata": {}, "data": data}
        if kind == "execute_result":
            clean["execution_count"] = _count(output.get("execution_count"))
        return clean
    return None


def _data(data: Any) -> dict[str, str]:
    """Keep of a display's forms those that can only be looked at."""
    if not isinstance(data, dict):
        return {}
    kept: dict[str, str] = {}
    for mime in ("text/plain", "text/html"):
        if mime in data:
            text = _text(data[mime])
            kept[mime] = plain(text) if mime == "text/plain" else safe_html(text)
    for mime in ("image/png", "image/jpeg"):
        encoded = "".join(_text(data.get(mime)).split())
        if encoded and is_image(mime.removeprefix("image/"), encoded):
            kept[mime] = encoded
    if not kept:
        for mime in ("text/markdown", "text/latex"):
            if mime in data:
                kept["text/plain"] = plain(_text(data[mime]))
    return kept


def safe_html(html: str) -> str:
    """Return HTML that only shows: no scripts, forms, frames, links or foreign pictures."""
    if len(html) > 4 * CELL_BYTES:
        return f"<p>{CUT}</p>"
    clean = nh3.clean(
        plain(html),
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        filter_style_properties=_STYLES,
        url_schemes={"data"},
        strip_comments=True,
        link_rel=None,
    )
    # MathJax reads formulas out of the page, and some of its commands act.
    return clean.replace("\\", "&#8726;") if re.search(r"\\[a-zA-Z(\[]", clean) else clean


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        image = _IMAGE.match(value)
        return value if image and is_image(image[1], "".join(image[2].split())) else None
    if name == "style":
        return None if re.search(r"url|expression|@|\\|/\*|var\(|-\s*[\d.]", value, re.I) else value
    return value


def is_image(kind: str, encoded: str) -> bool:
    """Whether base64 text is a PNG or JPEG picture of a size a browser can bear."""
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    if kind == "jpeg":
        width, height = _jpeg_size(data)
    elif data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR" and len(data) > 24:
        width, height = struct.unpack(">II", data[16:24])
    else:
        return False
    return 0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Return the width and height that a JPEG's frame header says, (0, 0) if it has none."""
    at = 2
    if data[:2] != b"\xff\xd8":
        return 0, 0
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return 0, 0


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _plain_tree(value: Any) -> Any:
    if isinstance(value, dict):
        return {plain(name): _plain_tree(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain_tree(item) for item in value]
    return plain(value) if isinstance(value, str) else value


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode("utf-8", "replace"))
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    if isinstance(value, list):
        return sum(map(_size, value))
    return 8
