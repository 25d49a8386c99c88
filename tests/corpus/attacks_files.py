"""Attacks by the files of a submission: links, devices, archives, names, sheer size."""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import zipfile

from .entry import (
    Link,
    Register,
    Special,
    code,
    packed,
    text,
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


@attack("When it was handed in is no time, and pages of its own lie where feedback will be.")
def no_time_and_own_pages(given):
    script = b"<script>alert('11 of 11')</script>"
    return {given.file: packed(given.solved), "timestamp.txt": b"half past ten", "filters.html": script, "a/x.svg": script}


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


@attack("Its archives are called so that, without their endings, their folders would be “..”.")
def archives_called_up(given):
    inner = b""
    for _ in range(4):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("cnnkit-slip", b"out")
            archive.writestr("nbgrader_config.py", b"raise SystemExit")
            archive.writestr("...zip", inner)
        inner = buffer.getvalue()
    return {given.file: packed(given.solved), "...zip": inner, "..zip": inner, "...py.gz": gzip.compress(b"out")}


@attack("Names in its archive are no text.")
def names_that_are_no_text(given):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("\udcff.txt", "a\udc80/b.py", "\x1b]0;x\x07.txt"):
            member = tarfile.TarInfo(name)
            member.size = 1
            archive.addfile(member, io.BytesIO(b"x"))
    return {given.file: packed(given.solved), "hw.tar": buffer.getvalue()}


@attack("Dozens of its archives each take a while to look into.", due="unreadable", says="too much")
def many_slow_bombs(given):
    bomb = bz2.compress(bytes(80 * 2**20))
    return {f"{number}.ipynb.bz2": bomb for number in range(90)}


@attack("There are nine hundred notebooks.", due="unreadable", says="900 notebooks")
def many_notebooks(given):
    raw = packed(given.solved)
    return {f"{number}.ipynb": raw + b" " * number for number in range(900)}


@attack("The file is a list of millions of lists.", due="unreadable", says="more parts")
def many_parts(given):
    return {given.file: b'{"cells": [], "x": [' + b"[]," * 5_000_000 + b"0]}"}


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


@attack("Its code is shallow to write and deep to walk through.")
def deep_trees(given):
    cells = [code("x" + ".x" * 900 + "()"), code("f" + "()" * 500), code("lambda: " * 1500 + "0"), code("x = " + "1 + " * 2000 + "1")]
    return with_cells(given.solved, cells)


@attack("Blanks, empty lines and open fences are there to make every search start again.")
def endless_searches(given):
    fences = text("````a\n" * 100_000)
    many = {"x": 100_000, "? x ?": 2000, "...: (": 100_000}  # IPython itself starts again at ?
    blanks = [code("(\n" + " " * count + end) for end, count in many.items()]
    lines = [code("(\n" + "\n" * 15_000 + "x")]
    nb = with_cells(given.solved, [fences, *blanks, *lines])
    notes = {"notes.txt": b"\n" * 500_000 + b"x", "run.py": b"#" + b"coding" * 100_000, "lines.py": b"(\n" + b"\n" * 300_000 + b")"}
    return {"renamed.ipynb": packed(nb), **notes}


@attack("Its code uses and binds twenty thousand names.", seconds=120)
def many_names(given):
    cells = [code("\n".join(f"a{n}_{i} = a{n}_{i + 1}" for i in range(1200))) for n in range(12)]
    return with_cells(given.solved, cells, before="apply_filter")


@attack("One function is split into two thousand cells.")
def split_to_dust(given):
    return with_cells(given.solved, [code("def f():\n    pass"), *(code(f"    x{n} = 1") for n in range(1800))])
