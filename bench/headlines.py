"""The README's figures, from the pages in ``docs/measured``: ``python bench/headlines.py``.

They are copied by this program and by nobody else, so that they are always those of a
page; ``make bench`` runs it at its end, and a test compares.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEASURED = ROOT / "docs/measured"
BEGIN, END = "<!-- made by bench/headlines.py -->\n", "<!-- end -->\n"


def page(name: str) -> str:
    """Return a measured page's text, empty where there is none yet."""
    path = MEASURED / f"{name}.md"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def marking(text: str) -> tuple[str, str, str]:
    """Return what, here and beside, of the page on marking."""
    row = r"sandboxed.*?\| ([\d.]+ s) \| stock .*?: ([\d.]+ s) \|"
    here, beside = re.search(row, text).groups()
    return "processor time to mark a submission, in the sandbox", here, f"stock nbgrader: {beside}"


def checking(text: str) -> tuple[str, str, str]:
    """Return what, here and beside, of the page on checks."""
    most, median = re.search(r"^most: (\d+ ms), median: (\d+ ms)$", text, re.M).groups()
    here = f"{median} at the median, {most} at most"
    return "processor time that a `check` adds", here, "the aim: 100 ms"


def explorers(text: str) -> tuple[str, str, str]:
    """Return what, here and beside, of the page on explorers."""
    ours = [float(found) for found in re.findall(r"explorer p50 +[\d.]+ p95 +([\d.]+) ms", text)]
    theirs = [float(found) for found in re.findall(r"interact p50 +[\d.]+ p95 +([\d.]+) ms", text)]
    return (
        "from slider to painted picture, 95 times in 100", f"{min(ours):.0f} to {max(ours):.0f} ms",
        f"`ipywidgets.interact`: {min(theirs):.0f} to {max(theirs):.0f} ms",
    )


def training(text: str) -> tuple[str, str, str]:
    """Return what, here and beside, of the page on training."""
    here, beside = (
        re.search(rf"^  {name} +([\d.]+ ms) processor", text, re.M).group(1)
        for name in ("numpy", "torch")
    )
    return "a training step of lesson 06, in NumPy", here, f"PyTorch: {beside}"


def stock(text: str) -> tuple[str, str, str]:
    """Return what, here and beside, of the page on attacks and damage."""
    rows = re.findall(r"^\| (?:attacks|kinds of damage) \| (\d+) \| (\d+) \|$", text, re.M)
    every, fair = (sum(int(row[column]) for row in rows) for column in (0, 1))
    return (
        "attacks and damaged notebooks marked fairly", f"all {every}, or `make test` fails",
        f"stock nbgrader: {fair}",
    )


ROWS = {
    "marking": (marking, "bench/marking.py"),
    "stock": (stock, "bench/stock_corpus.py"),
    "checking": (checking, "bench/checking.py"),
    "explorers": (explorers, "bench/explorers.py"),
    "training": (training, "bench/training.py"),
}


def table() -> str:
    """Return the table for the README: a row for each page there is."""
    lines = ["| measured | here | beside | repeat it |", "|---|---|---|---|"]
    for name, (read, command) in ROWS.items():
        text = page(name)
        if text:
            what, here, beside = read(text)
            link = f"[{what}](docs/measured/{name}.md)"
            lines.append(f"| {link} | {here} | {beside} | `python {command}` |")
    return "\n".join(lines) + "\n"


def shown(readme: str) -> str:
    """Return the table that stands in the README."""
    return readme.partition(BEGIN)[2].partition(END)[0]


def main() -> int:
    """Put the table into the README."""
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{BEGIN}{table()}{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
