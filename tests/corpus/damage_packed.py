"""Notebooks in archives, in other formats, and among other tries."""

from __future__ import annotations

import base64
import copy
import gzip
import io
import json
import tarfile
import zipfile

import jupytext
import nbformat
from nbconvert import PythonExporter

from .entry import Register, packed, source_of, with_code

damage = Register()


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _code(given) -> str:
    return "\n\n".join(cell.source for cell in given.solved.cells if cell.cell_type == "code")


@damage("It was compressed with gzip.")
def gzipped(given):
    return {f"{given.file}.gz": gzip.compress(packed(given.solved))}


@damage("It is in a .tar.gz, with a helper.")
def in_a_tar_file(given):
    nb = with_code(given.solved, relu="from helpers import relu")
    helper = b"import numpy as np\n\ndef relu(x):\n    return np.maximum(x, 0)\n"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in (("hw/helpers.py", helper), (f"hw/{given.file}", packed(nb))):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return {"hw.tar.gz": buffer.getvalue()}


@damage("A zip was renamed to the notebook's name.")
def zip_under_the_released_name(given):
    return {given.file: _zip({given.file: packed(given.solved)})}


@damage("It lies in a zip in a zip in a zip.")
def zipped_three_times(given):
    data = _zip({given.file: packed(given.solved)})
    for name in ("c.zip", "b.zip"):
        data = _zip({name: data})
    return {"a.zip": data}


@damage("The untouched release was handed in under its name, the work beside it.")
def work_beside_the_release(given):
    return {given.file: packed(given.released), f"{given.name}-v2.ipynb": packed(given.solved)}


@damage("A broken download has the released name, a whole copy lies beside it.")
def whole_copy_beside_a_broken_one(given):
    return {given.file: packed(given.solved)[:5000], f"{given.name} (1).ipynb": packed(given.solved)}


@damage("An older try lies beside it.")
def older_try_beside(given):
    old = with_code(given.solved, relu="def relu(x):\n    return x")
    return {given.file: packed(given.solved), f"{given.name}-old.ipynb": packed(old)}


@damage("A server's answer was saved: the notebook is in it as base64.")
def base64_in_an_answer(given):
    content = base64.encodebytes(packed(given.solved)).decode()
    return packed({"name": given.file, "encoding": "base64", "content": content})


@damage("The release and the finished notebook were appended to each other.", says="another notebook")
def release_and_work_in_one_file(given):
    return packed(given.released) + b"\n" + packed(given.solved)


@damage("A mail's header stands before it.", says="was a mail with a notebook in it")
def mail_header(given):
    return b"Content-Type: application/x-ipynb+json\r\n\r\n" + packed(given.solved)


@damage("It was exported as Markdown.")
def exported_as_markdown(given):
    parts = [
        f"```python\n{cell.source}\n```" if cell.cell_type == "code" else cell.source
        for cell in given.solved.cells
    ]
    return {f"{given.name}.md": "\n\n".join(parts).encode()}


@damage("It was exported as MyST Markdown.")
def exported_as_myst(given):
    nb = nbformat.from_dict(copy.deepcopy(given.solved))
    return {f"{given.name}.md": jupytext.writes(nb, fmt="md:myst").encode()}


@damage("A Python script has the notebook's name.", says="Python script")
def script_under_the_released_name(given):
    return _code(given).encode()


@damage("A script was saved as UTF-16, and has .txt at its end.")
def script_as_text(given):
    return {f"{given.name}.py.txt": _code(given).encode("utf-16")}


@damage("A script has one broken function among the others.", loses=("relu",))
def script_with_a_mistake(given):
    names = [name for name in given.exercises() if name != "relu"]
    sources = ["import numpy as np", *(source_of(given.solved, name) for name in names)]
    return {"homework.py": "\n\n".join([*sources, "def relu(x)\n    return x"]).encode()}


@damage("It was exported by Jupyter as a script, with a cell that was timed.")
def exported_with_a_magic(given):
    own = source_of(given.solved, "relu")
    nb = with_code(given.solved, relu=f"%%time\n{own}")
    return {"homework.py": PythonExporter().from_notebook_node(nb)[0].encode()}


@damage("It was exported by Databricks, with a cell that fails.")
def exported_by_databricks(given):
    sources = [cell.source for cell in given.solved.cells if cell.cell_type == "code"]
    blocks = ["# Databricks notebook source\n# MAGIC %md hello", "display(df)", *sources]
    return {"homework.py": "\n\n# COMMAND ----------\n\n".join(blocks).encode()}


@damage("It is a notebook of marimo's.")
def marimo(given):
    blocks = ["import marimo\n\napp = marimo.App()"]
    for name in given.exercises():
        body = source_of(given.solved, name).replace("\n", "\n    ")
        blocks.append(f"@app.cell\ndef _(np):\n    {body}\n    return ({name},)")
    return {"homework.py": "\n\n\n".join(blocks).encode()}


@damage("A notebook was renamed to .py.")
def notebook_named_script(given):
    return {f"{given.name}.py": packed(given.solved)}


@damage("Somebody wrote comments into the file, and quotes of the wrong kind.", says="not quite JSON")
def json_by_hand(given):
    lines = packed(given.solved).decode().replace('"cell_type": "code"', "cell_type: 'code'").split("\n")
    return "\n".join([lines[0], "  // my notebook", *lines[1:-1], "/* the end */", lines[-1]]).encode()


@damage("Python printed the notebook.", says="not quite JSON")
def printed_by_python(given):
    return repr(json.loads(packed(given.solved))).encode()


@damage("A zip has no ending, or the wrong one.")
def zip_without_ending(given):
    return {"homework.zip.txt": _zip({given.file: packed(given.solved)})}


@damage("The whole path from the disk is in the zip.")
def zip_with_a_long_path(given):
    folder = "home/ana/OneDrive - Uni/Documents/Semester 3/Deep Learning/Homework/final/02"
    return {"homework.zip": _zip({f"{folder}/{given.file}": packed(given.solved)})}


@damage("An environment was zipped with it, thousands of files.")
def zip_with_an_environment(given):
    others = {f"env/lib/pkg/m{number}.py": b"" for number in range(2500)}
    return {"homework.zip": _zip({**others, given.file: packed(given.solved)})}


@damage("More than a thousand pictures lie beside it.")
def among_many_pictures(given):
    pictures = {f"{number}.png": b"\x89PNG" for number in range(1001)}
    return {**pictures, f"work/{given.file}": packed(given.solved)}


@damage("It is a RAR archive.", due="unreadable", says=".rar")
def rar_archive(given):
    return {"homework.rar": b"Rar!\x1a\x07\x01\x00" + bytes(60)}


@damage("It is a Word document under the notebook's name.", due="unreadable", says="no notebook")
def word_document(given):
    return {given.file: _zip({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<w/>"})}
