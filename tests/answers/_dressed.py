"""Ways to hand in the same function: what judging must not mind."""

from __future__ import annotations

_DRESSES = (
    "{name} = (lambda plain: lambda *args, **named: plain(*args, **named))({name})",
    """
class Callable:
    def __init__(self, plain):
        self.plain = plain

    def __call__(self, *args, **named):
        return self.plain(*args, **named)

{name} = Callable({name})
""",
    """
import functools

def logged(plain):
    @functools.wraps(plain)
    def wrapper(*args, **named):
        print("called with", len(args), "arguments")
        return plain(*args, **named)
    return wrapper

{name} = logged({name})
""",
    "import functools\n{name} = functools.partial({name})",
)

_ARRAY_DRESSES = (
    """
def _each(value, change):
    if isinstance(value, tuple):
        return tuple(_each(part, change) for part in value)
    return change(np.asarray(value))

{name} = (lambda plain: lambda *a, **k: _each(
    plain(*a, **k), lambda array: array.astype(np.float32)))({name})
""",
    """
def _each(value, change):
    if isinstance(value, tuple):
        return tuple(_each(part, change) for part in value)
    return change(np.asarray(value))

{name} = (lambda plain: lambda *a, **k: _each(plain(*a, **k), np.asfortranarray))({name})
""",
    """
def _each(value, change):
    if isinstance(value, tuple):
        return tuple(_each(part, change) for part in value)
    return change(np.asarray(value))

def _spread(array):
    wide = np.repeat(array, 2, axis=-1)
    return wide[..., ::2]

{name} = (lambda plain: lambda *a, **k: _each(plain(*a, **k), _spread))({name})
""",
)


def dressed(name: str, *plain: str, arrays: bool = True) -> list[str]:
    """Return sources that all define ``name``: the plain ones, and the first in other dresses.

    ``arrays``: whether results may also be float32, in Fortran order, or strided.
    """
    dresses = _DRESSES + (_ARRAY_DRESSES if arrays else ())
    return [*plain, *(plain[0] + "\n" + dress.format(name=name) for dress in dresses)]
