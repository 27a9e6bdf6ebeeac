"""The state of one path: what every name and attribute holds, what the path has assumed, and how it came here.

Invariant: a path that was not written reads as its header symbol. Writing a prefix renews every longer path
(`self.sock = x` makes
`self.sock.closed` another symbol), because attributes are read from the left, one link at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lint_rules.flow.values import Value, attr, fresh, make

if TYPE_CHECKING:
    import libcst as cst

    from lint_rules.flow.frames import Frame


class World(Protocol):
    """What a condition needs to know about types."""

    def type_of(self, v: Value) -> object: ...

    def truth_kind(self, v: Value) -> str:
        """always (never falsy) | object (falsy only as None) | sized | unknown."""

    def may_alias(self, a: Value, b: Value) -> bool:
        """Whether two values of the lap may be one object."""

    def is_instance(self, v: Value, of: Value) -> bool | None: ...

    def is_whole(self, v: Value) -> bool:
        """Whether a value is a whole number."""

    def values_of(self, v: Value) -> frozenset[Value] | None:
        """The only constants that an access path is ever given, or None where it may hold anything else."""


@dataclass(frozen=True, slots=True)
class Dom:
    """What is known of one value: the constants it may be, those it is not, and its bounds as a number."""

    allowed: frozenset[Value] | None = None
    excluded: frozenset[Value] = frozenset()
    lo: float = float("-inf")
    lo_open: bool = False
    hi: float = float("inf")
    hi_open: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a path, told in words; `node` is found again by the report, which alone asks for positions."""

    kind: str
    frame: Frame
    node: cst.CSTNode
    text: str
    depth: int


@dataclass(frozen=True, slots=True)
class Link:
    """A trace: the last event and the trace before it."""

    before: Link | None
    event: Event

    def __iter__(self) -> Iterator[Event]:
        out = []
        link: Link | None = self
        while link is not None:
            out.append(link.event)
            link = link.before
        return reversed(out)


class State:
    """One path so far. `suspension` is 0 (nothing suspended) or 1 (yields only): paths that wait are dropped, not
    represented.
    """

    __slots__ = (
        "dom",
        "env",
        "gen",
        "heap",
        "lost",
        "marks",
        "notes",
        "renewed",
        "soft",
        "suspension",
        "trace",
        "truth",
        "world",
    )

    def __init__(self, world: World) -> None:
        self.world = world
        self.env: dict[tuple[int, str], Value] = {}
        self.heap: dict[tuple[Value, str], Value] = {}
        self.gen: dict[Value, Value] = {}
        self.renewed: dict[str, tuple[tuple[Value | None, Value], ...]] = {}
        self.lost: dict[str, Value] = {}
        self.truth: dict[Value, bool] = {}
        self.dom: dict[Value, Dom] = {}
        self.soft: frozenset[Value] = frozenset()
        self.notes: frozenset[str] = frozenset()
        self.marks: frozenset[str] = frozenset()
        self.suspension = 0
        self.trace: Link | None = None

    def copy(self) -> State:
        new = State.__new__(State)
        new.world = self.world
        new.env = self.env.copy()
        new.heap = self.heap.copy()
        new.gen = self.gen.copy()
        new.renewed = self.renewed
        new.lost = self.lost
        new.truth = self.truth.copy()
        new.dom = self.dom.copy()
        new.soft = self.soft
        new.notes = self.notes
        new.marks = self.marks
        new.suspension = self.suspension
        new.trace = self.trace
        return new

    def did_the_same(self, other: State) -> bool:
        """Whether only what the two paths assumed differs, nothing that they did."""
        return (
            self.suspension == other.suspension
            and self.marks == other.marks
            and self.env == other.env
            and self.heap == other.heap
            and self.gen == other.gen
            and self.notes == other.notes
            and self.lost == other.lost
            and (self.renewed is other.renewed or _renewed_anywhere(self) == _renewed_anywhere(other))
        )

    def content(self, v: Value) -> Value:
        """The value that stands for what `v` contains now: `v` itself until something may have changed it."""
        known = self.gen.get(v)
        if known is not None:
            return known
        if self.lost and v.kind in ("attr", "var") and v.args[1] in self.lost:
            return make("killed", v, self.lost[v.args[1]])
        if v.kind in ("attr", "item") and (self.gen or self.lost):
            base = v.args[0]
            now = self.content(base)
            if now is not base:
                return make("killed", v, now)
        return v

    def kill(self, v: Value) -> None:
        """Forget what `v` contains and every path below it; its identity stays."""
        if v.kind in ("const", "func", "class", "module", "coro"):
            return
        if v.kind == "tuple":
            for item in v.args[0]:
                self.kill(item)
            return
        self.gen[v] = fresh("content", self.world.type_of(v) if v.kind in ("var", "attr") else None)

    def read(self, base: Value, name: str) -> Value:
        key = (self.content(base), name)
        known = self.heap.get(key)
        if known is not None:
            return known
        for written, new in self.renewed.get(name, ()):
            if written is None or (written is not key[0] and self.world.may_alias(written, key[0])):
                return make("killed", attr(*key), new)
        return attr(*key)

    def write(self, base: Value, name: str, value: Value) -> None:
        now = self.content(base)
        for other, field in list(self.heap):
            if field == name and other is not now and self.world.may_alias(other, now):
                self.heap[(other, field)] = fresh("alias")
        self.heap[(now, name)] = value
        if not name.startswith("!"):
            self.renewed = {**self.renewed, name: (*self.renewed.get(name, ()), (now, fresh("alias")))}

    def local(self, frame: int, name: str) -> Value | None:
        return self.env.get((frame, name))

    def note(self, assumption: str) -> None:
        self.notes |= {assumption}

    def mark(self, mark: str) -> None:
        self.marks |= {mark}

    def log(self, kind: str, frame: Frame, node: cst.CSTNode, text: str, depth: int) -> None:
        self.trace = Link(self.trace, Event(kind, frame, node, text, depth))


def _renewed_anywhere(st: State) -> dict[str, tuple[Value, ...]]:
    """The attributes that were written on some object or other."""
    return {
        name: tuple(new for _, new in found)
        for name, found in st.renewed.items()
        if any(base is None for base, _ in found)
    }
