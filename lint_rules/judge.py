"""How sure is a spinning lap: its level, and the assumptions that keep it below certain (theory 2.8, 2.9)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lint_rules.arrival import arrives
from lint_rules.closures import set_together
from lint_rules.comparisons import compare
from lint_rules.conditions import assume, is_none, truth
from lint_rules.domains import compatible
from lint_rules.dropped import drops_itself
from lint_rules.entry import guarded
from lint_rules.findings import Level
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import State
from lint_rules.flow.values import NONE, Value, const, op, parts
from lint_rules.holders import held_alone
from lint_rules.index import FunctionInfo
from lint_rules.lasting import is_begun
from lint_rules.library_states import denies_what_follows, excluded, never_brought_about
from lint_rules.limits import no_capacity, nonpositive_limit
from lint_rules.nothing import INITIAL, is_declared_something, is_replaced_by_entries
from lint_rules.parse import Unparseable
from lint_rules.reach import is_decided
from lint_rules.recurrence import Lap, header_view
from lint_rules.relations import (
    apart,
    is_asked_by_header,
    matter_of_data,
    other_end_is_kept,
    set_with,
    symbols,
)
from lint_rules.render import source
from lint_rules.starters import comes_about
from lint_rules.types import SIZED

MAX_LIKELY = 2
MAX_HOPS = 2  # from the loop to who starts it, and to who calls that
CANCELLED = frozenset({"cancel_called", "cancelled_caught", "cancelling"})
TAKES = "clear|discard|pop|popitem|popleft|remove"


@dataclass(frozen=True, slots=True)
class Verdict:
    """None as level: no state of the project can be the witness."""

    level: Level | None
    assumptions: tuple[str, ...] = ()


def judge(m: Machine, lap: Lap) -> Verdict:
    notes = sorted(lap.state.notes)
    level = Level.CERTAIN if not notes else Level.LIKELY if len(notes) <= MAX_LIKELY else Level.POSSIBLE
    feasible, doubt = _feasible(m, lap)
    if not feasible:
        return Verdict(None)
    found = [said for is_so, said in DOUBTS if is_so(m, lap)]
    if found or doubt:
        return Verdict(Level.POSSIBLE, (*notes, *filter(None, (*found, doubt))))
    if level is Level.POSSIBLE:
        return Verdict(level, tuple(notes))
    for is_so, said in WALKS:
        if _is_shown(is_so, m, lap):
            return Verdict(Level.POSSIBLE, (*notes, said))
    related = matter_of_data(lap.state)
    if related is None:
        return Verdict(level, tuple(notes))
    # An event stays set while the rest comes and goes; what the loop's own test compares has let it in.
    asked = is_asked_by_header(lap, related) and not apart(m, lap)
    natural = "ready" in lap.state.marks or asked
    said = f"whether `{source(m, related)}` comes to stand so is a matter of the data"
    return Verdict(Level.LIKELY if level is Level.CERTAIN and natural else Level.POSSIBLE, (*notes, said))


def _is_shown(is_so: Callable[[Machine, Lap], bool], m: Machine, lap: Lap) -> bool:
    """Code that is no Python shows nothing of who brings a state about."""
    try:
        return is_so(m, lap)
    except Unparseable:
        return False


def _only_calls(lap: Lap) -> bool:
    """Unknown calls on a lap that awaits nothing."""
    return "await" not in lap.state.marks and any("changes nothing" in n for n in lap.state.notes)


def _is_cancelled(st: State) -> bool:
    asked = (p for k in st.truth for p in parts(k) if p.kind == "attr") if st.suspension else ()
    return any(p.args[1].lstrip("_") in CANCELLED for p in asked)


def _shut_down_by_others(lap: Lap) -> bool:
    """A queue of another object is shut down, and the loop asks other things too, whether it is to go on."""
    st = lap.state
    queues = [k.args[2] for k, want in st.truth.items() if want and _is_state(k, "shutdown")]
    deep = [q for q in queues if q.kind == "attr" and q.args[0].kind == "attr"]
    others = [k for k in st.truth if k not in st.soft and not any(p in queues for p in parts(k))]
    return bool(deep and others)


def _is_state(k: Value, name: str) -> bool:
    return k.kind == "op" and k.args[:2] == ("state", name)


def _asks_library_inside(m: Machine, st: State) -> bool:
    """Whether the witness speaks of a private attribute of a library's object: what it means only the library knows."""
    private = [p for p in symbols(st) if p.kind == "attr" and p.args[1].startswith("_")]
    types = [m.type_of(p.args[0]) for p in private]
    return any(t is not None and m.types.cls(t) is None for t in types)


