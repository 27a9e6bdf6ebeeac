"""Edits applied to the bytes of a file.

Invariant: what no edit names stays as it is, byte for byte: line ends, encoding, byte order mark, tabs, form feeds, a
last line without an end.
"""

from __future__ import annotations

import codecs
import difflib
import io
import tokenize
from collections.abc import Iterable, Mapping
from pathlib import Path

from lint_rules.findings import Edit
from lint_rules.source import LINE, decode


class Unwritable(Exception):
    """The bytes cannot be given back as they were, or the edits contradict each other."""


def apply(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Raises Unwritable."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding
        text = data[len(mark) :].decode(encoding)
        if mark + text.encode(encoding) != data:
            raise Unwritable(f"its bytes do not survive {encoding}")
        return mark + _apply(text, sorted(set(edits), key=_start)).encode(encoding)
    except (SyntaxError, UnicodeError) as exc:
        raise Unwritable(str(exc)) from exc


def _start(edit: Edit) -> tuple[int, int, int, int]:
    return (edit.line, edit.column, edit.end_line, edit.end_column)


def _apply(text: str, edits: list[Edit]) -> str:
    ends = list(LINE.finditer(text))
    starts = [0, *(end.end() for end in ends)]
    out: list[str] = []
    at = 0
    for edit in edits:
        begin = _offset(text, starts, edit.line, edit.column)
        end = _offset(text, starts, edit.end_line, edit.end_column)
        if not at <= begin <= end:
            raise Unwritable("two edits overlap")
        newline = ends[min(max(edit.line - 2, 0), len(ends) - 1)].group() if ends else "\n"
        new = edit.text.replace("\n", newline)
        if edit.line > len(starts):  # after a last line without an end
            new = newline + new.removesuffix(newline)
        out += [text[at:begin], new]
        at = end
    return "".join([*out, text[at:]])


def _offset(text: str, starts: list[int], line: int, column: int) -> int:
    return starts[line - 1] + column - 1 if line <= len(starts) else len(text)


def by_path(edits: Iterable[Edit]) -> Mapping[Path, list[Edit]]:
    groups: dict[Path, list[Edit]] = {}
    for edit in edits:
        groups.setdefault(edit.path.absolute(), []).append(edit)
    return groups


def insert(path: Path, line: int, *lines: str) -> Edit:
    """Whole lines, put before this line."""
    return Edit(path, line, 1, line, 1, "".join(text + "\n" for text in lines))


def difference(path: Path, before: bytes, after: bytes) -> list[Edit]:
    """The edits, in whole lines, that make one text of the other."""
    old, new = decode(path, before).lines, decode(path, after).lines
    found = []
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found.append(Edit(path, i + 1, 1, j + 1, 1, "".join(line + "\n" for line in new[k:m])))
    return found
