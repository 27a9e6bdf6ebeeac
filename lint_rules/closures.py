"""Do the functions inside one function ever bring about the state of its variables in which a loop among them would
spin?

What `reach` asks of the attributes of an object is asked here of the variables of the functions around a loop: an event
and the token that it announces are set in one breath, so "set, and no token" is true in no run.

Invariant: an answer of False is given only where every function that mentions such a variable was walked to its end.
What is handed on to others may be changed by them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import libcst as cst

from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import GaveUp, Machine, TooBig
from lint_rules.flow.state import State
from lint_rules.flow.statements import suite
from lint_rules.flow.values import Value, const, fresh, make, op, parts
from lint_rules.index import FunctionInfo
from lint_rules.nothing import NONE
from lint_rules.reach import Claim, Passing, is_decided
from lint_rules.recurrence import Lap, header_view, rewrite
from lint_rules.scopes import nested, renew
from lint_rules.touching import LOOKS

MAX_FUNCTIONS = 24
UNBOUND = make("unbound")
MOMENT = (-1, "the moment")


def set_together(m: Machine, lap: Lap) -> bool:
    """Whether some function around the loop, or in one of these, may bring the witness about."""
    scope = list(_around(lap.frame))
    claim = _claim(m, lap, scope)
    if len(claim.truth) + len(claim.dom) < 2 or _handed_on(m, lap, claim):
        return True
    functions = _touching(m, scope[-1].fn, claim)
    if len(functions) > MAX_FUNCTIONS:
        return True
    frames = {at.fn: at for at in scope}
    return any(_may_bring_about(m, lap, frames, fn, claim) for fn in functions)


def _around(frame: Frame) -> Iterator[Frame]:
    at = frame.parent
    while at is not None:
        yield at
        at = at.parent


def _claim(m: Machine, lap: Lap, scope: list[Frame]) -> Claim:
    phi, soft = header_view(lap.state), lap.state.soft
    truths = [(k, want) for k, want in phi.truth.items() if k not in soft and _is_of(m, scope, k)]
    doms = [(k, d) for k, d in phi.dom.items() if op("dom", k) not in soft and _is_of(m, scope, k)]
    names = {p.args[1] for k, _ in (*truths, *doms) for p in parts(k) if p.kind == "var"}
    return Claim(tuple(truths), tuple(doms), frozenset(names))


def _is_of(m: Machine, scope: list[Frame], k: Value) -> bool:
    """Whether only the project's code decides a literal, and it speaks of variables of the functions around alone."""
    found = list(parts(k))
    others = [p for p in found if p.kind in ("attr", "item", "fresh", "killed")]
    variables = [p for p in found if p.kind == "var"]
    if k.round or others or not variables or any(p.args[0] not in scope or p.args[0].me is p for p in variables):
        return False
    return all(is_decided(m, p) for p in found if p.kind == "op" and p.args[0] == "state")


def _handed_on(m: Machine, lap: Lap, claim: Claim) -> bool:
    """Whether something whose state the claim asks is given to others, or used where no function is walked."""
    asked = [k for k, _ in claim.truth if k.kind != "op" or k.args[0] != "none"] + [k for k, _ in claim.dom]
    names = {p.args[1] for k in asked for p in parts(k) if p.kind == "var"}
    try:
        tree = ast.parse(m.resolver.project.source(lap.frame.fn))
    except (SyntaxError, ValueError, RecursionError, OSError):
        return True
    return any(_is_one_of(given, names) for node in ast.walk(tree) for given in _given(node))


def _given(node: ast.AST) -> Iterator[ast.AST | None]:
    """What a piece of code gives to somebody."""
    if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in LOOKS):
        yield from node.args
        yield from (k.value for k in node.keywords)
    elif isinstance(node, (ast.Return, ast.Yield, ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Starred)):
        yield node.value
    elif isinstance(node, (ast.List, ast.Set, ast.Tuple)):
        yield from node.elts
    elif isinstance(node, ast.Dict):
        yield from node.values
    elif isinstance(node, (ast.Lambda, ast.ClassDef)):
        yield from ast.walk(node)


