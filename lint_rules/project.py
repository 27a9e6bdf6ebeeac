"""One project: its files, what each defines, and the questions that need all of them (who subclasses, who writes
this attribute).

Invariant: answers depend only on the files below the project's root and the settings. Files are read and indexed
when first asked for, and every question is written down in `asked`, so that a later run can tell whether its answer
is still the same.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lint_rules.index import FunctionInfo, ModuleInfo
from lint_rules.indexer import build_piece, index
from lint_rules.interface import assigned, classes, defined, interface, named, outermost, text_digest
from lint_rules.memory import Lines, Look, Memory, Told, look_at
from lint_rules.parse import Unparseable
from lint_rules.scan import Scan, scan
from lint_rules.source import Text, Undecodable, decode, digest, package_root, read

if TYPE_CHECKING:
    from lint_rules.syntax import Slice

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
# Texts of which the scan knows whether they occur; others are searched for.
ASSIGNED = re.compile(r"\.(\w+) = ", re.ASCII)
CHANGED = (
    r"(?:\.(?:append|appendleft|extend|insert|add|update|remove|discard|pop|clear|sort|reverse)\(|\[[^\]\n]*\]\s*=[^=]"
    r"|\s*[-+|&]=)"
)
CALLED = re.compile(r"(\w+)\.(clear|set|shutdown)\(", re.ASCII)
PATH = frozenset(b"_.])" + bytes(range(48, 58)) + bytes(range(65, 91)) + bytes(range(97, 123)))
KEPT_BYTES = 64_000_000  # of the texts of one project
ABOUT_ALL = frozenset({"elsewhere", "makes", "matches", "mentions", "headers", "writes", "calls", "clears"})
OF_MODULES = {"named": named, "classes": classes, "defined": defined, "assigned": assigned}
ABOUT_MODULES = frozenset({"module", "function", *OF_MODULES})
Question = tuple[str, ...]
Chunk = list[tuple[Path, bytes | None]]  # files, with what replaces them on disk
T = TypeVar("T")


class Project:
    """All that is known of the files below `root` (a folder, or one file that belongs to no project)."""

    def __init__(
        self,
        root: Path,
        src: tuple[str, ...] = (),
        texts: dict[Path, bytes] | None = None,
        memory: Memory | None = None,
    ) -> None:
        self.root = root
        self.src = src
        self.texts = texts or {}
        self.memory = memory or Memory()
        self.errors: dict[Path, tuple[int, str]] = {}
        self.asked: dict[Question, None] = {}
        self._answers: dict[Question, str] = {}
        self._contents: dict[Path, str] = {}
        self._named: dict[str, str] = {}
        self._files: list[Path] | None = None
        self._names: dict[str, Path] | None = None
        self._prefixes: dict[Path, list[str]] = {}
        self._known: frozenset[Path] = frozenset()
        self._modules: dict[Path, ModuleInfo | None] = {}
        self._outermost: dict[Path, dict[str, tuple[int, int]]] = {}
        self._by_line: dict[Path, dict[int, str]] = {}
        self._paths: dict[str, Path] = {}
        self._text: dict[Path, Text] = {}
        self._data: dict[Path, bytes] = {}
        self._room = KEPT_BYTES
        self._handed: set[str] = set()
        self.before = Told()
        self.teller: Callable[[], object] | None = None  # of what an earlier run was told
        self.unchanged: frozenset[str] = frozenset()
        self.changed: list[Path] = []
        self._used: dict[tuple[Path, str], frozenset[str]] = {}
        self._changed: dict[tuple[Path, str], bool] = {}
        self._touched: dict[str, bool] = {}
        self._matches: dict[str, bool] = {}
        self._mentions: dict[str, Lines] = {}
        self._worked_out: dict[tuple[object, ...], tuple[Any, dict[Question, None]]] = {}
        self._notes: dict[tuple[str, int, int], object] = {}
        self._slices: dict[tuple[str, int], Slice] = {}
        self._bases: dict[str, list[tuple[Path, str]]] | None = None
        self._writes: dict[str, set[object]] = {}
        self._called: dict[str, set[str]] = {}
        self._assigned: set[str] = set()
        self._makers: set[str] = set()

    # ------------------------------------------------------------------ files and their names

    def files(self) -> list[Path]:
        """Every Python file of the project, sorted."""
        if self._files is None:
            walked = _walk(self.root) if self.root.is_dir() else [self.root]
            extra = [path for path in self.texts if path == self.root or self.root in path.parents]
            self._files = sorted({*walked, *extra})
        return self._files

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

    # ------------------------------------------------------------------ one file

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

    def used_on(self, path: Path, name: str) -> frozenset[str]:
        """The attributes that a file reads from a variable or an attribute of this name. Raises as `text` does."""
        self.asked["used", str(path), name] = None
        if (path, name) not in self._used:
            self._used[path, name] = frozenset(re.findall(rf"{_word(name)}\.(\w+)", self._read(path).text))
        return self._used[path, name]

    def changed_on(self, path: Path, name: str) -> bool:
        """Whether a file changes in place what a variable or an attribute of this name holds. Raises as `text` does."""
        self.asked["changed", str(path), name] = None
        if (path, name) not in self._changed:
            found = re.search(rf"{_word(name)}{CHANGED}", self._read(path).text)
            self._changed[path, name] = found is not None
        return self._changed[path, name]

    def touched_elsewhere(self, names: str) -> bool:
        """Whether some file changes an attribute of one of these names (`a|b`) on anything but `self`."""
        self.asked["elsewhere", names] = None
        if names not in self._touched:
            change = re.compile(rf"\.(?:{names})(?:\s*(?::[^=\n]*)?(?:[-+*/|&]?=(?!=)|\[)|\.\w+\()".encode())
            mine = re.compile(rf"self\.(?:{names})\b".encode())
            words = [f".{name}".encode() for name in names.split("|")]
            self._touched[names] = any(
                any(_is_foreign(data, dot, mine) for dot in _starts(change, data))
                for data in map(self._bytes, self.files())
                if any(word in data for word in words)
            )
        return self._touched[names]

    def mentions(self, name: str) -> list[tuple[Path, tuple[int, ...]]]:
        """The files in whose text a name stands as a whole word, each with the lines."""
        self.asked["mentions", name] = None
        return [(Path(path), lines) for path, (lines, _) in self._mentions_of(name).items()]

    def _mentions_of(self, name: str) -> Lines:
        self.recall_told()
        if name not in self._mentions:
            word = re.compile(_word(name).encode() + rb"(?!\w)")
            known = self.before.mentions.get(name)
            found = {path: lines for path, lines in (known or {}).items() if path in self.unchanged}
            for path in self.files() if known is None else self.changed:
                here = _lines_with(word, name.encode(), self._bytes(path))
                if here is not None:
                    found[str(path)] = here
            self._mentions[name] = {path: found[path] for path in sorted(found)}
        return self._mentions[name]

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
        module.late.attach(lines, partial(build_piece, module), partial(self._asked_for, str(path)))
        return module

    def _lines(self, path: Path) -> tuple[str, ...]:
        return self._read(path).lines

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

    def _find(self, dotted: str, beside: str) -> Path | None:
        path = self.names().get(dotted)
        if path is None and beside:
            path = Path(beside, f"{dotted}.py")
            return path if path in self._known else None
        return path

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

    # ------------------------------------------------------------------ all files

    def scan(self) -> dict[str, list[tuple[Path, str]]]:
        """One pass over the bytes of all files."""
        if self._bases is None:
            bases: dict[str, list[tuple[Path, str]]] = defaultdict(list)
            writes: dict[str, set[object]] = defaultdict(set)
            for path in self.files():
                found = self._scan_of(path)
                for base, name in found.headers:
                    bases[base].append((path, name))
                for attribute, values in found.writes.items():
                    writes[attribute].update(values)
                for method, receivers in found.called.items():
                    self._called.setdefault(method, set()).update(receivers)
                self._assigned |= found.assigned
                self._makers |= found.makers
            self._bases, self._writes = dict(bases), dict(writes)
        return self._bases

    def unscanned(self, portions: int) -> list[Chunk]:
        """The files of which no scan is known."""
        paths = {self.content(path): path for path in self.files()}
        new = [path for content, path in paths.items() if content not in self.memory.known.scans]
        todo = [(path, self.texts.get(path)) for path in new]
        return [todo[at::portions] for at in range(min(portions, len(todo)))]

    def take_scans(self, chunk: Chunk, found: list[Scan]) -> None:
        self.memory.known.scans.update(zip((self.content(path) for path, _ in chunk), found, strict=True))

    def _scan_of(self, path: Path) -> Scan:
        content = self.content(path)
        known = self.memory.known.scans.get(content)
        if known is None:
            try:
                known = self.memory.known.scans[content] = scan(self.data(path))
            except OSError:
                return Scan((), {}, {}, frozenset(), frozenset())
        return known

    def foreign_writes(self, attribute: str) -> set[object]:
        """What other code assigns to an attribute of this name: literals, and Ellipsis for anything else."""
        self.asked["writes", attribute] = None
        self.scan()
        return self._writes.get(attribute, set())

    def headers_naming(self, base: str) -> list[tuple[Path, str]]:
        """(file, class name) of every class that names `base` among its bases."""
        self.asked["headers", base] = None
        return self.scan().get(base, [])

    def makes_iterators(self, name: str) -> bool:
        """Whether some function of this name may give an iterator without end."""
        self.asked["makes", name] = None
        self.scan()
        return name in self._makers

    def clears(self, name: str) -> bool:
        """Whether some file calls `clear` on something whose name ends in this."""
        self.asked["clears", name] = None
        return self._is_called(name, "clear")

    def _is_called(self, name: str, method: str) -> bool:
        self.scan()
        return any(each.endswith(name) for each in self._called.get(method, ()))

    def calls(self, text: str) -> bool:
        """Whether some file holds this text of a call or an assignment, such as `.shutdown(` or `.name = `."""
        self.asked["calls", text] = None
        assigned, called = ASSIGNED.fullmatch(text), CALLED.fullmatch(text)
        if assigned is not None:
            self.scan()
            return assigned[1] in self._assigned
        if called is not None:
            return self._is_called(called[1], called[2])
        return any(text.encode() in self._bytes(path) for path in self.files())

    def matches(self, pattern: str) -> bool:
        """Whether the text of some file matches."""
        self.asked["matches", pattern] = None
        if pattern not in self._matches:
            wanted = re.compile(pattern.encode())
            self._matches[pattern] = any(wanted.search(self._bytes(path)) for path in self.files())
        return self._matches[pattern]

    def _bytes(self, path: Path) -> bytes:
        try:
            return self.data(path)
        except OSError:
            return b""

    # ------------------------------------------------------------------ what may have changed

    def remember(self, before: Told) -> None:
        """Take over what an earlier run was told, as far as it still holds."""
        self.before = before
        contents = {str(path): self.content(path) for path in self.files()}
        self.unchanged = frozenset(path for path, _ in contents.items() & before.contents.items())
        self.changed = [path for path in self.files() if str(path) not in self.unchanged]
        if contents == before.contents:
            self._answers.update(before.answers)
        elif contents.keys() == before.contents.keys():
            self._answers.update({q: answer for q, answer in before.answers.items() if q[0] == "find"})

    def recall_told(self) -> None:
        """Before the first question that goes through all files."""
        if self.teller is not None:
            teller, self.teller = self.teller, None
            before = teller()
            if isinstance(before, Told):
                self.remember(before)

    def hand_over(self) -> dict[str, Lines]:
        """Where words stand, as far as that was found out since the last time."""
        found = {name: lines for name, lines in self._mentions.items() if name not in self._handed}
        self._handed.update(found)
        return found

    def take_over(self, mentions: dict[str, Lines]) -> None:
        """What another process found out."""
        self._mentions.update(mentions)

    def told(self, more: dict[Question, str]) -> Told | None:
        """What this run was told, with answers that others were given; None where that is nothing new."""
        contents = {str(path): self.content(path) for path in self.files()}
        answers = {**more, **self._answers}
        same = contents == self.before.contents
        if same and len(answers) == len(self.before.answers):
            return None
        mentions = {**self.before.mentions, **self._mentions} if same else self._mentions
        return Told(contents, answers, mentions)

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
        if kind == "elsewhere":
            return str(self.touched_elsewhere(about))
        if kind == "makes":
            return str(self.makes_iterators(about))
        if kind == "matches":
            return str(self.matches(about))
        if kind == "mentions":
            told = [f"{path} {text}" for path, (_, text) in self._mentions_of(about).items()]
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


def scan_files(chunk: Chunk) -> list[Scan]:
    """Raises OSError."""
    return [scan(read(path) if text is None else text) for path, text in chunk]


def _lines_with(word: re.Pattern[bytes], name: bytes, data: bytes) -> tuple[tuple[int, ...], str] | None:
    """The lines of a text in which a word stands, and a digest of them."""
    if name not in data:
        return None
    lines = tuple(dict.fromkeys(data.count(b"\n", 0, at.start()) + 1 for at in word.finditer(data)))
    if not lines:
        return None
    texts = data.split(b"\n", lines[-1])
    return lines, digest(b"\n".join(texts[line - 1] for line in lines))


def _starts(pattern: re.Pattern[bytes], data: bytes) -> Iterator[int]:
    """Where the pattern matches, also within another match."""
    found = pattern.search(data)
    while found is not None:
        yield found.start()
        found = pattern.search(data, found.start() + 1)


def _is_foreign(data: bytes, dot: int, mine: re.Pattern[bytes]) -> bool:
    """Whether what stands before the dot of a changed attribute is a path, and not `self` alone."""
    start = dot
    while start and data[start - 1] in PATH:
        start -= 1
    heads = (at for at in range(start, dot) if at == start or data[at - 1] in b")]")
    return any(mine.match(data, at) is None for at in heads)


def _word(name: str) -> str:
    """A pattern for a whole word. The literal stands first: `re` finds it at the speed of memory."""
    return rf"{re.escape(name)}(?<!\w{re.escape(name)})"


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(f for f in folders if f not in SKIPPED and not f.endswith(".egg-info"))
        for name in names:
            if name.endswith(".py"):
                yield Path(folder, name)
