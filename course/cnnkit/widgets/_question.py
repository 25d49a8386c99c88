"""What holds a prediction's widgets, so that a saved notebook opens without an error."""

from __future__ import annotations

import html
from collections.abc import Sequence

import ipywidgets

from cnnkit.widgets._base import Explorer, browser_module


class Question(Explorer):
    """The widgets of one prediction, with words that stand there where no kernel runs.

    Parameters
    ----------
    question : what is asked.
    options : the choices, empty where a number is asked for.
    box : the widgets to answer with.
    """

    title = "Prediction"
    _esm = browser_module("question")

    def __init__(self, question: str, options: Sequence[str], box: ipywidgets.Widget) -> None:
        self.question, self.options = question, list(options)
        super().__init__(controls={"box": box})

    def __repr__(self) -> str:
        """Return the question in one line."""
        choices = f" ({' · '.join(self.options)})" if self.options else ""
        return f"Predict: {self.question}{choices}"

    def _still(self) -> str:
        lines = "".join(f"<div>○ {html.escape(option)}</div>" for option in self.options)
        return (
            f'<cnnkit-explorer data-uid="{self.uid}"><div class="cnnkit-still">'
            f"<div><b>Predict:</b> {html.escape(self.question)}</div>{lines}"
            "<div>Run this cell to answer.</div></div></cnnkit-explorer>"
        )
