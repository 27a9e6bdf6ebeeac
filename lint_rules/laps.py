"""Can a loop go round without waiting, in a state that recurs? Walks the non-waiting paths from header to header.

A lap is recurrent if every literal that it assumed, rewritten by what the lap did, is implied by what it assumed
(theory: closed recurrent set).
A lap that is not is continued for a few laps more: a state machine or a reset counter comes back after a period.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import libcst as cst

from lint_rules.candidates import Candidate, Loop
from lint_rules.conditions import assume, compare, implies_dom, truth
from lint_rules.entry import assume_entry
from lint_rules.flow import names
from lint_rules.flow.expressions import condition, evaluate
from lint_rules.flow.frames import Frame
from lint_rules.flow.loops_in import ENDLESS, next_item
from lint_rules.flow.machine import MAX_STATES, GaveUp, Machine, Pruned, state_symbol
from lint_rules.flow.state import Dom, State
from lint_rules.flow.statements import suite
from lint_rules.flow.values import (
    Value,
    add,
    const,
    contains,
    fresh,
    is_number,
    linear,
    make,
    number,
    op,
    parts,
    scale,
    tup,
    var,
)
from lint_rules.index import FunctionInfo
from lint_rules.produced import generator_loops, one_round
from lint_rules.syntax import visit
from lint_rules.types import Type

MAX_PERIOD = 6
MAX_CONTINUED = 40


@dataclass(frozen=True, slots=True)
class Lap:
    """One way round a loop without waiting, in a state that recurs. `open` are literals on what was made in the lap,
    `bounded` those that time ends.
    """

    state: State
    frame: Frame
    loop: Loop
    period: int
    open: tuple[Value, ...]
    bounded: tuple[Value, ...]


@dataclass(slots=True)
class Search:
    """All that was found out about one candidate."""

    candidate: Candidate
    laps: list[Lap] = field(default_factory=list)
    pruned: list[Pruned] = field(default_factory=list)
    progress: list[tuple[State, Value]] = field(default_factory=list)
    gave_up: list[str] = field(default_factory=list)
    frame: Frame | None = None
    left: list[State] = field(default_factory=list)
    lost_counts: list[State] = field(default_factory=list)


def search(m: Machine, candidate: Candidate) -> Search:
    result = Search(candidate)
    frame = header_frame(m, candidate)
    result.frame = frame
    try:
        start = State(m)
        assume_entry(m, frame, start, candidate)
        plain = [k for k in (*start.truth, *start.dom) if not any(p.kind == "attr" for p in parts(k))]
        start.soft |= frozenset(plain) | frozenset(op("dom", k) for k in plain)
        if isinstance(candidate.loop, cst.For):
            for st, inner, at in list(generator_loops(m, frame, start.copy(), candidate.loop)):
                _rounds(m, candidate, frame, partial(one_round, m, candidate, frame, inner, at), [st], 1, result)
        _rounds(m, candidate, frame, partial(one_lap, m, candidate, frame), [start], 1, result)
    except GaveUp:
        result.gave_up.append("the budget of steps is spent")
    except RecursionError:
        result.gave_up.append("too deeply nested")
    result.pruned = m.pruned
    result.lost_counts = m.lost_counts
    result.left = m.left
    result.gave_up += m.gave_up
    return result


def header_frame(m: Machine, c: Candidate) -> Frame:
    """The frame in which the loop runs: what the lap has not written is a header symbol."""
    m.loop_function = c.fn.name
    parent = _outer_frame(m, c, c.fn.parent)
    written = _Written()
    visit(c.loop, written)
    frame = _header(m, c, c.fn, c.function, parent, frozenset(written.names))
    frame.counted = written.counted()
    return frame


def _outer_frame(m: Machine, c: Candidate, fn: FunctionInfo | None) -> Frame | None:
    if fn is None:
        return None
    parent = _outer_frame(m, c, fn.parent)
    return _header(m, c, fn, c.slice.functions[fn.ordinal], parent, frozenset())


def _header(
    m: Machine, c: Candidate, fn: FunctionInfo, node: cst.FunctionDef, parent: Frame | None, written: frozenset[str]
) -> Frame:
    frame = Frame(
        next(m.ids),
        fn,
        node,
        c.slice,
        m.resolver.module_of(fn.module),
        m.resolver.class_at(fn),
        None,
        parent,
        0,
        True,
        written,
    )
    plain = any(d[-1] == "staticmethod" for d in fn.decorators)
    if fn.cls is not None and fn.params and c.cls is not None and not plain:
        frame.me = var(frame, fn.params[0].name)
        m.set_type(frame.me, m.types.of_class(c.cls, exact=True))
    return frame


class _Written(cst.CSTVisitor):
    """What a loop assigns; `steps` has the signs by which a name is counted on, 0 for any other assignment."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.steps: dict[str, set[int]] = {}

    def counted(self) -> frozenset[str]:
        return frozenset(name for name, steps in self.steps.items() if len(steps) == 1 and steps != {0})

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self.names.add(node.name.value)
        for inner in node.body.body:
            if isinstance(inner, cst.SimpleStatementLine):
                for small in inner.body:
                    if isinstance(small, cst.Nonlocal):
                        self.names.update(item.name.value for item in small.names)
        return True

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return False

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self.target(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self.target(node.target)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        number = isinstance(node.value, cst.Integer) and node.value.evaluated_value > 0
        sign = isinstance(node.operator, cst.AddAssign) - isinstance(node.operator, cst.SubtractAssign)
        self.target(node.target, sign if number else 0)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self.target(node.target)

    def visit_For(self, node: cst.For) -> None:
        self.target(node.target)

    def visit_AsName(self, node: cst.AsName) -> None:
        self.target(node.name)

    def visit_Del(self, node: cst.Del) -> None:
        self.target(node.target)

    def visit_MatchAs(self, node: cst.MatchAs) -> None:
        if node.name is not None:
            self.names.add(node.name.value)
            self.steps.setdefault(node.name.value, set()).add(0)

    def target(self, node: cst.BaseExpression, step: int = 0) -> None:
        if isinstance(node, cst.Name):
            self.names.add(node.value)
            self.steps.setdefault(node.value, set()).add(step)
        elif isinstance(node, (cst.Tuple, cst.List)):
            for element in node.elements:
                self.target(element.value)


def written_in(loop: cst.CSTNode) -> set[str]:
    """The variables that a loop assigns anywhere in it."""
    visitor = _Written()
    visit(loop, visitor)
    return visitor.names


# ---------------------------------------------------------------------- going round


def _rounds(
    m: Machine,
    c: Candidate,
    frame: Frame,
    one: Callable[[State], list[State]],
    states: list[State],
    period: int,
    result: Search,
) -> None:
    """Walk one lap from each state; judge where it ends; go on from those that made progress that a later lap may
    undo.
    """
    again: list[State] = []
    for st in states:
        m.clocks.clear()
        for s in one(st):
            if "progress" in s.marks:
                result.progress.append((s, const("consumed")))
                continue
            verdict = recurrent(m, c, frame, s)
            if isinstance(verdict, Lap):
                result.laps.append(replace(verdict, state=s, period=period))
            else:
                result.progress.append((s, verdict))
                if _may_come_back(m, s) and not _moves_on(m, frame, s, verdict):
                    again.append(s)
    if again and period < MAX_PERIOD and not any(lap.period < period and not lap.open for lap in result.laps):
        _rounds(m, c, frame, one, again[:MAX_CONTINUED], period + 1, result)


def one_lap(m: Machine, c: Candidate, frame: Frame, st: State) -> list[State]:
    """The states in which the header is reached again without waiting."""
    loop = c.loop
    m.raises.append([])
    try:
        if isinstance(loop, cst.While):
            starts = [(s, answer) for s, answer in condition(m, frame, st, loop.test) if answer]
        else:
            starts = [(s, True) for s in _next_item(m, frame, st, loop)]
        ends = []
        for s, _ in starts:
            s.log("header", frame, loop, "", 0)
            ends.extend(suite(m, frame, s, loop.body))
    finally:
        m.left += [s for s, _ in m.raises.pop()]
    m.left += [s for s, outcome in ends if outcome[0] in ("break", "return")]
    reached = m.join([(s, ("next", None)) for s, outcome in ends if outcome[0] in ("next", "continue")])
    return [s for s, _ in reached][:MAX_STATES]


def _next_item(m: Machine, frame: Frame, st: State, loop: cst.For) -> list[State]:
    """Endless iterators give an item at once; anything else ends some day or waits."""
    out: list[State] = []
    if loop.asynchronous is not None:
        for s, it in evaluate(m, frame, st, loop.iter):
            for s2, iterator in _iterator(m, frame, s, it, loop):
                for s3, item in next_item(m, frame, s2, iterator, loop)[0]:
                    out.extend(names.assign(m, frame, s3, loop.target, item))
        return out
    for s, it in evaluate(m, frame, st, loop.iter):
        t = m.type_of(it)
        endless = (it.kind == "libcall" and it.args[0] in ENDLESS) or (t is not None and t.name in ENDLESS)
        if it.kind == "op" and it.args[0] == "calls":
            out.extend(_called(m, frame, s, it, loop))
        elif endless:
            if it.kind == "libcall" and it.args[0] == "itertools.repeat" and len(it.args[2]) + len(it.args[3]) > 1:
                continue
            out.extend(names.assign(m, frame, s, loop.target, fresh("item")))
    return out


def _iterator(m: Machine, frame: Frame, st: State, it: Value, loop: cst.For) -> list[tuple[State, Value]]:
    """What `__aiter__` of a project class gives, where that is no generator."""
    from lint_rules.flow import calls

    cls = m.types.cls(m.type_of(it))
    method = m.resolver.find_method(cls, "__aiter__") if cls is not None else None
    if not isinstance(method, FunctionInfo):
        return []
    found = calls.call_function(m, frame, st, make("func", method, None, it), (), (), loop)
    return [(s, _kept(m, frame, v)) for s, v in found if v.kind not in ("agen", "gen")]


def _kept(m: Machine, frame: Frame, iterator: Value) -> Value:
    """A loop makes its iterator once and keeps it, so what it holds on a lap is what the laps before have left."""
    t = m.type_of(iterator)
    if iterator.kind in ("attr", "var") or t is None:
        return iterator
    kept = var(frame, "the iterator")
    m.set_type(kept, t)
    return kept


def _called(m: Machine, frame: Frame, st: State, it: Value, loop: cst.For) -> list[State]:
    """`iter(f, sentinel)`: each round calls f and stops at the sentinel."""
    from lint_rules.flow import calls
    from lint_rules.flow.expressions import split

    out: list[State] = []
    assert isinstance(loop.iter, cst.Call)
    for s, v in calls.call_value(m, frame, st, it.args[1], (), (), loop.iter):
        for s2, stop in split(m, frame, s, compare("==", v, it.args[2])):
            if not stop:
                out.extend(names.assign(m, frame, s2, loop.target, v))
    return out


# ---------------------------------------------------------------------- recurrence


def recurrent(m: Machine, c: Candidate, frame: Frame, end: State) -> Lap | Value:
    """The lap, if its condition is inductive; else the first literal that the lap makes untrue or unknown."""
    phi = header_view(end)
    open_: list[Value] = []
    bounded: list[Value] = []
    for k, want in end.truth.items():
        if k.round:
            if k not in end.soft:
                open_.append(k)
            continue
        if truth(phi, rewrite_content(m, end, k)) is not want:
            return k
    for k, d in end.dom.items():
        soft = op("dom", k) in end.soft
        if k.round:
            if soft:
                continue
            verdict = _round_dom(m, end, phi, k, d)
            if verdict == "open":
                open_.append(k)
            elif verdict == "bounded":
                bounded.append(k)
            elif verdict == "progress":
                return k
            continue
        if not implies_dom(phi, rewrite(m, end, k), d):
            beyond = _beyond(m, end, k, d)
            return recurrent(m, c, frame, beyond) if beyond is not None else k
    return Lap(end, frame, c.loop, 1, tuple(open_), tuple(bounded))


def _beyond(m: Machine, end: State, k: Value, d: Dom) -> State | None:
    """A counter that has passed the number it is compared with never meets it again: the lap from such a state."""
    step = add(rewrite(m, end, k), k, -1)
    numbers = [c for c in d.excluded if is_number(c)]
    if not is_number(step) or number(step) == 0 or not numbers or len(numbers) < len(d.excluded):
        return None
    limit = max(numbers, key=number) if number(step) > 0 else min(numbers, key=number)
    end.dom[k] = replace(d, excluded=frozenset())
    return end if assume(end, compare(">" if number(step) > 0 else "<", k, limit), True) else None


def header_view(end: State) -> State:
    """The facts of a lap as a statement about the header."""
    phi = end.copy()
    phi.env, phi.heap, phi.gen, phi.renewed = {}, {}, {}, {}
    return phi


def _round_dom(m: Machine, end: State, phi: State, k: Value, d: Dom) -> str:
    """A comparison with the clock: permanent, bounded, or open; `progress` where the lap moves what it is compared
    with.
    """
    terms, _ = linear(k)
    clocks = {s: f for s, f in terms.items() if s.kind == "fresh" and s.args[1] == "time"}
    others = {s: f for s, f in terms.items() if s not in clocks}
    if not clocks or any(s.round for s in others):
        return "open"
    if sum(clocks.values()) == 0:
        return "fine" if d.lo <= 0 <= d.hi or (not others and d.lo < 0.001) else "open"
    for s in others:
        if rewrite(m, end, s) is not s:
            return "progress"
    rising = sum(clocks.values()) > 0
    limit = d.hi if rising else d.lo
    return "fine" if limit in (float("inf"), float("-inf")) and d.allowed is None else "bounded"


CONTENT = frozenset({"len", "copy", "method", "builtin", "slice", "match", "join", "text", "calls", "invert"})


def rewrite_content(m: Machine, end: State, v: Value) -> Value:
    """A literal's value as it is after the lap; where the literal asks what a value contains, its content then."""
    if v.kind in ("var", "attr", "item", "fresh"):
        return end.content(rewrite(m, end, v))
    return rewrite(m, end, v)


def rewrite(m: Machine, end: State, v: Value) -> Value:
    """What stands, after the lap, where `v` stood at the header."""
    kind, args = v.kind, v.args
    if kind == "var":
        frame = args[0]
        return end.env.get((frame.id, args[1]), v) if isinstance(frame, Frame) else v
    if kind == "attr":
        return end.read(rewrite(m, end, args[0]), args[1])
    if kind == "item":
        base = end.content(rewrite(m, end, args[0]))
        key = rewrite(m, end, args[1]) if isinstance(args[1], Value) else args[1]
        return end.heap.get((base, f"[{key.serial}]"), make("item", base, key))
    if kind == "lin":
        total = const(args[1])
        for s, factor in args[0]:
            total = add(total, scale(rewrite(m, end, s), factor))
        return total
    if kind == "tuple":
        return tup(tuple(rewrite(m, end, a) for a in args[0]))
    if kind == "op":
        return _rewrite_op(m, end, v)
    return v


def _rewrite_op(m: Machine, end: State, v: Value) -> Value:
    name, args = v.args[0], v.args[1:]
    if name == "state":
        return state_symbol(end, rewrite(m, end, args[1]), args[0])
    if name in CONTENT:
        new = tuple(end.content(rewrite(m, end, a)) if isinstance(a, Value) else a for a in args)
    elif name == "in":
        new = (rewrite(m, end, args[0]), end.content(rewrite(m, end, args[1])))
    else:
        new = tuple(rewrite(m, end, a) if isinstance(a, Value) else a for a in args)
    if new == args:
        return v
    if name in ("eq", "lt", "le", "is"):
        return compare({"eq": "==", "lt": "<", "le": "<=", "is": "is"}[name], *new)
    made = op(name, *new)
    t = m.type_of(v)
    if t is not None and isinstance(t, Type):
        m.set_type(made, t)
    return made


def _moves_on(m: Machine, frame: Frame, end: State, k: Value) -> bool:
    """Whether a literal that the lap made untrue speaks of what no later lap brings back: a counter that the loop
    only counts in one direction, a rest of what there was (`buffer.split(b"\n", 1)[1]`, `node.next`).
    """
    inner = parts(k)
    turns = any(p.kind == "op" and p.args[0] == "mod" for p in inner)
    for symbol in inner:
        if symbol.kind in ("var", "attr"):
            counted = symbol.kind == "var" and symbol.args[0] is frame and symbol.args[1] in frame.counted
            if counted and not turns and rewrite(m, end, symbol) is not symbol:
                return True
            now = rewrite(m, end, symbol)
            rest = now.kind in ("item", "attr") or (now.kind == "op" and now.args[0] in ("method", "slice", "copy"))
            if rest and now is not symbol and contains(now, symbol):
                return True
    return False


def _may_come_back(m: Machine, end: State) -> bool:
    """Whether what the lap changed may be changed back: it is known what it holds now."""
    for k, want in end.truth.items():
        if k.round or k in end.soft:
            continue
        now = rewrite_content(m, end, k)
        if now is not k and now.round and truth(end, now) is not want:
            return False
    return True
