"""Find the notebook that counts among a submission's files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from nbformat import NotebookNode

from autograder.mend.archives import is_archive
from autograder.mend.code import Modules, analyse, imported_modules, star_binds, text_defines
from autograder.mend.near import module_sources, unpacked
from autograder.mend.read import Unreadable, read_notebook
from autograder.mend.scripts import SCRIPTS, text_to_notebook
from autograder.mend.text import clean_name
from autograder.mend.wrapped import WRAPS

CHECK = "check-"
CHECKPOINTS = ".ipynb_checkpoints"
MOST_NOTEBOOKS = 100
MOST_LINES = 50_000
"""So many notebooks, and lines of code in them, are read to find out which one counts."""
_CHECKED = re.compile(r"\s*check\((\w+)\)\s*$")


def exercise_ids(released: NotebookNode) -> list[str]:
    """Return a released notebook's exercises, in order: its grade cells are ``check-<id>``."""
    return [
        cell.metadata["nbgrader"]["grade_id"].removeprefix(CHECK)
        for cell in released.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
        and str(cell.metadata["nbgrader"].get("grade_id", "")).startswith(CHECK)
    ]


@dataclass(frozen=True)
class Fit:
    """How a notebook fits an assignment: exercises found and solved, and foreign ones."""

    found: int
    written: int
    foreign: int
    of: int

    @property
    def fits(self) -> bool:
        """Whether it is this assignment's, not another's that shares some exercises."""
        if not self.found:
            return False
        return self.found == self.of or self.foreign < self.found


def fit(notebook: NotebookNode, released: NotebookNode, modules: Modules | None = None) -> Fit:
    """Compare a notebook's grade ids and functions with the released notebook's exercises."""
    exercises = exercise_ids(released)
    ids = {
        cell.metadata.get("nbgrader", {}).get("grade_id", "").removeprefix(CHECK)
        for cell in notebook.cells
    } - {""}
    ids |= {
        name for name in exercises for cell in notebook.cells
        if cell.get("id") in (name, CHECK + name)
    }
    ids |= {match[1] for cell in notebook.cells if (match := _CHECKED.match(cell.source))}
    own_ids = {
        cell.metadata["nbgrader"]["grade_id"].removeprefix(CHECK)
        for cell in released.cells if "nbgrader" in cell.metadata
    }
    written = {name for name in exercises if _written(notebook, name, modules or {})}
    mentioned = {
        name for name in exercises
        if any(text_defines(cell.source, name) or cell.source.strip() == f"check({name})"
               for cell in notebook.cells)
    }
    found = (ids & set(exercises)) | written | mentioned
    return Fit(len(found), len(written), len(ids - own_ids), len(exercises))


def _written(notebook: NotebookNode, name: str, modules: Modules) -> bool:
    for cell in notebook.cells:
        if name in star_binds(cell.source, modules):
            return True
        if name not in cell.source:
            continue
        for statement in analyse(cell.source).statements:
            if statement.defines(name) and not statement.is_stub(name):
                return True
    return False


def find_notebook(
    files: Mapping[str, bytes], released: NotebookNode, name: str, others: Sequence[str] = ()
) -> tuple[str, bytes]:
    """Return the path and bytes of the notebook that counts.

    It is the one with the released name ``<name>.ipynb``; else the only one whose grade
    ids or functions fit, be it renamed, in a folder, zipped, or exported as a script.
    ``others`` are the names of the course's other notebooks. Raises Unreadable if there
    is none, if two fit equally, or if it is another assignment's.
    """
    files, refused = unpacked(files)
    wanted = f"{name}.ipynb"
    if wanted in files and not is_archive(wanted, files[wanted]):
        instead = _written_elsewhere(wanted, files, released)
        if instead is not None:
            return instead
        _require_fit(wanted, files, released, name, others)
        return wanted, files[wanted]
    reasons, modules = list(refused[:2]), _modules(files)
    for tier in _tiers(files, wanted):
        fitting: list[tuple[str, bytes, Fit]] = []
        for path, data, notebook in _readings(tier):
            if isinstance(notebook, Unreadable):
                reasons.append(f"“{clean_name(path)}”: {notebook}")
                continue
            found = fit(notebook, released, modules)
            if found.fits:
                fitting.append((path, data, found))
            else:
                reasons.append(f"“{clean_name(path)}” has none of this assignment's exercises.")
        if fitting:
            return _only(fitting)
    if len(reasons) == 1:
        raise Unreadable(f"There is no {wanted}. {reasons[0]}")
    if reasons:
        raise Unreadable(f"There is no {wanted}, and no other file fits: {' '.join(reasons[:3])}")
    if files:
        names = ", ".join(f"“{clean_name(path)}”" for path in list(files)[:5])
        raise Unreadable(f"There is no notebook among the files ({names}).")
    raise Unreadable("Nothing was handed in: there is no file that can be read.")


