"""Files whose bytes depend on their content alone, and the hashes that prove it.

Two hashes a file: of its bytes (what git holds) and of its content (names,
shapes, types and values of the arrays). Only the second survives another
version of zlib, so a rebuild is compared by content.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

Arrays = Mapping[str, np.ndarray]

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold: no clock in the bytes


def npz_bytes(arrays: Arrays, compress: bool) -> bytes:
    """Return arrays as the bytes of an ``.npz`` without pickles, names in order."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in sorted(arrays):
            entry = zipfile.ZipInfo(f"{name}.npy", EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
            entry.create_system = 3  # as on Unix, wherever this runs
            entry.external_attr = 0o644 << 16
            member = io.BytesIO()
            np.lib.format.write_array(
                member, np.ascontiguousarray(arrays[name]), version=(1, 0), allow_pickle=False
            )
            archive.writestr(entry, member.getvalue(), compresslevel=9)
    return stream.getvalue()


def png_bytes(image: np.ndarray) -> bytes:
    """Return a uint8 image, (H, W) or (H, W, 3), as the bytes of a PNG.

    Every row is filtered by the Paeth predictor, which suits photographs
    (PNG specification, third edition, section 9.4).
    """
    height, width = image.shape[:2]
    pixels = image.reshape(height, width, -1).astype(np.int16)
    left, up, corner = (np.zeros_like(pixels) for _ in range(3))
    left[:, 1:], up[1:], corner[1:, 1:] = pixels[:, :-1], pixels[:-1], pixels[:-1, :-1]
    guess = left + up - corner
    by_left, by_up, by_corner = abs(guess - left), abs(guess - up), abs(guess - corner)
    paeth = np.where(
        (by_left <= by_up) & (by_left <= by_corner), left, np.where(by_up <= by_corner, up, corner)
    )
    rows = (pixels - paeth).astype(np.uint8).reshape(height, -1)
    data = np.concatenate([np.full((height, 1), 4, np.uint8), rows], axis=1).tobytes()
    colour = 2 if image.ndim == 3 else 0
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(data, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def read(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of an ``.npz``, or a PNG as the one array ``image``."""
    if path.suffix == ".png":
        from PIL import Image

        with Image.open(path) as picture:
            return {"image": np.asarray(picture)}
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def content_hash(arrays: Arrays) -> str:
    """Return the SHA-256 of names, types, shapes and values, whatever the file format."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.newbyteorder('<').str} {array.shape}\n".encode())
        digest.update(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    return digest.hexdigest()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
