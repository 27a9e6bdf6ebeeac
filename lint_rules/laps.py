"""Can a loop go round without waiting, in a state that recurs? Walks the non-waiting paths from header to header.

A lap that is not recurrent is continued for a few laps more: a state machine or a reset counter comes back after a
period.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import libcst as cst

from lint_rules.candidates import Candidate
from lint_rules.comparisons import compare
from lint_rules.entry import assume_entry
from lint_rules.flow import targets
from lint_rules.flow.expressions import condition, evaluate
from lint_rules.flow.frames import Frame
from lint_rules.flow.given import starts
from lint_rules.flow.loops_in import is_endless, next_item
from lint_rules.flow.machine import MAX_STATES, GaveUp, Machine, Pruned
from lint_rules.flow.state import State
from lint_rules.flow.statements import suite
from lint_rules.flow.values import (
    Value,
    const,
    fresh,
    make,
    op,
    parts,
    var,
)
from lint_rules.header import header_frame
from lint_rules.index import FunctionInfo
from lint_rules.produced import generator_loops, one_round
from lint_rules.recurrence import MAX_MORE, Lap, may_come_back, moves_on, recurrent

MAX_PERIOD = 6
MAX_CONTINUED = 40


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
    unsettled: list[State] = field(default_factory=list)
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
        _rounds(m, candidate, frame, partial(one_lap, m, candidate, frame), starts(m, frame, start), 1, result)
        _narrower(m, candidate, frame, result)
    except GaveUp:
        result.gave_up.append("the budget of steps is spent")
    except RecursionError:
        result.gave_up.append("too deeply nested")
    result.pruned = m.pruned
    result.lost_counts = m.lost_counts
    result.left = m.left
    result.gave_up += m.gave_up
    return result


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
                result.laps.append(replace(verdict, period=period))
            else:
                result.progress.append((s, verdict))
                if may_come_back(m, s) and not moves_on(m, frame, s, verdict):
                    again.append(s)
    if period == 1:
        result.unsettled += [s.copy() for s in again]  # the next lap writes on
    if again and period < MAX_PERIOD and not any(lap.period < period and not lap.open for lap in result.laps):
        _rounds(m, c, frame, one, again[:MAX_CONTINUED], period + 1, result)


def _narrower(m: Machine, c: Candidate, frame: Frame, result: Search) -> None:
    """Paths that were joined have forgotten that they differed in what the lap hands on (`self.a = self.b`): in a
    narrower state it comes back. Only for laps of a kind that no other state has.
    """
    kinds = {(lap.state.marks, lap.state.suspension) for lap in result.laps}
    for s in result.unsettled:
        lap = recurrent(m, c, frame, s, MAX_MORE) if (s.marks, s.suspension) not in kinds else None
        if isinstance(lap, Lap):
            kinds.add((s.marks, s.suspension))
            result.laps.append(lap)


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
                    out.extend(targets.assign(m, frame, s3, loop.target, item))
        return out
    for s, it in evaluate(m, frame, st, loop.iter):
        if it.kind == "op" and it.args[0] == "calls":
            out.extend(_called(m, frame, s, it, loop))
        elif is_endless(m, it):
            out.extend(targets.assign(m, frame, s, loop.target, fresh("item")))
    return out


def _iterator(m: Machine, frame: Frame, st: State, it: Value, loop: cst.For) -> list[tuple[State, Value]]:
    """What `__aiter__` of a project class gives, where that is no generator."""
    from lint_rules.flow import functions

    cls = m.types.cls(m.type_of(it))
    method = m.resolver.find_method(cls, "__aiter__") if cls is not None else None
    if not isinstance(method, FunctionInfo):
        return []
    found = functions.call_function(m, frame, st, make("func", method, None, it), (), (), loop)
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
                out.extend(targets.assign(m, frame, s2, loop.target, v))
    return out
