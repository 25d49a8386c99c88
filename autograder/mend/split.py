"""Take one cell apart: the code of each exercise in it, and what can fail before it."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.mend.choose import Choice, own_statements
from autograder.mend.code import Statement, analyse


@dataclass(frozen=True)
class Split:
    """A cell taken apart: code by exercise, and what runs in cells of its own before it."""

    codes: dict[str, str]
    before: dict[str, list[str]] = field(default_factory=dict)
    note: str = ""


def split_piece(
    source: str,
    names: Sequence[str],
    choices: Mapping[str, Choice],
    exercises: Sequence[str],
    beside: Container[str] = (),
) -> Split:
    """Take apart a cell that holds the code of the exercises ``names``.

    A cell of one exercise stays whole, unless something stands before the function that
    could fail and so keep it from being defined. A cell of several is cut after each
    function; what comes before a function goes with it, and calls of ``check`` go.
    Modules ``beside`` the notebook are there to be imported.
    """
    statements = analyse(source).statements
    bound = [name for name in names if choices[name].statement is not None]
    if not bound:
        return Split({names[0]: source})
    names = bound
    first = min(choices[name].statement or 0 for name in names)
    if len(names) == 1 and not any(_may_fail(part, beside) for part in statements[:first]):
        return Split({names[0]: source})
    shared: dict[int, list[str]] = {}
    for name in names:
        shared.setdefault(choices[name].statement or 0, []).append(name)
    codes: dict[str, str] = {}
    before: dict[str, list[str]] = {}
    group: list[Statement] = []
    last = names[0]
    for number, statement in enumerate(statements):
        if number not in shared:
            group.append(statement)
            continue
        last = shared[number][0]
        *earlier, start = chunks(own_statements(group, exercises), beside)
        before[last] = [joined(part) for part in earlier]
        codes[last] = joined([*start, statement])
        for other in shared[number][1:]:  # one statement binds several names
            codes[other] = joined([statement])
        group = []
    rest = own_statements(group, exercises) if len(names) > 1 else group
    codes[last] = joined([codes[last], *rest])
    if len(names) > 1:
        note = f"{', '.join(names[:-1])} and {names[-1]} were in one cell; taken apart"
    else:
        note = f"lines before {names[0]} in its cell were put in a cell of their own"
    return Split(codes, before, note)


def joined(parts: Sequence[Statement | str]) -> str:
    """Return the text of a cell made of these statements."""
    texts = [part if isinstance(part, str) else part.text for part in parts]
    return "\n".join(text.rstrip() for text in texts).strip("\n")


def chunks(statements: Sequence[Statement], beside: Container[str] = ()) -> list[list[Statement]]:
    """Cut after each statement that could fail; the last chunk stays with the function."""
    parts: list[list[Statement]] = [[]]
    for statement in statements:
        parts[-1].append(statement)
        if _may_fail(statement, beside):
            parts.append([])
    return parts


_ASKING = {"input", "open", "eval", "exec", "next", "exit", "quit", "breakpoint", "__import__"}
_HARMLESS_NAMES = (frozenset(dir(builtins)) | {"np", "numpy", "math"}) - _ASKING
_HERE = {"numpy", "matplotlib", "cnnkit", "PIL", "ipywidgets"} | set(sys.stdlib_module_names)


def _may_fail(statement: Statement, beside: Container[str]) -> bool:
    """Whether running it may fail where a definition cannot: it prints, draws, tries out,
    computes with variables of other cells, or imports what may not be installed."""
    if not statement.is_definition or statement.magic:
        return True
    for node in statement.nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign) and (
            statement.uses - _HARMLESS_NAMES or "np.load" in statement.text
        ):
            return True
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = (
                [part.name for part in node.names] if isinstance(node, ast.Import)
                else [node.module or ""]
            )
            tops = [module.split(".")[0] for module in modules]
            if any(top not in _HERE and top not in beside for top in tops):
                return True
    return False
