"""Which exercises of which notebook pass today: ``progress()`` on the start page.

Every notebook's definitions are run afresh, each in a Python of its own, and
judged with the answer key beside it, exactly as ``check`` would. Nothing is
remembered, so nothing can be out of date; nothing runs that only draws or prints.
A notebook that hangs costs its own row.
"""

from __future__ import annotations

import ast
import html
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cnnkit import palette

SECONDS = 40.0  # for one notebook
KEY = "key.npz"

WORDS = {
    "passed": ("✓", "passes"),
    "partial": ("◐", "partly right"),
    "failed": ("✗", "not right yet"),
    "error": ("✗", "stops with an error"),
    "not-attempted": ("○", "not started"),
    "timeout": ("✗", "takes too long"),
    "crashed": ("✗", "could not be run"),
}


@dataclass(frozen=True)
class Row:
    """One exercise and how it stands. ``status`` is a key of WORDS."""

    exercise: str
    status: str
    score: float
    max_score: float


def progress(folder: str | Path | None = None) -> None:
    """Show a table of every exercise of the course and whether it passes today.

    ``folder`` holds the assignments' folders; by default it is looked for here and
    one level up. Takes about a second a notebook.
    """
    if os.environ.get("NBGRADER_EXECUTION"):
        # While the start page is marked, its neighbours are not to be run again.
        print("The table shows when you run this cell yourself.")
        return
    places = assignments(folder)
    if not places:
        words = "No notebooks with exercises were found here. Open this page in its own folder."
        _show(f"<p>{words}</p>", words)
        return
    with ThreadPoolExecutor(max_workers=2) as pool:
        tables = dict(zip(places, pool.map(rows_of, places), strict=True))
    _show(_html(tables), _text(tables))


def assignments(folder: str | Path | None = None) -> list[Path]:
    """Return the folders that hold an answer key and a notebook, in order of their names."""
    here = Path(folder) if folder is not None else Path.cwd()
    roots = [here] if folder is not None else [here, here.parent]
    for root in roots:
        found = [key.parent for key in sorted(root.glob(f"*/{KEY}")) if _notebook(key.parent)]
        if found:
            return found
    return []


def rows_of(folder: Path) -> list[Row]:
    """Return how each exercise of an assignment's notebook stands, in the order of its key."""
    from cnnkit.key import KeyFileError, exercise_names, read_key

    try:
        keys = [read_key(folder / KEY, name) for name in exercise_names(folder / KEY)]
    except KeyFileError:
        return []
    found, ended = _run(folder)
    rows = []
    for key in keys:
        if key.id in found:
            rows.append(Row(**found[key.id]))
        else:
            # The first without a result is where the notebook was when it ended.
            rows.append(Row(key.id, ended, 0.0, key.points))
            ended = "crashed"
    return rows


