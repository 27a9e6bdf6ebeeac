"""One project: what its files define, and a digest of the answer to every question that was asked of it.

Invariant: answers depend only on the files below the project's root and the settings. Files are indexed when first
asked for, and every question is written down in `asked`, so that a later run can tell whether its answer is still the
same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lint_rules.index import ClassInfo, FunctionInfo, ModuleInfo
from lint_rules.indexer import build_piece, index
from lint_rules.interface import assigned, assigning, classes, defined, interface, named, outermost, text_digest
from lint_rules.outline import Piece
from lint_rules.parse import Unparseable
from lint_rules.source import Undecodable, digest
from lint_rules.tree import Question
from lint_rules.words import Words

if TYPE_CHECKING:
    from lint_rules.syntax import Slice

ABOUT_ALL = frozenset({"touching", "makes", "matches", "mentions", "headers", "writes", "calls", "clears"})
OF_MODULES = {
    "named": named,
    "classes": classes,
    "defined": defined,
    "assigned": assigned,
    "assigning": assigning,
}
ABOUT_MODULES = frozenset({"module", "function", *OF_MODULES})
T = TypeVar("T")


@dataclass(eq=False, repr=False)
class Project(Words):
    """All that is known of the files of one project."""

    errors: dict[Path, tuple[int, str]] = field(default_factory=dict, init=False)
    _modules: dict[Path, ModuleInfo | None] = field(default_factory=dict, init=False)
    _outermost: dict[Path, dict[str, tuple[int, int]]] = field(default_factory=dict, init=False)
    _by_line: dict[Path, dict[int, str]] = field(default_factory=dict, init=False)
    _paths: dict[str, Path] = field(default_factory=dict, init=False)
    _worked_out: dict[tuple[object, ...], tuple[Any, dict[Question, None]]] = field(default_factory=dict, init=False)
    _notes: dict[tuple[str, int, int], object] = field(default_factory=dict, init=False)
    _slices: dict[tuple[str, int], Slice] = field(default_factory=dict, init=False)

    def module(self, path: Path) -> ModuleInfo | None:
        """The index of a file, or None where it cannot be read (then `errors` says why)."""
        self.asked["module", str(path)] = None
        if path not in self._modules:
            self._modules[path] = self._load(path)
        return self._modules[path]

    def _load(self, path: Path) -> ModuleInfo | None:
        name = self._names_of(path)[0]
        if self.names().get(name, path) != path or self._paths.get(name, path) != path:
            name = f"{name}@{path}"
        self._paths[name] = path
        try:
            return self._index(path, name)
        except OSError as exc:
            self.errors[path] = (1, f"cannot be read: {exc.strerror or exc}")
        except (Undecodable, Unparseable) as exc:
            self.errors[path] = (exc.line, exc.message)
        except RecursionError:
            self.errors[path] = (1, "an expression is too deeply nested")
        return None

    def _index(self, path: Path, name: str) -> ModuleInfo:
        key = f"{self.content(path)} {name}"
        module = self.memory.module(path, key)
        if module is None:
            module = index(self._read(path), name, path.name == "__init__.py")
            self.memory.keep_module(path, key, module)
        lines = partial(self._lines, path)
        module.late.attach(lines, partial(_build, path, module), partial(self._asked_for, str(path)))
        return module

    def _asked_for(self, path: str, kind: str, about: str) -> None:
        self.asked[kind, path, about] = None

    def path_of(self, module: str) -> Path:
        return self._paths[module]

    def find_module(self, dotted: str, importer: str = "") -> ModuleInfo | None:
        """The project's module of that name; a plain name is also looked for beside the importing file, as a script
        would.
        """
        beside = str(self._paths[importer].parent) if importer in self._paths and "." not in dotted else ""
        self.asked["find", dotted, beside] = None
        path = self._find(dotted, beside)
        return self.module(path) if path is not None else None

    def indexed(self, module: str) -> ModuleInfo | None:
        path = self._paths.get(module)
        return self.module(path) if path is not None else None

    def outermost(self, path: Path) -> dict[str, tuple[int, int]]:
        """The lines of the outermost functions of a file by a name that edits elsewhere in it do not change."""
        if path not in self._outermost:
            module = self.module(path)
            self._outermost[path] = outermost(module) if module is not None else {}
        return self._outermost[path]

    def slice(self, fn: FunctionInfo) -> Slice:
        """The libcst tree of the outermost function that `fn` is in. Raises syntax.Unparseable."""
        path = self.ask_text(fn)
        key = (fn.module, fn.first)
        if key not in self._slices:
            from lint_rules.syntax import parse_slice

            self._slices[key] = parse_slice(self._read(path).lines, fn.first, fn.last)
        return self._slices[key]

    def ask_text(self, fn: FunctionInfo) -> Path:
        """Write down that all of the outermost function that `fn` is in matters. Its file."""
        path = self.path_of(fn.module)
        self.asked["function", str(path), self.name_of(fn)] = None
        return path

    def source(self, fn: FunctionInfo) -> str:
        """The text of the outermost function that `fn` is in, as a module. Raises OSError."""
        path = self.ask_text(fn)
        text = "\n".join(self._read(path).lines[fn.first - 1 : fn.last]).lstrip("\f") + "\n"
        return "if 1:\n" + text if text[:1] in (" ", "\t") else text

    def recall(self, key: tuple[object, ...], work_out: Callable[[], T]) -> T:
        """What was worked out under this key before, for whomever. It counts as asking all that was asked for it."""
        known = self._worked_out.get(key)
        if known is None:
            outer, self.asked = self.asked, {}
            try:
                value = work_out()
            finally:
                inner, self.asked = self.asked, outer
            known = self._worked_out[key] = (value, inner)
        self.asked.update(known[1])
        value = known[0]
        return value

    def name_of(self, fn: FunctionInfo) -> str:
        """The name of the outermost function that `fn` is in."""
        path = self.path_of(fn.module)
        if path not in self._by_line:
            self._by_line[path] = {first: name for name, (first, _) in self.outermost(path).items()}
        return self._by_line[path].get(fn.first, "")

    def noted(self, fn: FunctionInfo) -> object:
        """What somebody noted of the text of a function; asking is as good as reading it."""
        self.ask_text(fn)
        return self._notes.get((fn.module, fn.first, fn.ordinal))

    def note(self, fn: FunctionInfo, what: object) -> None:
        self._notes[fn.module, fn.first, fn.ordinal] = what

    def drop_slices(self) -> None:
        self._slices.clear()

    def answer(self, question: Question) -> str:
        """A digest of the answer to a question that was asked; equal digests mean that it has not changed."""
        if question[0] in ABOUT_ALL:
            self.recall_told()
        if question not in self._answers:
            asked, self.asked = self.asked, {}
            self._answers[question] = self._answer(*question)
            self.asked = asked
        return self._answers[question]

    def _answer(self, kind: str, about: str, more: str = "") -> str:
        if kind == "find":
            path = self._find(about, more)
            return str(path) if path is not None else ""
        if kind == "text":
            return self.content(Path(about))
        if kind == "used":
            try:
                return " ".join(sorted(self.used_on(Path(about), more)))
            except (OSError, Undecodable):
                return ""
        if kind == "changed":
            try:
                return str(self.changed_on(Path(about), more))
            except (OSError, Undecodable):
                return ""
        if kind in ABOUT_MODULES:
            module = self.module(Path(about))
            return self._answer_of(kind, module, Path(about), more) if module is not None else ""
        if kind == "makes":
            return str(self.makes_iterators(about))
        if kind == "matches":
            return str(self.matches(about))
        if kind in ("mentions", "touching"):
            lines = self._mentions_of(about) if kind == "mentions" else self._touching_of(about)
            told = [f"{path} {text}" for path, (_, text) in lines.items()]
            return digest("\n".join(told).encode("utf-8", "surrogatepass"))
        if kind == "headers":
            return digest(
                repr([(str(path), name) for path, name in self.headers_naming(about)]).encode("utf-8", "replace")
            )
        if kind == "writes":
            return digest(repr(sorted(map(repr, self.foreign_writes(about)))).encode("utf-8", "replace"))
        return str(self.calls(about) if kind == "calls" else self.clears(about))

    def _answer_of(self, kind: str, module: ModuleInfo, path: Path, more: str) -> str:
        if kind == "module":
            return interface(module)
        if kind == "function":
            found = self.outermost(path).get(more)
            return text_digest(self._lines(path), *found) if found is not None else ""
        try:
            return OF_MODULES[kind](module, more)
        except Unparseable as exc:
            return f"{exc.line} {exc.message}"


def _build(path: Path, module: ModuleInfo, piece: Piece, cls: ClassInfo | None, lines: Sequence[str]) -> None:
    """Raises Unparseable: a file is outlined by its lines, so that what was not asked for may be no Python."""
    try:
        build_piece(module, piece, cls, lines)
    except Unparseable as exc:
        raise Unparseable(exc.line, exc.message, path) from exc
