"""Is a loop ever started in the state in which its object begins?

Where only the constructor brings a witness about, the loop has to be started before anything denies it. So every method
that starts the loop's coroutine is run from that state, up to the first wait behind the start, when the loop begins.

Invariant: an answer of False is given only where every such method was walked to its end, and seen to start the loop.
"""

from __future__ import annotations

import re

from lint_rules.flow import functions
from lint_rules.flow.machine import GaveUp, Machine, Results, TooBig
from lint_rules.flow.state import State
from lint_rules.flow.values import make
from lint_rules.index import FunctionInfo
from lint_rules.reach import Claim, Origin, Passing, any_argument, origins
from lint_rules.recurrence import Lap
from lint_rules.touching import family

STARTED = "started"
STANDS = "the state may stand"  # nobody brings it back where it was denied once


def comes_about(m: Machine, lap: Lap) -> bool:
    """Whether some code may bring the witness about, and the loop be in it."""
    return all(found.begins_so and _begins_so(m, lap, found) for found in origins(m, lap))


def _begins_so(m: Machine, lap: Lap, found: Origin) -> bool:
    name = found.frame.fn.name
    if lap.frame is not found.frame or not name.startswith("_") or name.startswith("__"):
        return True  # whoever is outside may start it
    starters = _starters(m, found, name)
    return (
        not starters
        or _is_started_outside(m, found, name)
        or any(_starts_so(m, found, method, name) for method in starters)
    )


def _starters(m: Machine, found: Origin, name: str) -> list[FunctionInfo]:
    assert found.frame.cls is not None
    project = m.resolver.project
    mention = re.compile(rf"\.{re.escape(name)}\b")
    methods = [method for cls in family(m, found.frame.cls) for method in cls.methods.values()]
    return [fn for fn in methods if fn is not found.frame.fn and mention.search(project.source(fn)) is not None]


def _is_started_outside(m: Machine, found: Origin, name: str) -> bool:
    """Whether code that is no method of the family speaks of the coroutine, on anything but `self`."""
    assert found.frame.cls is not None
    project = m.resolver.project
    methods = [fn for cls in family(m, found.frame.cls) for fn in cls.methods.values()]
    inside = {(project.path_of(fn.module), line) for fn in methods for line in range(fn.first, fn.last + 1)}
    started = re.compile(rf"(?<!\bself)\.{re.escape(name)}\b")
    mentions = ((path, line) for path, lines in project.mentions(name) for line in lines if not project.is_test(path))
    return any(place not in inside and started.search(project.text(place[0]).lines[place[1] - 1]) for place in mentions)


class _Starting(Passing):
    """Keeps the states at the first wait behind a start: then the loop begins."""

    def __init__(self, m: Machine, found: Origin, claim: Claim, name: str) -> None:
        super().__init__(m, found.frame.me, claim)
        self.name = name
        self.begins: list[State] = []

    def mentioned(self, st: State, fn: FunctionInfo) -> None:
        if fn.name == self.name:
            st.mark(STARTED)

    def suspend(self, st: State) -> Results:
        self.keep(st)
        st.marks -= {STARTED}
        if not self.claim.possible_after(self, st.copy()):
            st.marks -= {STANDS}
        return super().suspend(st)

    def keep(self, st: State) -> None:
        if STARTED in st.marks:
            self.begins.append(st.copy())

    def holds_at_last(self) -> bool:
        return any(STANDS in s.marks and self.claim.possible_after(self, s) for s in self.begins)


def _starts_so(m: Machine, found: Origin, method: FunctionInfo, name: str) -> bool:
    if method.name != "__init__":
        walked = _walk(m, found, method, name, in_the_state=True)
        if walked is not None and not walked.begins:  # in this state it starts nothing: does it ever?
            walked = _walk(m, found, method, name, in_the_state=False)
            return walked is None or not walked.begins
    else:
        walked = _walk(m, found, method, name, in_the_state=False)
    return walked is None or not walked.begins or walked.holds_at_last()


def _walk(m: Machine, found: Origin, method: FunctionInfo, name: str, *, in_the_state: bool) -> _Starting | None:
    """A method that speaks of the loop's coroutine, walked to its end; None where that cannot be done."""
    walked = _Starting(m, found, found.claim, name)
    st = State(walked)
    st.mark(STANDS)
    if in_the_state and not found.claim.possible_after(walked, st):
        return walked
    args = tuple(any_argument(m, method, p) for p in method.params[1:] if p.kind == "positional")
    named = tuple((p.name, any_argument(m, method, p)) for p in method.params if p.kind == "keyword")
    walked.raises.append([])
    try:
        callee = make("func", method, None, found.frame.me, "plain")
        ends = [s for s, _ in functions.invoke(walked, found.frame, st, callee, args, named, found.frame.node)]
    except (GaveUp, TooBig, RecursionError):
        return None
    for s in (*ends, *(s for s, _ in walked.raises.pop())):
        walked.keep(s)
    return None if walked.lost or walked.gave_up else walked
