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
    r'(?P<kept>"(?:\\.|[^"\\])*(?:"|\Z))'
    r"|'(?P<single>(?:\\.|[^'\\])*)(?:'|\Z)"
    r"|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?<![\w$])(?P<name>[A-Za-z_$][\w$]*+)(?=\s*:)"
    r"|(?P<comma>,)(?=\s*[\]}])",
    re.DOTALL,
)


def nearly_json(text: str) -> Any:
    """Return what a text means, None if that cannot be said.

    JSON may have commas too many, comments, names without quotes and strings in single
    ones; what Python's ``print`` makes of a notebook is read, too.
    """
    if len(text) > LONGEST or text[:1] not in ("{", "[") or text[-1:] not in ("}", "]"):
        return None
    for read in (_by_hand, _python):
        try:
            return read(text)
        except (ValueError, SyntaxError, TypeError):
            continue
    return None


def _by_hand(text: str) -> Any:
    plain = _TOKEN.sub(_plain, text)
    return json.loads(_TOKEN.sub(_plain, plain), strict=False)  # commas before a comment, too


def _plain(token: re.Match[str]) -> str:
    if token["single"] is not None:
        inner = re.sub(r"\\(.)|\"", _requoted, token["single"], flags=re.DOTALL)
        return f'"{inner}"'
    if token["name"] is not None:
        return f'"{token["name"]}"'
    return token["kept"] or ""


def _requoted(mark: re.Match[str]) -> str:
    if mark[1] is None:
        return '\\"'
    return "'" if mark[1] == "'" else mark[0]


def _python(text: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about backslashes in the learner's strings
        return ast.literal_eval(text)
