"""The witness of a lap as Python that makes such a state: objects, their attributes, and library objects in a state.

Invariant: what is made satisfies the conditions of the lap, or the harness says which one does not hold; of what no
condition speaks, nothing is made up here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import Dom
from lint_rules.flow.values import NONE, Value, is_const, linear
from lint_rules.index import ClassInfo
from lint_rules.laps import Lap
from lint_rules.models import lookup
from lint_rules.project import Project
from lint_rules.render import source

NUMBERS = (0, 1, -1, 2, 3, 5, 10, 100, -10)
LATER, NOW = 1e12, 1e9  # any clock shows less than the one and more than 0
EMPTY = {"list": "[]", "dict": "{}", "set": "set()", "tuple": "()", "str": '""', "bytes": 'b""', "int": "0",
         "float": "0.0", "bool": "False", "collections.deque": "collections.deque()", "frozenset": "frozenset()",
         "bytearray": "bytearray()"}  # fmt: skip
FULL = {"list": "[{}]", "dict": '{{"key": {}}}', "set": "{{{}}}", "tuple": "({},)", "frozenset": "frozenset([{}])",
        "collections.deque": "collections.deque([{}])"}  # fmt: skip
SOME = {"str": '"x"', "bytes": 'b"x"', "int": "1", "float": "1.0", "bool": "True", "bytearray": 'bytearray(b"x")'}
# Objects of asyncio are the real ones: how each is brought into its states.
REAL = {
    "asyncio.Event": ("asyncio.Event()", {"set": "{}.set()"}),
    "asyncio.Queue": ("asyncio.Queue(maxsize=1)", {"full": "{}.put_nowait(None)"}),
    "asyncio.LifoQueue": ("asyncio.LifoQueue(maxsize=1)", {"full": "{}.put_nowait(None)"}),
    "asyncio.PriorityQueue": ("asyncio.PriorityQueue(maxsize=1)", {"full": "{}.put_nowait(None)"}),
    "asyncio.Lock": ("asyncio.Lock()", {}),
    "asyncio.Condition": ("asyncio.Condition()", {}),
    "asyncio.Semaphore": ("asyncio.Semaphore()", {}),
    "asyncio.BoundedSemaphore": ("asyncio.BoundedSemaphore()", {}),
    "asyncio.Future": ("asyncio.get_running_loop().create_future()", {"done": "{}.set_result(None)"}),
    "asyncio.Task": ("asyncio.get_running_loop().create_future()", {"done": "{}.set_result(None)"}),
    "asyncio.StreamReader": (
        "asyncio.StreamReader()",
        {"failed": "{}.set_exception(ConnectionResetError())", "at_eof": "{}.feed_eof()"},
    ),
    "queue.Queue": ("queue.Queue(maxsize=1)", {"full": "{}.put_nowait(None)"}),
}


@dataclass(eq=False, slots=True)
class Node:
    """One access path of the witness and all that is asked of it."""

    value: Value
    attributes: dict[str, Node] = field(default_factory=dict)
    items: dict[str, Node] = field(default_factory=dict)  # by the source of the key; "" is any
    truth: bool | None = None
    none: bool | None = None
    dom: Dom | None = None
    length: Dom | None = None
    equal: Value | None = None
    other: list[Value] = field(default_factory=list)
    contains: list[Value] = field(default_factory=list)
    states: dict[str, bool] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    cls: ClassInfo | None = None
    number: float | None = None
    count: int | None = None


class State:
    """Writes the state of one lap. `libraries` are the states in which it holds library objects, by type."""

    def __init__(self, m: Machine, lap: Lap, project: Project) -> None:
        self.m, self.lap, self.project = m, lap, project
        self.nodes: dict[Value, Node] = {}
        self.roots: dict[tuple[str, str], Node] = {}  # (file of a module or "", name)
        self.libraries: dict[str, dict[str, bool]] = {}
        self.modules: dict[str, Path] = {}
        self.made: list[str] = []
        self.texts: dict[Node, str | None] = {}
        self.names = itertools.count(1)
        self.sums: list[tuple[Value, Dom]] = []
        st = lap.state
        frame: Frame | None = lap.frame
        while frame is not None:
            if frame.me is not None:
                self.node(frame.me)
            frame = frame.parent
        for v, want in st.truth.items():
            if not v.round:
                self._literal(v, want)
        for v, d in st.dom.items():
            self._domain(v, d)
        for v, d in self.sums:
            self._solve(v, d)

    # ------------------------------------------------------------------ reading the witness

    def node(self, v: Value) -> Node | None:
        if v in self.nodes:
            return self.nodes[v]
        kind, args = v.kind, v.args
        if kind not in ("var", "attr", "item"):
            return None
        new = Node(v)
        if kind == "var":
            if not isinstance(args[0], Frame):
                return None
            self.roots["", args[1]] = new
        elif args[0].kind == "module":
            self.roots[self._file(args[0].args[0]), args[1]] = new
        else:
            base = self.node(args[0])
            if base is None:
                return None
            if kind == "attr":
                base.attributes[args[1]] = new
            else:
                each = not isinstance(args[1], Value) or args[1].kind == "each"
                base.items["" if each else source(self.m, args[1])] = new
        self.nodes[v] = new
        return new

    def _literal(self, v: Value, want: bool) -> None:
        node = self.node(v)
        if node is not None:
            node.truth = want
            return
        if v.kind != "op":
            return
        name, args = v.args[0], v.args[1:]
        if name == "not":
            self._literal(args[0], not want)
            return
        at = next((self.node(a) for a in args if isinstance(a, Value) and a.kind in ("var", "attr", "item")), None)
        if name == "in" and want:
            at = self.node(args[1])
        if at is None:
            return
        if name == "none":
            at.none = want
        elif name in ("eq", "is") and (is_const(args[1]) or args[1].kind == "member"):
            if want:
                at.equal = args[1]
            else:
                at.other.append(args[1])
        elif name == "in" and want:
            at.contains.append(args[0])
        elif name == "state":
            at.states[str(args[0])] = want
        elif name == "method":
            at.answers[str(args[0]).rpartition(".")[2]] = repr(want)
        elif name == "len":
            at.truth = want
        elif name == "isinstance" and want and args[1].kind == "class":
            at.cls = args[1].args[0]

    def _domain(self, v: Value, d: Dom) -> None:
        node = self.node(v)
        if node is not None:
            if not v.round:
                node.dom = d
            return
        if v.kind == "lin":
            self.sums.append((v, d))
        elif v.kind == "op" and not v.round and v.args[0] in ("len", "method"):
            at = next((self.node(a) for a in v.args[1:] if isinstance(a, Value)), None)
            if at is not None and v.args[0] == "len":
                at.length = d
            elif at is not None:
                number = _number(d, ())
                at.answers[str(v.args[1]).rpartition(".")[2]] = _plain(number) if number is not None else "None"

    def _solve(self, v: Value, d: Dom) -> None:
        """Numbers that make a sum lie where it must; clocks show a moment between the early and the late."""
        terms, constant = linear(v)
        choices = []
        for symbol in terms:
            at = self.node(symbol.args[1]) if symbol.kind == "op" and symbol.args[0] == "len" else self.node(symbol)
            if symbol.kind == "fresh" and symbol.args[1] == "time":
                choices.append([(None, NOW)])
            elif at is None:
                return
            elif symbol.kind == "op":
                choices.append([(at, float(n)) for n in range(4) if _in(at.length or Dom(), n)])
            else:
                numbers = (*NUMBERS, LATER, -LATER)
                choices.append([(at, float(n)) for n in numbers if _in(at.dom or Dom(), n)])
        for pick in itertools.product(*choices):
            total = constant + sum(f * n for f, (_, n) in zip(terms.values(), pick, strict=True))
            if _in(d, total):
                for symbol, (at, n) in zip(terms, pick, strict=True):
                    if at is not None and symbol.kind == "op":
                        at.count = int(n)
                    elif at is not None:
                        at.number = n
                return

    # ------------------------------------------------------------------ writing it

    def lines(self) -> Iterator[str]:
        """Statements that make the state; the last gives the variables of the loop."""
        given = []
        for node in list(self.nodes.values()):
            for at in filter(None, map(self.node, node.contains)):
                self._share(at)
        for (file, name), node in self.roots.items():
            text = self.express(node)
            if text is None:
                continue
            if file:
                self.made.append(f"bench.put({file!r}, {name}={text})")
            else:
                given.append(f"{name!r}: {text}")
        yield from self.made
        yield f"return {{{', '.join(given)}}}"

    def express(self, node: Node) -> str | None:
        """An expression for what a path holds; None where nothing is asked of it."""
        if node not in self.texts:
            self.texts[node] = self._express(node)
        return self.texts[node]

    def _express(self, node: Node) -> str | None:
        d = node.dom
        if node.none is True or node.equal is NONE or (d is not None and d.allowed == frozenset({NONE})):
            return "None"
        fixed = self._fixed(node)
        if fixed is not None:
            return fixed
        t = self.m.type_of(node.value) or self.m.guessed.get(node.value)
        cls = node.cls or (self.m.types.cls(t) if t is not None else None)
        name = lookup.canonical(self.m.models, t.name) if t is not None else ""
        if cls is not None and node.truth is not False:
            return self._object(node, cls)
        if name in REAL and node.truth is not False:
            return self._real(node, name)
        if node.truth is not False and lookup.find_type(self.m.models, name) is not None and name not in EMPTY:
            return self._library(node, name)
        return self._plain(node, name)

    def _fixed(self, node: Node) -> str | None:
        """A constant or a number that is asked for."""
        d = node.dom
        allowed = [node.equal] if node.equal is not None else sorted(d.allowed, key=lambda c: c.serial) if d and d.allowed else []
        for c in allowed:
            if c is not None and (text := self._constant(c)) is not None:
                return text
        other = [*node.other, *(d.excluded if d else ())]
        members = [c for c in other if c.kind == "member"]
        if members and not node.attributes:
            return self._other_member(members)
        if node.number is not None:
            return _plain(node.number)
        if d is not None and not d.allowed and not members:
            constants = [c.args[1] for c in other if is_const(c)]
            if any(isinstance(c, (str, bytes)) for c in constants):
                kind = next(c for c in constants if isinstance(c, (str, bytes)))
                return None if node.truth is False else repr("other" if isinstance(kind, str) else b"other")
            number = _number(d, tuple(constants))
            return None if number is None else _plain(number)
        return None

    def _constant(self, c: Value) -> str | None:
        if is_const(c):
            return repr(c.args[1])
        if c.kind == "member":
            return self._member(str(c.args[0]))
        return None

    def _member(self, dotted: str) -> str:
        module = dotted
        while module:
            module = module.rpartition(".")[0]
            if module in self.project.names():
                return f"bench.name({self._file(module)!r}, {dotted[len(module) + 1 :]!r})"
        return f"bench.world.value({dotted!r})"

    def _other_member(self, members: list[Value]) -> str | None:
        """A member of the same enumeration that is none of these."""
        owner, _, _ = str(members[0].args[0]).rpartition(".")
        taken = {str(c.args[0]).rpartition(".")[2] for c in members}
        module, _, name = owner.rpartition(".")
        info = self.project.indexed(module) if module in self.project.names() else None
        cls = info.classes.get(name) if info is not None else None
        names = [n for n in (cls.attrs if cls is not None else self.m.models.enums.get(owner, {})) if n not in taken]
        return self._member(f"{owner}.{names[0]}") if names else None

    def _children(self, node: Node) -> dict[str, str]:
        texts = {name: self.express(child) for name, child in node.attributes.items()}
        return {name: text for name, text in texts.items() if text is not None}

    def _object(self, node: Node, cls: ClassInfo) -> str:
        given = "".join(f", {name}={text}" for name, text in self._children(node).items())
        return self._named(node, f"bench.make({self._file(cls.module)!r}, {cls.qualname!r}{given})")

    def _library(self, node: Node, name: str) -> str:
        known = self.libraries.setdefault(name, {})
        known.update(node.states)
        given = {**self._shown(name, node.states), **_answers(node), **self._children(node)}
        rest = "".join(f", {key}={text}" for key, text in given.items())
        return self._named(node, f"bench.library({name!r}, {node.states!r}{rest})")

    def _shown(self, name: str, states: dict[str, bool]) -> dict[str, str]:
        """Attributes and methods by which the code can see a state that no row speaks of."""
        shown: dict[str, str] = {}
        written = {s: text for model in lookup.lineage(self.m.models, name) for s, text in model.states}
        for state, want in states.items():
            text = written.get(state, "")
            compared = re.fullmatch(r"(\w+) == (.+)", text)
            if compared and want:
                shown[compared[1]] = compared[2]
            elif re.fullmatch(r"\w+ is not None", text):
                shown[text.partition(" ")[0]] = "bench.stub('something')" if want else "None"
            elif re.fullmatch(r"\w+\(\)", text) and not lookup.rows(self.m.models, f"{name}.{text[:-2]}", "call"):
                shown[text[:-2]] = f"lambda *_: {want}"
            elif text.isidentifier():
                shown[text] = repr(want)
        return shown

    def _real(self, node: Node, name: str) -> str:
        text, steps = REAL[name]
        todo = [step for state, step in steps.items() if node.states.get(state)]
        known = set(steps) | {"empty", "locked", "failed", "cancelled", "overrun"}
        unmet = [s for s, want in node.states.items() if want and (s not in known or (s not in steps and s != "empty"))]
        if unmet and lookup.find_type(self.m.models, name) is not None:
            return self._library(node, name)
        if not todo:
            return text
        variable = self._variable(node)
        self.made.append(f"{variable} = {text}")
        self.made.extend(step.format(variable) for step in todo)
        return variable

    def _plain(self, node: Node, name: str) -> str | None:
        """Values of builtin types, and things of no known type."""
        shapes = [s for _, s in self.m.shapes_of(node.value)]
        if name not in EMPTY:
            kinds = {"list": "list", "dict": "dict", "set": "set", "tuple": "tuple"}
            name = next((kinds[str(s[0])] for s in shapes if str(s[0]) in kinds), name)
        length = node.count if node.count is not None else _size(node)
        if node.truth is False or length == 0:
            return self._falsy(node, name, [s[1] for s in shapes if s[0] == "const"])
        if node.items or node.contains or length or "holds_finished" in node.states:
            return self._collection(node, name, length)
        if node.attributes or node.answers or node.states:
            known = {**_answers(node), **self._children(node)}
            rest = "".join(f", {key}={text}" for key, text in known.items())
            return self._named(node, f"bench.stub({source(self.m, node.value)!r}{rest})")
        if node.truth is None and node.none is None:
            return None
        constants = [s[1] for s in shapes if s[0] == "const" and s[1]]
        if name in SOME:
            return SOME[name]
        if name in FULL:
            return self._collection(node, name, None)
        if constants:
            return repr(constants[0])
        return f"bench.stub({source(self.m, node.value)!r})"

    def _falsy(self, node: Node, name: str, constants: list[object]) -> str:
        falsy = [c for c in constants if not c and (c is not None or node.none is not False)]
        if name in EMPTY:
            return EMPTY[name]
        if falsy:
            return repr(falsy[0])
        return "[]" if node.none is False else "None"

    def _collection(self, node: Node, name: str, length: int | None) -> str:
        if "holds_finished" in node.states:
            variable = self._variable(node)
            self.made.append(f"{variable} = asyncio.get_running_loop().create_future()")
            self.made.append(f"{variable}.set_result(None)")
            return FULL.get(name, "[{}]").format(variable)
        texts = [self.express(child) or f"bench.stub({name or 'item'!r})" for child in node.items.values()]
        keys = [key for key in node.items if key]
        for v in node.contains:
            at = self.node(v)
            text = self._constant(v) or (self.express(at) if at is not None else None)
            if text is not None:
                texts.append(text)
                keys.append(text)
        if name == "dict" and keys:
            return f"{{{', '.join(f'{key}: {text}' for key, text in zip(keys, texts, strict=False))}}}"
        while len(texts) < (length or 1):
            texts.append(f"bench.stub({'item'!r})" if name != "set" or not length else str(len(texts)))
        return FULL.get(name, "[{}]").format(", ".join(texts))

    def _share(self, node: Node) -> None:
        """A path of which only this is asked, that it is one thing in two places."""
        if self.express(node) is None:
            variable = self._variable(node)
            self.made.append(f"{variable} = bench.stub({source(self.m, node.value)!r})")
            self.texts[node] = variable

    def _named(self, node: Node, text: str) -> str:
        """Long objects get a line of their own."""
        variable = self._variable(node)
        self.made.append(f"{variable} = {text}")
        return variable

    def _variable(self, node: Node) -> str:
        text = source(self.m, node.value)
        plain = text.rpartition(".")[2].strip("_")
        plain = plain if plain.isidentifier() and plain not in ("self", "bench", "asyncio") else "thing"
        taken = {line.partition(" =")[0] for line in self.made}
        return plain if plain not in taken else f"{plain}_{next(self.names)}"

    def _file(self, module: str) -> str:
        path = self.project.path_of(module)
        self.modules[module] = path
        return path.as_posix()


def _answers(node: Node) -> dict[str, str]:
    return {name: f"lambda *_: {text}" for name, text in node.answers.items()}


def _size(node: Node) -> int | None:
    if node.length is None:
        return None
    return next((n for n in range(50) if _in(node.length, n) and (n or not node.truth)), None)


def _in(d: Dom, n: float) -> bool:
    if d.allowed is not None:
        return any(is_const(c) and c.args[1] == n for c in d.allowed)
    if any(is_const(c) and c.args[1] == n for c in d.excluded):
        return False
    return (d.lo < n or (n == d.lo and not d.lo_open)) and (n < d.hi or (n == d.hi and not d.hi_open))


def _number(d: Dom, other: tuple[object, ...]) -> float | None:
    tries = (*NUMBERS, d.lo, d.lo + 1, d.lo + 0.5, d.hi, d.hi - 1, d.hi - 0.5)
    return next((n for n in tries if abs(n) != float("inf") and _in(d, n) and n not in other), None)


def _plain(n: float) -> str:
    return repr(int(n)) if float(n).is_integer() and abs(n) < 1e9 else repr(n)
