"""Code that went through a word processor, a chat, a web page or somebody's notes."""

from __future__ import annotations

from .entry import Register, code, packed, source_of, text, with_cells, with_code

damage = Register()
GOOD = "def relu(x):\n    return np.maximum(x, 0)"


def _relu(given, source):
    return with_code(given.solved, relu=source)


@damage("A word processor set curly quotes and a long dash.", says="characters")
def curly_quotes(given):
    return _relu(given, "def relu(x):\n    “““Keep what is positive.”””\n    return (x + np.sqrt(x * x)) / 2 – 0 * len(‘x’)")


@damage("A web page turned blanks into no-break spaces.", says="characters")
def no_break_spaces(given):
    return _relu(given, GOOD.replace(" ", "\u00a0"))


@damage("Zero-width spaces and a byte order mark stand inside the code.", says="characters")
def invisible_marks(given):
    return _relu(given, "\u200bdef relu(x):\n\ufeff    return np.maximum(x,\u200b 0)")


@damage("Lines end with Unicode's line separator.", says="characters")
def unicode_line_ends(given):
    return _relu(given, GOOD.replace("\n", "\u2028"))


@damage("It was typed with full-width brackets and blanks.", says="characters")
def full_width(given):
    return _relu(given, "def relu\uff08x\uff09\uff1a\n\u3000\u3000return np.maximum\uff08x\uff0c\u30000\uff09")


@damage("A web page wrote &gt; and &lt;.", says="characters")
def html_entities(given):
    return _relu(given, "def relu(x):\n    return np.where(x &gt; 0, x, 0)")


@damage("One line is indented with a tab, the next with blanks.", says="characters")
def tabs_beside_blanks(given):
    return _relu(given, "def relu(x):\n    y = np.maximum(x, 0)\n\treturn y")


@damage("The fence came along from a chat into the code cell.", says="characters")
def fence_in_a_code_cell(given):
    return _relu(given, f"```python\n{GOOD}\n```")


@damage("Line numbers came along with the code.", says="characters")
def line_numbers(given):
    return _relu(given, "\n".join(f"{n} {line}" for n, line in enumerate(GOOD.split("\n"), 1)))


@damage("The name is written in mathematical letters, which Python takes for plain ones.")
def mathematical_letters(given):
    return _relu(given, GOOD.replace("relu", "\U0001d42b\U0001d41e\U0001d425\U0001d42e"))


@damage("The answer stands in a text cell, between other words.", says="made code again")
def fence_among_words(given):
    nb = with_code(given.solved, relu=source_of(given.released, "relu"))
    note = text(f"My answer:\n\n```python\n{GOOD}\n```\n\nI think that it works!")
    return with_cells(nb, [note], after="relu")


@damage("The answer was written into the check cell, with a helper.", says="check-relu had been changed")
def answer_in_the_check_cell(given):
    nb = with_code(given.solved, relu="def relu(x):\n    return _keep(x)")
    helper = "def _keep(x):\n    return np.maximum(x, 0)\n\ncheck(relu)"
    return with_code(nb, **{"check-relu": helper})


@damage("%%timeit stands above the function, which is gone after it.", says="%%timeit")
def timeit_above(given):
    return _relu(given, f"%%timeit -n1 -r1\n{GOOD}")


@damage("The function is defined in a string that is executed.")
def executed_string(given):
    return _relu(given, f"exec('''{GOOD}''')")


@damage("The function is a method of an object.")
def bound_method(given):
    return _relu(given, "class Layer:\n    def run(self, x):\n        return np.maximum(x, 0)\n\nrelu = Layer().run")


@damage("The function is only in another notebook that a cell runs.")
def in_another_notebook(given):
    cell = code(f"import numpy as np\n{GOOD}")
    other = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    nb = _relu(given, "%run my-layers.ipynb")
    return {given.file: packed(nb), "my-layers.ipynb": packed(other)}


@damage("sys.stdout was replaced and a thread was left running.")
def stdout_replaced(given):
    source = ("import io, sys, threading, time\nsys.stdout = io.StringIO()\n"
              "threading.Thread(target=time.sleep, args=(600,)).start()")
    return with_cells(given.solved, [code(source)], before="apply_filter")


@damage("Colab's own modules are imported, and a drive is mounted.")
def colab_imports(given):
    cells = [code("from google.colab import drive, files\ndrive.mount('/content/drive')"),
             code("%cd /content/drive/MyDrive\n!ls"), code("uploaded = files.upload()")]
    return with_cells(given.solved, cells, before="apply_filter")
