"""Attacks by the files of a submission: links, devices, archives, names, sheer size."""

from __future__ import annotations

import io
import zipfile

from .entry import (
    Link,
    Register,
    Special,
    code,
    packed,
    with_cells,
)

attack = Register()


def _do(given, source, **where):
    """Run code in a cell before the first exercise; it is written so that mending keeps it."""
    hidden = "\n".join("    " + line for line in source.strip().split("\n"))
    cell = f"def _attack():\n{hidden}\n\ntry:\n    _attack()\nexcept Exception:\n    pass"
    return with_cells(given.solved, [code(cell)], **(where or {"before": "apply_filter"}))


@attack("The notebook is a link to another's.", due="unreadable", says="")
def link_to_anothers(given):
    return {given.file: Link(given.targets.others)}


@attack("A link to a secret lies beside it, and it reads it.")
def link_beside(given):
    nb = _do(given, "print(open('notes.txt').read())")
    return {given.file: packed(nb), "notes.txt": Link(given.targets.secret), "all": Link("/")}


@attack("A FIFO that nobody writes to lies beside it.")
def fifo_beside(given):
    return {given.file: packed(given.solved), "data.csv": Special("fifo"), "a/b/c.ipynb": Special("fifo")}


@attack("The notebook is a FIFO.", due="unreadable", says="")
def fifo_as_notebook(given):
    return {given.file: Special("fifo")}


@attack("A socket and a link to itself lie beside it.")
def socket_beside(given):
    return {given.file: packed(given.solved), "s": Special("socket"), "loop": Link("loop"), "up": Link("..")}


@attack("File names hold escapes, line ends and direction marks.")
def wild_names(given):
    return {given.file: packed(given.solved), "a\x1b[2Jb\n.txt": b"x", "\u202etxt.exe": b"x", "-rf": b"x", "$(id)": b"x", "'; drop": b"x"}


@attack("A zip file leads out of its folder.")
def zip_slip(given):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(given.file, packed(given.solved))
        for name in ("../../../../tmp/cnnkit-slip", "/tmp/cnnkit-slip", "..\\..\\cnnkit-slip", given.targets.written):
            archive.writestr(name, b"out")
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, given.targets.secret)
    return {"homework.zip": buffer.getvalue()}


@attack("A zip file unpacks to gigabytes.")
def zip_bomb(given):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            with archive.open(f"zeros{number}", "w", force_zip64=True) as file:
                for _ in range(8):
                    file.write(bytes(16 * 2**20))
    return {given.file: packed(given.solved), "bomb.zip": buffer.getvalue()}


@attack("There are thousands of files.")
def many_files(given):
    return {given.file: packed(given.solved)} | {f"f/{n}.txt": b"x" for n in range(3000)}


@attack("The notebook has a hundred thousand cells.", due="unreadable", says="cells")
def many_cells(given):
    return {"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": "1"}] * 100_000}


@attack("The notebook holds megabytes of code.", due="unreadable", says="more code")
def megabytes_of_code(given):
    return with_cells(given.solved, [code("x = 1\n" * 20_000) for _ in range(60)])


@attack("One cell is nested so deeply that reading it could crash a parser.")
def deep_code(given):
    cells = [code("(" * 50_000 + ")" * 50_000), code("-" * 100_000 + "1"), code("x" + ".x" * 20_000), code("a=" * 20_000 + "1")]
    return with_cells(given.solved, cells)
