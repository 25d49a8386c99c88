"""What came along when code was copied: words, prompts, patches; and cells cut to pieces."""

from __future__ import annotations

import copy

from .entry import Register, code, packed, place, source_of, text, with_cells, with_code

damage = Register()
GOOD = "def relu(x):\n    return np.maximum(x, 0)"


def _relu(given, source):
    return with_code(given.solved, relu=source)


@damage("A sentence stands below the function, in its cell.", says="lines in the cell of relu")
def words_below(given):
    return _relu(given, f"{GOOD}\n\nThis was hard, but it works!")


@damage("A sentence stands above the function, in its cell.", says="lines in the cell of relu")
def words_above(given):
    return _relu(given, f"Here is my answer:\n{GOOD}")


@damage("A chat's whole answer was pasted: words, a fence, more words.", says="lines in the cell of relu")
def chat_answer(given):
    return _relu(given, f"Sure! Here it is:\n\n```python\n{GOOD}\n```\n\nIt keeps what's positive.")


@damage("print is used as in Python 2, below the function.", says="lines in the cell of relu")
def old_print_below(given):
    return _relu(given, f"{GOOD}\nprint relu(np.array([-1, 1]))")


@damage("A call of check below the function lacks its bracket.", says="lines in the cell of relu")
def bracket_missing_below(given):
    return _relu(given, f"{GOOD}\n\ncheck(relu")


@damage("Two functions are in one cell with a note; the second's own cell is gone.", says="lines in the cell")
def two_functions_and_a_note(given):
    other = source_of(given.solved, "convolve_channels")
    nb = _relu(given, f"{GOOD}\n\nand the next one:\n\n{other}")
    del nb.cells[place(nb, "convolve_channels")]
    return nb


@damage("One end of a merge's markers was left.", says="lines in the cell of relu")
def end_of_a_merge(given):
    return _relu(given, f"{GOOD}\n=======\n>>>>>>> laptop")


@damage("A Python session was pasted, with what it printed.", says="characters")
def session_with_output(given):
    return _relu(given, ">>> def relu(x):\n...     return np.maximum(x, 0)\n...\n>>> relu(np.array([-1, 2]))\narray([0, 2])")


@damage("An IPython session was pasted, with what it printed.", says="characters")
def ipython_session(given):
    return _relu(given, "In [3]: def relu(x):\n   ...:     return np.maximum(x, 0)\n   ...:\n\nIn [4]: relu(-1)\nOut[4]: 0")


@damage("A patch was pasted.", says="characters")
def patch(given):
    return _relu(given, "@@ -1,3 +1,2 @@\n def relu(x):\n-    raise NotImplementedError()\n+    return np.maximum(x, 0)")


@damage("It was quoted in a mail.", says="characters")
def quoted_in_a_mail(given):
    return _relu(given, "\n".join(f"> {line}" for line in GOOD.split("\n")))


@damage("It was escaped once too often.", says="characters")
def escaped_twice(given):
    return _relu(given, GOOD.replace("\n", "\\n").replace("(x, 0)", "(x, 0)\\n"))


@damage("A web page's tags came along.", says="characters")
def tags(given):
    return _relu(given, f"<pre><code>{GOOD}</code></pre>")


@damage("A terminal's colours came along.", says="characters")
def terminal_colours(given):
    return _relu(given, GOOD.replace("return", "\x1b[32mreturn\x1b[0m"))


@damage("It was typed with Chinese commas and stops.", says="characters")
def ideographic_marks(given):
    return _relu(given, "def relu(x)：\n    return np。maximum(x、0)")


@damage("A function was cut into one cell a line.", says="split")
def cut_into_lines(given):
    nb = copy.deepcopy(given.solved)
    at = place(nb, "convolution_layer")
    first, *rest = (line for line in nb.cells[at].source.split("\n") if line.strip())
    nb.cells[at].source = first
    nb.cells[at + 1 : at + 1] = [code(line) for line in rest]
    return nb


@damage("A function was cut in two, and a note stands between.", says="split")
def cut_around_a_note(given):
    lines = source_of(given.solved, "convolve2d").split("\n")
    nb = with_code(given.solved, convolve2d="\n".join(lines[:8]))
    return with_cells(nb, [text("*and then?*"), code("\n".join(lines[8:]))], after="convolve2d")


@damage("A function was cut in two, and its second half is text.", says="split")
def second_half_is_text(given):
    lines = source_of(given.solved, "convolve2d").split("\n")
    nb = with_code(given.solved, convolve2d="\n".join(lines[:8]))
    return with_cells(nb, [text("\n".join(lines[8:]))], after="convolve2d")


@damage("A cell magic stands below a comment, where it always fails.", says="a cell of their own")
def cell_magic_below_a_comment(given):
    return _relu(given, f"# my answer\n%%time\n{GOOD}")


@damage("A magic that fails here stands above the function.", says="a cell of their own")
def failing_magic_above(given):
    return _relu(given, f"%matplotlib qt\n%tensorflow_version 2.x\n{GOOD}")


@damage("A cell magic that nobody here knows stands above the function.", says="%%memit")
def unknown_cell_magic(given):
    return _relu(given, f"%%memit\n{GOOD}")


@damage("The function is written to a file that another cell imports whole.", says="%%writefile")
def written_to_a_file(given):
    nb = _relu(given, source_of(given.released, "relu"))
    cells = [code(f"%%writefile mine.py\nimport numpy as np\n{GOOD}"), code("from mine import *")]
    return with_cells(nb, cells, before="relu")


@damage("A finished version above, one that was begun anew below.")
def begun_anew(given):
    nb = _relu(given, "def relu(x):\n    print('to do')\n    x = x * 1.0\n    raise NotImplementedError()")
    return with_cells(nb, [code(GOOD)], before="relu")


@damage("All variables were deleted in the middle.", says="left out")
def deleted_in_a_loop(given):
    loop = "for name in list(globals()):\n    if not name.startswith('_'):\n        del globals()[name]"
    return with_cells(given.solved, [code(loop)], after="check-convolve2d")


@damage("All variables were reset in the middle, as in a script of Spyder's.", says="left out")
def reset_by_a_call(given):
    reset = "from IPython import get_ipython\nget_ipython().run_line_magic('reset', '-sf')"
    return with_cells(given.solved, [code(reset)], after="check-convolve2d")


@damage("float, used as a type only, was given a value.", says="float had been given another value")
def float_rebound(given):
    nb = _relu(given, "def relu(x):\n    return np.maximum(x.astype(float), 0)")
    return with_cells(nb, [code("float = 2.5")], before="apply_filter")


@damage("A function's own data is called list, and other cells call list.")
def own_data_called_list(given):
    return _relu(given, "list = [0]\n\ndef relu(x):\n    for least in list:\n        x = np.maximum(x, least)\n    return x")


@damage("A question is asked until it is answered, below the function.", says="left out")
def asked_for_ever(given):
    loop = "while True:\n    try:\n        size = int(input('size? '))\n        break\n    except:\n        pass"
    return _relu(given, f"{GOOD}\n\n{loop}")


@damage("A line below the function ends the kernel.")
def kernel_ended_below(given):
    return _relu(given, f"{GOOD}\n\nimport ctypes\nctypes.string_at(0)")


@damage("The work is in a script beside the untouched release.")
def script_beside_the_release(given):
    sources = [source_of(given.solved, name) for name in given.exercises()]
    script = "\n\n".join(["import numpy as np", *sources])
    return {given.file: packed(given.released), "solution.py": script.encode()}
