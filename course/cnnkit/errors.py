"""Errors about what a learner passed in: in a notebook one sentence, without a traceback."""

from __future__ import annotations


class _Sentence(Exception):
    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class WrongValue(_Sentence, ValueError):
    """An argument of the right type that cannot be used; the message says why."""


class WrongType(_Sentence, TypeError):
    """An argument of the wrong type; the message says which is needed."""