def _is_one_of(node: ast.AST | None, names: set[str]) -> bool:
    if isinstance(node, ast.Attribute):
        return _is_one_of(node.value, names)
    return isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load)


def _touching(m: Machine, outer: FunctionInfo, claim: Claim) -> list[FunctionInfo]:
    mention = re.compile(rf"\b({'|'.join(sorted(re.escape(n) for n in claim.names))})\b")
    lines = m.resolver.project.source(outer)
    return [outer, *nested(outer)] if mention.search(lines) is not None else []


class _Inside(Passing):
    """Goes on behind what suspends, where the variables around may hold anything."""

    def __init__(self, m: Machine, scope: list[Frame], claim: Claim) -> None:
        super().__init__(m, None, claim)
        self.scope = scope

    def moment(self, st: State) -> Value:
        return st.env.get(MOMENT, const("the start"))

    def others_run(self, st: State) -> None:
        for at in self.scope:
            own = {name for name in at.fn.locals if st.env.get((at.id, name)) is not UNBOUND}
            renew(self, st, at, {name for name in own if len(at.fn.locals[name]) > 1})
        for v in st.env.copy().values():
            st.kill(v)
        st.env[MOMENT] = fresh("moment")
        self.begun[self.moment(st)] = self.claim.at(self, st)

    def brings(self, end: State, *, whatever_was: bool) -> bool:
        """A claim speaks of nothing before its variables are there."""
        held = [rewrite(self, end, p) for k, _ in (*self.claim.truth, *self.claim.dom) for p in parts(k)]
        return UNBOUND not in held and super().brings(end, whatever_was=whatever_was)

    def takes_something_for_none(self, end: State, begun: Claim) -> bool:
        """What comes from outside is something, where None has a name."""
        for (k, want), (was, _) in zip(self.claim.truth, begun.truth, strict=True):
            if k.kind == "op" and k.args[0] == "none" and want:
                now = rewrite(self, end, k.args[1])
                if now.round and op("none", now) is not was and NONE in [s for _, s in self.shapes_of(k.args[1])]:
                    return True
        return False

    def _is_asked(self, place: object, name: str) -> bool:
        if isinstance(place, Value):
            return place.kind == "var" and place.args[0] in self.scope and place.args[1] in self.claim.names
        return name in self.claim.names or place == MOMENT


def _may_bring_about(m: Machine, lap: Lap, frames: dict[FunctionInfo, Frame], fn: FunctionInfo, claim: Claim) -> bool:
    walked = _Inside(m, list(frames.values()), claim)
    st = State(walked)
    frame = _frame(walked, lap.frame, frames, fn)
    if frame is None or not isinstance(frame.node, cst.FunctionDef):
        return True
    if fn in frames:
        given = {p.name for p in fn.params}
        st.env.update({(frame.id, name): UNBOUND for name in claim.names if name in fn.locals and name not in given})
    walked.raises.append([])
    try:
        ends = [s for s, _ in suite(walked, frame, st, frame.node.body)]
    except (GaveUp, TooBig, RecursionError):
        return True
    ends += [s for s, _ in walked.raises.pop()]
    if walked.lost or walked.gave_up:
        return True
    return any(walked.brings(s, whatever_was=False) for s in (*ends, *walked.seen))


def _frame(m: Machine, loop: Frame, frames: dict[FunctionInfo, Frame], fn: FunctionInfo) -> Frame | None:
    """Where a function around the loop, or in one of these, runs."""
    known = frames.get(fn)
    if known is not None or fn.parent is None or fn.ordinal >= len(loop.slice.functions):
        return known
    parent = _frame(m, loop, frames, fn.parent)
    node = loop.slice.functions[fn.ordinal]
    return Frame(next(m.ids), fn, node, loop.slice, loop.module, loop.cls, None, parent)
