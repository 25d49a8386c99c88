"""What a cell's code binds and uses, read off without running it."""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from autograder.mend.syntax import ERRORS, parse, risky_magics

SHORT = 20_000

Modules = Mapping[str, frozenset[str]]
"""What each ``.py`` beside the notebook defines, by the module's name."""

_RUN = re.compile(r"^[^\S\n]*%run\s+(?:-\S+\s+)*[\"']?(?:\./)?([\w./]+)\.py\b", re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """One statement at the top level of a cell, with the comments above it.

    ``nodes`` are several where statements share a line. ``magic`` says that it has a line
    of IPython's own, which may fail: there are magics that not every Jupyter knows.
    """

    text: str
    nodes: tuple[ast.stmt, ...]
    binds: frozenset[str]
    uses: frozenset[str]
    magic: bool = False

    def defines(self, name: str) -> bool:
        """Whether it binds ``name`` to what may well be a function."""
        if self.binds and name not in self.binds:
            return False  # quickly: nearly every statement is asked for nearly every name
        return any(_defines(node, name) for node in self.nodes)

    def is_stub(self, name: str) -> bool:
        """Whether it defines ``name`` as a function that is still to be written."""
        if self.binds and name not in self.binds:
            return False
        found = [node for node in self.nodes if _defines(node, name)]
        return bool(found) and all(_is_stub(node) for node in found)

    @property
    def is_definition(self) -> bool:
        """Whether it only defines: a function, a class, an import, a plain constant."""
        return all(_only_defines(node) for node in self.nodes)

    @cached_property  # a released cell's statements are asked again for every submission
    def calls(self) -> frozenset[str]:
        """The plain names that are called anywhere in it, or given as a type."""
        calls = [
            part for node in self.nodes for part in ast.walk(node) if isinstance(part, ast.Call)
        ]
        called = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
        return frozenset(called.union(*map(_types_given, calls)))


@dataclass(frozen=True)
class Code:
    """A cell's code. ``parsed`` is false where Python, and IPython, cannot read it."""

    parsed: bool
    statements: tuple[Statement, ...] = ()

    @property
    def binds(self) -> frozenset[str]:
        """The names bound at the top level."""
        return frozenset().union(*(statement.binds for statement in self.statements))

    @property
    def uses(self) -> frozenset[str]:
        """The global names that are looked up."""
        return frozenset().union(*(statement.uses for statement in self.statements))


def analyse(source: str) -> Code:
    """Return what a code cell does, as far as it can be read off."""
    return _analyse_short(source) if len(source) < SHORT else _analyse_long(source)


def _analyse(source: str) -> Code:
    tree_and_text = parse(source)
    if tree_and_text is None:
        return Code(False)
    tree, text = tree_and_text
    try:
        return Code(True, tuple(_statements(tree, text, source)))
    except ERRORS:
        return Code(False)


# Two caches, so that what a few strange cells need does not fill the memory.
_analyse_short = lru_cache(maxsize=4096)(_analyse)
_analyse_long = lru_cache(maxsize=256)(_analyse)


def _types_given(call: ast.Call) -> set[str]:
    """Return the names that a call takes as types: ``x.astype(float)``, ``isinstance(x, list)``."""
    given = [word.value for word in call.keywords if word.arg == "dtype"]
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("astype", "asarray", "array"):
        given += call.args[-1:]
    if isinstance(call.func, ast.Name) and call.func.id in ("isinstance", "issubclass"):
        given += call.args[1:]
    return {part.id for node in given for part in ast.walk(node) if isinstance(part, ast.Name)}


def definitions(source: str, plain: bool = False) -> str:
    """Return the functions, classes, imports and variables of a cell, as code.

    ``plain`` leaves out variables that something is called for.
    """
    return "\n".join(
        part.text for part in analyse(source).statements
        if part.is_definition and part.binds and not (plain and any(map(_computes, part.nodes)))
    )


def _computes(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign | ast.AnnAssign) and any(
        isinstance(part, ast.Call) for part in ast.walk(node)
    )


def star_binds(source: str, modules: Modules) -> frozenset[str]:
    """Return what ``from module import *`` and ``%run module.py`` of a cell bind."""
    found: set[str] = set()
    if not modules:
        return frozenset()
    for statement in analyse(source).statements:
        for node in statement.nodes:
            if isinstance(node, ast.ImportFrom) and any(part.name == "*" for part in node.names):
                found |= modules.get((node.module or "").split(".")[-1], frozenset())
    for match in _RUN.finditer(source):
        found |= modules.get(match[1].split("/")[-1], frozenset())
    return frozenset(found)


def imported_modules(source: str) -> frozenset[str]:
    """Return the names of the modules a cell imports."""
    found = set()
    for statement in analyse(source).statements:
        for node in statement.nodes:
            if isinstance(node, ast.Import):
                found |= {part.name for part in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
    return frozenset(found)


def text_defines(source: str, name: str) -> bool:
    """Whether the text has a line ``def name(`` at its margin, readable or not."""
    return re.search(rf"^(async\s+)?def\s+{re.escape(name)}\s*\(", source, re.MULTILINE) is not None


def _statements(tree: ast.Module, text: str, source: str) -> Iterator[Statement]:
    shown = source.split("\n")
    read = text.split("\n")
    if len(read) != len(shown):  # a cell magic that is no Python
        return
    magics = risky_magics(shown, read)
    groups: list[list[ast.stmt]] = []
    for node in tree.body:
        if groups and _first_line(node) <= (groups[-1][-1].end_lineno or 0):
            groups[-1].append(node)
        else:
            groups.append([node])
    start = 0
    for number, group in enumerate(groups):
        end = group[-1].end_lineno or start + 1
        if number == len(groups) - 1:
            end = len(shown)
        binds, uses = _names("\n".join(read[start:end]))
        magic = any(start <= line < end for line in magics)
        yield Statement("\n".join(shown[start:end]), tuple(group), binds, uses, magic)
        start = end


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(part.lineno for part in decorators)])


