"""Values as plain data: what travels between a kernel, a key and the judge.

A value becomes a *node*, which is JSON, and a list of arrays beside it. Nothing
here is ever pickled, evaluated or imported by name, so reading what a stranger
wrote can at worst give a wrong value, never run anything.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Real
from typing import Any

import numpy as np

from cnnkit.functions import FUNCTIONS, name_of

KINDS = "biuf"
"""Array kinds that may travel: booleans, signed and unsigned integers, floats."""

MAX_BYTES = 64 * 2**20
MAX_NODES = 20_000
MAX_TEXT = 1_000
MAX_DEPTH = 50

Node = dict[str, Any]


class ValuesError(ValueError):
    """What was received is not a value; the message is one sentence."""


@dataclass(frozen=True)
class Other:
    """A result that is no array, number, text, list or dict: only its name is kept."""

    description: str


class _Encoder:
    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []
        self.nodes = 0
        self.bytes = 0

    def node(self, value: Any, depth: int = 0) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            return {"other": "a result of more than 20,000 parts"}
        if depth > MAX_DEPTH:
            return {"other": "lists in lists without end"}
        if type(value) is Other:
            return {"other": value.description}
        name = name_of(value)
        if name is not None:
            return {"known": name}
        if value is None:
            return {"none": True}
        if isinstance(value, bool):
            return {"bool": value}
        if isinstance(value, np.generic | np.ndarray):
            return self._array(value)
        if isinstance(value, int):
            if abs(value) >= 2**63:
                return {"other": "a whole number of more than 64 bits"}
            return {"int": int(value)}
        if isinstance(value, float | Fraction):
            return {"float": float(value)}
        if isinstance(value, str):
            return {"text": str(value[:MAX_TEXT])}
        if isinstance(value, tuple):
            return {"tuple": [self.node(item, depth + 1) for item in tuple.__iter__(value)]}
        if isinstance(value, list):
            return {"list": [self.node(item, depth + 1) for item in list.__iter__(value)]}
        if isinstance(value, dict) and all(isinstance(key, str) for key in dict.keys(value)):
            items = dict.items(value)
            return {"dict": {str(key): self.node(item, depth + 1) for key, item in items}}
        return {"other": f"a value of type {_type_name(value)}"}

    def _array(self, value: Any) -> Node:
        scalar = isinstance(value, np.generic)
        array = _plain(np.asarray(value))
        if array.dtype.kind not in KINDS or array.dtype.itemsize > 8:
            return {"other": f"an array of dtype {str(array.dtype)[:40]}"}
        self.bytes += array.nbytes
        if self.bytes > MAX_BYTES:
            return {"other": f"an array of {array.nbytes:,} bytes"}
        if array.flags.c_contiguous:
            layout = "C"
        elif array.flags.f_contiguous:
            layout = "F"
        else:
            layout = "strided"
        # A copy, because the caller may change the array after it was shown.
        plain = np.array(array, dtype=array.dtype.newbyteorder("<"), order="C", copy=True)
        self.arrays.append(plain)
        node: Node = {"array": len(self.arrays) - 1}
        if layout != "C":
            node["layout"] = layout
        if scalar:
            node["scalar"] = True
        return node


def _plain(array: np.ndarray) -> np.ndarray:
    """Return long doubles, and numbers kept as objects, as ordinary floats."""
    wide = array.dtype.kind == "f" and array.dtype.itemsize > 8
    numbers = array.dtype.kind == "O" and array.size > 0 and all(
        isinstance(item, Real) for item in array.flat
    )
    try:
        return array.astype(np.float64) if wide or numbers else array
    except OverflowError:  # a whole number too large for a float
        return array


def _type_name(value: Any) -> str:
    name = type.__getattribute__(type(value), "__name__")
    return name[:40] if isinstance(name, str) and name.isidentifier() else "unknown"


def encode(value: Any) -> tuple[Node, list[np.ndarray]]:
    """Turn a value into a node and the arrays it names, all of them copies."""
    encoder = _Encoder()
    return encoder.node(value), encoder.arrays


def decode(node: Node, arrays: Sequence[np.ndarray], depth: int = 0) -> Any:
    """Turn a node back into a value; arrays are fresh copies of the stated layout.

    Raises ValuesError if the node is none, or nested more deeply than `encode` writes any.
    """
    if depth > MAX_DEPTH + 1:
        raise ValuesError("a value is nested too deeply")
    if not isinstance(node, dict) or not node:
        raise ValuesError("a value is not described as a value is")
    if "array" in node:
        index = node["array"]
        if not isinstance(index, int) or not 0 <= index < len(arrays):
            raise ValuesError("a value names an array that is not there")
        array = np.array(arrays[index], copy=True, order="C")
        if node.get("scalar") and array.ndim == 0:
            return array[()]
        return _lay_out(array, node.get("layout", "C"))
    (kind, content), *_ = node.items()
    if kind == "tuple" and isinstance(content, list):
        return tuple(decode(item, arrays, depth + 1) for item in content)
    if kind == "list" and isinstance(content, list):
        return [decode(item, arrays, depth + 1) for item in content]
    if kind == "dict" and isinstance(content, dict):
        return {str(key): decode(item, arrays, depth + 1) for key, item in content.items()}
    if kind == "known" and content in FUNCTIONS:
        return FUNCTIONS[content]
    if kind == "other" and isinstance(content, str):
        return Other(content[:MAX_TEXT])
    if kind == "none":
        return None
    plain: dict[str, type] = {"bool": bool, "int": int, "text": str}
    if isinstance(content, int) and abs(content) >= 2**63:
        raise ValuesError("a number is of more than 64 bits")
    if kind in plain and isinstance(content, plain[kind]):
        return content
    if kind == "float" and isinstance(content, int | float):
        return float(content)
    raise ValuesError("a value is of a kind that is not known")


def decoded_bytes(node: Any, arrays: Sequence[np.ndarray]) -> int:
    """Return how many bytes the arrays of a value take, each as often as it is named.

    A few letters can name a large array again and again, so this is looked at first.
    """
    total, waiting = 0, [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            index = part.get("array")
            if isinstance(index, int) and 0 <= index < len(arrays):
                total += arrays[index].nbytes
            waiting += part.values()
    return total


def _lay_out(array: np.ndarray, layout: str) -> np.ndarray:
    if layout == "F":
        return np.asfortranarray(array)
    if layout == "strided" and array.ndim:
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), dtype=array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    return array


def to_text(tree: Any, arrays: Sequence[np.ndarray]) -> str:
    """One JSON text of a tree of nodes and its arrays, for the way through a kernel."""
    frames = [
        {
            "dtype": array.dtype.str,
            "shape": list(array.shape),
            "data": base64.b64encode(array.tobytes()).decode("ascii"),
        }
        for array in arrays
    ]
    return json.dumps({"tree": tree, "arrays": frames})


def from_text(text: str) -> tuple[Any, list[np.ndarray]]:
    """Read what :func:`to_text` wrote, checking every size before a copy is made.

    Raises ValuesError for anything else.
    """
    if len(text) > 2 * MAX_BYTES:
        raise ValuesError("the answer is larger than 64 MiB")
    try:
        message = json.loads(text)
        tree, frames = message["tree"], message["arrays"]
        return tree, [_frame(frame) for frame in frames]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, ValuesError):
            raise
        raise ValuesError("the answer is not in the form that was asked for") from None


def _frame(frame: Mapping[str, Any]) -> np.ndarray:
    dtype, shape = frame["dtype"], frame["shape"]
    if not isinstance(dtype, str) or not isinstance(shape, list):
        raise ValuesError("an array of the answer has no dtype or shape")
    # NumPy reads more than names in it, such as lists of fields
    if re.fullmatch(rf"[<>|=]?[{KINDS}][1248]", dtype) is None or len(shape) > 8:
        raise ValuesError("an array of the answer is of a dtype that is not allowed")
    kind = np.dtype(dtype)
    if not all(isinstance(side, int) and 0 <= side < 2**40 for side in shape):
        raise ValuesError("an array of the answer has an impossible shape")
    try:
        data = base64.b64decode(frame["data"], validate=True)
    except binascii.Error:
        raise ValuesError("an array of the answer is damaged") from None
    if math.prod(shape) * kind.itemsize != len(data):
        raise ValuesError("an array of the answer is not as long as its shape says")
    return np.frombuffer(data, dtype=kind).reshape(shape)


class Store:
    """Many values in one list of arrays, equal arrays kept once."""

    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []
        self._seen: dict[tuple[str, tuple[int, ...], bytes], int] = {}

    def add(self, value: Any) -> Node:
        """Return the node of ``value``, its arrays added to the list."""
        node, arrays = encode(value)
        return self._place(node, arrays)

    def _place(self, node: Node, arrays: Sequence[np.ndarray]) -> Node:
        if "array" in node:
            array = arrays[node["array"]]
            mark = (array.dtype.str, array.shape, array.tobytes())
            if mark not in self._seen:
                self._seen[mark] = len(self.arrays)
                self.arrays.append(array)
            return {**node, "array": self._seen[mark]}
        (kind, content), *_ = node.items()
        if kind in ("tuple", "list"):
            return {kind: [self._place(item, arrays) for item in content]}
        if kind == "dict":
            return {kind: {key: self._place(item, arrays) for key, item in content.items()}}
        return node
