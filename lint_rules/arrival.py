"""Does the loop's own coroutine ever come to the header with its variables as the witness has them?

Nobody else writes the variables of a coroutine, so there are two ways to the header only: from the start of the
function, and round the loop from another state. Both are walked, over awaits, behind which all that others reach is
unknown.

Invariant: an answer of False is given only where every such way was walked to its end. A variable that an inner loop
or one around writes may hold anything there.
"""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from lint_rules.candidates import Candidate
from lint_rules.entry import holds
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import GaveUp, Machine, Raised, TooBig
from lint_rules.flow.state import Dom, State
from lint_rules.flow.statements import suite
from lint_rules.flow.values import Value, const, fresh, op, parts, var
from lint_rules.header import written_in
from lint_rules.laps import one_lap
from lint_rules.reach import Claim, Passing
from lint_rules.recurrence import Lap, header_view
from lint_rules.scopes import renew, shared
from lint_rules.types import Type

MAX_VARIABLES = 3
Truths = tuple[tuple[Value, bool], ...]
Doms = tuple[tuple[Value, Dom], ...]
ONLY_MOMENT = const("the header")


def arrives(m: Machine, lap: Lap) -> bool:
    """Whether some way to the header may leave the variables of the coroutine as the witness has them."""
    if not isinstance(lap.loop, cst.While) or not isinstance(lap.frame.node, cst.FunctionDef):
        return True
    return all(_from_start(m, lap, claim) or _round_the_loop(m, lap, claim) for claim in _claims(lap))


def _claims(lap: Lap) -> list[Claim]:
    """What the witness says of the variables of the coroutine and of its object; and of each variable that the function
    assigns, for a state whose part nobody comes to is come to by nobody.
    """
    frame, phi, soft = lap.frame, header_view(lap.state), lap.state.soft
    theirs = shared(frame.fn)
    truths = tuple((k, want) for k, want in phi.truth.items() if k not in soft and _is_of(frame, theirs, k))
    doms = tuple((k, d) for k, d in phi.dom.items() if op("dom", k) not in soft and _is_of(frame, theirs, k))
    whole = _part(frame, truths, doms, None)
    own = sorted(_names(frame, (*truths, *doms)) & set(frame.fn.locals))[:MAX_VARIABLES]
    found = [whole, *(_part(frame, truths, doms, name) for name in own)]
    return list(dict.fromkeys(claim for claim in found if claim.truth or claim.dom))


def _part(frame: Frame, truths: Truths, doms: Doms, name: str | None) -> Claim:
    """What is claimed of one variable alone; of all, where none is named."""
    if name is not None:
        truths = tuple(each for each in truths if _speaks_of(frame, each[0], name))
        doms = tuple(each for each in doms if _speaks_of(frame, each[0], name))
    return Claim(truths, doms, frozenset(_names(frame, (*truths, *doms))))


def _names(frame: Frame, claimed: Iterable[tuple[Value, object]]) -> set[str]:
    return {p.args[1] for k, _ in claimed for p in parts(k) if p.kind == "var" and p is not frame.me}


def _speaks_of(frame: Frame, k: Value, name: str) -> bool:
    """Whether a literal speaks of one variable that the function assigns, and of no attribute."""
    return _names(frame, [(k, None)]) & set(frame.fn.locals) == {name} and not any(p.kind == "attr" for p in parts(k))


def _is_of(frame: Frame, theirs: set[str], k: Value) -> bool:
    """Whether a literal speaks of variables that only the coroutine writes, and of plain attributes of its object."""
    for p in parts(k):
        if p.kind in ("fresh", "item", "killed") or (p.kind == "attr" and p.args[0] is not frame.me):
            return False
        if p.kind == "var" and p is not frame.me and (p.args[0] is not frame or p.args[1] in theirs):
            return False
    return not k.round


class _Arriving(Passing):
    """Walks the function of the loop and stops at its header."""

    def __init__(self, m: Machine, lap: Lap, claim: Claim) -> None:
        super().__init__(m, None, claim)
        self.frame = lap.frame
        self.loop = lap.loop
        self.arrived: list[State] = []

    def moment(self, st: State) -> Value:
        return ONLY_MOMENT

    def others_run(self, st: State) -> None:
        """What an object holds may have changed, and so may variables that another function assigns."""
        renew(self, st, self.frame, shared(self.frame.fn))
        at = self.frame.parent
        while at is not None:
            renew(self, st, at, set(at.fn.locals))
            at = at.parent
        for v in st.env.copy().values():
            st.kill(v)

    def may_raise(self, st: State) -> None:
        if len(self.raises) > 1:
            self.throw(st.copy(), Raised(None))

    def arrive(self, st: State, f: Frame, node: cst.CSTNode) -> bool:
        if node is self.loop and f is self.frame:
            self.arrived.append(st)
            return True
        if f is self.frame:
            around = holds(node, self.loop)
            for name in written_in(node):
                if around or (name in self.claim.names and not isinstance(node, cst.While)):
                    st.env[f.id, name] = _some(self, f, name)
            if around:
                self.others_run(st)
        return False

    def some_round(self, st: State, f: Frame, node: cst.While) -> State | None:
        """Behind an inner loop a path has gone round it never, or at last in a round that began with anything."""
        if f is not self.frame or holds(node, self.loop):
            return None
        begun = st.copy()
        for name in written_in(node):
            begun.env[f.id, name] = _some(self, f, name)
        self.others_run(begun)
        return begun


def _some(m: Machine, f: Frame, name: str) -> Value:
    """What a variable holds after any rounds."""
    return fresh("rounds", Type("int") if m.is_whole(var(f, name)) else None)


def _from_start(m: Machine, lap: Lap, claim: Claim) -> bool:
    walked = _Arriving(m, lap, claim)
    assert isinstance(lap.frame.node, cst.FunctionDef)
    try:
        suite(walked, lap.frame, State(walked), lap.frame.node.body)
    except (GaveUp, TooBig, RecursionError):
        return True
    if walked.lost or walked.gave_up:
        return True
    return any(walked.brings(s, whatever_was=True) for s in walked.arrived)


def _round_the_loop(m: Machine, lap: Lap, claim: Claim) -> bool:
    walked = _Arriving(m, lap, claim)
    frame = lap.frame
    assert isinstance(frame.node, cst.FunctionDef)
    candidate = Candidate(frame.fn, frame.slice, frame.node, lap.loop, frame.cls)
    try:
        ends = one_lap(walked, candidate, frame, State(walked))
    except (GaveUp, TooBig, RecursionError):
        return True
    if walked.lost or walked.gave_up:
        return True
    return any(walked.brings(s, whatever_was=False) for s in ends)
