"""Code that came through a word processor, a chat or a web page, made readable again."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable

from autograder.mend.syntax import LONGEST, parse
from autograder.mend.text import plain

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_QUOTES = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "\u00b4": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u00ab": '"', "\u00bb": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
    "\u00d7": "*", "\u22c5": "*", "\u2217": "*", "\u2264": "<=", "\u2265": ">=", "\u2260": "!=",
    "\u2026": "...", "\u00f7": "/", "\u3001": ",", "\u3002": ".", "\u3010": "[", "\u3011": "]",
})  # fmt: skip
_FENCE_LINE = re.compile(r"^[^\S\n]*(`{3,}|~{3,})[ \w{}.-]*$\n?", re.MULTILINE)
_ENTITY = re.compile(r"[\w)\]] ?&(lt|gt|amp);")
_TAG = re.compile(r"</?(?:pre|code|span|div|br)\b[^<>\n]*>", re.IGNORECASE)
_PROMPT = re.compile(r"^(In \[[ \d]*\]: ?|>>> ?|\.\.\.(?: |$)|\s+\.\.\.: ?)")
_LABEL = re.compile(r"^In ?\[[ \d*]*\]:?[^\S\n]*$\n?", re.MULTILINE)
_QUOTED = re.compile(r"^> ?")
_DIFF_HEAD = re.compile(r"^(diff --git |index [0-9a-f]+\.\.|--- |\+\+\+ |@@ |\\ No newline)")
_NUMBER = re.compile(r"^ *\d+(?:[ :|]|\t|$)")


def readable(source: str) -> str | None:
    """Return code that Python cannot read in a form that it can, None if no form is found.

    What is tried, one after the other: other blanks and line ends than Python's, marks
    that nobody sees, typographic quotes and signs, full-width letters, HTML's tags and
    entities, fences, prompts with what was printed below them, marks of a quotation, a
    patch or line numbers that were copied along, and tabs beside blanks.
    """
    if len(source) > LONGEST:
        return None
    text = source
    for step in _STEPS:
        changed = step(text)
        if changed != text:
            text = changed
            if parse(text) is not None:
                return text
    return None


def _blanks(text: str) -> str:
    if "\n" not in text and text.count("\\n") > 1:
        text = text.replace("\\n", "\n").replace('\\"', '"')  # escaped once too often
    text = plain(_UNSEEN.sub("", _LINE_ENDS.sub("\n", text)))
    return "".join(" " if unicodedata.category(mark) == "Zs" else mark for mark in text)


def _signs(text: str) -> str:
    return text.translate(_QUOTES)


def _narrow(text: str) -> str:
    """Full-width letters, digits and brackets, as East Asian keyboards write them."""
    return "".join(
        chr(ord(mark) - 0xFEE0) if "\uff01" <= mark <= "\uff5e" else mark for mark in text
    )


def _tabs(text: str) -> str:
    return text.expandtabs(4)


def _fences(text: str) -> str:
    return _FENCE_LINE.sub("", text)


def _tags(text: str) -> str:
    return _TAG.sub(lambda tag: "\n" if tag[0][1:3].lower() == "br" else "", text)


def _entities(text: str) -> str:
    for _ in range(3):
        text = html.unescape(text)
    return text


def unescaped(source: str) -> str | None:
    """Return code in which a web page wrote ``&gt;``, although Python can read it so.

    ``x &gt; 0`` is ``x & gt`` and then ``0``. None where nothing of that kind is in it.
    """
    found = _ENTITY.search(source)
    text = _entities(source) if found else source
    return text if text != source and parse(text) is not None else None


def _labels(text: str) -> str:
    """Lines that say only which cell it was."""
    return _LABEL.sub("", text)


def _session(text: str) -> str:
    """What was typed at prompts; what was printed below becomes a comment."""
    lines = text.strip("\n").split("\n")
    if not lines[0].startswith((">>>", "In [")):
        return text
    return "\n".join(
        _PROMPT.sub("", line) if _PROMPT.match(line) else f"# {line}".rstrip() for line in lines
    )


def _patch(text: str) -> str:
    """The new side of a patch, as ``git diff`` shows it."""
    lines = text.strip("\n").split("\n")
    if not any(line.startswith(("+", "@@ ")) for line in lines):
        return text
    body = [line for line in lines if not _DIFF_HEAD.match(line)]
    if not all(line[:1] in ("", " ", "+", "-") for line in body):
        return text
    return "\n".join(line[1:] for line in body if not line.startswith("-"))


def _margin(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def step(text: str) -> str:
        lines = text.split("\n")
        if all(pattern.match(line) or not line.strip() for line in lines):
            return "\n".join(pattern.sub("", line) for line in lines)
        return text

    return step


_STEPS = (
    _blanks, _signs, _narrow, _tags, _entities, _blanks, _fences, _labels,
    _session, _margin(_QUOTED), _patch, _margin(_NUMBER), _tabs,
)  # fmt: skip
