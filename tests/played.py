"""Run a solved lesson's cells in this process, without figures, and keep what it says."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, field
from typing import Any

from autograder.source import read_source

from .conftest import ROOT

SILENCED = ("check", "hint", "predict", "my_predictions", "Pixels", "Filter")


@dataclass
class Played:
    """A lesson that was run: its names, the truths it revealed, what it printed."""

    names: dict[str, Any] = field(default_factory=dict)
    truths: dict[str, Any] = field(default_factory=dict)
    printed: str = ""
    prose: str = ""

    def __getitem__(self, name: str) -> Any:
        return self.names[name]


def play(assignment: str) -> Played:
    """Run every code cell of a solved lesson, in order."""
    notebook = read_source(ROOT / "solutions" / assignment).notebook
    played = Played(names={"__name__": "lesson"})
    said = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    played.prose = " ".join(" ".join(said).split())
    sink = io.StringIO()
    with contextlib.redirect_stdout(sink):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(cell.source, played.names)
                _silence(played)
    played.printed = sink.getvalue()
    return played


def _silence(played: Played) -> None:
    """Replace what shows and asks by nothing; ``reveal`` notes the truth."""
    for name in played.names:
        if name.startswith("show_") or name in SILENCED:
            played.names[name] = _nothing
    if "reveal" in played.names:
        played.names["reveal"] = lambda id, truth, *_, **__: played.truths.update({id: truth})


def _nothing(*_: Any, **__: Any) -> None:
    return None
