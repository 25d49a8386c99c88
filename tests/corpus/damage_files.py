"""Damage to files: encodings, formats, names, places. Nobody meant harm."""

from __future__ import annotations

import copy
import io
import json
import zipfile

import nbformat

from .entry import Given, Register, code, packed, with_code

damage = Register()


def _text(given: Given) -> str:
    return packed(given.solved).decode()


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@damage("It was saved with a byte order mark.")
def utf8_with_bom(given):
    return b"\xef\xbb\xbf" + packed(given.solved)


@damage("It was saved as UTF-16 with a byte order mark.", says="UTF-16")
def utf16(given):
    return _text(given).encode("utf-16")


@damage("It was saved as big-endian UTF-16 without a mark.", says="UTF-16")
def utf16_without_a_mark(given):
    return _text(given).encode("utf-16-be")


@damage("A byte was added to the end of UTF-16.", says="UTF-16")
def utf16_and_a_byte(given):
    return _text(given).encode("utf-16") + b"\n"


@damage("It was saved as UTF-32.", says="UTF-32")
def utf32(given):
    return _text(given).encode("utf-32")


@damage("An old editor saved it as Windows-1252.", says="WINDOWS-1252")
def windows_1252(given):
    nb = copy.deepcopy(given.solved)
    nb.cells.append(code("name = 'Zoë'"))
    return json.dumps(nb, ensure_ascii=False).encode("cp1252", "replace")


@damage("Every line ends the Windows way, in the file and in the cells.")
def crlf(given):
    nb = copy.deepcopy(given.solved)
    for cell in nb.cells:
        cell.source = cell.source.replace("\n", "\r\n")
    return packed(nb).replace(b"\n", b"\r\n")


@damage("Sources have the line ends of old Macs.")
def carriage_returns(given):
    nb = copy.deepcopy(given.solved)
    for cell in nb.cells:
        cell.source = cell.source.replace("\n", "\r")
    return nb


@damage("A saved output holds NaN and Infinity, which JSON has not.")
def nan_in_json(given):
    text = _text(given).replace('"outputs": []', '"outputs": [{"a": NaN, "b": -Infinity}]', 1)
    return text.encode()


@damage("A merge was left unfinished, in the middle of the file.", says="merge")
def merge_conflict(given):
    lines = json.dumps(given.solved, indent=1).split("\n")
    at = next(i for i, line in enumerate(lines) if line.strip() == '"cells": [') + 1
    ours = [' {"cell_type": "markdown", "metadata": {}, "source": "mine"},']
    theirs = [' {"cell_type": "markdown", "metadata": {}, "source": "theirs"},']
    lines[at:at] = ["<<<<<<< HEAD", *ours, "=======", *theirs, ">>>>>>> main"]
    return "\n".join(lines).encode()


@damage("A merge was left unfinished around a solution; one side is unsolved.", says="merge")
def merge_conflict_in_a_solution(given):
    solved = json.dumps(given.solved.cells, indent=1).split("\n")
    unsolved = json.dumps(given.released.cells, indent=1).split("\n")
    lines = ['{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells":', "<<<<<<< HEAD",
             *unsolved, "=======", *solved, ">>>>>>> laptop", "}"]
    return "\n".join(lines).encode()


@damage("nbdime left conflict markers inside a cell.", says="merge")
def merge_conflict_in_a_cell(given):
    own = next(c for c in given.solved.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "relu")
    mixed = f"<<<<<<< local\n{own.source}\n=======\ndef relu(x):\n    raise NotImplementedError()\n>>>>>>> remote"
    return with_code(given.solved, relu=mixed)


@damage("It was converted to nbformat 3.", says="old format")
def nbformat_3(given):
    nb = nbformat.from_dict(copy.deepcopy(given.solved))
    return packed(nbformat.convert(nb, 3))


@damage("It was converted to nbformat 2, with its worksheets.", says="old format")
def nbformat_2(given):
    cells = []
    for cell in given.solved.cells:
        if cell.cell_type == "code":
            cells.append({"cell_type": "code", "input": cell.source, "outputs": [], "language": "python", "prompt_number": 1})
        else:
            cells.append({"cell_type": cell.cell_type, "source": cell.source})
    return packed({"nbformat": 2, "nbformat_minor": 0, "metadata": {"name": "x"}, "worksheets": [{"cells": cells}]})


@damage("It says it is nbformat 4.0 and has no cell ids.")
def nbformat_4_0(given):
    nb = copy.deepcopy(given.solved)
    nb.nbformat_minor = 0
    for cell in nb.cells:
        cell.pop("id", None)
    return nb


