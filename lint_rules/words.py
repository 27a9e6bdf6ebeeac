"""The questions that go through the text of all files: who subclasses, who writes or clears this name, where a word
stands.

Invariant: an answer depends only on the bytes of the files, whichever run or process found it out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lint_rules.memory import Lines, Told
from lint_rules.scan import Scan, scan
from lint_rules.source import digest, read
from lint_rules.tree import Question, Tree

# Texts of which the scan knows whether they occur; others are searched for.
ASSIGNED = re.compile(r"\.(\w+) = ", re.ASCII)
CHANGED = (
    r"(?:\.(?:append|appendleft|extend|insert|add|update|remove|discard|pop|clear|sort|reverse)\(|\[[^\]\n]*\]\s*=[^=]"
    r"|\s*[-+|&]=)"
)
CHANGE = rb"(?:\s*(?::[^=\n]*)?(?:[-+*/|&]?=(?!=)|\[)|\.\w+\()"
CALLED = re.compile(r"(\^?)(\w+)\.(clear|set|shutdown)\(", re.ASCII)
PATH = frozenset(b"_.])" + bytes(range(48, 58)) + bytes(range(65, 91)) + bytes(range(97, 123)))
Chunk = list[tuple[Path, bytes | None]]  # files, with what replaces them on disk


@dataclass(eq=False, repr=False)
class Words(Tree):
    """What stands in the files, without parsing them."""

    before: Told = field(default_factory=Told, init=False)
    teller: Callable[[], object] | None = field(default=None, init=False)  # of what an earlier run was told
    unchanged: frozenset[str] = field(default=frozenset(), init=False)
    changed: list[Path] = field(default_factory=list, init=False)
    _answers: dict[Question, str] = field(default_factory=dict, init=False)
    _handed: set[str] = field(default_factory=set, init=False)
    _used: dict[tuple[Path, str], frozenset[str]] = field(default_factory=dict, init=False)
    _changed: dict[tuple[Path, str], bool] = field(default_factory=dict, init=False)
    _touching: dict[str, Lines] = field(default_factory=dict, init=False)
    _matches: dict[str, bool] = field(default_factory=dict, init=False)
    _mentions: dict[str, Lines] = field(default_factory=dict, init=False)
    _bases: dict[str, list[tuple[Path, str]]] | None = field(default=None, init=False)
    _writes: dict[str, set[object]] = field(default_factory=dict, init=False)
    _called: dict[str, set[str]] = field(default_factory=dict, init=False)
    _assigned: set[str] = field(default_factory=set, init=False)
    _makers: set[str] = field(default_factory=set, init=False)

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

    def touching(self, name: str) -> list[tuple[Path, tuple[int, ...]]]:
        """The files that change an attribute of this name on anything but `self`, each with the lines."""
        self.asked["touching", name] = None
        return [(Path(path), lines) for path, (lines, _) in self._touching_of(name).items()]

    def _touching_of(self, name: str) -> Lines:
        if name not in self._touching:
            word = f".{name}".encode()
            change = re.compile(re.escape(word) + CHANGE)
            mine = re.compile(rb"self" + re.escape(word) + rb"\b")
            self._touching[name] = {}
            for path in self.files():
                data = self._bytes(path)
                dots = _starts(change, data) if word in data else ()
                here = _lines_of((dot for dot in dots if _is_foreign(data, dot, mine)), data)
                if here is not None:
                    self._touching[name][str(path)] = here
        return self._touching[name]

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
        return self._is_called(name, "clear", whole=False)

    def _is_called(self, name: str, method: str, whole: bool) -> bool:
        self.scan()
        receivers = self._called.get(method, ())
        return any(each.lstrip("_") == name if whole else each.endswith(name) for each in receivers)

    def called_on(self, path: Path, method: str) -> tuple[str, ...]:
        """The names on which a file calls `clear`, `set` or `shutdown`."""
        self.asked["text", str(path)] = None
        return self._scan_of(path).called.get(method, ())

    def calls(self, text: str) -> bool:
        """Whether some file holds this text of a call or an assignment, such as `.shutdown(` or `.name = `. After `^`
        the name is a whole one, but for underscores that it may begin with.
        """
        self.asked["calls", text] = None
        assigned, called = ASSIGNED.fullmatch(text), CALLED.fullmatch(text)
        if assigned is not None:
            self.scan()
            return assigned[1] in self._assigned
        if called is not None:
            whole, name, method = called.groups()
            return self._is_called(name, method, bool(whole))
        return any(text.encode() in self._bytes(path) for path in self.files())

    def matches(self, pattern: str) -> bool:
        """Whether the text of some file matches."""
        self.asked["matches", pattern] = None
        if pattern not in self._matches:
            wanted = re.compile(pattern.encode())
            self._matches[pattern] = any(wanted.search(self._bytes(path)) for path in self.files())
        return self._matches[pattern]

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


def scan_files(chunk: Chunk) -> list[Scan]:
    """Raises OSError."""
    return [scan(read(path) if text is None else text) for path, text in chunk]


def _lines_with(word: re.Pattern[bytes], name: bytes, data: bytes) -> tuple[tuple[int, ...], str] | None:
    """The lines of a text in which a word stands, and a digest of them."""
    return _lines_of((at.start() for at in word.finditer(data)), data) if name in data else None


def _lines_of(places: Iterable[int], data: bytes) -> tuple[tuple[int, ...], str] | None:
    """The lines of these places, which ascend, and a digest of them."""
    lines: dict[int, bytes] = {}
    line, counted = 1, 0
    for at in places:
        line += data.count(b"\n", counted, at)
        counted = at
        if line not in lines:
            end = data.find(b"\n", at)
            lines[line] = data[data.rfind(b"\n", 0, at) + 1 : end if end >= 0 else len(data)]
    return (tuple(lines), digest(b"\n".join(lines.values()))) if lines else None


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
