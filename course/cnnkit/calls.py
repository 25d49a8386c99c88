"""Call a function with the arguments of some cases and note what came of it.

This half of judging runs where the learner's function lives. It knows arguments
and outcomes; what is right and wrong, it does not know.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import linecache
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy import errstate

from cnnkit.values import (
    MAX_BYTES,
    Node,
    Other,
    Store,
    ValuesError,
    decode,
    decoded_bytes,
    encode,
    from_text,
    to_text,
)

MOST_ARGUMENTS = 16
DEFAULT_ERRORS: Any = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
"""How NumPy takes errors in computing unless somebody asks for something else."""


@dataclass(frozen=True)
class Outcome:
    """What one call came to.

    ``value`` is what was returned. ``errors`` names the exception's class and its
    bases, if one was raised, and ``line`` the line of the notebook it came from, as
    ``"3: return x"``. ``changed`` names the arguments that were modified.
    """

    value: Any = None
    errors: tuple[str, ...] = ()
    message: str = ""
    changed: tuple[str, ...] = ()
    printed: bool = False
    seconds: float = field(default=0.0, compare=False)
    line: str = field(default="", compare=False)


@dataclass(frozen=True)
class Call:
    """The arguments of one case, as nodes over a list of arrays."""

    args: Node
    kwargs: Node

    def arguments(self, arrays: Sequence[np.ndarray]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return fresh copies of the arguments."""
        return decode(self.args, arrays), decode(self.kwargs, arrays)


class _Sink(io.TextIOBase):
    """Swallows what is printed, and remembers that something was."""

    used = False

    def write(self, text: str) -> int:
        self.used = self.used or bool(text.strip())
        return len(text)


def run_calls(
    function: Callable[..., Any],
    calls: Sequence[Call],
    arrays: Sequence[np.ndarray],
    plan: Sequence[int],
) -> list[Outcome]:
    """Call ``function`` on ``calls[i]`` for each i of the plan, in its order.

    Every call gets fresh copies of its arguments. Exceptions become outcomes;
    only an interrupt ends the round.
    """
    names = argument_names(function, MOST_ARGUMENTS)
    return [_run_call(function, names, *calls[index].arguments(arrays)) for index in plan]


def _run_call(
    function: Callable[..., Any], names: list[str], args: tuple, kwargs: dict[str, Any]
) -> Outcome:
    if not args and len(kwargs) == 1 and _of_numpy(function):
        args, kwargs = tuple(kwargs.values()), {}  # they know no names of arguments
    before = encode((list(args), kwargs))
    sink = _Sink()
    value: Any = None
    errors: tuple[str, ...] = ()
    message = line = ""
    started = time.thread_time()  # waiting for other processes is nobody's fault
    with (
        contextlib.redirect_stdout(sink),
        contextlib.redirect_stderr(_Sink()),
        warnings.catch_warnings(),
        errstate(**DEFAULT_ERRORS),  # not what a cell set: it is no fault of the function
    ):
        warnings.simplefilter("ignore")
        try:
            value = function(*args, **kwargs)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: it is the learner's, not ours
            errors = tuple(_class_name(kind) for kind in type(error).__mro__[:-1])
            message = _message_of(error)
            line = _line_of(error)
        seconds = time.thread_time() - started
        node, arrays = encode(value)
        changed = _changed(before, encode((list(args), kwargs)), names)
    return Outcome(decode(node, arrays), errors, message, changed, sink.used, seconds, line)


def _of_numpy(function: Any) -> bool:
    """Return whether this is NumPy's own function, perhaps with some arguments given."""
    plain = function.func if isinstance(function, functools.partial) else function
    module = str(getattr(plain, "__module__", ""))
    return isinstance(plain, np.ufunc | np.vectorize) or module.split(".")[0] == "numpy"


def _class_name(kind: type) -> str:
    name = type.__getattribute__(kind, "__name__")
    return name if name.isidentifier() and len(name) <= 40 else "Exception"


def _message_of(error: BaseException) -> str:
    try:
        return str(error)[:300]
    except Exception:
        return ""


def _line_of(error: BaseException) -> str:
    """Return the innermost line of a notebook's own code that an error came through."""
    found, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "ipykernel_" in file or file.startswith("<ipython-input"):
            with contextlib.suppress(Exception):  # a learner may have bent linecache
                text = linecache.getline(file, trace.tb_lineno).strip()
                found = f"{trace.tb_lineno}: {text[:90]}" if text else found
        trace = trace.tb_next
    return found


