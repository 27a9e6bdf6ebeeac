"""Loops over generators of the project: a round of the loop is a round of the generator's own loop, with the body run
at its `yield`.

Invariant: a lap counts only if an item was handed over; a generator that spins without yielding is a candidate by
itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from lint_rules.candidates import Candidate, loops_of
from lint_rules.flow import functions, targets
from lint_rules.flow.expressions import condition, evaluate
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import NEXT, Machine, Outcomes
from lint_rules.flow.state import State
from lint_rules.flow.statements import suite
from lint_rules.flow.values import Value
from lint_rules.header import at_header
from lint_rules.index import FunctionInfo

HANDED = "handed over"


def generator_loops(m: Machine, frame: Frame, st: State, loop: cst.For) -> Iterator[tuple[State, Frame, cst.While]]:
    """The `while` loops of the generator that a loop iterates over, each with a state and a frame in which it is at
    its header.
    """
    for s, it in evaluate(m, frame, st, loop.iter):
        if it.kind not in ("gen", "agen"):
            continue
        fn: FunctionInfo = it.args[0].args[0]
        if functions.is_stub(m, fn):
            continue
        inner = functions.enter(m, frame, s, *it.args)
        if inner is None or not isinstance(inner.node, cst.FunctionDef):
            continue
        for at in loops_of(inner.node):
            if isinstance(at, cst.While):
                yield s.copy(), at_header(inner, at), at


def one_round(m: Machine, c: Candidate, frame: Frame, inner: Frame, at: cst.While, st: State) -> list[State]:
    """The states in which the generator's loop is at its header again, having handed over an item."""
    assert isinstance(c.loop, cst.For)
    target, body = c.loop.target, c.loop.body

    def take(s: State, item: Value) -> Outcomes:
        s.mark(HANDED)
        s.log("header", frame, c.loop, "", 0)
        ways = [way for s2 in targets.assign(m, frame, s, target, item) for way in suite(m, frame, s2, body)]
        return [(s2, NEXT) for s2, outcome in ways if outcome[0] in ("next", "continue")]

    for name in inner.written:
        st.env.pop((inner.id, name), None)
    m.yields.append(take)
    try:
        starts = [s for s, answer in condition(m, inner, st, at.test) if answer]
        ends = [way for s in starts for way in suite(m, inner, s, at.body)]
    finally:
        m.yields.pop()
    return [s for s, outcome in ends if outcome[0] in ("next", "continue") and HANDED in s.marks]
