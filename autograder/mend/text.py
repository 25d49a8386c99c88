"""Text from a submission, made safe to show."""

from __future__ import annotations

import os
import re
import unicodedata

LONGEST_NAME = 120

_ANSI = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor movements
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links, clipboard
    r"|\x1b[PX^_].*?(?:\x1b\\|$)"  # device control, private messages
    r"|\x1b[ -/]*[0-~]"
    r"|\x9b[0-?]*[ -/]*[@-~]",
    re.DOTALL,
)
# Marks that change the direction of what stands around them, or cannot be seen.
_HIDDEN = frozenset("\u061c\u200b\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff") | frozenset(
    map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x2070), *range(0xE0000, 0xE0080)))
)


def plain(text: object) -> str:
    """Return text without ANSI sequences, control characters and hidden direction marks.

    Line ends and tabs stay; of a line that was written over with ``\\r``, what was
    seen last stays.
    """
    clean = _ANSI.sub("", str(text)).replace("\r\n", "\n")
    if "\r" in clean:
        clean = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in clean.split("\n"))
    return "".join(map(_shown, clean))


def _shown(character: str) -> str:
    if character in "\n\t" or " " <= character <= "~":
        return character
    if character in _HIDDEN or unicodedata.category(character) in ("Cc", "Cs"):
        return "" if character != "\u2028" else "\n"
    return "\n" if character in "\u2028\u2029" else character


def shown(name: object) -> str:
    """Return a path or name in one line that can be read, whatever bytes and locale it came by."""
    return plain(os.fsencode(str(name)).decode("utf-8", "backslashreplace")).replace("\n", " ")


def in_markdown(text: object) -> str:
    """Return one line of text as Markdown that shows it: no HTML, links, pictures or formulas."""
    line = plain(text).replace("\\", "\u2216")
    for character in "`*_<>[]$|":
        line = line.replace(character, "\\" + character)
    return line


def clean_name(name: object) -> str:
    """Return a file's name, safe to show in one line of a message."""
    line = " ".join(plain(name).split()) or "a file without a name"
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…"
