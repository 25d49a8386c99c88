"""Rebuild the data that ships with the course: ``python -m autograder.assets [--check]``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# One thread: the order of additions, and so the trained weights, must not depend on cores.
# Set before NumPy starts its threads.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

MANIFEST = "manifest.json"


def main(arguments: list[str] | None = None) -> int:
    """Rebuild or check. Return 0; 1 if ``--check`` found a difference; 2 if a source is missing."""
    parser = argparse.ArgumentParser(prog="python -m autograder.assets", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--sources", type=Path, help="folder with the packages, to fetch nothing")
    parser.add_argument("--only", choices=["data", "models"], help="rebuild one half")
    options = parser.parse_args(arguments)
    from autograder.assets.sources import SourceError
    from cnnkit.data import FOLDER

    with tempfile.TemporaryDirectory() as scratch:
        try:
            parts: list[Iterator[str]] = []
            if options.only != "models":
                parts.append(_data(options.sources, Path(scratch), FOLDER, options.check))
            if options.only != "data":
                parts.append(_models(FOLDER, options.check))
            wrong = [line for part in parts for line in part]
        except SourceError as error:
            print(f"autograder.assets: {error}", file=sys.stderr)
            return 2
    for line in wrong:
        print(f"autograder.assets: {line}", file=sys.stderr)
    return 1 if wrong else 0


def _data(sources: Path | None, scratch: Path, folder: Path, check: bool) -> Iterator[str]:
    """Rebuild images; yield one sentence for each difference."""
    from autograder.assets import datasets
    from autograder.assets.sources import fetch

    place = sources or scratch
    if sources is None:
        fetch(place)
    for name in datasets.PHOTOS:
        yield from _put(folder, f"{name}.png", datasets.photo(place, name), check)
    yield from _put(folder, "digits.npz", datasets.digits(place), check)
    yield from _put(folder, "shifted.npz", datasets.shifted(), check)
    yield from _put(folder, "fashion.npz", datasets.fashion(place), check)


def _models(folder: Path, check: bool) -> Iterator[str]:
    """Train the models; yield one sentence for each difference."""
    from autograder.assets import models
    from autograder.assets.files import content_hash

    facts: dict[str, Any] = {}
    known = _load(folder / "models.json")
    manifest = _load(folder / MANIFEST)
    for name, arrays, measured in models.build_all():
        facts[name] = measured
        file = f"{name}.npz"
        if not check:
            yield from _put(folder, file, arrays, check)
            print(f"{name}: {measured['accuracy']:.3f} with {measured['weights']} weights")
            continue
        if content_hash(arrays) == manifest.get(file, {}).get("content"):
            print(f"{file}: the same")
        elif abs(measured["accuracy"] - known[name]["accuracy"]) <= models.TOLERANCE:
            print(f"{file}: other weights, accuracy {measured['accuracy']:.3f} as it should be")
        else:
            yield f"{file}: accuracy {measured['accuracy']:.3f}, not {known[name]['accuracy']:.3f}."
    if not check:
        _save(folder / "models.json", facts)


def _put(folder: Path, file: str, arrays: Any, check: bool) -> Iterator[str]:
    """Write a file and its two hashes; with ``check`` only compare, yielding a difference."""
    from autograder.assets import files

    content = files.content_hash(arrays)
    manifest = _load(folder / MANIFEST)
    if check:
        if content != manifest.get(file, {}).get("content"):
            yield f"{file}: a rebuild gives other values."
        else:
            print(f"{file}: the same")
        return
    if file.endswith(".png"):
        data = files.png_bytes(arrays["image"])
    else:
        # Weights hardly shrink; pictures do.
        data = files.npz_bytes(arrays, compress=all(a.dtype.kind == "u" for a in arrays.values()))
    folder.mkdir(exist_ok=True)
    (folder / file).write_bytes(data)
    manifest[file] = {"bytes": files.file_hash(folder / file), "content": content}
    _save(folder / MANIFEST, dict(sorted(manifest.items())))
    print(f"{file}: {len(data):,} bytes")


def _load(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def _save(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