def _written_elsewhere(
    wanted: str, files: Mapping[str, bytes], released: NotebookNode
) -> tuple[str, bytes] | None:
    """Return the notebook that was worked in, where the one of the released name was not.

    Learners rename the notebook they work in, and hand in the untouched one with it.
    """
    others = [(path, data) for path, data in _notebooks(files) if path != wanted]
    scripts = list(_scripts(files))
    if not others and not scripts:
        return None
    try:
        own = read_notebook(files[wanted])
        if fit(own, released, _modules(files)).written:
            return None
        imported = frozenset().union(*(imported_modules(cell.source) for cell in own.cells))
        scripts = [entry for entry in scripts if PurePosixPath(entry[0]).stem not in imported]
    except Unreadable:
        pass
    for tier in (others, scripts):
        fitting = []
        for path, data, notebook in _readings(tier):
            if isinstance(notebook, Unreadable):
                continue
            found = fit(notebook, released)
            if found.fits and found.written:
                fitting.append((path, data, found))
        if fitting:
            return _only(fitting)
    return None


def _scripts(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the scripts and Markdown files that may hold a notebook, each as a notebook."""
    for path, data in files.items():
        where = PurePosixPath(path)
        suffix = where.suffix.lower()
        if suffix in SCRIPTS and not where.name.startswith("._") and not is_archive(path, data):
            converted = text_to_notebook(data, suffix)
            if converted is not None:
                yield path, converted


def _readings(
    entries: Sequence[tuple[str, bytes]],
) -> Iterator[tuple[str, bytes, NotebookNode | Unreadable]]:
    """Yield each file with its notebook, or why it has none.

    Raises Unreadable where they are too many, or too long together, to look into.
    """
    lines = 0
    for path, data in entries:
        found: NotebookNode | Unreadable
        try:
            found = read_notebook(data)
            lines += sum(c.source.count("\n") for c in found.cells if c.cell_type == "code")
        except Unreadable as error:
            found = error
        if len(entries) > MOST_NOTEBOOKS or lines > MOST_LINES:
            raise Unreadable(f"There are {len(entries)} notebooks; hand in the one that counts.")
        yield path, data, found


def _notebooks(files: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    """Return the notebooks among the files, without an editor's and a system's own copies."""
    found = []
    for path, data in files.items():
        where = PurePosixPath(path)
        hidden = where.name.startswith("._") or CHECKPOINTS in where.parts
        if where.suffix.lower() == ".ipynb" and not hidden and not is_archive(path, data):
            found.append((path, data))
    return found


def _require_fit(
    path: str, files: Mapping[str, bytes], released: NotebookNode, name: str, others: Sequence[str]
) -> None:
    notebook = read_notebook(files[path])  # the reason it cannot be read is the reason
    ids = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells}
    if ids.issuperset(exercise_ids(released)):
        return
    found = fit(notebook, released, _modules(files))
    if found.fits or not found.of:
        return
    own = {cell.source.strip() for cell in released.cells}
    if not found.foreign and any(cell.source.strip() in own for cell in notebook.cells):
        return  # this notebook, with every exercise deleted
    shown = clean_name(path)
    heading = next((cell.source for cell in notebook.cells if cell.source.strip()), "")
    other = next((o for o in others if o != name and o.lower() in heading.lower()), None)
    if other is not None:
        raise Unreadable(f"“{shown}” looks like another assignment's notebook, {other}.")
    raise Unreadable(
        f"“{shown}” holds another notebook: this assignment's exercises are not in it."
    )


def _only(fitting: list[tuple[str, bytes, Fit]]) -> tuple[str, bytes]:
    """Return the one that fits best; copies of the same bytes are one."""
    if any(found.written for _, _, found in fitting):
        # a release that nobody touched is not what somebody meant to hand in
        fitting = [entry for entry in fitting if entry[2].written]
    most = max(found.found for _, _, found in fitting)
    best = [(path, data) for path, data, found in fitting if found.found == most]
    if len({data for _, data in best}) > 1:
        named = " and ".join(f"“{clean_name(path)}”" for path, _ in best[:4])
        raise Unreadable(f"{len(best)} notebooks fit equally, {named}; hand in one of them.")
    return best[0]


def _tiers(files: Mapping[str, bytes], wanted: str) -> Iterator[list[tuple[str, bytes]]]:
    """Yield what may be the notebook: notebooks first, then copies of them, then scripts."""
    notebooks = _notebooks(files)
    disguised, checkpoints = [], []
    for path, data in files.items():
        where = PurePosixPath(path)
        suffix = where.suffix.lower()
        if where.name.startswith("._") or is_archive(path, data):  # "._": macOS's, in archives
            continue
        if suffix == ".ipynb":
            if CHECKPOINTS in where.parts:
                checkpoints.append((path, data))
        elif suffix in WRAPS or _looks_like_a_notebook(data):
            disguised.append((path, data))  # filters.ipynb.txt, filters.json, filters.html
    named = [(path, data) for path, data in notebooks
             if PurePosixPath(path).name.casefold() == wanted.casefold()]
    if len({data for _, data in named}) == 1:
        yield named
    yield notebooks
    yield disguised
    yield checkpoints
    yield list(_scripts(files))


def _looks_like_a_notebook(data: bytes) -> bool:
    ascii_only = data.replace(b"\0", b"")  # UTF-16 and UTF-32 too
    start = ascii_only[:20].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1]
    return start == b"{" and b'"cells"' in ascii_only


def _modules(files: Mapping[str, bytes]) -> dict[str, frozenset[str]]:
    return {
        name: analyse(source).binds for name, source in module_sources(files).items()
    }