def argument_names(function: Callable[..., Any], count: int) -> list[str]:
    """Return the names of the first ``count`` arguments, as far as they can be known."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        names = []
    return (names + [f"argument {i + 1}" for i in range(len(names), count)])[:count]


def _changed(before: tuple[Node, list], after: tuple[Node, list], names: list[str]) -> tuple:
    old, new = decode(*before), decode(*after)
    changed = [
        name for name, a, b in zip(names, old[0], new[0], strict=False) if not _unchanged(a, b)
    ]
    changed += [
        name for name in old[1] if name not in new[1] or not _unchanged(old[1][name], new[1][name])
    ]
    return tuple(changed)


def _unchanged(old: Any, new: Any) -> bool:
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
        if old.shape != new.shape or old.dtype != new.dtype:
            return False
        if old.dtype.kind != "f":
            return bool(np.array_equal(old, new))
        # Adding h and taking it away again may leave a rounding error behind. A zero that was
        # lifted to 1e-12 is more than that.
        room = 1e-13 if old.dtype.itemsize == 8 else 1e-6
        with np.errstate(all="ignore"):
            return bool(np.all(np.abs(old - new) <= room * np.maximum(1, np.abs(old))))
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return len(old) == len(new) and all(map(_unchanged, old, new))
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_unchanged(old[key], new[key]) for key in old)
    if isinstance(old, Other) or isinstance(new, Other):
        return old == new
    return type(old) is type(new) and bool(old == new)


# --- The same, asked for from outside the process -----------------------------------


def ask_text(calls: Sequence[Call], arrays: Sequence[np.ndarray], plan: Sequence[int]) -> str:
    """Write down what to call, for :func:`answer` in another process.

    Of the arrays only those go along that are arguments: the others of a key are what is
    expected, and what mistakes return, which the process that is asked must not hold.
    """
    places: dict[int, int] = {}
    rows = [[_moved(call.args, places), _moved(call.kwargs, places)] for call in calls]
    return to_text({"calls": rows, "plan": list(plan)}, [arrays[place] for place in places])


def _moved(node: Any, places: dict[int, int]) -> Any:
    """Return a node with its arrays numbered anew, in the order in which they come."""
    if isinstance(node, list):
        return [_moved(item, places) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("array"), int):
        return {**node, "array": places.setdefault(node["array"], len(places))}
    return {name: _moved(item, places) for name, item in node.items()}


MIME = "application/x-cnnkit-outcomes+json"


class Reply:
    """An object that shows itself to Jupyter as nothing but the outcomes."""

    def __init__(self, text: str) -> None:
        self._text = text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {MIME: self._text, "text/plain": "outcomes"}


def answer(name: str, request: str) -> Reply:
    """In the learner's kernel: call what ``name`` is bound to, and reply with outcomes."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    space = {} if shell is None else shell.user_ns
    if name not in space:
        return Reply(to_text({"missing": True}, []))
    function = space[name]
    if not callable(function):
        return Reply(to_text({"missing": True, "not callable": True}, []))
    tree, arrays = from_text(request)
    calls = [Call(args, kwargs) for args, kwargs in tree["calls"]]
    return Reply(outcomes_text(run_calls(function, calls, arrays, tree["plan"])))


def outcomes_text(outcomes: Sequence[Outcome]) -> str:
    """Write outcomes down for the way through a kernel."""
    store = Store()
    rows = [
        {
            "value": store.add(outcome.value),
            "errors": list(outcome.errors),
            "message": outcome.message,
            "changed": list(outcome.changed),
            "printed": outcome.printed,
            "seconds": outcome.seconds,
        }
        for outcome in outcomes
    ]
    return to_text({"outcomes": rows}, store.arrays)


def read_outcomes(text: str, count: int) -> list[Outcome] | None:
    """Read what :func:`answer` replied: ``count`` outcomes, or None if the name is missing.

    Raises ValuesError if the reply is anything else; nothing in it is trusted.
    """
    tree, arrays = from_text(text)
    if isinstance(tree, dict) and tree.get("missing"):
        return None
    try:
        rows = tree["outcomes"]
        if not isinstance(rows, list) or len(rows) != count:
            raise ValuesError("the answer has not as many outcomes as were asked for")
        if decoded_bytes([row["value"] for row in rows], arrays) > 2 * MAX_BYTES:
            raise ValuesError("the answer's values are larger than 128 MiB")
        return [
            Outcome(
                decode(row["value"], arrays),
                tuple(str(name)[:80] for name in row["errors"])[:20],
                str(row["message"])[:300],
                tuple(str(name)[:80] for name in row["changed"])[:20],
                bool(row["printed"]),
                float(row["seconds"]),
            )
            for row in rows
        ]
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        if isinstance(error, ValuesError):
            raise
        raise ValuesError("the answer is not in the form that was asked for") from None
