"""What nobody can read: there is to be a reason, and no mark."""

from __future__ import annotations

import copy
import io
import zipfile

from .entry import Register, packed, with_code

damage = Register()


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@damage("The upload broke off: half of the file is missing.", due="unreadable", says="breaks off")
def truncated(given):
    data = packed(given.solved)
    return data[: len(data) // 2]


@damage("The login page was saved instead.", due="unreadable", says="web page")
def login_page(given):
    return b"<!DOCTYPE html>\n<html><head><title>Log in</title></head><body></body></html>"


@damage("The file is empty.", due="unreadable", says="empty")
def empty(given):
    return b""


@damage("The file holds zeros only.", due="unreadable", says="empty")
def zeros(given):
    return b"\0" * 4096


@damage("It is a PDF under the notebook's name.", due="unreadable", says="PDF")
def a_pdf(given):
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


@damage("It is JSON, but no notebook.", due="unreadable", says="no notebook")
def other_json(given):
    return b'{"score": 11, "max_score": 11}'


@damage("The notebook has no cells.", due="unreadable", says="no cells")
def no_cells(given):
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}


@damage("It is another assignment's notebook.", due="unreadable", says="another")
def another_assignment(given):
    nb = copy.deepcopy(given.released)
    for cell in nb.cells:
        data = cell.metadata.get("nbgrader")
        if data:
            data["grade_id"] = data["grade_id"].replace("check-", "check-other_") if data["grade"] else f"other_{data['grade_id']}"
            cell.source = cell.source.replace("def ", "def other_").replace("check(", "check(other_")
            cell["id"] = data["grade_id"]
        else:
            cell.source, cell["id"] = f"Another {hash(cell.source) % 97}", "o" + cell["id"]
    return nb


@damage("Two different notebooks fit equally well.", due="unreadable", says="fit equally")
def two_that_fit(given):
    other = with_code(given.solved, relu="def relu(x):\n    return abs(x)")
    return {f"{given.name} (1).ipynb": packed(given.solved), f"{given.name} (2).ipynb": packed(other)}


@damage("Nothing was handed in but a photo.", due="unreadable", says="no notebook")
def only_a_photo(given):
    return {"IMG_1234.jpg": b"\xff\xd8\xff\xe0"}


@damage("The zip needs a password.", due="unreadable", says="password")
def zip_with_a_password(given):
    data = bytearray(_zip({given.file: packed(given.solved)}))
    for at in range(len(data) - 10):  # set the flag “encrypted” in both headers
        if data[at : at + 4] == b"PK\x03\x04":
            data[at + 6] |= 1
        elif data[at : at + 4] == b"PK\x01\x02":
            data[at + 8] |= 1
    return {"homework.zip": bytes(data)}


@damage("It is a pointer that Git LFS left in its place.", due="unreadable", says="LFS")
def lfs_pointer(given):
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"


@damage("It is nested a hundred thousand deep.", due="unreadable", says="nested")
def nested_too_deeply(given):
    return b"[" * 100_000 + b"]" * 100_000