def _asks_element(m: Machine, st: State) -> bool:
    """Whether the witness speaks of a state that only code changes, of an element of a collection that code changes."""
    asked = [p for k in st.truth if k not in st.soft for p in parts(k) if p.kind == "op" and p.args[0] == "state"]
    held = [p for state in asked if is_decided(m, state) for p in parts(state.args[2]) if p.kind == "item"]
    sources = [p for each in held for p in parts(each.args[0]) if p.kind == "attr"]
    return any(_is_emptied(m, p) for p in sources)


def _is_emptied(m: Machine, v: Value) -> bool:
    """Whether the file of its class takes something out of what an attribute holds."""
    owner = m.owner_of(v)
    if owner is None:
        return False
    name = re.escape(v.args[1])
    takes = rf"\.{name}(?:\[[^\]\n]*\])?\.(?:{TAKES})\(|(?:heappop|del)\b[^\n]*\.{name}\b"
    project = m.resolver.project
    return re.search(takes, project.text(project.path_of(owner.module)).text) is not None


def _denies_guard(m: Machine, st: State) -> bool:
    """Whether the witness contradicts a guard that was passed on the way to the loop."""
    if m.doubts is None or m.barred:
        return m.barred
    phi = header_view(st)
    for k, want in m.doubts.truth.items():
        if truth(phi, k) is (not want):
            return True
    for k, d in m.doubts.dom.items():
        mine = phi.dom.get(k)
        if mine is not None and not compatible(mine, d):
            return True
    return False


def _feasible(m: Machine, lap: Lap) -> tuple[bool, str]:
    """Whether the project ever gives the paths of the witness such values, and what makes that doubtful."""
    st = lap.state
    phi = header_view(st)
    doubt = ""
    for v in symbols(st):
        values = m.values_of(v)
        if values is not None and values and not any(_fits(phi, v, c) for c in values):
            return False, ""
        given = [c for c in _constants(m, v) if _fits(phi, v, c)]
        if given and phi.truth.get(op("none", v)) is True and _only_initial(m, lap, v, given):
            doubt = f"`{v.args[1]}` holds such a value only before something sets it"
        if phi.truth.get(op("none", v)) is True and is_declared_something(m, v):
            return False, ""
        if m.truth_kind(v) == "unknown" and _falsy_gap(m, phi, v):
            doubt = f"`{v.args[1]}` would have to be false and yet not None"
        if phi.truth.get(v) is False and m.truth_kind(v) == "unknown" and is_replaced_by_entries(m, v):
            doubt = f"only an answer from outside may leave nothing in `{v.args[1]}`"
        if nonpositive_limit(m, lap, phi, v):
            return False, ""
    if any(no_capacity(m, phi, k) or nonpositive_limit(m, lap, phi, k) for k in phi.dom):
        return False, ""
    if any(want is False and is_begun(m, lap, k) for k, want in st.truth.items()):
        doubt = "no code of the project ends what the coroutine began before the loop"
    held = [k for k, want in st.truth.items() if want and k.kind == "op" and k.args[0] == "state"]
    if any(never_brought_about(m, lap, k) or excluded(m, k, held) or denies_what_follows(m, st, k) for k in held):
        return False, ""
    return True, doubt


def _constants(m: Machine, v: Value) -> list[Value]:
    return [
        const(s[1])
        for _, s in m.shapes_of(v)
        if s[0] == "const" and isinstance(s[1], (bool, int, float, str, bytes, type(None)))
    ]


def _fits(phi: State, v: Value, c: Value) -> bool:
    known = phi.truth.get(v)
    if known is not None and truth(phi, c) is not known:
        return False
    none = phi.truth.get(op("none", v))
    if none is not None and none is not (c is NONE):
        return False
    if v in phi.dom:
        trial = phi.copy()
        return assume(trial, compare("==", v, c), True) if c is not NONE else trial.dom[v].allowed is None
    return True


def _only_initial(m: Machine, lap: Lap, v: Value, fitting: list[Value]) -> bool:
    """Rule 2: the value is given only in `__init__`, and whoever starts the loop gives another before."""
    shapes = m.shapes_of(v)
    wanted = {c.args[1] for c in fitting if c.kind == "const"}
    later = [(where, s) for where, s in shapes if where not in INITIAL]
    if not any(s[0] == "const" and s[1] in wanted for where, s in shapes if where in INITIAL):
        return False
    if any(s[0] == "const" and s[1] in wanted for _, s in later):
        return False
    return _set_before(m, lap, {where for where, _ in later})


