"""The witness of a lap as Python that makes such a state: objects, their attributes, and library objects in a state.

Invariant: what is made satisfies the conditions of the lap, or the harness says which one does not hold; of what no
condition speaks, nothing is made up here.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from lint_rules.confirm.witness import Node, Witness, number_in, plain_number, size_of
from lint_rules.flow.values import NONE, Value, is_const
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.models import lookup
from lint_rules.render import source

FINISHED = frozenset({"holds_finished", "all_finished"})
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


class State:
    """Writes the state of one lap. `libraries` are the states in which it holds library objects, by type."""

    def __init__(self, witness: Witness, functions: Sequence[FunctionInfo]) -> None:
        self.functions = functions
        self.witness, self.m, self.project = witness, witness.m, witness.project
        self.libraries: dict[str, dict[str, bool]] = {}
        self.modules: dict[str, Path] = {}
        self.made: list[str] = []
        self.texts: dict[Node, str | None] = {}
        self.names = itertools.count(1)

    def lines(self) -> Iterator[str]:
        """Statements that make the state; the last gives the variables of the loop."""
        given = []
        for node in list(self.witness.nodes.values()):
            for at in filter(None, map(self.witness.node, node.contains)):
                self._share(at)
        for (file, name), node in self.witness.roots.items():
            text = self.express(node)
            if text is None:
                continue
            if file:
                self.made.append(f"bench.put({quoted(self._file(file))}, {name}={text})")
            else:
                given.append(f"{quoted(name)}: {text}")
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
        if any(node.states.get(state) for state in ("no_int", "no_float", "no_loads")):
            return '"no number"'
        d = node.dom
        allowed = (
            [node.equal]
            if node.equal is not None
            else sorted(d.allowed, key=lambda c: c.serial)
            if d and d.allowed
            else []
        )
        for c in allowed:
            if c is not None and (text := self._constant(c)) is not None:
                return text
        other = [*node.other, *(d.excluded if d else ())]
        members = [c for c in other if c.kind == "member"]
        if members and not node.attributes:
            return self._other_member(members)
        if node.number is not None:
            return plain_number(node.number)
        if d is not None and not d.allowed and not members:
            constants = [c.args[1] for c in other if is_const(c)]
            if any(isinstance(c, (str, bytes)) for c in constants):
                kind = next(c for c in constants if isinstance(c, (str, bytes)))
                return None if node.truth is False else repr("other" if isinstance(kind, str) else b"other")
            number = number_in(d, tuple(constants))
            return None if number is None else plain_number(number)
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
                return f"bench.name({quoted(self._file(module))}, {quoted(dotted[len(module) + 1 :])})"
        return f"bench.world.value({quoted(dotted)})"

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

    def _concrete(self, cls: ClassInfo) -> ClassInfo:
        """The class, or the subclass of it, of which most functions of the lap are."""
        resolver = self.m.resolver

        def taken(each: ClassInfo) -> int:
            return sum(resolver.find_method(each, fn.name) is fn for fn in self.functions if fn.cls)

        return max((cls, *resolver.subclasses(cls)), key=taken)

    def _object(self, node: Node, cls: ClassInfo) -> str:
        cls = self._concrete(cls)
        given = "".join(f", {name}={text}" for name, text in self._children(node).items())
        return self._named(
            node, cls.name.lower(), f"bench.make({quoted(self._file(cls.module))}, {quoted(cls.qualname)}{given})"
        )

    def _library(self, node: Node, name: str) -> str:
        known = self.libraries.setdefault(name, {})
        known.update(node.states)
        given = {**self._shown(name, node.states), **_answers(node), **self._children(node)}
        rest = "".join(f", {key}={text}" for key, text in given.items())
        return self._named(
            node, name.rpartition(".")[2].lower(), f"bench.library({quoted(name)}, {_states(node)}{rest})"
        )

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
        variable = self._variable(node, "thing")
        self.made.append(f"{variable} = {text}")
        self.made.extend(step.format(variable) for step in todo)
        return variable

    def _plain(self, node: Node, name: str) -> str | None:
        """Values of builtin types, and things of no known type."""
        shapes = [s for _, s in self.m.shapes_of(node.value)]
        if name not in EMPTY:
            kinds = {"list": "list", "dict": "dict", "set": "set", "tuple": "tuple"}
            name = next((kinds[str(s[0])] for s in shapes if str(s[0]) in kinds), name)
        length = node.count if node.count is not None else size_of(node)
        if node.truth is False or length == 0:
            return self._falsy(node, name, [s[1] for s in shapes if s[0] == "const"])
        if node.items or node.contains or length or FINISHED & node.states.keys():
            return self._collection(node, name, length)
        if node.attributes or node.answers or node.states:
            known = {**_answers(node), **self._children(node)}
            rest = "".join(f", {key}={text}" for key, text in known.items())
            return self._named(node, "thing", f"bench.stub({quoted(source(self.m, node.value))}{rest})")
        if node.truth is None and node.none is None:
            return None
        constants = [s[1] for s in shapes if s[0] == "const" and s[1]]
        if name in SOME:
            return SOME[name]
        if name in FULL:
            return self._collection(node, name, None)
        if constants:
            return repr(constants[0])
        return f"bench.stub({quoted(source(self.m, node.value))})"

    def _falsy(self, node: Node, name: str, constants: list[object]) -> str:
        falsy = [c for c in constants if not c and (c is not None or node.none is not False)]
        if name in EMPTY:
            return EMPTY[name]
        if falsy:
            return repr(falsy[0])
        return "[]" if node.none is False else "None"

    def _collection(self, node: Node, name: str, length: int | None) -> str:
        if FINISHED & node.states.keys():
            variable = self._variable(node, "thing")
            self.made.append(f"{variable} = asyncio.get_running_loop().create_future()")
            failed = any(child.answers.get("exception", "None") != "None" for child in node.items.values())
            self.made.append(f"{variable}.set_{'exception(OSError())' if failed else 'result(None)'}")
            return FULL.get(name, "[{}]").format(variable)
        texts = [self.express(child) or f"bench.stub({quoted(name or 'item')})" for child in node.items.values()]
        keys = [key for key in node.items if key]
        for v in node.contains:
            at = self.witness.node(v)
            text = self._constant(v) or (self.express(at) if at is not None else None)
            if text is not None:
                texts.append(text)
                keys.append(text)
        if name == "dict" and keys:
            return f"{{{', '.join(f'{key}: {text}' for key, text in zip(keys, texts, strict=False))}}}"
        while len(texts) < (length or 1):
            texts.append(f"bench.stub({quoted('item')})" if name != "set" or not length else str(len(texts)))
        return FULL.get(name, "[{}]").format(", ".join(texts))

    def _share(self, node: Node) -> None:
        """A path of which only this is asked, that it is one thing in two places."""
        if self.express(node) is None:
            variable = self._variable(node, "thing")
            self.made.append(f"{variable} = bench.stub({quoted(source(self.m, node.value))})")
            self.texts[node] = variable

    def _named(self, node: Node, kind: str, text: str) -> str:
        """Long objects get a line of their own."""
        variable = self._variable(node, kind)
        self.made.append(f"{variable} = {text}")
        return variable

    def _variable(self, node: Node, kind: str) -> str:
        """A name: that of the path's last link, or of its class for `self`."""
        plain = source(self.m, node.value).rpartition(".")[2].strip("_")
        plain = plain if plain.isidentifier() and plain not in ("self", "cls") else kind
        taken = {line.partition(" =")[0] for line in self.made} | {"bench", "asyncio", "collections", "queue"}
        return plain if plain.isidentifier() and plain not in taken else f"{plain}_{next(self.names)}"

    def _file(self, module: str) -> str:
        path = self.project.path_of(module)
        self.modules[module] = path
        return path.as_posix()


def quoted(text: str) -> str:
    """A text as this project would write it."""
    return json.dumps(text, ensure_ascii=False)


def _states(node: Node) -> str:
    return f"{{{', '.join(f'{quoted(name)}: {want}' for name, want in node.states.items())}}}"


def _answers(node: Node) -> dict[str, str]:
    return {name: f"lambda *_: {text}" for name, text in node.answers.items()}
