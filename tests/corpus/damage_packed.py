"""Notebooks in archives, in other formats, and among other tries."""

from __future__ import annotations

import base64
import copy
import gzip
import io
import tarfile
import zipfile

import jupytext
import nbformat

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


@damage("A mail's header stands before it.", says="before the notebook's beginning")
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


@damage("It is a RAR archive.", due="unreadable", says=".rar")
def rar_archive(given):
    return {"homework.rar": b"Rar!\x1a\x07\x01\x00" + bytes(60)}


@damage("It is a Word document under the notebook's name.", due="unreadable", says="no notebook")
def word_document(given):
    return {given.file: _zip({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<w/>"})}