def _set_before(m: Machine, lap: Lap, setters: set[str]) -> bool:
    """Whether a method that starts the loop, or the loop's own function before it, runs one of the setters."""
    fn = lap.frame.fn
    while fn.parent is not None and fn.cls is None:
        fn = fn.parent
    cls = m.resolver.class_at(fn)
    if cls is None or not setters:
        return False
    texts = {
        method.name: _text(m, method) for each in (cls, *m.resolver.subclasses(cls)) for method in each.methods.values()
    }
    starts, names = {fn.name}, {fn.name}
    for _ in range(MAX_HOPS):
        names = {name for name, text in texts.items() if any(f".{started}" in text for started in names)} - starts
        starts |= names
    return any(
        (name != fn.name and name in setters)
        or any(f".{setter}(" in texts.get(name, "") for setter in setters if setter != fn.name)
        for name in starts
    )


def _text(m: Machine, fn: FunctionInfo) -> str:
    project = m.resolver.project
    return "\n".join(project.text(project.path_of(fn.module)).lines[fn.first - 1 : fn.last])


def _falsy_gap(m: Machine, phi: State, v: Value) -> bool:
    """Rule 3 for values of unknown type: falsy yet not None needs a number, a text or a collection."""
    if phi.truth.get(v) is not False or is_none(phi, v) is not False:
        return False
    t = m.type_of(v)
    if t is not None and t.name in SIZED:
        return False
    return not any(
        s[0] in ("list", "dict", "set", "tuple", "num") or (s[0] == "const" and s[1] is not None)
        for _, s in m.shapes_of(v)
    )


def _may_end_by_raising(m: Machine, lap: Lap) -> bool:
    """Unknown calls on the lap of a loop that only an exception ends, with a handler for it around the loop."""
    return not m.left and guarded(lap.frame.node, lap.loop) and any("changes nothing" in n for n in lap.state.notes)


def _cleared_elsewhere(m: Machine, st: State) -> bool:
    """Whether other code clears an event that is set, and has a turn to do so."""
    events = [k.args[2] for k, want in st.truth.items() if want and _is_state(k, "set")]
    return "ready" in st.marks and st.suspension > 0 and any(_clears(m, event) for event in events)


def _clears(m: Machine, event: Value) -> bool:
    """Whether some file of the project calls `.NAME.clear()` on an attribute of this name."""
    return event.kind in ("attr", "var") and m.resolver.project.clears(event.args[1])


def _ends_in_a_test(m: Machine, lap: Lap) -> bool:
    return "end" in lap.state.marks and m.resolver.project.is_test(m.resolver.project.path_of(lap.frame.module.name))


Doubts = tuple[tuple[Callable[[Machine, Lap], bool], str], ...]
# What makes a lap possible at most. All of the first are said, also those that need no words; ...
DOUBTS: Doubts = (
    (lambda m, lap: bool(lap.open), "the lap depends on answers from outside that may change"),
    (lambda m, lap: bool(lap.bounded), "it ends when the time is over"),
    (lambda m, lap: _only_calls(lap), ""),
    (_may_end_by_raising, ""),
    (lambda m, lap: _is_cancelled(lap.state), "a cancelled task leaves the loop at its next yield"),
    (
        lambda m, lap: _denies_guard(m, lap.state),
        "a guard before the loop says otherwise of what no code of the project writes",
    ),
    (lambda m, lap: _asks_library_inside(m, lap.state), "the state is one that a library keeps to itself"),
    (
        lambda m, lap: _asks_element(m, lap.state),
        "an element whose state changes may be taken out in the same breath",
    ),
    (lambda m, lap: _cleared_elsewhere(m, lap.state), "other code of the project clears the event"),
    (_ends_in_a_test, "the other end of a stream in a test is the test's own"),
)
# ... these walk the project's code, each only where those before it found nothing.
WALKS: Doubts = (
    (lambda m, lap: _shut_down_by_others(lap), "whoever shuts the queue down says so elsewhere, too"),
    (lambda m, lap: not comes_about(m, lap), "no code of the class brings this state about"),
    (lambda m, lap: not set_together(m, lap), "no function around the loop brings this state about"),
    (lambda m, lap: not arrives(m, lap), "no way to the loop leaves its variables so"),
    (held_alone, "nobody but the coroutine itself brings this about, behind its loop"),
    (drops_itself, "a task that comes to its end takes itself out of where it is held"),
    (set_with, "whoever sets the event changes what the loop asks for"),
    (other_end_is_kept, "nobody closes the other end"),
)
