"""Take a notebook out of what it was wrapped in on its way: a web page, a mail, an encoding."""

from __future__ import annotations

import base64
import binascii
import email
import html
import json
import quopri
import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

LONGEST = 32 * 2**20
"""A text of more characters is not looked into."""

WRAPS = (".html", ".htm", ".xhtml", ".eml", ".b64")
"""The endings of files that may hold a notebook in such a wrapping."""

_ADDRESS = re.compile(r"data:[^,\s]{0,200};base64,")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=\s]")
_HEADER = re.compile(r"(From |[A-Za-z][A-Za-z-]{1,40}: )[^\n]*\n")
_PATCH = re.compile(r"(diff --git |--- |@@ )")
_CODE_BLOCK = re.compile(
    r"""class=["'][^"'>]*(hl-i?py|highlight-i?py|sourceCode python|language-python)"""
)
_CODE = re.compile(r"\s*<code[^<>]*>")
_TAG = re.compile(r"<[^<>]*>")


def unwrapped(text: str) -> tuple[str, str] | None:
    """Return the notebook's JSON that is wrapped in a text, and what to say about it.

    None if there is none: a login page, a letter.
    """
    if len(text) > LONGEST:
        return None
    for step, said in _STEPS:
        try:
            inner = step(text)
        except (ValueError, LookupError, TypeError, AttributeError, binascii.Error):
            continue
        if inner is not None:
            inner = inner.strip("\ufeff\0 \t\r\n")
            if inner != text and inner[:1] == "{" and '"cells"' in inner:
                return inner, said
    return None


def _mail(text: str) -> str | None:
    """The first part of a mail that is a notebook, whatever it was encoded with."""
    if not _HEADER.match(text):
        return None
    for part in email.message_from_string(text).walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and b'"cells"' in content:
                return content.decode("utf-8-sig", "replace")
    return None


def _base64(text: str) -> str | None:
    address = _ADDRESS.match(text)
    body = text[address.end() :] if address else text
    if len(body) < 40 or _NOT_BASE64.search(body):
        return None
    return base64.b64decode(body).decode("utf-8-sig")


def _percent(text: str) -> str | None:
    return unquote_to_bytes(text).decode() if text[:3].lower() == "%7b" else None


def _quoted(text: str) -> str | None:
    """Quoted-printable: a mail's body without its header."""
    if text[:1] != "{" or ("=\n" not in text and "=\r\n" not in text):
        return None
    return quopri.decodestring(text.encode()).decode()


def _entities(text: str) -> str | None:
    return html.unescape(text) if text[:1] == "{" and "&quot;" in text[:1000] else None


def _patch(text: str) -> str | None:
    """A patch that adds the whole notebook."""
    if not _PATCH.match(text) or "\n@@ -0,0 " not in text:
        return None
    lines = text[text.index("\n@@ -0,0 ") + 1 :].split("\n")[1:]
    return "\n".join(line[1:] for line in lines if line.startswith("+"))


def _page(text: str) -> str | None:
    """A web page: one that a notebook was exported to, or a browser's view of the file itself."""
    if text[:1] != "<":
        return None
    cells = []
    end = 0
    while (start := text.find("<pre", end)) >= 0:
        opened, closed = text.find(">", start) + 1, text.find("</pre>", start)
        if not opened or closed < opened:
            break
        # the class of the block says whether it is code, or what code printed
        inside = _CODE.match(text, opened)
        around = text[max(end, start - 150) : inside.end() if inside else opened]
        inner = html.unescape(_TAG.sub("", text[opened:closed])).strip("\n")
        if inner.lstrip()[:1] == "{" and '"cells"' in inner:
            return inner
        if _CODE_BLOCK.search(around):
            cells.append({"cell_type": "code", "metadata": {}, "source": inner})
        end = closed
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}) if cells else None


_STEPS: tuple[tuple[Callable[[str], str | None], str], ...] = (
    (_page, "the file was a web page with a notebook in it; read as that"),
    (_mail, "the file was a mail with a notebook in it; read as that"),
    (_base64, "the file was encoded as base64; decoded"),
    (_percent, "the file was encoded as for a web address; decoded"),
    (_entities, "the file was encoded as for a web page; decoded"),
    (_quoted, "the file was encoded as for a mail; decoded"),
    (_patch, "the file was a patch that adds a notebook; read as that"),
)
