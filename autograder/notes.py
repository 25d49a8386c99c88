"""The note on top of a marked notebook: what was mended, or why there is no mark."""

from __future__ import annotations

from collections.abc import Sequence

import nbformat
from nbformat import NotebookNode

from autograder.mend import in_markdown


def note(notebook: NotebookNode, lines: Sequence[str]) -> None:
    """Put lines of plain text into a Markdown cell on top of a notebook."""
    if not lines:
        return
    text = "\n".join(f"- {in_markdown(line)}" for line in lines)
    cell = nbformat.v4.new_markdown_cell(f"**About this submission**\n\n{text}", id="marking-note")
    notebook.cells = [cell, *(old for old in notebook.cells if old.get("id") != "marking-note")]
