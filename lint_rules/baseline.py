"""The list of known findings: what it hides, what in it is stale, and how it is written.

Invariant: an entry is keyed by code, function and fingerprint, never by a line; one entry hides one finding, so that
a second equal loop is new; the file is sorted, one entry to a line, so that it can be read in a diff.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lint_rules.config import ConfigError
from lint_rules.findings import Finding

VERSION = 1
FIELDS = ("path", "code", "function", "fingerprint", "text")


class BaselineError(ConfigError):
    """A baseline that cannot be read or written."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """`path` is relative to the baseline's folder, with forward slashes; `text` is its line, for the
    reader only.
    """

    path: str
    code: str
    function: str
    fingerprint: str
    text: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.code, self.function, self.fingerprint)


@dataclass(frozen=True, slots=True)
class Compared:
    """Findings that no entry hides, and entries that hid none."""

    fresh: tuple[Finding, ...]
    stale: tuple[Entry, ...]


def entry_of(finding: Finding, folder: Path, text: str = "") -> Entry:
    path = os.path.relpath(finding.path.absolute(), folder.absolute()).replace(os.sep, "/")
    return Entry(path, finding.code, finding.function, finding.fingerprint, text)


def compare(
    findings: Sequence[Finding], entries: Iterable[Entry], folder: Path, checked: Callable[[Path, str], bool]
) -> Compared:
    """Entries are used up by findings of their own file first, then by equal loops elsewhere: moved code keeps its own.

    What this run cannot judge (`checked` says no of the file and the code) neither moves nor is stale.
    """
    remaining = list(findings)
    left = sorted(entries)
    remaining, left = _use_up(remaining, left, folder, with_path=True)
    judged = [entry for entry in left if checked(folder / entry.path, entry.code)]
    remaining, stale = _use_up(remaining, judged, folder, with_path=False)
    return Compared(tuple(remaining), tuple(stale))


def _use_up(
    findings: Sequence[Finding], entries: Sequence[Entry], folder: Path, with_path: bool
) -> tuple[list[Finding], list[Entry]]:
    pool: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        pool.setdefault(_key(entry, with_path), []).append(entry)
    remaining = []
    for finding in findings:
        matches = pool.get(_key(entry_of(finding, folder), with_path))
        if matches:
            matches.pop(0)
        else:
            remaining.append(finding)
    return remaining, sorted(entry for matches in pool.values() for entry in matches)


def _key(entry: Entry, with_path: bool) -> tuple[str, ...]:
    return (*entry.key, entry.path) if with_path else entry.key


def read(path: Path) -> tuple[Entry, ...]:
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise BaselineError(path, f"cannot be read: {exc.strerror}") from exc
    except ValueError as exc:
        raise BaselineError(path, f"is not a baseline: {exc}") from exc
    if not isinstance(document, dict) or not isinstance(document.get("entries"), list):
        raise BaselineError(path, "is not a baseline: no list of entries")
    if document.get("version") != VERSION:
        raise BaselineError(path, f"has version {document.get('version')!r}; this spinlint reads version {VERSION}")
    entries = []
    for number, item in enumerate(document["entries"], 1):
        if not isinstance(item, dict) or set(item) != set(FIELDS) or not all(isinstance(v, str) for v in item.values()):
            raise BaselineError(path, f"entry {number} must have the strings {', '.join(FIELDS)}")
        entries.append(Entry(**item))
    return tuple(entries)


def render(entries: Iterable[Entry]) -> str:
    rows = [json.dumps({name: getattr(entry, name) for name in FIELDS}) for entry in sorted(entries)]
    body = ",\n".join(f"    {row}" for row in rows)
    listing = f"[\n{body}\n  ]" if rows else "[]"
    return f'{{\n  "version": {VERSION},\n  "entries": {listing}\n}}\n'


def write(path: Path, entries: Iterable[Entry]) -> None:
    try:
        path.write_text(render(entries), encoding="utf-8", newline="\n")
    except OSError as exc:
        raise BaselineError(path, f"cannot be written: {exc.strerror}") from exc
