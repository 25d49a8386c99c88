"""Code that came through a word processor, a chat or a web page, made readable again."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable

from autograder.mend.syntax import LONGEST, parse

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_QUOTES = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "\u00b4": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u00ab": '"', "\u00bb": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
    "\u00d7": "*", "\u22c5": "*", "\u2217": "*", "\u2264": "<=", "\u2265": ">=", "\u2260": "!=",
    "\u2026": "...",
})  # fmt: skip
_FENCE_LINE = re.compile(r"^[^\S\n]*(`{3,}|~{3,})[ \w{}.-]*$\n?", re.MULTILINE)
_PROMPT = re.compile(r"^(In \[[ \d]*\]: ?|>>> ?|\.\.\.(?: |$)|\s+\.\.\.: ?)")
_NUMBER = re.compile(r"^ *\d+(?:[ :|]|\t|$)")


def readable(source: str) -> str | None:
    """Return code that Python cannot read in a form that it can, None if no form is found.

    What is tried, one after the other: other blanks and line ends than Python's, marks
    that nobody sees, typographic quotes and signs, full-width letters, HTML's entities,
    tabs beside blanks, and fences, prompts and line numbers that were copied along.
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
    text = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))
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


def _margin(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def step(text: str) -> str:
        lines = text.split("\n")
        if all(pattern.match(line) or not line.strip() for line in lines):
            return "\n".join(pattern.sub("", line) for line in lines)
        return text

    return step


_STEPS = (
    _blanks, _signs, _narrow, html.unescape, _blanks, _fences, _margin(_PROMPT),
    _margin(_NUMBER), _tabs,
)  # fmt: skip
