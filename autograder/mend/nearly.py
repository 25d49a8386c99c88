"""Read what is nearly JSON: written by hand, by a script, or printed by Python."""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import Any

LONGEST = 4 * 2**20
"""A text of more characters is not looked into."""

# What is not closed goes on to the end, so that no place is looked at twice.
_TOKEN = re.compile(
    r'(?P<kept>"(?:\\.|[^"\\])*(?:"|\Z))(?P<more>(?=\s+["{\[]))?'
    r"|'(?P<single>(?:\\.|[^'\\])*)(?:'|\Z)"
    r"|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z)|^[^\S\n]*(?:<{7}|={7}|>{7}|\|{7})(?:[ \r].*?)?$)"
    r"|(?<![\w$])(?P<name>[A-Za-z_$][\w$]*+)(?=\s*:)"
    r"|\b(?P<word>None|True|False|undefined)\b"
    r"|(?P<comma>,)(?=\s*[\]},])"
    r"|(?P<first>[{\[])\s*,"
    r"|(?P<closed>[}\]])(?=\s*[\"{\[])"
    r"|(?P<blank>[\u00a0\u200b-\u200f\u2060\u3000\ufeff\0])",
    re.DOTALL | re.MULTILINE,
)
_WORDS = {"None": "null", "True": "true", "False": "false", "undefined": "null"}
_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt]|u[0-9a-fA-F]{4})|)')
_TYPESET = str.maketrans("“”„‟″", '"""""')


def nearly_json(text: str) -> Any:
    """Return what a text means, None if that cannot be said.

    JSON may have commas too many or too few, comments, the marks of a merge, names without
    quotes, strings in single or typeset ones, backslashes that escape nothing and blanks that
    are none; what Python's ``print`` makes of a notebook is read, too.
    """
    if len(text) > LONGEST or text[:1] not in ("{", "[") or text[-1:] not in ("}", "]"):
        return None
    for read in (_by_hand, _python, _typeset):
        try:
            return read(text)
        except (ValueError, SyntaxError, TypeError):
            continue
    return None


def _by_hand(text: str) -> Any:
    plain = _TOKEN.sub(_plain, text)
    return json.loads(_TOKEN.sub(_plain, plain), strict=False)  # commas before a comment, too


def _typeset(text: str) -> Any:
    plain = text.translate(_TYPESET)
    return _by_hand(plain) if plain != text else None


def _plain(token: re.Match[str]) -> str:
    if token["single"] is not None:
        inner = re.sub(r"\\(.)|\"", _requoted, token["single"], flags=re.DOTALL)
        return f'"{inner}"'
    if token["name"] is not None:
        return f'"{token["name"]}"'
    if token["word"] is not None:
        return _WORDS[token["word"]]
    if token["closed"] is not None:
        return f"{token['closed']},"
    if token["kept"] is not None:
        whole = _ESCAPE.sub(lambda mark: mark[0] if mark[1] else r"\\", token["kept"])
        return whole if token["more"] is None else f"{whole},"
    return token["first"] or (" " if token["blank"] else "")


def _requoted(mark: re.Match[str]) -> str:
    if mark[1] is None:
        return '\\"'
    return "'" if mark[1] == "'" else mark[0]


def _python(text: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about backslashes in the learner's strings
        return ast.literal_eval(text)
