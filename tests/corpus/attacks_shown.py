"""Attacks on whoever opens the marked notebook, the feedback or the terminal."""

from __future__ import annotations

import copy

from .entry import (
    Register,
    code,
    place,
    source_of,
    text,
    with_cells,
    with_code,
)

attack = Register()


def _do(given, source, **where):
    """Run code in a cell before the first exercise; it is written so that mending keeps it."""
    hidden = "\n".join("    " + line for line in source.strip().split("\n"))
    cell = f"def _attack():\n{hidden}\n\ntry:\n    _attack()\nexcept Exception:\n    pass"
    return with_cells(given.solved, [code(cell)], **(where or {"before": "apply_filter"}))


SCRIPT = "<script>document.title='owned'</script><img src=x onerror=alert(1)><iframe src='https://x'></iframe>"


@attack("Its saved outputs and its Markdown hold scripts.")
def scripts_saved(given):
    nb = with_cells(given.solved, [text(SCRIPT), text("[x](javascript:alert(1)) ![](http://x/y.png)"), text(SCRIPT, "raw")])
    nb.cells[place(nb, "relu")].outputs = [{"output_type": "display_data", "data": {"text/html": SCRIPT, "application/javascript": "alert(1)"}, "metadata": {}}]
    return nb


@attack("It shows scripts while it runs.")
def scripts_shown(given):
    return _do(given, f"from IPython.display import HTML, Javascript, SVG, Markdown, Latex, display\nfor o in (HTML({SCRIPT!r}), Javascript('alert(1)'), SVG('<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>'), Markdown({SCRIPT!r}), Latex('$\\\\href{{javascript:alert(1)}}{{x}}$')):\n    display(o)")


@attack("Its exceptions carry scripts and terminal escapes.")
def escapes_in_errors(given):
    source = "class E(Exception):\n    pass\n\nE.__name__ = '<script>alert(1)</script>'\nraise E('\\x1b]0;owned\\x07\\x1b[2J<script>alert(2)</script>\\u202e')"
    return with_cells(with_code(given.solved), [code(source)])


@attack("It prints terminal escapes.")
def terminal_escapes(given):
    return _do(given, "print('\\x1b[2J\\x1b[1;1H11/11 points\\x1b]52;c;cm0gLXJm\\x07\\x9b31m\\u202egnihton')")


@attack("Its metadata and widget state hold scripts.")
def scripts_in_metadata(given):
    nb = copy.deepcopy(given.solved)
    nb.metadata["title"] = nb.metadata["widgets"] = SCRIPT
    nb.metadata["kernelspec"] = {"display_name": SCRIPT, "name": "../../evil", "language": "python"}
    for cell in nb.cells:
        if "nbgrader" not in cell.metadata:
            cell.metadata |= {"tags": [SCRIPT], "name": SCRIPT}
    return nb


@attack("Its Markdown has an attachment that is no picture.")
def attachment(given):
    nb = with_cells(given.solved, [text("![x](attachment:x.svg)")])
    nb.cells[-1]["attachments"] = {"x.svg": {"image/svg+xml": SCRIPT}}
    return nb


@attack("It shows fifty megabytes of pictures.", seconds=120)
def picture_flood(given):
    return _do(given, "from IPython.display import display\nimport os, base64\nfor _ in range(60):\n    display({'image/png': base64.b64encode(b'\\x89PNG\\r\\n\\x1a\\n' + os.urandom(700_000)).decode()}, raw=True)")


@attack("It hides code from the reader with direction marks.")
def hidden_direction(given):
    own = source_of(given.solved, "relu")
    return with_code(given.solved, relu=own + "\n# \u202e } \u2066if admin\u2069 \u2066 begin")


@attack("Its Markdown draws a diagram whose parts lead somewhere.")
def diagram(given):
    return with_cells(given.solved, [text("```mermaid\ngraph TD\n  A --> B\n  click A href \"javascript:alert(1)\"\n```")])
