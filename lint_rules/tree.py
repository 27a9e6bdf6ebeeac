"""The files of one project: their names, bytes and texts.

Invariant: files are read when they are first asked for, and whatever is asked is written down in `asked`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from lint_rules.memory import Look, Memory, look_at
from lint_rules.source import Text, decode, package_root, read

SKIPPED = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        ".tox",
        ".nox",
        ".venv",
        "venv",
        "node_modules",
        "__pycache__",
        "build",
        "dist",
        "site-packages",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".eggs",
    }
)
KEPT_BYTES = 64_000_000  # of the texts of one project
Question = tuple[str, ...]


@dataclass(eq=False, repr=False)
class Tree:
    """The Python files below `root` (a folder, or one file that belongs to no project); `texts` replaces what is on
    disk.
    """

    root: Path
    src: tuple[str, ...] = ()
    texts: dict[Path, bytes] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    asked: dict[Question, None] = field(default_factory=dict, init=False)
    _contents: dict[Path, str] = field(default_factory=dict, init=False)
    _named: dict[str, str] = field(default_factory=dict, init=False)
    _files: list[Path] | None = field(default=None, init=False)
    _names: dict[str, Path] | None = field(default=None, init=False)
    _prefixes: dict[Path, list[str]] = field(default_factory=dict, init=False)
    _known: frozenset[Path] = field(default=frozenset(), init=False)
    _text: dict[Path, Text] = field(default_factory=dict, init=False)
    _data: dict[Path, bytes] = field(default_factory=dict, init=False)
    _room: int = field(default=KEPT_BYTES, init=False)

    def files(self) -> list[Path]:
        """Every Python file of the project, sorted."""
        if self._files is None:
            walked = _walk(self.root) if self.root.is_dir() else [self.root]
            extra = [path for path in self.texts if path == self.root or self.root in path.parents]
            self._files = sorted({*walked, *extra})
        return self._files

    def is_test(self, path: Path) -> bool:
        """Tests give what nobody else does: an interval of 0, an imitation, the other end of a stream."""
        parts = path.relative_to(self.root).parts if path.is_relative_to(self.root) else path.parts
        return path.name.startswith(("test_", "conftest")) or any(part in ("test", "tests") for part in parts)

    def names(self) -> dict[str, Path]:
        """Every dotted name under which a file of the project may be imported."""
        if self._names is None:
            self._names = {}
            for path in self.files():
                for name in self._names_of(path):
                    self._names.setdefault(name, path)
            self._known = frozenset(self._names.values())
        return self._names

    def _names_of(self, path: Path) -> list[str]:
        """Under the topmost package, under a folder of sources, and from the root of the project."""
        folder, stem = path.parent, path.stem
        if folder not in self._prefixes:
            self._prefixes[folder] = [
                ".".join(folder.relative_to(root).parts) for root in self._roots(folder) if folder.is_relative_to(root)
            ]
        names = [
            ".".join(filter(None, (prefix, "" if stem == "__init__" else stem))) for prefix in self._prefixes[folder]
        ]
        return list(dict.fromkeys(filter(None, names))) or [stem]

    def _roots(self, folder: Path) -> Iterator[Path]:
        top = package_root(folder)
        if top is not None:
            yield top
        base = self.root if self.root.is_dir() else self.root.parent
        for name in (*self.src, "src"):
            if folder.is_relative_to(base / name):
                yield base / name
        yield base

    def _find(self, dotted: str, beside: str) -> Path | None:
        path = self.names().get(dotted)
        if path is None and beside:
            path = Path(beside, f"{dotted}.py")
            return path if path in self._known else None
        return path

    def data(self, path: Path) -> bytes:
        """A file's bytes. Those of most projects are kept, since many questions go through all of them. Raises
        OSError.
        """
        known = self.texts.get(path)
        if known is None:
            known = self._data.get(path)
        if known is None:
            known = read(path)
            self._keep(path, known)
        return known

    def _bytes(self, path: Path) -> bytes:
        try:
            return self.data(path)
        except OSError:
            return b""

    def _keep(self, path: Path, data: bytes) -> None:
        self._room -= len(data)
        if self._room >= 0:
            self._data[path] = data

    def look(self, path: Path) -> Look:
        """A file seen by its bytes alone. Raises OSError."""
        text = self.texts.get(path)
        look = self.memory.look(path, partial(self._keep, path)) if text is None else look_at(text)
        self._contents[path] = look.content
        return look

    def content(self, path: Path) -> str:
        """The digest of a file's bytes; "" where it cannot be read."""
        if path not in self._contents:
            try:
                self.look(path)
            except OSError:
                self._contents[path] = ""
        return self._contents[path]

    def content_of(self, name: str) -> str:
        """As `content`, of a path as text."""
        if name not in self._named:
            self._named[name] = self.content(Path(name))
        return self._named[name]

    def text(self, path: Path) -> Text:
        """Raises OSError and source.Undecodable."""
        self.asked["text", str(path)] = None
        return self._read(path)

    def _read(self, path: Path) -> Text:
        if path not in self._text:
            self._text[path] = decode(path, self.data(path))
        return self._text[path]

    def _lines(self, path: Path) -> tuple[str, ...]:
        return self._read(path).lines


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(f for f in folders if f not in SKIPPED and not f.endswith(".egg-info"))
        for name in names:
            if name.endswith(".py"):
                yield Path(folder, name)
