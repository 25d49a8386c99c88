"""The answer key of an assignment: what is asked, what is right, what goes wrong.

A key is a ``.npz`` of plain arrays. Each exercise has two: ``<id>.index``, a JSON
text as bytes, and ``<id>.data``, the bytes of all its arrays one after another.
It is read with ``allow_pickle=False``; it holds no code.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cnnkit.calls import Call
from cnnkit.values import KINDS, Node, ValuesError, decode

FORMAT = 1
FILE_NAME = "key.npz"


class KeyFileError(Exception):
    """The key cannot be used; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class CaseKey:
    """One case: its call, and what is expected of it.

    ``expected`` is a node; ``error`` is the exception's name where one must be raised.
    """

    aspect: str
    name: str
    call: Call
    expected: Node | None
    error: str | None


@dataclass(frozen=True)
class MistakeKey:
    """What one mistake does at the places of the plan where it differs from what is right.

    Each record is ``{"value": node}``, ``{"error": name}``, ``{"changed": names}`` or,
    from a measure, ``{"symptom": name}``.
    """

    name: str
    hint: str
    records: Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True)
class ExerciseKey:
    """All that the judge needs to know of one exercise."""

    id: str
    points: float
    cases: tuple[CaseKey, ...]
    plan: tuple[int, ...]
    mistakes: tuple[MistakeKey, ...]
    arrays: tuple[np.ndarray, ...]
    hints: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    window: Mapping[str, Any] | None = None
    tolerance: float = 1e-5
    dtype: bool = False
    seconds: float = 10.0
    measure: str = "close"
    options: Mapping[str, Any] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    public: bool = True

    def value(self, node: Node) -> Any:
        """Return the value of a node of this key (a fresh copy)."""
        return decode(node, self.arrays)

    def calls(self) -> list[Call]:
        """Return the calls of all cases, in the declared order."""
        return [case.call for case in self.cases]

    def arguments(self, case: int) -> dict[str, Any]:
        """Return fresh copies of one case's arguments by parameter name."""
        args, kwargs = self.cases[case].call.arguments(self.arrays)
        return {**dict(zip(self.parameters, args, strict=False)), **kwargs}


def write_key(exercises: Sequence[ExerciseKey]) -> bytes:
    """Return a key file's bytes; the same exercises give the same bytes."""
    members: dict[str, bytes] = {}
    for exercise in exercises:
        offset, frames, blob = 0, [], io.BytesIO()
        for array in exercise.arrays:
            frames.append([array.dtype.str, list(array.shape), offset])
            offset += blob.write(array.tobytes())
        index = {**_to_json(exercise), "format": FORMAT, "arrays": frames}
        text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
        members[f"{exercise.id}.index"] = text.encode()
        members[f"{exercise.id}.data"] = blob.getvalue()
    file = io.BytesIO()
    # Not numpy.savez: it stamps no fixed time on every version.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.frombuffer(content, np.uint8), version=(1, 0))
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), buffer.getvalue())
    return file.getvalue()


def _to_json(exercise: ExerciseKey) -> dict[str, Any]:
    return {
        "id": exercise.id,
        "points": exercise.points,
        "parameters": list(exercise.parameters),
        "tolerance": exercise.tolerance,
        "dtype": exercise.dtype,
        "seconds": exercise.seconds,
        "measure": exercise.measure,
        "options": dict(exercise.options),
        "weights": dict(exercise.weights),
        "window": None if exercise.window is None else dict(exercise.window),
        "hints": list(exercise.hints),
        "public": exercise.public,
        "plan": list(exercise.plan),
        "cases": [
            [case.aspect, case.name, case.call.args, case.call.kwargs, case.expected, case.error]
            for case in exercise.cases
        ],
        "mistakes": [
            [mistake.name, mistake.hint, [[at, dict(record)] for at, record in
                                          mistake.records.items()]]
            for mistake in exercise.mistakes
        ],
    }


def read_key(source: Path | bytes, exercise: str) -> ExerciseKey:
    """Read one exercise of a key file.

    Raises KeyFileError if there is no such file, it is damaged, it was made by
    another version, or it does not know the exercise.
    """
    archive = _open(source)
    try:
        if f"{exercise}.index" not in archive.files:
            known = ", ".join(_names(archive)) or "none"
            raise KeyFileError(
                f"The answer key beside this notebook does not know an exercise called "
                f"{exercise!r}. It knows: {known}."
            )
        index = json.loads(bytes(archive[f"{exercise}.index"]).decode())
        if index.get("format") != FORMAT:
            raise KeyFileError(
                "The answer key was made by another version of the course. "
                "Take notebook and key.npz from the same release."
            )
        return _from_json(index, bytes(archive[f"{exercise}.data"]))
    except KeyFileError:
        raise
    except Exception as error:  # whatever a damaged file makes zipfile, json or numpy say
        raise KeyFileError(_damaged(source)) from error
    finally:
        archive.close()


def exercise_names(source: Path | bytes) -> list[str]:
    """Return the ids of the exercises in a key file, in order."""
    with _open(source) as archive:
        return _names(archive)


def _names(archive: Any) -> list[str]:
    return [name.removesuffix(".index") for name in archive.files if name.endswith(".index")]


def _open(source: Path | bytes) -> Any:
    try:
        if isinstance(source, bytes):
            archive = np.load(io.BytesIO(source), allow_pickle=False)
        else:
            archive = np.load(source, allow_pickle=False)
        _ = archive.files
        return archive
    except FileNotFoundError:
        raise KeyFileError(
            f"There is no {FILE_NAME} in this folder, so nothing can be checked. "
            "Open the notebook in its own folder of the course, where its key lies beside it."
        ) from None
    except Exception as error:
        raise KeyFileError(_damaged(source)) from error


def _damaged(source: Path | bytes) -> str:
    name = FILE_NAME if isinstance(source, bytes) else source.name
    return f"{name} is damaged or no answer key. Take it again from the course's folder."


def _from_json(index: Mapping[str, Any], data: bytes) -> ExerciseKey:
    arrays = []
    for dtype, shape, offset in index["arrays"]:
        kind = np.dtype(dtype)
        if kind.kind not in KINDS:
            raise ValuesError("a key holds numbers only")
        count = math.prod(shape)
        arrays.append(np.frombuffer(data, kind, count, offset).reshape(shape) if count
                      else np.zeros(shape, kind))
    return ExerciseKey(
        id=str(index["id"]),
        points=float(index["points"]),
        parameters=tuple(index["parameters"]),
        tolerance=float(index["tolerance"]),
        dtype=bool(index["dtype"]),
        seconds=float(index["seconds"]),
        measure=str(index["measure"]),
        options=index["options"],
        weights=index["weights"],
        window=index["window"],
        hints=tuple(index["hints"]),
        public=bool(index["public"]),
        plan=tuple(index["plan"]),
        cases=tuple(
            CaseKey(aspect, name, Call(args, kwargs), expected, error)
            for aspect, name, args, kwargs, expected, error in index["cases"]
        ),
        mistakes=tuple(
            MistakeKey(name, hint, {int(at): record for at, record in records})
            for name, hint, records in index["mistakes"]
        ),
        arrays=tuple(arrays),
    )
