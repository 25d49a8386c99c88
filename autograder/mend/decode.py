"""Turn a file's bytes into text, whatever its encoding."""

from __future__ import annotations

import codecs


class Unreadable(Exception):
    """A submission that cannot be marked; the message is the reason, in one sentence."""


_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_FILES = (
    (b"PK\x03\x04", "is a zip archive, not a notebook"),
    (b"PK\x05\x06", "is an empty zip archive, not a notebook"),
    (b"%PDF", "is a PDF, not a notebook; hand in the .ipynb file"),
    (b"\x89PNG", "is a picture, not a notebook"),
    (b"\xff\xd8\xff", "is a picture, not a notebook"),
    (b"\x1f\x8b", "is a gzip archive, not a notebook"),
    (b"7z\xbc\xaf", "is a 7z archive, not a notebook"),
    (b"Rar!", "is a RAR archive, not a notebook"),
    (b"\xd0\xcf\x11\xe0", "is an Office document, not a notebook"),
    (b"version https://git-lfs", "is a Git LFS pointer, not the notebook itself"),
)


def decode(data: bytes, repairs: list[str]) -> str:
    """Return a file's text, and note in ``repairs`` if it was not UTF-8. Raises Unreadable."""
    if not data.strip(b"\0 \t\r\n"):
        raise Unreadable("The file is empty.")
    for start, what in _OTHER_FILES:
        if data.startswith(start):
            raise Unreadable(f"The file {what}.")
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if encoding is None:
        encoding = _guess_encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            return _most(data, encoding, repairs)
        text, encoding = data.decode("cp1252", "replace"), "Windows-1252"
    if encoding not in ("utf-8", "utf-8-sig"):
        repairs.append(f"the file was saved as {encoding.upper()}; read as such")
    return text


def _most(data: bytes, encoding: str, repairs: list[str]) -> str:
    """Return the text of a file in which some bytes are none, such as one added at its end."""
    text = data.decode(encoding, "replace")
    if text.count("\ufffd") > 20 or '"cells"' not in text:
        raise Unreadable("The file's characters cannot be read.")
    repairs.append(f"some characters of the file could not be read as {encoding.upper()}")
    return text.rstrip("\ufffd")


def _guess_encoding(data: bytes) -> str:
    """Tell UTF-16 and UTF-32 without a mark by where the zero bytes of ASCII are."""
    zeros = "".join("0" if byte == 0 else "x" for byte in data[:4])
    return {
        "x0x0": "utf-16-le", "0x0x": "utf-16-be", "x000": "utf-32-le", "000x": "utf-32-be",
    }.get(zeros, "utf-8")
