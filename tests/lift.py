"""Lift a function out of ``exercises.py`` with all it uses, to put it into a notebook."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


def lift(function: Callable[..., Any], name: str) -> str:
    """Return source that defines ``name`` as ``function``, and what it needs before it."""
    module = sys.modules[function.__module__]
    tree = ast.parse(inspect.getsource(module))
    top = {binding: node for node in tree.body for binding in _bindings(node)}
    needed: list[ast.stmt] = []
    _collect(function.__name__, top, needed)
    order = sorted(needed, key=lambda node: node.lineno)
    lines = [ast.unparse(_undecorated(node, module)) for node in order]
    return "\n\n".join([*lines, f"{name} = {function.__name__}"])


def _bindings(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.split(".")[0] for alias in node.names]
    return []


def _collect(name: str, top: dict[str, ast.stmt], needed: list[ast.stmt]) -> None:
    node = top.get(name)
    if node is None or node in needed:
        return
    needed.append(node)
    inside = node.body if isinstance(node, ast.FunctionDef) else [node]
    for statement in [*inside, *_defaults(node)]:
        for part in ast.walk(statement):
            if isinstance(part, ast.Name):
                _collect(part.id, top, needed)


def _defaults(node: ast.stmt) -> list[ast.AST]:
    if not isinstance(node, ast.FunctionDef):
        return []
    return [*node.args.defaults, *[d for d in node.args.kw_defaults if d is not None]]


def _undecorated(node: ast.stmt, module: ModuleType) -> ast.stmt:
    if isinstance(node, ast.FunctionDef):
        node.decorator_list = []
    return node
