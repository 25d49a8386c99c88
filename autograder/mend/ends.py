"""What never ends, and what ends everything."""

from __future__ import annotations

import ast
import re

from autograder.mend.code import Statement

ENDS = {"exit", "quit", "sys.exit", "os._exit", "os.abort", "os.kill", "os.killpg"}
_RESETS = re.compile(
    r"^[^\S\n]*%(?:reset|xdel)|magic\(\s*['\"]%?reset|\b(globals|locals|vars)\(\)\.clear\("
    r"|\bdel (globals|locals|vars)\(\)\[(?!['\"])",
    re.MULTILINE,
)
"""Ways to make the notebook forget everything."""


def ends(statement: Statement) -> bool:
    """Whether a statement ends the kernel, never ends, or makes it forget everything."""
    if any(_ends_node(node) for node in statement.nodes):
        return True
    defines = any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in statement.nodes)
    return not defines and bool(_RESETS.search(statement.text))


def _ends_node(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return ast.unparse(node.value.func) in ENDS
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Name):
        return node.value.id in ("exit", "quit")  # IPython calls them
    if isinstance(node, ast.Raise) and node.exc is not None:
        return "SystemExit" in ast.unparse(node.exc)[:12]
    if isinstance(node, ast.While):
        always = isinstance(node.test, ast.Constant) and bool(node.test.value)
        stops = any(isinstance(part, ast.Break | ast.Raise) for part in ast.walk(node))
        calls = any(
            isinstance(part, ast.Call) and ast.unparse(part.func) in ENDS
            for part in ast.walk(node)
        )
        return always and (calls or not stops or _asks_for_ever(node))
    return False


def _asks_for_ever(loop: ast.While) -> bool:
    """Whether a loop asks until it is answered: nobody answers here, and no error ends it."""
    return any(
        isinstance(part, ast.Try)
        and any(isinstance(call, ast.Call) and ast.unparse(call.func) == "input"
                for inner in part.body for call in ast.walk(inner))
        and any(handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException")
                for handler in part.handlers)
        and not any(isinstance(inner, ast.Break | ast.Raise | ast.Return)
                    for handler in part.handlers for inner in ast.walk(handler))
        for part in ast.walk(loop)
    )
