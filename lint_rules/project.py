"""One project: its files, what each defines, and the questions that need all of them (who subclasses, who writes this attribute).

Invariant: answers depend only on the files below the project's root and the settings. Files are read and indexed when first asked for.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from lint_rules.index import ClassInfo, FunctionInfo, ModuleInfo, build_index
from lint_rules.source import Text, Undecodable, decode, package_root
from lint_rules.syntax import Slice, Unparseable, parse_index, parse_slice

SKIPPED = frozenset(
    {".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "node_modules", "__pycache__", "build", "dist", "site-packages",
     ".mypy_cache", ".pytest_cache", ".ruff_cache", ".eggs"}
)  # fmt: skip
CLASS_HEADER = re.compile(rb"^[ \t]*class[ \t]+(\w+)[^(\n:]*\(([^)]*)\)", re.MULTILINE)
FOREIGN_WRITE = re.compile(rb"(\w+)\.([A-Za-z_]\w*)[ \t]*(?::[^=\n]*)?(=(?!=)|[-+*/|&]=)[ \t]*([^\n#]*)")
LITERAL = re.compile(r"^(?:True|False|None|-?\d+(?:\.\d+)?|'[^'\\]*'|\"[^\"\\]*\")\s*$")
ME = frozenset({b"self", b"cls"})


class Project:
    """All that is known of the files below `root` (a folder, or one file that belongs to no project)."""

    def __init__(self, root: Path, src: tuple[str, ...] = (), texts: dict[Path, bytes] | None = None) -> None:
        self.root = root
        self.src = src
        self.texts = texts or {}
        self.errors: dict[Path, tuple[int, str]] = {}
        self._files: list[Path] | None = None
        self._names: dict[str, Path] | None = None
        self._modules: dict[Path, ModuleInfo | None] = {}
        self._paths: dict[str, Path] = {}
        self._text: dict[Path, Text] = {}
        self._slices: dict[tuple[str, int], Slice] = {}
        self._bases: dict[str, list[tuple[Path, str]]] | None = None
        self._writes: dict[str, set[object]] = {}

    def files(self) -> list[Path]:
        """Every Python file of the project, sorted."""
        if self._files is None:
            self._files = [self.root] if not self.root.is_dir() else sorted(_walk(self.root))
            extra = [p for p in self.texts if p not in set(self._files) and (p == self.root or self.root in p.parents)]
            self._files = sorted({*self._files, *extra})
        return self._files

    def names(self) -> dict[str, Path]:
        """Every dotted name under which a file of the project may be imported."""
        if self._names is None:
            self._names = {}
            for path in self.files():
                for name in self._names_of(path):
                    self._names.setdefault(name, path)
        return self._names

    def _roots(self, path: Path) -> Iterator[Path]:
        top = package_root(path.parent)
        if top is not None:
            yield top
        base = self.root if self.root.is_dir() else self.root.parent
        for name in (*self.src, "src"):
            if (base / name) in path.parents:
                yield base / name
        yield base

    def _names_of(self, path: Path) -> list[str]:
        out = []
        for root in self._roots(path):
            parts = list(path.relative_to(root).with_suffix("").parts) if root in path.parents else [path.stem]
            if parts and parts[-1] == "__init__":
                parts.pop()
            name = ".".join(parts)
            if name and name not in out:
                out.append(name)
        return out or [path.stem]

    def data(self, path: Path) -> bytes:
        """Raises OSError."""
        known = self.texts.get(path)
        return known if known is not None else path.read_bytes()

    def text(self, path: Path) -> Text:
        """Raises OSError and source.Undecodable."""
        if path not in self._text:
            self._text[path] = decode(path, self.data(path))
        return self._text[path]

    def module(self, path: Path) -> ModuleInfo | None:
        """The index of a file, or None where it cannot be read (then `errors` says why)."""
        if path not in self._modules:
            self._modules[path] = self._load(path)
        return self._modules[path]

    def _load(self, path: Path) -> ModuleInfo | None:
        try:
            tree = parse_index(self.text(path).text)
        except OSError as exc:
            self.errors[path] = (1, f"cannot be read: {exc.strerror or exc}")
        except (Undecodable, Unparseable) as exc:
            self.errors[path] = (exc.line, exc.message)
        else:
            name = self._names_of(path)[0]
            if self._paths.get(name, path) != path:
                name = f"{name}@{path}"
            self._paths[name] = path
            try:
                return build_index(tree, name, path.name == "__init__.py")
            except RecursionError:
                self.errors[path] = (1, "an expression is too deeply nested")
        return None

    def path_of(self, module: str) -> Path:
        return self._paths[module]

    def find_module(self, dotted: str, importer: str = "") -> ModuleInfo | None:
        """The project's module of that name; a plain name is also looked for beside the importing file, as a script would."""
        path = self.names().get(dotted)
        if path is None and importer in self._paths and "." not in dotted:
            beside = self._paths[importer].parent / f"{dotted}.py"
            path = beside if beside in set(self.names().values()) else None
        return self.module(path) if path is not None else None

    def indexed(self, module: str) -> ModuleInfo | None:
        path = self._paths.get(module)
        return self.module(path) if path is not None else None

    def slice(self, fn: FunctionInfo) -> Slice:
        """The libcst tree of the outermost function that `fn` is in. Raises syntax.Unparseable."""
        key = (fn.module, fn.first)
        if key not in self._slices:
            self._slices[key] = parse_slice(self.text(self.path_of(fn.module)).lines, fn.first, fn.last)
        return self._slices[key]

    def drop_slices(self) -> None:
        self._slices.clear()

    def _scan(self) -> dict[str, list[tuple[Path, str]]]:
        """One pass over the bytes of all files: class headers by base name, and attributes written on anything but self."""
        if self._bases is None:
            bases: dict[str, list[tuple[Path, str]]] = defaultdict(list)
            writes: dict[str, set[object]] = defaultdict(set)
            for path in self.files():
                try:
                    data = self.data(path)
                except OSError:
                    continue
                for name, header in CLASS_HEADER.findall(data):
                    for base in re.findall(rb"[\w.]+", header):
                        bases[base.rsplit(b".", 1)[-1].decode(errors="replace")].append((path, name.decode(errors="replace")))
                for target, attribute, operator, value in FOREIGN_WRITE.findall(data):
                    if target not in ME:
                        writes[attribute.decode(errors="replace")].add(_literal(operator, value))
            self._bases, self._writes = bases, dict(writes)
        return self._bases

    def foreign_writes(self, attribute: str) -> set[object]:
        """What other code assigns to an attribute of this name: literals, and Ellipsis for anything else."""
        self._scan()
        return self._writes.get(attribute, set())

    def headers_naming(self, base: str) -> list[tuple[Path, str]]:
        """(file, class name) of every class that names `base` among its bases."""
        return self._scan().get(base, [])


def _literal(operator: bytes, value: bytes) -> object:
    text = value.decode(errors="replace").strip()
    if operator == b"=" and LITERAL.match(text):
        if text in ("True", "False", "None"):
            return {"True": True, "False": False, "None": None}[text]
        if text[0] in "'\"":
            return text[1:-1]
        return float(text) if "." in text else int(text)
    return ...


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(f for f in folders if f not in SKIPPED and not f.endswith(".egg-info"))
        for name in names:
            if name.endswith(".py"):
                yield Path(folder, name)


def class_named(module: ModuleInfo, qualname: str) -> ClassInfo | None:
    found: ClassInfo | None = module.classes.get(qualname)
    if found is None and "." in qualname:
        head, *rest = qualname.split(".")
        found = module.classes.get(head)
        for name in rest:
            found = found.classes.get(name) if found else None
    return found


def classes_named(module: ModuleInfo, name: str) -> Iterator[ClassInfo]:
    todo = list(dict.fromkeys(module.classes.values()))
    while todo:
        cls = todo.pop()
        if cls.name == name:
            yield cls
        todo.extend(cls.classes.values())
