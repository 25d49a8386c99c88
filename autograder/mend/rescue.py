"""Keep what stands around an exercise's code from hurting it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nbformat import NotebookNode

from autograder.mend.code import Statement, analyse
from autograder.mend.ends import ends
from autograder.mend.pieces import CHECK

BUILTINS = frozenset(dir(builtins))
ROUNDS = 20


@dataclass(frozen=True)
class Slot:
    """A cell of the mended notebook.

    ``role`` is ``released``, ``edited`` (the release's, with the learner's changes),
    ``solution``, ``check`` or ``extra``. ``at`` is its place in the release.
    """

    role: str
    kind: str
    source: str
    at: int | None = None
    name: str = ""
    written: bool = False
    id: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether what it runs is the learner's."""
        return self.kind == "code" and (self.role in ("extra", "edited") or self.written)


def rescue(
    slots: list[Slot], released: NotebookNode, exercises: Sequence[str], repairs: list[str]
) -> list[Slot]:
    """Put helpers before what needs them, names back that scratch cells took, and leave
    out what would end the kernel or never end."""
    needed = _needed(slots)
    slots = _without_ends(slots, released, needed, repairs)
    slots = _helpers_first(slots, exercises, repairs)
    return _names_back(slots, exercises, _needed(slots), repairs)


def _needed(slots: Sequence[Slot]) -> frozenset[str]:
    """Return the global names that the exercises' code looks up, however far down."""
    uses: dict[str, set[str]] = {}
    wanted: set[str] = set()
    for slot in slots:
        if slot.kind != "code":
            continue
        for statement in analyse(slot.source).statements:
            for name in statement.binds:
                uses.setdefault(name, set()).update(statement.uses)
        if slot.role == "solution":
            wanted |= analyse(slot.source).uses
    waiting = list(wanted)
    while waiting:
        new = uses.get(waiting.pop(), set()) - wanted
        wanted |= new
        waiting += new
    return frozenset(wanted)


# --- What never ends, and what ends everything ---------------------------------------


def _without_ends(
    slots: Sequence[Slot], released: NotebookNode, needed: frozenset[str], repairs: list[str]
) -> list[Slot]:
    result = []
    for slot in slots:
        statements = analyse(slot.source).statements if slot.is_own else ()
        bad = [statement for statement in statements if ends(statement)]
        if not bad:
            result.append(slot)
            continue
        good = [statement for statement in statements if not ends(statement)]
        where = f"the cell of {slot.name}" if slot.role == "solution" else "a cell of yours"
        repairs.append(f"{where} would have stopped or held up the notebook; that was left out")
        binds = frozenset().union(*(statement.binds for statement in good))
        if slot.role == "solution" or binds & needed:
            text = "\n".join(statement.text for statement in good).strip("\n")
            result.append(replace(slot, source=text))
        elif slot.at is not None:
            result.append(replace(slot, role="released", source=released.cells[slot.at].source))
        else:
            result.append(replace(slot, kind="markdown", source=fenced(slot.source)))
    return result


def fenced(source: str) -> str:
    """Return Markdown that shows a text as it is."""
    fence = "```"
    while fence in source:
        fence += "`"
    return f"{fence}text\n{source}\n{fence}"


# --- Helpers -------------------------------------------------------------------------


def _helpers_first(
    slots: list[Slot], exercises: Sequence[str], repairs: list[str]
) -> list[Slot]:
    """Move, or copy, definitions that an exercise uses and that come only after its check."""
    for _ in range(ROUNDS):
        found = next(_late_helpers(slots, exercises), None)
        if found is None:
            return slots
        exercise, name, index, statement = found
        slot = slots[index]
        goal = next(i for i, other in enumerate(slots) if _is_solution(other, exercise))
        pure = all(part.is_definition for part in analyse(slot.source).statements)
        if slot.role == "extra" and pure and not analyse(slot.source).binds & set(exercises):
            moved = slots.pop(index)
        else:
            moved = Slot("extra", "code", statement.text.strip("\n"))
        slots.insert(goal, moved)
        repairs.append(f"{name} was defined after {exercise}, which uses it; put before it")
    return slots


def _late_helpers(
    slots: Sequence[Slot], exercises: Sequence[str]
) -> Iterator[tuple[str, str, int, Statement]]:
    for exercise in exercises:
        check = next(
            (i for i, slot in enumerate(slots)
             if slot.role == "check" and slot.name == CHECK + exercise), None
        )
        goal = next((i for i, slot in enumerate(slots) if _is_solution(slot, exercise)), None)
        if check is None or goal is None or goal > check or not slots[goal].written:
            continue
        bound = set(BUILTINS)
        for slot in slots[:check]:
            if slot.kind == "code":
                bound |= analyse(slot.source).binds
        wanted = _needed(slots[: check + 1]) & _all_uses(slots[:check], exercise)
        late = _definitions_after(slots, check)
        for name in sorted((wanted - bound) & late.keys()):
            yield (exercise, name, *late[name])


