"""What lies beside a notebook: modules it may import, and what archives hold."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import PurePosixPath

from autograder.mend.archives import folder_of, is_archive
from autograder.mend.files import unpack_all


def unpacked(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the files, with the contents of archives among them, and what was refused."""
    packed = {
        path: data for path, data in files.items()
        if is_archive(path, data)
        and not any(name.startswith(f"{folder_of(path)}/") for name in files)
    }
    found = unpack_all(packed)
    return {**files, **found.files}, found.refused


def module_sources(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the ``.py`` files that a notebook could import, by module name."""
    return {
        PurePosixPath(path).stem: data.decode("utf-8", "replace").replace("\r\n", "\n")
        for path, data in files.items()
        if path.endswith(".py") and PurePosixPath(path).stem not in sys.stdlib_module_names
    }


def beside(path: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files as they lie around the notebook at ``path``, seen from its folder.

    What is in the notebook's own folder, or in its zip file, comes to the top, so that
    it can be imported; archives and other copies of the notebook are left out.
    """
    files, _ = unpacked(files)
    folder = PurePosixPath(path).parent.as_posix()
    prefix = "" if folder == "." else f"{folder}/"
    result = {
        name: data for name, data in files.items()
        if name != path and data != files.get(path) and not is_archive(name, data)
    }
    near = {
        name.removeprefix(prefix): data for name, data in result.items()
        if prefix and name.startswith(prefix)
    }
    far = {name: data for name, data in result.items() if not (prefix and name.startswith(prefix))}
    tops = {name.split("/")[0] for name in near}
    return {name: data for name, data in far.items() if name.split("/")[0] not in tops} | near