@damage("It says it is of a format that does not exist yet.")
def nbformat_9(given):
    return {**copy.deepcopy(given.solved), "nbformat": 9}


@damage("The format's number is missing.")
def no_nbformat(given):
    nb = dict(copy.deepcopy(given.solved))
    del nb["nbformat"], nb["nbformat_minor"]
    return nb


@damage("All cells have the same id.")
def one_id_for_all(given):
    nb = copy.deepcopy(given.solved)
    for cell in nb.cells:
        cell["id"] = "same"
    return nb


@damage("Cell ids are numbers, too long, or have forbidden characters.")
def bad_ids(given):
    nb = copy.deepcopy(given.solved)
    for number, cell in enumerate(nb.cells):
        cell["id"] = [number, "x" * 100, "a b/c", None][number % 4]
    return nb


@damage("Colab moved the ids, dropped the metadata and added its own.", says="grading data")
def colab(given):
    nb = copy.deepcopy(given.solved)
    for cell in nb.cells:
        cell["metadata"] = {"id": "qA" + cell.pop("id", "x")[:6], "colab": {"base_uri": "https://x"}}
    nb["metadata"] = {"colab": {"provenance": []}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return nb


@damage("VS Code dropped the cells' metadata and set its own.", says="grading data")
def vs_code(given):
    nb = copy.deepcopy(given.solved)
    for cell in nb.cells:
        cell["metadata"] = {"vscode": {"languageId": "python"}}
        cell.pop("id", None)
    nb["metadata"] = {"kernelspec": {"name": ".venv", "display_name": ".venv (3.12)", "language": "python"}}
    return nb


@damage("There is no kernelspec.")
def no_kernelspec(given):
    return {**copy.deepcopy(given.solved), "metadata": {}}


@damage("The kernelspec asks for R.", says="kernel")
def kernelspec_of_r(given):
    spec = {"name": "ir", "display_name": "R", "language": "R"}
    return {**copy.deepcopy(given.solved), "metadata": {"kernelspec": spec}}


@damage("The kernelspec names an environment that only one laptop has.")
def kernelspec_of_a_laptop(given):
    spec = {"name": "conda-env-dl-py", "display_name": "Python [conda env:dl]", "language": "python"}
    return {**copy.deepcopy(given.solved), "metadata": {"kernelspec": spec}}


@damage("Metadata, outputs and execution counts are missing.")
def missing_fields(given):
    cells = [
        {"cell_type": c.cell_type, "source": c.source}
        | ({"metadata": c.metadata} if "nbgrader" in c.metadata else {})
        for c in given.solved.cells
    ]
    return {"cells": cells, "nbformat": 4, "nbformat_minor": 4}


@damage("Sources are lists of lines without line ends.")
def lists_without_line_ends(given):
    nb = json.loads(packed(given.solved))
    for cell in nb["cells"]:
        cell["source"] = cell["source"].split("\n")
    return nb


@damage("Fields have the wrong types.")
def wrong_types(given):
    nb = json.loads(packed(given.solved))
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = "none", "3"
        elif "nbgrader" not in cell["metadata"]:
            cell["metadata"] = []
    nb["metadata"] = None
    return nb


@damage("Something that is no cell stands among the cells.", says="no cell")
def not_a_cell(given):
    nb = json.loads(packed(given.solved))
    nb["cells"][1:1] = [None, 3, "print(1)", []]
    return nb


@damage("Twenty megabytes of outputs were saved.")
def huge_outputs(given):
    nb = copy.deepcopy(given.solved)
    big = {"output_type": "stream", "name": "stdout", "text": "spam " * 4_000_000}
    next(cell for cell in nb.cells if cell.cell_type == "code").outputs = [big]
    return nb


@damage("A program that does not know JSON well left commas behind.", says="commas")
def trailing_commas(given):
    return _text(given).rstrip().removesuffix("}").rstrip().encode() + b",\n}"


@damage("Two copies were appended to each other.", says="after the notebook's end")
def appended_twice(given):
    return packed(given.solved) + b"\n" + packed(given.solved)


@damage("The server's answer was saved: the notebook is wrapped in it.")
def contents_api(given):
    return packed({"name": given.file, "type": "notebook", "content": given.solved})


@damage("Half of a character pair is in a comment.")
def lone_surrogate(given):
    return _text(given).replace("# Return", "# ").replace('"def relu', '"# \\ud83d\\ndef relu', 1).encode()


@damage("Null characters crept in.")
def null_characters(given):
    nb = copy.deepcopy(given.solved)
    for cell in nb.cells:
        cell.source = cell.source.replace("\n", "\n\0") if "def relu" in cell.source else cell.source
    return nb
