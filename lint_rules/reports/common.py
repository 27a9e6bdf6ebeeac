"""What the reports share: how a path, a place and a text of others are written.

Invariant: nothing that came from an analysed file reaches a terminal as a control sequence.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

Lines = Callable[[Path], tuple[str, ...]]


def shown_path(path: Path) -> str:
    """Relative to the working directory where the file is under it, with forward slashes."""
    absolute = Path(os.path.normpath(path.absolute()))
    folder = Path.cwd()
    return (absolute.relative_to(folder) if absolute.is_relative_to(folder) else absolute).as_posix()


def printable(text: str) -> str:
    """Control characters, marks that reorder text and lone surrogates are written as escapes; tabs become spaces."""
    text = text.expandtabs(4)
    if text.isprintable():
        return text
    return "".join(_escape(c) if not c.isprintable() and unicodedata.category(c) != "Zs" else c for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
