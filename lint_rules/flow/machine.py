"""The symbolic machine: what all parts of the interpreter share (types of values, budget, raised paths, pruned paths,
joins).

Invariant: a path on which something waits is dropped at once (`prune`), with the place and the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, TypeVar

import libcst as cst

from lint_rules.flow.frames import Frame
from lint_rules.flow.joining import merge_group, same_effects
from lint_rules.flow.state import State
from lint_rules.flow.values import ZERO, Value, forget, fresh, is_const, known_values, make, op
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.models import lookup
from lint_rules.types import SIZED, Type, Types

if TYPE_CHECKING:
    from lint_rules.models.schema import Form, Models, Row
    from lint_rules.shapes import Shape

T = TypeVar("T")
MAX_STEPS = 12_000  # no finding of 40 real packages needs 8,000
ROUND_SHARE = 4
CALL_SHARE = 4
MAX_STATES = 32
MAX_DEPTH = 5
MAX_INLINE_STEPS = 250
MAX_INLINE_STATES = 6
DEFAULTING = frozenset(
    {"get", "getenv", "pop", "getfloat", "getint", "float", "int", "field", "Field", "Option", "Argument"}
)
OPTIONS = frozenset({"args", "options", "opts", "arguments", "cli_args", "parsed", "namespace", "ns"})
POSITIVE = re.compile(
    r"(?:size|limit|max|interval|timeout|period|delay|sleep|pause|poll|every|seconds|chunk|capacity|threads|workers|concurren|parallel|quota|batch|budget|attempts|retries|rounds)",
    re.IGNORECASE,
)
QUEUES = frozenset({"Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"})
PLAIN_TYPES = frozenset({"bool", "int", "float", "str", "bytes"})


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


NUMBERS = frozenset({"int", "float", "bool", "None"})
EXCEPTIONS = "[exceptions]"  # what an exception group was made of
TASKS = "[tasks]"  # what was spawned in a task group
ABSTRACT = frozenset({"Collection", "Iterable", "Sequence", "Mapping", "Sized", "Container", "Iterator", "Set"})
Outcome = tuple[str, Value | None]
NEXT: Outcome = ("next", None)
BREAK: Outcome = ("break", None)
CONTINUE: Outcome = ("continue", None)
Args = tuple[Value, ...]
Keywords = tuple[tuple[str, Value], ...]
Results = list[tuple[State, Value]]
Outcomes = list[tuple[State, Outcome]]
YieldHandler = Callable[[State, Value], Outcomes]


class Machine:
    """Runs code symbolically for one loop. It is the `World` of its states."""

    def __init__(self, types: Types, targets: tuple[tuple[int, int], ...]) -> None:
        self.types = types
        self.resolver = types.resolver
        self.models: Models = types.models
        self.targets = targets
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
        self._types: dict[Value, Type | None] = {}
        self._known: dict[int, dict[Hashable, object]] = {}
        self._kinds: dict[Value, str] = {}
        self.guessed: dict[Value, Type] = {}
        self.guesses: dict[Value, str | None] = {}
        self.declared_versions: dict[str, str] = {}
        self.limits: list[int] = []
        self.doubts: State | None = None
        self.loop_function = ""
        self.text_of_loop: Callable[[], str | None] = lambda: None  # of its function, up to the end of the loop
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

    def remembered(self, key: Hashable, work_out: Callable[[], T]) -> T:
        """What the text of the project answers is the same on every path. Kept apart for each asker, since an answer
        that is kept longer than this search has to tell what was asked for it.
        """
        known = self._known.setdefault(id(self.resolver.project.asked), {})
        if key not in known:
            known[key] = work_out()
        return known[key]  # type: ignore[return-value]

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

    # ------------------------------------------------------------------ the world of a state

    def type_of(self, v: Value) -> Type | None:
        if v not in self._types:
            self._types[v] = self._type_of(v)
        return self._types[v]

    def _type_of(self, v: Value) -> Type | None:
        kind, args = v.kind, v.args
        if kind == "const":
            return Type("None") if args[1] is None else Type(args[0], exact=True)
        if kind == "var":
            frame = args[0]
            if isinstance(frame, Frame):
                if frame.me is v:
                    return self._type_of_me(frame)
                return self.types.local(frame.module, frame.fn, args[1], None)
            return None
        if kind == "attr":
            base = args[0]
            if base.kind == "module":
                from lint_rules.resolve import GlobalName

                return self.types.of_global(GlobalName(base.args[0], args[1]))
            if base.kind == "class":
                return self.types.attribute(self.types.of_class(base.args[0]), args[1])
            owner = self.type_of(base)
            return self.types.attribute(owner, args[1]) if owner else None
        if kind in ("fresh", "object_new"):
            t = args[2] if kind == "fresh" else args[1]
            return t if isinstance(t, Type) else None
        if kind == "killed":
            return self.type_of(args[0])
        if kind == "item":
            return self.types.element(self.type_of(args[0]))
        if kind == "task":
            return Type("asyncio.Task", exact=True)
        if kind == "tuple":
            return Type("tuple", exact=True)
        if kind == "lin":
            return Type("int")
        if kind == "op" and args[0] in ("len", "abs"):
            return Type("int", exact=True)
        if kind == "op" and args[0] == "typed":
            t = args[1]
            return t if isinstance(t, Type) else None
        return None

    def _type_of_me(self, frame: Frame) -> Type | None:
        t = self._types.get(frame.me) if frame.me is not None else None
        if t is not None:
            return t
        return self.types.of_class(frame.cls) if frame.cls else None

    def set_type(self, v: Value, t: Type) -> None:
        self._types[v] = t

    def truth_kind(self, v: Value) -> str:
        known = self._kinds.get(v)
        if known is None:
            known = self._kinds[v] = self._truth_kind(v)
        return known

    def _truth_kind(self, v: Value) -> str:
        t = self.type_of(v) or self.guessed.get(v)
        if v.kind == "var" and isinstance(v.args[0], Frame) and v.args[0].me is v:
            return "always"
        if v.kind == "task":
            return "always"
        if t is None:
            return "unknown"
        cls = self.types.cls(t)
        if cls is not None:
            odd = self.resolver.has_member(cls, "__bool__") or self.resolver.has_member(cls, "__len__")
            kind = "unknown" if odd or not self._plain_truth(cls) else "always"
        elif t.name in SIZED or t.name in PLAIN_TYPES:
            kind = "sized"
        else:
            model = lookup.find_type(self.models, t.name)
            kind = {"always": "always", "sized": "sized"}.get(model.truth if model else "", "unknown")
            if t.name in ("typing.Callable", "collections.abc.Callable"):
                kind = "always"
        if kind == "sized":
            return "unknown" if t.optional or v.kind == "attr" else "sized"
        if kind == "always" and (t.optional or v.kind in ("attr", "item")):
            return "object"
        return kind

    def _plain_truth(self, cls: ClassInfo) -> bool:
        for base in self.resolver.mro(cls):
            if not isinstance(base, ClassInfo) and base.name in (
                "list",
                "dict",
                "set",
                "tuple",
                "str",
                "int",
                "?",
                "collections.deque",
            ):
                return False
        return True

    def may_alias(self, a: Value, b: Value) -> bool:
        if a is b:
            return True
        if a.kind in ("object_new", "module", "class", "const") or b.kind in ("object_new", "module", "class", "const"):
            return False
        ta, tb = self.type_of(a), self.type_of(b)
        if ta is None or tb is None or ta.name == tb.name:
            return True
        ca, cb = self.types.cls(ta), self.types.cls(tb)
        if ca is None or cb is None:
            return False
        return ca in self.resolver.mro(cb) or cb in self.resolver.mro(ca)

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

    def owner_of(self, v: Value) -> ClassInfo | None:
        """The project class of the object whose attribute a value is."""
        return self.types.cls(self.type_of(v.args[0])) if v.kind == "attr" else None

    def shapes_of(self, v: Value) -> list[tuple[str, Shape]]:
        """Every (method, shape) that an attribute or variable is given; "" stands for the class body."""
        from lint_rules.flow.constants import attr_shapes

        if v.kind == "var" and isinstance(v.args[0], Frame):
            fn = v.args[0].fn
            given = [("", ("param", p.name, p.annotation, p.default)) for p in fn.params if p.name == v.args[1]]
            return given + [(fn.name, s) for s in fn.locals.get(v.args[1], [])]
        if v.kind == "attr" and v.args[0].kind == "module":
            return [("", s) for s in self.resolver.module_of(v.args[0].args[0]).assigns.get(v.args[1], [])]
        owner = self.owner_of(v)
        return attr_shapes(self, owner, v.args[1]) if owner is not None else []

    def is_whole(self, v: Value) -> bool:
        """A length, what is declared so, or a variable that is only given whole numbers and counted by them."""
        if v.kind == "var":
            return self.remembered(("whole", v), lambda: self._is_counted(v))
        t = self.type_of(v) if v.kind == "fresh" else None
        return (v.kind == "op" and v.args[0] == "len") or (t is not None and t.name == "int" and not t.optional)

    def _is_counted(self, v: Value) -> bool:
        at, name = v.args
        shared = isinstance(at, Frame) and any(name in inner.nonlocals for inner in at.fn.nested.values())
        return not shared and is_counted([shape for _, shape in self.shapes_of(v)])

    def never_full(self, v: Value) -> bool:
        """Whether a queue is made without a limit wherever the project makes it."""
        made = [s for _, s in self.shapes_of(v) if s != ("const", None)]
        return bool(made) and all(_is_unlimited(s) for s in made)

    def values_of(self, v: Value) -> frozenset[Value] | None:
        from lint_rules.flow.constants import attr_constants

        owner = self.owner_of(v)
        return attr_constants(self, owner, v.args[1]) if owner is not None else None

    def may_be_zero(self, v: Value) -> bool:
        """Whether the project's own text sets a delay to zero or less: a constant, a parameter's default, a call."""
        from lint_rules.flow import given

        own = any(self._zero(shape) for _, shape in self.shapes_of(v))
        return (
            own
            or self._zero_default(v)
            or self._zero_option(v)
            or any(self._zero(shape) for shape in given.shapes(self, v))
        )

    def _zero(self, shape: Shape) -> bool:
        """Whether an assigned or given expression can be 0, by its text or by the command line that it is read from."""
        if shape[0] == "call" and shape[1][-1] in ("float", "int") and len(shape[2]) == 1:
            return zero_shape(shape) or self._zero(shape[2][0])
        if shape[0] == "attr" and shape[1][0] in ("name", "attr"):
            return self._declares_zero(shape[1][-1], shape[2])
        return zero_shape(shape)

    def _zero_default(self, v: Value) -> bool:
        """`conf.get("interval", 0)`."""
        return v.kind == "op" and v.args[:2] == ("method", "get") and len(v.args) == 5 and v.args[4] is ZERO

    def _zero_option(self, v: Value) -> bool:
        """`args.interval`, where a command line declares `--interval` with the default 0; or a parameter that it
        fills, as `@click.option("--interval", default=0)` says.
        """
        if v.kind == "attr" and v.args[0].kind in ("var", "attr"):
            return self._declares_zero(v.args[0].args[1], v.args[1])
        return v.kind == "var" and isinstance(v.args[0], Frame) and zero_by_option(v.args[0].fn, v.args[1])

    def _declares_zero(self, options: str, name: str) -> bool:
        if options.lower() not in OPTIONS:
            return False
        option, words = re.escape(name).replace("_", "[-_]"), r"(?:[^()]|\([^()]*\))*"
        return self.resolver.project.matches(rf"add_argument\([^()]*--{option}\b(?!-){words}default=0(?:\.0*)?\s*[,)]")

    def set_to_none_in(self, v: Value) -> str:
        """The method, other than `__init__`, that sets an attribute to None."""
        return self.remembered(("set_to_none", v), lambda: self._set_to_none_in(v))

    def _set_to_none_in(self, v: Value) -> str:
        found = [
            where
            for where, s in self.shapes_of(v)
            if s == ("const", None) and where not in ("", "__init__", "__post_init__")
        ]
        return next((where for where in found if not self._only_afterwards(v, where)), "")

    def _only_afterwards(self, v: Value, method: str) -> bool:
        """Whether a method runs only where the loop's own function is left: in its end, or in `__aexit__`."""
        owner = self.owner_of(v)
        if owner is None or not self.loop_function:
            return False
        if method == self.loop_function:
            text = self.text_of_loop()
            return text is not None and re.search(rf"\.{re.escape(v.args[1])}\b[^=\n]*=(?!=)", text) is None
        lines = self.resolver.project.text(self.resolver.project.path_of(owner.module)).lines
        texts = {m.name: "\n".join(lines[m.first - 1 : m.last]) for m in owner.methods.values()}
        callers = {name for name, text in texts.items() if f"self.{method}(" in text}
        return bool(callers) and callers <= {self.loop_function, "__aexit__", "__exit__"}

    def is_positive_name(self, v: Value) -> bool:
        """What is named as a size, limit or time is positive: a variable, an attribute, an entry of a table of
        settings.
        """
        name = v.args[1] if v.kind in ("var", "attr", "item") else None
        if isinstance(name, Value):
            name = name.args[1] if is_const(name) else None
        if v.kind == "op" and v.args[:2] == ("method", "get") and len(v.args) > 3 and is_const(v.args[3]):
            name = v.args[3].args[1]
        return isinstance(name, str) and POSITIVE.search(name) is not None

    # ------------------------------------------------------------------ exceptions

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

    def rows(self, name: str, form: Form) -> tuple[Row, ...]:
        """The rows of a library callable, for the version that the project declares."""
        return self.remembered(("rows", name, form), lambda: self._rows(name, form))

    def _rows(self, name: str, form: Form) -> tuple[Row, ...]:
        found = lookup.rows(self.models, name, form)
        if any(row.versions for row in found) and self.declared_versions:
            library = self.models.library_of.get(found[0].name, "").replace("_", "-").lower()
            return lookup.rows(self.models, name, form, self.declared_versions.get(library))
        return found

    def weakest(self, versions: tuple[tuple[tuple[int, int], str], ...]) -> str:
        """The least suspension that a row has on any targeted Python version."""
        order = ("none", "yield", "wait", "block")
        found = []
        for target in self.targets:
            holding = [s for since, s in versions if since <= target]
            if holding:
                found.append(holding[-1])
        return min(found or [versions[-1][1]], key=order.index)


