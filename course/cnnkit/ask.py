"""The widget that asks for a prediction. Imported only where a front end can show it."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets
from IPython.display import display

from cnnkit.predict import recall, remember
from cnnkit.widgets._question import Question

ASKED = "Commit to an answer, then run the folded cell below."
SAVED = "Saved. Now run the folded cell below."
UNSAVED = "Noted, but this folder cannot be written to. Now run the folded cell below."
FINAL = "Revealed: this answer is final."


def show_question(id: str, question: str, options: list[str] | None) -> Callable[[], None]:
    """Show a question with the answer remembered, if any. Return what makes it final."""
    known = recall(id)
    answer = known["answer"] if known else None
    field = _choice(question, options, answer) if options else _number(question, answer)
    note = ipywidgets.HTML()
    again = ipywidgets.Button(description="Predict again", layout={"width": "auto"})

    def say(words: str) -> None:
        note.value = f'<span role="status">{html.escape(words)}</span>'

    def answered(change: dict[str, Any]) -> None:
        value = change["new"]
        if value in (None, ""):
            return
        if options is None:
            value = _as_number(value)
            if value is None:
                say("Write a number, such as 12 or 0.5.")
                return
        kept = remember(id, {"question": question, "answer": value})
        say(SAVED if kept else UNSAVED)

    def lock() -> None:
        field.disabled = True
        again.layout.display = ""
        say(FINAL)

    def unlock(_: Any) -> None:
        remember(id, None)
        field.disabled = False
        field.value = None if options else ""
        again.layout.display = "none"
        say(ASKED)

    again.on_click(unlock)
    again.layout.display = "none"
    field.observe(answered, names="value")
    if known and "right" in known:
        lock()
    else:
        say(SAVED if known else ASKED)
    title = ipywidgets.HTML(
        f'<div style="line-height:1.5"><b>Predict:</b> {html.escape(question)}</div>'
    )
    foot = ipywidgets.HBox([note, again], layout={"align_items": "center"})
    box = ipywidgets.VBox([title, field, foot], layout={"padding": "4px 0"})
    display(Question(question, options or [], box)._repr_mimebundle_()[0], raw=True)
    return lock


def _choice(question: str, options: list[str], answer: Any) -> Any:
    return ipywidgets.RadioButtons(
        options=options,
        value=answer if answer in options else None,
        tooltip=question,
        layout={"width": "max-content", "max_width": "100%"},
    )


def _number(question: str, answer: Any) -> Any:
    return ipywidgets.Text(
        value="" if _as_number(answer) is None else f"{answer:.15g}".replace("-", "−"),
        placeholder="your number, then Enter",
        tooltip=question,
        continuous_update=False,
        layout={"width": "220px"},
    )


def _as_number(value: Any) -> float | None:
    """Return what was typed as a number; "1,024" and "0,5" are understood."""
    text = str(value).strip().replace("\u2212", "-").replace(" ", "")
    parts = text.split(",")
    if len(parts) > 1 and all(len(part) == 3 for part in parts[1:]) and "." not in parts[0]:
        text = "".join(parts)
    elif len(parts) == 2:
        text = ".".join(parts)
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number == number and abs(number) < 1e300 else None