def _is_solution(slot: Slot, exercise: str) -> bool:
    return slot.role == "solution" and slot.name == exercise


def _all_uses(slots: Sequence[Slot], exercise: str) -> frozenset[str]:
    """Return the names one exercise's code looks up, through the helpers it has by then."""
    own = [slot for slot in slots if _is_solution(slot, exercise)]
    others = [replace(slot, role="extra") for slot in slots if not _is_solution(slot, exercise)]
    return _needed([*others, *own])


def _definitions_after(slots: Sequence[Slot], check: int) -> dict[str, tuple[int, Statement]]:
    """Return the first definition of every name the learner defines after a check cell."""
    found: dict[str, tuple[int, Statement]] = {}
    for index in range(check + 1, len(slots)):
        if not slots[index].is_own:
            continue
        for statement in analyse(slots[index].source).statements:
            for name in statement.binds if statement.is_definition else ():
                if name not in found and not statement.is_stub(name):
                    found[name] = index, statement
    return found


# --- Names that scratch cells took ---------------------------------------------------


def _names_back(
    slots: Sequence[Slot], exercises: Sequence[str], needed: frozenset[str], repairs: list[str]
) -> list[Slot]:
    """After a cell that binds ``np``, ``sum`` or an exercise's name to something else,
    bind it back, where the exercises' code looks it up."""
    sources: dict[str, str] = {}
    called = frozenset().union(
        *(statement.calls for slot in slots if slot.kind == "code"
          for statement in analyse(slot.source).statements
          if slot.role == "solution" or statement.binds & needed)
    )
    result: list[Slot] = []
    for index, slot in enumerate(slots):
        result.append(slot)
        if slot.kind != "code":
            continue
        lines = []
        if slot.is_own:
            taken = _taken(slot, sources, exercises, needed, called)
            lines = list(dict.fromkeys(taken.values()))
            text = "\n".join(lines)
            following = slots[index + 1] if index + 1 < len(slots) else None
            if lines and not (following is not None and following.source == text):
                result.append(Slot("extra", "code", text))
                names = ", ".join(taken)
                repairs.append(f"{names} had been given another value; put back after it")
        _remember(slot, sources, exercises)
    return result


def _remember(slot: Slot, sources: dict[str, str], exercises: Sequence[str]) -> None:
    """Keep how a name is bound back: what is imported or given, and the exercises' own code."""
    for statement in analyse(slot.source).statements:
        for node in statement.nodes:
            if slot.role == "released" and isinstance(node, ast.FunctionDef):
                sources[node.name] = ast.unparse(node)
            if slot.role == "released" and isinstance(node, ast.Import | ast.ImportFrom):
                for part in node.names:
                    name = (part.asname or part.name).split(".")[0]
                    single = (
                        ast.Import([part]) if isinstance(node, ast.Import)
                        else ast.ImportFrom(node.module, [part], node.level)
                    )
                    sources[name] = ast.unparse(single)
        if slot.is_own:
            for name in exercises:
                if statement.defines(name) and not statement.is_stub(name):
                    sources[name] = statement.text.strip("\n")


def _taken(
    slot: Slot,
    sources: dict[str, str],
    exercises: Sequence[str],
    needed: frozenset[str],
    called: frozenset[str],
) -> dict[str, str]:
    """Return the names a cell takes away, each with the code that binds it back."""
    found: dict[str, str] = {}
    known = dict(sources)
    for statement in analyse(slot.source).statements:
        for name in exercises:
            if statement.defines(name) and not statement.is_stub(name):
                known[name] = statement.text.strip("\n")
                found.pop(name, None)
        for name in sorted(statement.binds | _deleted(statement)):
            function = statement.defines(name) and not statement.is_stub(name)
            if name in exercises:
                if name in known and not function:
                    found[name] = known[name]
            elif name not in needed:
                continue
            elif name in known:
                given = known[name].startswith("def ")
                if not (function if given else _imports(statement, name)):
                    found[name] = known[name]
            elif name in BUILTINS and name in called and not function:
                found[name] = f"from builtins import {name}"
    return found


def _deleted(statement: Statement) -> frozenset[str]:
    return frozenset(
        target.id
        for node in statement.nodes if isinstance(node, ast.Delete)
        for target in node.targets if isinstance(target, ast.Name)
    )


def _imports(statement: Statement, name: str) -> bool:
    return any(
        isinstance(node, ast.Import | ast.ImportFrom)
        and any((part.asname or part.name).split(".")[0] == name for part in node.names)
        for node in statement.nodes
    )