def _names(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that some top-level code binds, and the globals it looks up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            table = symtable.symtable(text, "cell", "exec")
        except ERRORS:
            return frozenset(), frozenset()
    binds = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
    }
    uses = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    waiting = list(table.get_children())
    while waiting:
        child = waiting.pop()
        waiting += child.get_children()
        uses |= {
            symbol.get_name()
            for symbol in child.get_symbols()
            if symbol.is_global() and symbol.is_referenced()
        }
    return frozenset(binds), frozenset(uses)


_BLOCKS = (ast.If, ast.Try, ast.With, ast.For, ast.While)


def _inner(node: ast.stmt) -> Iterator[ast.stmt]:
    for field in ("body", "orelse", "finalbody"):
        yield from getattr(node, field, [])
    for handler in getattr(node, "handlers", []):
        yield from handler.body


def _defines(node: ast.stmt, name: str) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name == name
    if isinstance(node, ast.Import | ast.ImportFrom):
        return any((part.asname or part.name).split(".")[0] == name for part in node.names)
    if isinstance(node, ast.Assign):
        if any(isinstance(target, ast.Name) and target.id == name for target in node.targets):
            return _may_be_function(node.value, name) and not isinstance(node.value, ast.Tuple)
        parts = [part for target in node.targets for part in ast.walk(target)]
        return any(
            isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Store)
            for part in parts
        )
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        target = node.target
        named = isinstance(target, ast.Name) and target.id == name
        return named and _may_be_function(node.value, name)
    return isinstance(node, _BLOCKS) and any(_defines(part, name) for part in _inner(node))


_NO_FUNCTIONS = (
    ast.Constant, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp, ast.Compare, ast.BinOp, ast.UnaryOp, ast.JoinedStr, ast.Await,
)


_MAKE_FUNCTIONS = (".vectorize", ".frompyfunc")


def _may_be_function(value: ast.expr, name: str) -> bool:
    if isinstance(value, ast.Call):
        # relu = relu(x) keeps a result under the function's name, relu = np.zeros(3) an array
        called = ast.unparse(value.func)
        return called != name and (
            called.split(".")[0] not in ("np", "numpy") or called.endswith(_MAKE_FUNCTIONS)
        )
    return not isinstance(value, _NO_FUNCTIONS)


def _is_stub(node: ast.stmt) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    # what always comes to NotImplementedError is still to be written, whatever is tried before
    for part in node.body:
        if isinstance(part, ast.Raise) and _raised(part) == "NotImplementedError":
            return True
        if any(isinstance(inner, ast.Return | ast.Yield) for inner in ast.walk(part)):
            return False
    return all(
        isinstance(part, ast.Pass)
        or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        for part in node.body
    )


def _raised(node: ast.Raise) -> str:
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return raised.id if isinstance(raised, ast.Name) else ""


def _only_defines(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return True
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Pass | ast.Global):
        return True
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return True
    if isinstance(node, ast.Try | ast.If):
        return all(map(_only_defines, _inner(node)))
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
