"""What a running cell shows, collected within a limit."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import output_from_msg

KEEP = 2**20
"""Bytes of output kept of one cell."""

FLOOD = 16 * 2**20
"""A cell that has sent so many bytes is stopped."""

OVERHEAD = 100
"""So many bytes every message counts for, however little it says."""

SHOWN = ("stream", "display_data", "execute_result", "error")
CUT = "\n… the rest of this cell's output was not kept.\n"


class Outputs:
    """The outputs of one cell, as its messages come in."""

    def __init__(self) -> None:
        self.list: list[NotebookNode] = []
        self.received = 0
        self._kept = 0
        self._clear_next = False
        self._cut = False

    @property
    def flooded(self) -> bool:
        """Whether so much came that the cell should be stopped."""
        return self.received > FLOOD

    def add(self, message: dict[str, Any]) -> None:
        """Take one iopub message."""
        kind = message["header"]["msg_type"]
        if kind == "clear_output":
            self._clear_next = bool(message["content"].get("wait"))
            if not self._clear_next:
                self._clear()
        elif kind == "update_display_data":
            self._update(message["content"])
        elif kind in SHOWN:
            if self._clear_next:
                self._clear()
            self._append(message)

    def _clear(self) -> None:
        self.list.clear()
        self._kept, self._clear_next, self._cut = 0, False, False

    def _append(self, message: dict[str, Any]) -> None:
        content = message["content"]
        size = _size(content) + OVERHEAD
        self.received += size
        if message["header"]["msg_type"] == "stream" and self._kept < KEEP < self._kept + size:
            self._stream(content["name"], content["text"][: KEEP - self._kept])
            self._kept = KEEP
        if self._kept + size > KEEP:
            if not self._cut:
                self._cut = True
                self._stream("stdout", CUT)
            return
        self._kept += size
        if message["header"]["msg_type"] == "stream":
            self._stream(content["name"], content["text"])
            return
        output = output_from_msg(message)
        identifier = content.get("transient", {}).get("display_id")
        if isinstance(identifier, str):
            output.metadata["display_id"] = identifier
        self.list.append(output)

    def _stream(self, name: str, text: str) -> None:
        last = self.list[-1] if self.list else None
        if last is not None and last.output_type == "stream" and last.name == name:
            last.text += text
        else:
            self.list.append(NotebookNode(output_type="stream", name=name, text=text))

    def _update(self, content: dict[str, Any]) -> None:
        identifier = content.get("transient", {}).get("display_id")
        for output in self.list:
            if identifier and output.get("metadata", {}).get("display_id") == identifier:
                size = _size(content) + OVERHEAD
                self.received += size
                if size <= KEEP:
                    output.data = NotebookNode(content["data"])

    def finish(self) -> list[NotebookNode]:
        """Return what was collected, without the marks that were needed while collecting."""
        for output in self.list:
            output.get("metadata", {}).pop("display_id", None)
        return self.list


def _size(value: Any) -> int:
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, dict):
        return sum(_size(item) for item in value.values())
    if isinstance(value, list | tuple):
        return sum(_size(item) for item in value)
    return 8