def _run(folder: Path) -> tuple[dict[str, dict[str, Any]], str]:
    """Judge a notebook in another Python. Return its rows, and how it ended where some lack."""
    ended = "crashed"
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch) / "results"
        command = [sys.executable, "-m", "cnnkit.progress", str(folder.resolve()), str(results)]
        try:
            subprocess.run(
                command, cwd=folder, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env={**os.environ, "NBGRADER_EXECUTION": "progress"},  # draw no widgets
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            ended = "timeout"
        except OSError:
            pass
        lines = results.read_text("utf-8").splitlines() if results.exists() else []
    rows = [json.loads(line) for line in lines if line.endswith("}")]
    return {row["exercise"]: row for row in rows}, ended


def _judge_here(folder: Path, results: Path) -> None:
    """Run a notebook's definitions in this process and write one line for each exercise."""
    from cnnkit.check import examine
    from cnnkit.judge import unmarked
    from cnnkit.key import exercise_names, read_key

    notebook = _notebook(folder)
    names: dict[str, Any] = {"__name__": "__main__"}
    sys.path.insert(0, str(folder))
    for cell in _cells(notebook) if notebook else ():
        for statement in definitions(cell):
            # One broken line costs what it defines, not the rest of its cell.
            try:
                exec(compile(statement, "<notebook>", "exec"), names)
            except (Exception, SystemExit):
                continue
    with results.open("w", encoding="utf-8") as stream:
        for name in exercise_names(folder / KEY):
            key = read_key(folder / KEY, name)
            if callable(names.get(name)):
                verdict, _ = examine(key, names[name])
            else:
                verdict = unmarked(key, "not-attempted", "")
            row = Row(name, verdict.status, verdict.score, verdict.max_score)
            stream.write(json.dumps(asdict(row)) + "\n")
            stream.flush()


def definitions(cell: dict[str, Any]) -> Iterator[ast.Module]:
    """Yield the statements of a code cell that are worth running, each as a module.

    All of a solution, setup or given cell; of any other cell only imports,
    functions, classes and assigned constants. Magics are left out.
    """
    metadata = cell.get("metadata", {})
    role = metadata.get("nbgrader", {})
    if role.get("grade"):
        return
    whole = role.get("solution") or {"setup", "given"} & set(metadata.get("tags", []))
    source = cell.get("source", "")
    source = source if isinstance(source, str) else "".join(source)
    source = re.sub(r"^[ \t]*[%!?].*$", "pass", source, flags=re.MULTILINE)
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in tree.body:
        if whole or _is_definition(node):
            yield ast.Module([node], [])


def _is_definition(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Constant | ast.Lambda | ast.Name)
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return isinstance(node, kinds)


def _notebook(folder: Path) -> Path | None:
    """Return the notebook of a folder: the one with graded cells, else the first by name."""
    paths = sorted(folder.glob("*.ipynb"))
    graded = [path for path in paths if any(
        cell.get("metadata", {}).get("nbgrader", {}).get("grade") for cell in _cells(path)
    )]  # fmt: skip
    return next(iter([*graded, *paths]), None)


def _cells(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text("utf-8"))
        cells = [cell for cell in found["cells"] if cell.get("cell_type") == "code"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
    return cells


def _totals(rows: list[Row]) -> str:
    score, most = sum(row.score for row in rows), sum(row.max_score for row in rows)
    return f"{score:g} of {most:g} points"


def _text(tables: dict[Path, list[Row]]) -> str:
    lines = []
    for folder, rows in tables.items():
        lines.append(f"{folder.name}: {_totals(rows)}" if rows else f"{folder.name}: no answer key")
        for row in rows:
            sign, words = WORDS.get(row.status, WORDS["failed"])
            lines.append(f"  {sign} {row.exercise}: {words}, {row.score:g} of {row.max_score:g}")
    everything = [row for rows in tables.values() for row in rows]
    return "\n".join([*lines, f"Together: {_totals(everything)}"])


def _html(tables: dict[Path, list[Row]]) -> str:
    body = ""
    for folder, rows in tables.items():
        words = _totals(rows) if rows else "no answer key"
        body += (
            f'<tr><th scope="rowgroup" colspan="2" style="text-align:left;padding-top:10px">'
            f'{html.escape(folder.name)}</th><td style="padding-top:10px"><b>{words}</b></td></tr>'
        )
        for row in rows:
            sign, words = WORDS.get(row.status, WORDS["failed"])
            colour = {"✓": palette.RIGHT, "✗": palette.WRONG}.get(sign, palette.SOFT_INK)
            left = '<td style="text-align:left">'
            body += (
                f"<tr>{left}<code>{html.escape(row.exercise)}</code></td>"
                f'{left}<span style="{palette.on_page(colour)}">{sign}</span> {words}</td>'
                f'<td style="text-align:right">{row.score:g} of {row.max_score:g}</td></tr>'
            )
    total = _totals([row for rows in tables.values() for row in rows])
    return (
        f"<table><caption>Your exercises today: {total}</caption><thead><tr>"
        '<th scope="col" style="text-align:left">Exercise</th>'
        '<th scope="col" style="text-align:left">How it stands</th>'
        f'<th scope="col">Points</th></tr></thead><tbody>{body}</tbody></table>'
    )


def _show(markup: str, text: str) -> None:
    from cnnkit.canvas import show_html

    show_html(markup, text)


if __name__ == "__main__":
    _judge_here(Path(sys.argv[1]), Path(sys.argv[2]))
