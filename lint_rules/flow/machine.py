"""The symbolic machine: what all parts of the interpreter share (budget, raised paths, pruned paths, joins), besides
what is known of values.

Invariant: a path on which something waits is dropped at once (`prune`), with the place and the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

import libcst as cst

from lint_rules.flow.frames import Frame
from lint_rules.flow.joining import merge_group, same_effects
from lint_rules.flow.knowledge import PLAIN_TYPES, Knowledge
from lint_rules.flow.state import State
from lint_rules.flow.values import Value, forget, fresh, known_values, make, op
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.models import lookup
from lint_rules.types import Type, Types

T = TypeVar("T")
MAX_STEPS = 10_000  # of 13,232 loops no certain or likely finding needs 6,000; qqbot_fixed's loop does
ROUND_SHARE = 4
CALL_SHARE = 4
MAX_STATES = 32
MAX_DEPTH = 5
MAX_INLINE_STEPS = 250
MAX_INLINE_STATES = 6
NUMBERS = frozenset({"int", "float", "bool", "None"})
ABSTRACT = frozenset({"Collection", "Iterable", "Sequence", "Mapping", "Sized", "Container", "Iterator", "Set"})


class GaveUp(Exception):
    """The budget of one loop is spent."""


class TooBig(Exception):
    """A plain function costs more to run inline than it is worth."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception on its way: its class as a value (`class` or `lib`; None: unknown), the exception object, and what
    is in it, where it is a group.
    """

    cls: Value | None
    value: Value | None = None
    inside: tuple[Raised, ...] = ()


@dataclass(frozen=True, slots=True)
class Pruned:
    """A path that cannot be part of a spin, and why."""

    reason: str
    frame: Frame
    node: cst.CSTNode
    conditions: tuple[tuple[Value, bool], ...] = ()


EXCEPTIONS = "[exceptions]"  # what an exception group was made of
TASKS = "[tasks]"  # what was spawned in a task group
Outcome = tuple[str, Value | None]
NEXT: Outcome = ("next", None)
BREAK: Outcome = ("break", None)
CONTINUE: Outcome = ("continue", None)
Args = tuple[Value, ...]
Keywords = tuple[tuple[str, Value], ...]
Results = list[tuple[State, Value]]
Outcomes = list[tuple[State, Outcome]]
YieldHandler = Callable[[State, Value], Outcomes]


class Machine(Knowledge):
    """Runs code symbolically for one loop. It is the `World` of its states."""

    def __init__(self, types: Types, targets: tuple[tuple[int, int], ...]) -> None:
        super().__init__(types, targets)
        self.steps = 0
        self.ids = count()
        self.raises: list[list[tuple[State, Raised]]] = [[]]
        self.handling: list[Raised] = []
        self.expected: list[frozenset[str]] = []
        self.yields: list[YieldHandler | None] = [None]
        self.stack: list[FunctionInfo] = []
        self.pruned: list[Pruned] = []
        self.left_waiting: list[State] | None = None  # what tasks that are watched together come to
        self.gave_up: list[str] = []
        self.lost_counts: list[State] = []
        self.left: list[State] = []
        self.limits: list[int] = []
        self.doubts: State | None = None
        self.barred = False  # no value that the project gives passes a guard before the loop
        self.too_big: set[FunctionInfo] = set()
        self.too_costly: dict[object, int] = {}
        self.clocks: dict[str, Value] = {}
        self.both_ways = False  # an exception that a handler may or may not take goes both ways

    def end(self) -> None:
        """The search is over, and this machine too. Cuts the circles of what was made, so that all of it goes at once
        and no collector need look for it.
        """
        for v in known_values():
            if v.kind == "var" and isinstance(v.args[0], Frame):
                v.args[0].me = v.args[0].parent = None
        forget()
        vars(self).clear()

    # ------------------------------------------------------------------ budget and paths

    def step(self) -> None:
        self.steps += 1
        if self.limits and self.steps > self.limits[-1]:
            raise TooBig
        if self.steps > MAX_STEPS:
            raise GaveUp

    def attempt(self, share: int, part: object, what: Callable[[], T], otherwise: T) -> T:
        """Run a part of a path (a function, a loop) under a share of the budget that is left; past it, that part is
        left out: a miss, never a false alarm. What was too costly once is not tried again for less.
        """
        left = (self.limits[-1] if self.limits else MAX_STEPS) - self.steps
        given = max(left, 0) // share
        if given <= self.too_costly.get(part, -1):
            return otherwise
        self.limits.append(self.steps + given)
        try:
            return what()
        except TooBig:
            self.too_costly[part] = given
            self.gave_up.append("a part costs too many steps")
            return otherwise
        finally:
            self.limits.pop()

    def now(self, clock: str) -> Value:
        """What a clock shows. Nothing waits on a lap, so all readings of one clock on one lap are one symbol."""
        if clock not in self.clocks:
            self.clocks[clock] = fresh("time", Type("float"))
        return self.clocks[clock]

    def prune(self, st: State, reason: str, frame: Frame, node: cst.CSTNode) -> None:
        if "reset" in st.marks:
            self.lost_counts.append(st)
        self.pruned.append(Pruned(reason, frame, node, tuple(st.truth.items())))
        if self.left_waiting is not None and reason.startswith(("waits", "sleeps")):
            self.left_waiting.append(st.copy())

    def suspend(self, st: State) -> Results | None:
        """What to go on with behind an await; None: the path is followed only while nothing waits."""
        return None

    def arrive(self, st: State, f: Frame, node: cst.CSTNode) -> bool:
        """Whether a path ends at this loop."""
        return False

    def some_round(self, st: State, f: Frame, node: cst.While) -> State | None:
        """What any round of an inner loop may begin with, where a path goes behind more rounds than one."""
        return None

    def mentioned(self, st: State, fn: FunctionInfo) -> None:
        """A function of the project is called, or handed on to be."""

    def may_raise(self, st: State) -> None:
        """Something unknown was called, which is taken not to raise."""

    def throw(self, st: State, raised: Raised) -> None:
        self.raises[-1].append((st, raised))

    def expects(self, *names: str) -> bool:
        """Whether a handler around names one of these exceptions."""
        return any(name in around for around in self.expected for name in names)

    def join(self, outcomes: Outcomes) -> Outcomes:
        """Paths that did the same become one, without the decision in which alone they differ."""
        if len(outcomes) < 2:
            return outcomes
        joined = [pair for group in same_effects(outcomes) for pair in merge_group(group)]
        return joined if len(joined) <= MAX_STATES else self.too_many(joined)

    def too_many(self, outcomes: Outcomes) -> Outcomes:
        self.gave_up.append(f"more than {MAX_STATES} paths")
        return outcomes[:MAX_STATES]

    # ------------------------------------------------------------------ exceptions

    def is_instance(self, v: Value, of: Value) -> bool | None:
        if v.kind == "caught":
            return self.is_below(v.args[0], of)
        t = self.type_of(v)
        if t is None:
            return None
        if v.kind == "object_new":
            cls = self.types.cls(t)
            made = Raised(make("class", cls) if cls is not None else lib(t.name), v)
            if made.cls is not None and "BaseException" in self.exception_names(made.cls):
                return self.is_below(made, of)
        targets = of.args[0] if of.kind == "tuple" else (of,)
        answers = [self._is_instance(t, target) for target in targets]
        if True in answers:
            return None if t.optional else True
        return None if None in answers else False

    def _is_instance(self, t: Type, target: Value) -> bool | None:
        cls = self.types.cls(t)
        if target.kind == "class":
            if cls is None:
                return None
            if target.args[0] in self.resolver.mro(cls):
                return True
            return False if t.exact else None
        if target.kind == "lib":
            if cls is not None:
                return None
            if t.name == target.args[0]:
                return True
            if t.name in NUMBERS and target.args[0].rpartition(".")[2] in ABSTRACT:
                return False
            if t.name in PLAIN_TYPES and t.exact:
                return (t.name, target.args[0]) == ("bool", "int")
        return None

    def exception_names(self, cls: Value) -> list[str]:
        """A class and its bases by qualified name; project classes as `module.Class`."""
        if cls.kind == "lib":
            return [cls.args[0], *lookup.exception_bases(self.models, cls.args[0])]
        names: list[str] = []
        for c in self.resolver.mro(cls.args[0]):
            if isinstance(c, ClassInfo):
                names.append(c.full)
            else:
                names += [c.name, *lookup.exception_bases(self.models, c.name)]
        return names

    def catches(self, raised: Raised, handler: Value | None) -> bool | None:
        """Whether `except handler` takes it; None: unknown."""
        if handler is None:
            return True
        if handler.kind == "tuple":
            answers = [self.catches(raised, h) for h in handler.args[0]]
            return True if True in answers else (None if None in answers else False)
        if handler.kind not in ("class", "lib"):
            return None
        wanted = handler.args[0].full if handler.kind == "class" else handler.args[0]
        if wanted == "BaseException":
            return True
        if raised.cls is None:
            return True if wanted == "Exception" else None
        names = self.exception_names(raised.cls)
        if wanted in names:
            return True
        if wanted == "Exception":
            known = "BaseException" in names and "Exception" not in names
            return not known
        if raised.cls.kind == "lib" and len(names) == 1 and "." in names[0]:
            return None
        return False

    def is_below(self, raised: Raised, of: Value) -> bool | None:
        """Whether the class of an exception is one of these, or below one: as a handler would tell."""
        return None if raised.cls is None else self.catches(raised, of)


def caught(exc: Raised) -> Value:
    """The exception object that a handler or an `__exit__` is given."""
    return make("caught", exc) if exc.value is None or exc.value.kind in ("class", "lib") else exc.value


def group_of(*inside: Raised) -> Raised:
    """The group that a task group, or the end of an `except*`, raises."""
    return Raised(lib("ExceptionGroup"), None, inside)


def state_symbol(st: State, receiver: Value, state: str) -> Value:
    """The truth of a modelled state of a receiver: what was set on the path, else a symbol."""
    now = st.content(receiver)
    known = st.heap.get((now, f"!{state}"))
    return known if known is not None else op("state", state, now)


def set_state(st: State, receiver: Value, state: str, value: Value) -> None:
    st.heap[(st.content(receiver), f"!{state}")] = value


def lib(name: str, receiver: Value | None = None) -> Value:
    return make("lib", name, receiver)
