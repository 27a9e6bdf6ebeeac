"""The tables of an index: who reads one is told on, name by name, so that a later run can compare the answers; and the
parts that are made when they are asked for: functions, and what methods assign to attributes.

Invariant: whatever is asked, and in whatever order, the answer is that of an index made whole.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from contextlib import suppress
from copyreg import __newobj__  # type: ignore[attr-defined]
from typing import Any, TypeVar
from unicodedata import normalize

from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.outline import Piece
from lint_rules.parse import Unparseable
from lint_rules.shapes import Shape

Entry = tuple[str, Shape]
V = TypeVar("V")
# What may be assigned to: an attribute before `=`, `+=`, `,`, `in`, a remark or the end of brackets, and what stands
# after `as` or `del`.
TARGET = re.compile(r"\.\s*(\w+)(?=\s*(?:[-+*/%@&|^<>]*=(?!=)|[,#)\]]|in\b))")
AFTER = re.compile(r"\b(?:as|del)\b\s*[^\n]*")
ATTRIBUTE = re.compile(r"\.\s*(\w+)")


def targets(text: str) -> set[str]:
    """The attributes that a function may assign to, by its text."""
    found = set(TARGET.findall(text))
    if "as" in text or "del" in text:
        for line in AFTER.findall(text):
            found.update(ATTRIBUTE.findall(line))
    return found if text.isascii() else {normalize("NFKC", name) for name in found}


class Late:
    """What is not parsed yet of one module. A project attaches the text, and where to write down what was asked."""

    def __init__(self) -> None:
        self.waiting: dict[int, tuple[Piece, ClassInfo | None]] = {}
        self.lines: Callable[[], Sequence[str]] = tuple
        self.build: Callable[[Piece, ClassInfo | None, Sequence[str]], None] | None = None
        self.asked: Callable[[str, str], None] = _nobody_minds

    def attach(
        self,
        lines: Callable[[], Sequence[str]],
        build: Callable[[Piece, ClassInfo | None, Sequence[str]], None],
        asked: Callable[[str, str], None],
    ) -> None:
        self.lines, self.build, self.asked = lines, build, asked

    def __getstate__(self) -> dict[int, tuple[Piece, ClassInfo | None]]:
        return self.waiting

    def __setstate__(self, waiting: dict[int, tuple[Piece, ClassInfo | None]]) -> None:
        Late.__init__(self)
        self.waiting = waiting

    def text(self, piece: Piece) -> str:
        return "\n".join(self.lines()[piece.first - 1 : piece.last])

    def load(self, pieces: Iterable[Piece]) -> None:
        """Raises parse.Unparseable, whenever one that is no Python is asked for."""
        for piece in pieces:
            assert self.build is not None
            _, cls = self.waiting[piece.first]
            self.build(piece, cls, self.lines()[piece.first - 1 : piece.last])
            del self.waiting[piece.first]

    def load_at(self, first: int) -> None:
        if first in self.waiting:
            self.load([self.waiting[first][0]])

    def load_all(self) -> None:
        """Those that are Python."""
        for piece in [piece for piece, _ in self.waiting.values()]:
            with suppress(Unparseable):
                self.load([piece])


def _nobody_minds(kind: str, about: str) -> None:
    """Outside a project nothing is kept for later."""


class Names(MutableMapping[str, V]):
    """What a module or a class says of names. `of` is the class, or ""; `""` as a name stands for all of them. `raw` is
    for whoever says himself what he asks.
    """

    def __init__(self, late: Late, of: str = "") -> None:
        self.late = late
        self.of = of
        self.raw: dict[str, V] = {}

    def ask(self, name: str) -> None:
        self.late.asked("named", f"{self.of}.{name}" if self.of else name)

    def __contains__(self, name: object) -> bool:
        self.ask(str(name))
        return name in self.raw

    def get(self, name: str, default: Any = None) -> Any:
        self.ask(name)
        return self.raw.get(name, default)

    def __getitem__(self, name: str) -> V:
        self.ask(name)
        return self.raw[name]

    def __setitem__(self, name: str, value: V) -> None:
        self.raw[name] = value

    def __delitem__(self, name: str) -> None:
        del self.raw[name]

    def __iter__(self) -> Iterator[str]:
        self.ask("")
        return iter(self.raw)

    def __len__(self) -> int:
        self.ask("")
        return len(self.raw)


class Functions(Names[FunctionInfo]):
    """Functions by name, in the order of the source. Of one that is not parsed yet, None stands in `raw`."""

    def __init__(self, late: Late, cls: ClassInfo | None) -> None:
        super().__init__(late, cls.qualname if cls is not None else "")
        self.cls = cls
        self.pieces: dict[str, Piece] = {}

    def wait(self, piece: Piece) -> None:
        self.pieces[piece.name] = piece
        self.late.waiting[piece.first] = (piece, self.cls)
        self.raw[piece.name] = None  # type: ignore[assignment]

    def waits(self, name: str) -> bool:
        return self.raw.get(name) is None

    def _load(self, name: str) -> None:
        piece = self.pieces.get(name)
        if piece is not None:
            self.late.asked("defined", piece.qualname)
            if self.waits(name):
                self.late.load([piece])

    def get(self, name: str, default: Any = None) -> Any:
        self._load(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> FunctionInfo:
        self._load(name)
        return super().__getitem__(name)


class Attributes(dict[str, list[Entry]]):
    """What is assigned to the attributes of one class, in the order of the source."""

    def __init__(self, methods: Functions, qualname: str) -> None:
        super().__init__()
        self.methods = methods
        self.qualname = qualname
        self.places: dict[str, list[tuple[int, int]]] = {}
        self.given = 0
        self._named: dict[str, list[Piece]] | None = None

    def add(self, name: str, line: int, entry: Entry) -> None:
        self.given += 1
        place = (line, self.given)
        places = self.places.setdefault(name, [])
        at = bisect(places, place)
        places.insert(at, place)
        self.setdefault(name, []).insert(at, entry)

    def named(self) -> set[str]:
        """The attributes that something may be assigned to."""
        late = self.methods.late
        late.asked("assigning", self.qualname)
        return set(super().keys()).union(*(targets(late.text(each)) for each in self.methods.pieces.values()))

    def _seek(self, name: str) -> None:
        late = self.methods.late
        late.asked("assigned", f"{self.qualname}.{name}")
        if self._named is None:
            self._named = {}
            for piece in self.methods.pieces.values():
                for each in targets(late.text(piece)) if self.methods.waits(piece.name) else ():
                    self._named.setdefault(each, []).append(piece)
        late.load(each for each in self._named.get(name, ()) if self.methods.waits(each.name))

    def _seek_all(self) -> None:
        late = self.methods.late
        late.asked("assigned", f"{self.qualname}.")
        late.load(each for each in self.methods.pieces.values() if self.methods.waits(each.name))
        ordered = sorted(super().items(), key=lambda pair: self.places[pair[0]][0])
        self.clear()
        self.update(ordered)

    def __contains__(self, name: object) -> bool:
        self._seek(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._seek(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> list[Entry]:
        self._seek(name)
        return super().__getitem__(name)

    def __iter__(self) -> Iterator[str]:
        self._seek_all()
        return super().__iter__()

    def __len__(self) -> int:
        self._seek_all()
        return super().__len__()

    def keys(self) -> Any:
        self._seek_all()
        return super().keys()

    def values(self) -> Any:
        self._seek_all()
        return super().values()

    def items(self) -> Any:
        self._seek_all()
        return super().items()

    def __reduce_ex__(self, protocol: object) -> Any:
        return (__newobj__, (type(self),), {**self.__dict__, "_named": None}, None, iter(super().items()))
