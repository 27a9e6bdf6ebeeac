"""What is known of files by their content, within one process and, where there is a store, from earlier runs.

Invariant: a thing is handed out only under the digest of all that it was made from, so that nothing here can be stale.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lint_rules.index import ModuleInfo
from lint_rules.scan import Scan
from lint_rules.source import digest, may_matter, read

MANY_SCANS = 50_000  # of old contents, too; then only those of this run are kept
Signature = tuple[int, int, int, int]


class Store(Protocol):
    """Keeps objects between runs: by kind and name, handed out only if the key is the one they were kept under."""

    def get(self, kind: str, name: str, key: str) -> object: ...
    def put(self, kind: str, name: str, key: str, value: object) -> bytes:
        """Returns the object as it will be written."""


class Shelf(Protocol):
    """Lends objects to the other processes of the run."""

    def get(self, name: str, key: str) -> object: ...
    def put(self, name: str, key: str, value: object, data: bytes | None) -> None: ...


@dataclass(frozen=True, slots=True)
class Look:
    """A file seen by its bytes alone. `matters`: it may hold a candidate loop."""

    content: str
    size: int
    matters: bool


def look_at(data: bytes) -> Look:
    return Look(digest(data), len(data), may_matter(data))


Lines = dict[str, tuple[tuple[int, ...], str]]  # by path: where a word stands, and a digest of these lines


@dataclass(frozen=True, slots=True)
class Told:
    """What a run was told of a project whose files had these contents: answers to questions, as digests, and where
    words stand. What concerns a file alone holds as long as that file is the same.
    """

    contents: dict[str, str] = field(default_factory=dict)
    answers: dict[tuple[str, ...], str] = field(default_factory=dict)
    mentions: dict[str, Lines] = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """What is known by the digest of a file's bytes. `syntax`: where it is no Python; (0, "") means nowhere."""

    syntax: dict[str, tuple[int, str]] = field(default_factory=dict)
    scans: dict[str, Scan] = field(default_factory=dict)


@dataclass(slots=True)
class Memory:
    """One project's memory."""

    store: Store | None = None
    known: Known = field(default_factory=Known)
    shelf: Shelf | None = None
    _size: int = 0
    _looks: dict[Path, tuple[Signature, Look]] = field(default_factory=dict)
    _modules: dict[Path, tuple[str, ModuleInfo]] = field(default_factory=dict)

    def attach(self, store: Store) -> None:
        """Take over what the store knows."""
        self.store = store
        found = store.get("files", "", "")
        if isinstance(found, Known):
            self.known.syntax |= found.syntax
            self.known.scans |= found.scans
        self._size = len(self.known.syntax) + len(self.known.scans)

    def detach(self) -> None:
        """Hand over what was learnt of the files that were looked at."""
        if self.store is not None and len(self.known.syntax) + len(self.known.scans) != self._size:
            if len(self.known.scans) > MANY_SCANS:
                used = {look.content for _, look in self._looks.values()}
                self.known.syntax = {content: found for content, found in self.known.syntax.items() if content in used}
                self.known.scans = {content: found for content, found in self.known.scans.items() if content in used}
            self.store.put("files", "", "", self.known)
        self.store = self.shelf = None

    def drop_modules(self) -> None:
        """A host's garbage collector looks through all that is kept; where there is a store, it is soon read again."""
        self._modules.clear()

    def look(self, path: Path, keep: Callable[[bytes], None]) -> Look:
        """Reads a file, again only if it was touched; who keeps its bytes need not read them. Raises OSError."""
        state = os.stat(path)  # noqa: PTH116 (asked for every file of a project)
        signature = (state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino)
        known = self._looks.get(path)
        if known is None or known[0] != signature:
            data = read(path)
            keep(data)
            known = self._looks[path] = (signature, look_at(data))
        return known[1]

    def module(self, path: Path, key: str) -> ModuleInfo | None:
        known = self._modules.get(path)
        if known is not None and known[0] == key:
            return known[1]
        found = self.store.get("module", str(path), key) if self.store is not None else None
        if found is None and self.shelf is not None:
            found = self.shelf.get(str(path), key)
        if isinstance(found, ModuleInfo):
            self._modules[path] = (key, found)
            return found
        return None

    def keep_module(self, path: Path, key: str, module: ModuleInfo) -> None:
        self._modules[path] = (key, module)
        data = self.store.put("module", str(path), key, module) if self.store is not None else None
        if self.shelf is not None:
            self.shelf.put(str(path), key, module, data)


_memories: dict[Path, Memory] = {}


def memory_of(root: Path) -> Memory:
    """The memory of a project in this process: hosts ask for one file after the other, fixers for one again."""
    return _memories.setdefault(root, Memory())
