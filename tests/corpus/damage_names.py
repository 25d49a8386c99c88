"""Notebooks under other names, in other places, in other formats."""

from __future__ import annotations

import copy
import io
import zipfile

import jupytext
import nbformat

from .entry import Register, Special, packed, with_code

damage = Register()


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@damage("The browser named it “filters (1).ipynb”.")
def renamed_by_the_browser(given):
    return {f"{given.name} (1).ipynb": packed(given.solved)}


@damage("Its name is in another case.")
def other_case(given):
    return {f"{given.name.upper()}.IPYNB": packed(given.solved)}


@damage("It has the learner's name in its name.")
def renamed_with_a_name(given):
    return {"Müller, Ana – homework 2 FINAL.ipynb": packed(given.solved)}


@damage("It lies in a folder, with a helper it imports.")
def in_a_folder(given):
    nb = with_code(given.solved, relu="from helpers import clip\n\ndef relu(x):\n    return clip(x)")
    helper = b"import numpy as np\n\ndef clip(x):\n    return np.maximum(x, 0)\n"
    return {f"homework/{given.file}": packed(nb), "homework/helpers.py": helper}


@damage("It was zipped.")
def zipped(given):
    return {"homework.zip": _zip({f"homework/{given.file}": packed(given.solved)})}


@damage("A zip lies in a zip.")
def zipped_twice(given):
    inner = _zip({given.file: packed(given.solved)})
    return {"outer.zip": _zip({"inner.zip": inner, "__MACOSX/._x.ipynb": b"\0\5"})}


@damage("It was zipped together with a helper.")
def zipped_with_a_helper(given):
    nb = with_code(given.solved, relu="from helpers import relu")
    helper = b"import numpy as np\n\ndef relu(x):\n    return np.maximum(x, 0)\n"
    return {"homework.zip": _zip({given.file: packed(nb), "helpers.py": helper})}


@damage("The mail program added .txt.")
def with_txt(given):
    return {f"{given.file}.txt": packed(given.solved)}


@damage("It was exported as a Python script by Jupyter.")
def exported_by_jupyter(given):
    blocks = ["#!/usr/bin/env python\n# coding: utf-8\n"]
    for cell in given.solved.cells:
        if cell.cell_type == "code":
            blocks.append(f"# In[ ]:\n\n\n{cell.source}\n\n")
        else:
            blocks.append("\n".join(f"# {line}" for line in cell.source.split("\n")) + "\n")
    return {f"{given.name}.py": "\n".join(blocks).encode()}


@damage("It was exported by jupytext in the percent format.")
def exported_in_percent_format(given):
    nb = nbformat.from_dict(copy.deepcopy(given.solved))
    return {f"{given.name}.py": jupytext.writes(nb, fmt="py:percent").encode()}


@damage("All code was copied into one plain script.")
def one_plain_script(given):
    sources = [cell.source for cell in given.solved.cells if cell.cell_type == "code"]
    return {"homework.py": "\n\n".join(sources).encode()}


@damage("The released notebook lies beside the learner's renamed one.")
def with_an_untouched_copy(given):
    return {f"my {given.file}": packed(given.solved), f"copy of {given.file}": packed(given.released)}


@damage("Pictures, a PDF and a cache lie beside it.")
def among_other_files(given):
    return {
        given.file: packed(given.solved), "photo.png": b"\x89PNG", "article.pdf": b"%PDF-1.4",
        "__pycache__/x.pyc": b"\0", ".ipynb_checkpoints/x-checkpoint.ipynb": packed(given.released),
        "empty": Special("folder"),
    }


@damage("A file called numpy.py lies beside it.")
def numpy_py(given):
    return {given.file: packed(given.solved), "numpy.py": b"raise SystemExit('mine')\n"}
