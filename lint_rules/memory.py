"""What is known of files by their content, within one process and, where there is a store, from earlier runs.

Invariant: a thing is handed out only under the digest of all that it was made from, so that nothing here can be stale.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lint_rules.index import ModuleInfo
from lint_rules.interface import Digests
from lint_rules.scan import Scan
from lint_rules.source import digest

Signature = tuple[int, int, int, int]


class Store(Protocol):
    """Keeps objects between runs: by kind and name, handed out only if the key is the one they were kept under."""

    def get(self, kind: str, name: str, key: str) -> object: ...
    def put(self, kind: str, name: str, key: str, value: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Indexed:
    """A module with the digests of what it shows."""

    module: ModuleInfo
    digests: Digests


@dataclass(slots=True)
class Memory:
    """One project's memory. `syntax` says of a file's content where it is no Python: (0, "") means nowhere."""

    store: Store | None = None
    syntax: dict[str, tuple[int, str]] = field(default_factory=dict)
    scans: dict[str, Scan] = field(default_factory=dict)
    _contents: dict[Path, tuple[Signature, str]] = field(default_factory=dict)
    _modules: dict[Path, tuple[str, Indexed]] = field(default_factory=dict)

    def content(self, path: Path) -> str:
        """The digest of a file's bytes, read once as long as the file is not touched. Raises OSError."""
        state = os.stat(path)  # noqa: PTH116 (asked for every file of a project)
        signature = (state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino)
        known = self._contents.get(path)
        if known is None or known[0] != signature:
            known = self._contents[path] = (signature, digest(path.read_bytes()))
        return known[1]

    def module(self, path: Path, key: str) -> Indexed | None:
        known = self._modules.get(path)
        if known is not None and known[0] == key:
            return known[1]
        found = self.store.get("module", str(path), key) if self.store is not None else None
        if isinstance(found, Indexed):
            self._modules[path] = (key, found)
            return found
        return None

    def keep_module(self, path: Path, key: str, indexed: Indexed) -> None:
        self._modules[path] = (key, indexed)
        if self.store is not None:
            self.store.put("module", str(path), key, indexed)
