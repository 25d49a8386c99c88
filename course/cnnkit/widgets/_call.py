"""Call the learner's function for a picture: never twice at once, never without end.

The call runs in a thread of its own, so that a function that takes its time leaves
the kernel free. One call runs at a time; of the questions that arrive meanwhile only
the latest is kept. A call over its time limit is stopped by an exception raised
inside it; one that swallows even that is left behind, and said to be.
"""

from __future__ import annotations

import ctypes
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

#: More numbers than any explorer can draw.
MOST_VALUES = 100_000


class OutOfTime(BaseException):
    """Raised inside a function that is over its time limit.

    A BaseException, so that ``except Exception`` in a learner's loop does not catch it.
    """


@dataclass(frozen=True)
class Outcome:
    """What one call gave: ``values`` with their shape, or one sentence on what went wrong.

    ``status`` is ``"ok"``, ``"error"`` or ``"timeout"``.
    """

    status: str
    values: np.ndarray | None = None
    float32: bool = False
    sentence: str = ""

    def describe(self) -> dict[str, Any]:
        """Return everything but the values, as JSON."""
        shape = [] if self.values is None else list(self.values.shape)
        return {
            "status": self.status,
            "shape": shape,
            "float32": self.float32,
            "sentence": self.sentence,
        }


class Caller:
    """Runs questions one after the other; ``answer(number, outcome)`` hears of each.

    Parameters
    ----------
    answer
        Called from the calling thread, once for every question that was run.
    seconds
        Time limit of one call.
    """

    def __init__(self, answer: Callable[[int, Outcome], None], seconds: float = 5.0) -> None:
        self._answer = answer
        self._seconds = seconds
        self._lock = threading.Lock()
        self._busy = False
        self._next: tuple[int, Any, Any, Any] | None = None

    def submit(
        self,
        number: int,
        f: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> None:
        """Run this question now, or next if one is running; an older waiting one is dropped."""
        with self._lock:
            self._next = (number, f, args, kwargs)
            if self._busy:
                return
            self._busy = True
        threading.Thread(target=self._work, name="cnnkit-explorer", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                question, self._next = self._next, None
                if question is None:
                    self._busy = False
                    return
            number, f, args, kwargs = question
            self._answer(number, call(f, args, kwargs, self._seconds))


def name_of(f: Callable[..., Any]) -> str:
    """Return what to call a function in a sentence; a lambda is just "your function"."""
    name = getattr(f, "__name__", "") or type(f).__name__
    return name if name.isidentifier() else "your function"


def call(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    seconds: float = 5.0,
) -> Outcome:
    """Call ``f`` with a time limit and say what came of it; never raises."""
    name = name_of(f)
    box: list[Outcome] = []

    def run() -> None:
        try:
            box.append(_checked(name, f(*args, **kwargs)))
        except OutOfTime:
            pass
        except BaseException as error:
            box.append(Outcome("error", sentence=_sentence(name, error)))

    thread = threading.Thread(target=run, name=f"cnnkit-{name}", daemon=True)
    thread.start()
    thread.join(seconds)
    for _ in range(20):
        if not thread.is_alive():
            break
        # Asked again and again: a bare `except:` in a loop may swallow the first ones.
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(OutOfTime)
        )
        thread.join(0.05)
    if box:
        return box[0]
    sentence = f"{name} did not finish within {seconds:g} seconds"
    if thread.is_alive():
        sentence += " and could not be stopped; restart the kernel to be rid of it."
    else:
        sentence += " and was stopped: is there a loop that never ends?"
    return Outcome("timeout", sentence=sentence)


def _checked(name: str, result: Any) -> Outcome:
    if result is None:
        return Outcome("error", sentence=f"{name} returned nothing: is there a return line?")
    try:
        values = np.asarray(result, dtype=np.float64)
    except (TypeError, ValueError):
        kind = type(result).__name__
        return Outcome("error", sentence=f"{name} returned a {kind}, which is no array of numbers.")
    if values.size > MOST_VALUES:
        return Outcome(
            "error", sentence=f"{name} returned {values.size} numbers: too many to draw."
        )
    float32 = getattr(result, "dtype", None) == np.float32
    return Outcome("ok", values=np.array(values, order="C"), float32=float32)


def _sentence(name: str, error: BaseException) -> str:
    if isinstance(error, NotImplementedError):
        return f"{name} is not written yet: it raises NotImplementedError."
    # The deepest line of the learner's own: not NumPy's, not ours.
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename and frame.filename != __file__
    ]
    where = f" in line {frames[-1].lineno}" if frames else ""
    words = " ".join(str(error).split())
    if len(words) > 160:
        words = words[:159] + "…"
    return f"{name} raised {type(error).__name__}{where}" + (f": {words}" if words else ".")