def is_counted(shapes: list[Shape]) -> bool:
    """Whether a variable is only given whole numbers, and counted up and down by them."""
    steps = [shape[2] if shape[:2] == ("num", ("self",)) else shape for shape in shapes]
    return bool(steps) and all(s[0] == "const" and type(s[1]) is int for s in steps)


def _is_unlimited(shape: Shape) -> bool:
    if shape[0] == "call" and shape[1][-1] == "field":
        return dict(shape[3]).get("default_factory", ("other",))[-1] in QUEUES
    given = (*shape[2], *(s for _, s in shape[3])) if shape[0] == "call" else ()
    return shape[0] == "call" and shape[1][-1] in QUEUES and all(s == ("const", 0) for s in given)


def zero_by_option(fn: FunctionInfo, name: str) -> bool:
    """`@click.option("--interval", default=0)` above a function with this parameter."""
    option = ("const", f"--{name.replace('_', '-')}")
    return any(d[0] == "call" and option in d[2] and _is_zero_default(d) for d in fn.decorators)


def _is_zero_default(decorator: Shape) -> bool:
    default = dict(decorator[3]).get("default")
    return default is not None and zero_shape(default)


def zero_shape(shape: Shape) -> bool:
    """Whether an assigned value can be 0 by its text: `0`, a parameter's default, `get(key, 0)`, `float(... or
    "0")`.
    """
    if shape[0] == "param":
        return shape[3] is not None and zero_shape(shape[3])
    if shape[0] == "const":
        n = shape[1]
        return n in ("0", "0.0") if isinstance(n, str) else isinstance(n, (int, float)) and n is not False and n <= 0
    if shape[0] == "any":
        return any(zero_shape(s) for s in shape[1])
    if shape[0] == "call" and shape[1][-1] in DEFAULTING:
        last = [s for s in shape[2][1:] if shape[1][-1] not in ("float", "int")] or list(shape[2][:1])
        named = [s for k, s in shape[3] if k in ("default", "fallback")]
        return any(zero_shape(s) for s in (*last, *named))
    return False


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
