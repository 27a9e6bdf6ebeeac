"""Bytes to text: reading, decoding and hashing files, and finding the project they belong to.

Invariant: what is decided here depends only on the bytes of the project's files, never on what is installed or on
which paths were asked for.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import stat
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

PROJECT_MARKS = ("pyproject.toml", "setup.cfg", "setup.py", ".git")
LINE = re.compile(r"\r\n|\r|\n")
# A loop that this tool speaks of is a statement in a coroutine. Between two words may stand blanks, form feeds and
# ends of lines after a backslash.
COROUTINE = re.compile(
    rb"async(?:\s|\\)+def\b"
)  # no \b before it: `re` finds a literal beginning at the speed of memory
# An encoding in which the ASCII letters of a keyword need not be these bytes has to be named in one of the first two
# lines.
FIRST_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?[^\r\n]*")
COOKIE = re.compile(rb"coding[:=][ \t]*([-\w.]+)")
PLAIN_ENCODING = re.compile(
    rb"utf[-_]?8(?:[-_]sig)?|ascii|us-ascii|latin-?1|iso-?8859-\d+|cp125\d|windows-125\d", re.IGNORECASE
)


class Undecodable(Exception):
    """The bytes of a file are not text in the encoding that it declares."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Text:
    """A file as text. `lines` are split as the Python parser does (not at form feeds), without their ends."""

    path: Path
    text: str
    lines: tuple[str, ...]


def read(path: Path) -> bytes:
    """A file's bytes. What is no regular file is not waited for: a pipe of that name would give nothing for ever.
    Raises OSError.
    """
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(file, "rb") as stream:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return stream.read()


def digest(data: bytes) -> str:
    """What stands for these bytes wherever they are compared with others."""
    return hashlib.sha256(data).hexdigest()[:32]


def may_matter(data: bytes) -> bool:
    """Whether a file can hold a candidate loop, decided before it is decoded. Never False for a file that has one."""
    if b"\x00" in data[:4]:
        return True
    if (b"while" in data or b"for" in data) and COROUTINE.search(data) is not None:
        return True
    head = FIRST_LINES.match(data)
    cookie = COOKIE.search(head[0]) if head is not None else None
    return cookie is not None and PLAIN_ENCODING.fullmatch(cookie[1]) is None


def decode(path: Path, data: bytes) -> Text:
    """Raises Undecodable with the line where decoding failed."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except (SyntaxError, UnicodeDecodeError) as exc:
        raise Undecodable(1, f"cannot be decoded: {exc}") from exc
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as exc:
        raise Undecodable(
            data.count(b"\n", 0, exc.start) + 1, f"cannot be decoded as {encoding}: {exc.reason}"
        ) from exc
    except (LookupError, ValueError) as exc:
        raise Undecodable(1, f"cannot be decoded: {exc}") from exc
    if "\x00" in text:
        raise Undecodable(text.count("\n", 0, text.index("\x00")) + 1, "contains a NUL character")
    text = text.removeprefix("\ufeff")
    return Text(path, text, tuple(LINE.split(text) if "\r" in text else text.split("\n")))


def seen(ask: Callable[[], bool]) -> bool:
    """`seen(path.is_file)`: nothing is there where one may not look; whoever reads it will complain."""
    try:
        return ask()
    except OSError:
        return False


@lru_cache(maxsize=4096)
def _project_mark(folder: Path) -> Path | None:
    for parent in (folder, *folder.parents):
        if any(seen((parent / mark).exists) for mark in PROJECT_MARKS):
            return parent
    return None


@lru_cache(maxsize=4096)
def package_root(folder: Path) -> Path | None:
    """The folder above the topmost package that `folder` is in, or None outside any package."""
    if not seen((folder / "__init__.py").exists):
        return None
    top = folder
    while seen((top.parent / "__init__.py").exists) and top.parent != top:
        top = top.parent
    return top.parent


def project_root(path: Path) -> Path:
    """The project of a file: the nearest folder upwards with a project mark, else the topmost package's parent, else
    the file itself.
    """
    folder = path.parent
    return _project_mark(folder) or package_root(folder) or path
