"""The conditions of a lap, sorted by the access path that they speak of.

Invariant: a condition that no path can be made to satisfy by itself is left out here; the harness looks at all of them
again when the loop begins.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import Dom
from lint_rules.flow.values import Value, is_const, linear
from lint_rules.index import ClassInfo
from lint_rules.project import Project
from lint_rules.recurrence import Lap
from lint_rules.render import source

NUMBERS = (0, 1, -1, 2, 3, 5, 10, 100, -10)
LATER, NOW = 1e12, 1e9  # any clock shows less than the one and more than 0


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


class Witness:
    """What one lap asks of every path. `roots` are variables, by the module that they are in ("": the function)."""

    def __init__(self, m: Machine, lap: Lap, project: Project) -> None:
        self.m, self.project = m, project
        self.nodes: dict[Value, Node] = {}
        self.roots: dict[tuple[str, str], Node] = {}
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
            self.roots[str(args[0].args[0]), args[1]] = new
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
        if name == "none" and args[0].kind == "op" and args[0].args[0] == "method":
            self._answer(args[0], None if want else True)
            return
        at = next((self.node(a) for a in args if isinstance(a, Value) and a.kind in ("var", "attr", "item")), None)
        if name == "in" and want and args[1].kind == "tuple":
            self._domain(args[0], Dom(frozenset(a for a in args[1].args[0] if is_const(a))))
            return
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
            self._answer(v, want)
        elif name == "len":
            at.truth = want
        elif name == "isinstance" and want and args[1].kind == "class":
            at.cls = args[1].args[0]

    def _answer(self, v: Value, value: float | None) -> None:
        """A method whose answer the lap depends on."""
        at = next((self.node(a) for a in v.args[1:] if isinstance(a, Value)), None)
        if at is not None:
            at.answers[str(v.args[1]).rpartition(".")[2]] = (
                repr(value) if value is None or isinstance(value, bool) else plain_number(value)
            )

    def _domain(self, v: Value, d: Dom) -> None:
        node = self.node(v)
        if node is not None:
            if not v.round:
                node.dom = d
            return
        if v.kind == "lin":
            self.sums.append((v, d))
        elif v.kind == "op" and not v.round and v.args[0] in ("len", "method"):
            number = number_in(d, ())
            if v.args[0] == "method":
                self._answer(v, number)
            elif (at := self.node(v.args[1])) is not None:
                at.length = d

    def _solve(self, v: Value, d: Dom) -> None:
        """Numbers that make a sum lie where it must; clocks show a moment between the early and the late."""
        terms, constant = linear(v)
        choices: list[list[tuple[Node | None, float]]] = []
        for symbol in terms:
            at = self.node(symbol.args[1]) if symbol.kind == "op" and symbol.args[0] == "len" else self.node(symbol)
            if symbol.kind == "fresh" and symbol.args[1] == "time":
                choices.append([(None, NOW)])
            elif at is None:
                return
            elif symbol.kind == "op":
                choices.append([(at, float(n)) for n in range(4) if in_domain(at.length or Dom(), n)])
            else:
                numbers = (*NUMBERS, LATER, -LATER)
                choices.append([(at, float(n)) for n in numbers if in_domain(at.dom or Dom(), n)])
        for pick in itertools.product(*choices):
            total = constant + sum(f * n for f, (_, n) in zip(terms.values(), pick, strict=True))
            if in_domain(d, total):
                for symbol, (at, n) in zip(terms, pick, strict=True):
                    if at is not None and symbol.kind == "op":
                        at.count = int(n)
                    elif at is not None:
                        at.number = n
                return


def size_of(node: Node) -> int | None:
    if node.length is None:
        return None
    return next((n for n in range(50) if in_domain(node.length, n) and (n or not node.truth)), None)


def in_domain(d: Dom, n: float) -> bool:
    if d.allowed is not None:
        return any(is_const(c) and c.args[1] == n for c in d.allowed)
    if any(is_const(c) and c.args[1] == n for c in d.excluded):
        return False
    return (d.lo < n or (n == d.lo and not d.lo_open)) and (n < d.hi or (n == d.hi and not d.hi_open))


def number_in(d: Dom, other: tuple[object, ...]) -> float | None:
    tries = (*NUMBERS, d.lo, d.lo + 1, d.lo + 0.5, d.hi, d.hi - 1, d.hi - 0.5)
    return next((n for n in tries if abs(n) != float("inf") and in_domain(d, n) and n not in other), None)


def plain_number(n: float) -> str:
    return repr(int(n)) if float(n).is_integer() and abs(n) < 1e9 else repr(n)
