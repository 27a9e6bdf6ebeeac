"""What a witness says of several things at once: how two values stand to each other, an event that is set along with
something else.

Invariant: only texts and the literals of the witness decide here; what functions do in which order is the matter of
`reach`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from lint_rules.domains import inside
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import State
from lint_rules.flow.values import ZERO, Value, op, parts
from lint_rules.recurrence import Lap

ENDED = ("state", "ended")
COLLECTIONS = frozenset({"defaultdict", "deque", "dict", "list", "OrderedDict", "set"})
BY_CODE = frozenset({"set", "done", "locked", "empty", "full"})  # states that only code brings about


def symbols(st: State) -> list[Value]:
    """The access paths that the witness speaks of."""
    found: dict[Value, None] = {}
    for k in _literals(st):
        for p in parts(k):
            if p.kind in ("attr", "var") and not p.round:
                found[p] = None
    return list(found)


def _literals(st: State) -> list[Value]:
    return [*(k for k in st.truth if k not in st.soft), *(k for k in st.dom if op("dom", k) not in st.soft)]


def matter_of_data(st: State) -> Value | None:
    """A literal that two things of the project differ, or how. Where they may be equal that is a state like any; it
    also matters little at the end of a stream, where what was read is less than enough, and where the lap sleeps for no
    time: that is a poll.
    """
    held = [k for k, want in st.truth.items() if want and k.kind == "op" and k.args[0] == "state"]
    finished = {k.args[2] for k in held if k.args[1] == "done"}
    if "zero" in st.marks or any(k.args[1] not in BY_CODE and k.args[2] not in finished for k in held):
        return None
    return next((k for k in _literals(st) if not k.round and _is_of_several(k) and not _may_be_equal(st, k)), None)


def _is_of_several(k: Value) -> bool:
    """Whether it compares two things; that one is in the other is a state like any."""
    is_in = k.kind == "op" and k.args[0] == "in"
    return not is_in and len(set(_roots(k))) > 1


def _may_be_equal(st: State, k: Value) -> bool:
    return inside(st.dom[k], ZERO) if k in st.dom else st.truth[k]


def is_asked_by_header(lap: Lap, k: Value) -> bool:
    """Whether the loop's own test compares these things: it is entered because they stand so."""
    test = lap.loop.test if isinstance(lap.loop, cst.While) else None
    text = lap.frame.slice.source(test) if test is not None else ""
    names = [str(root.args[1]) for root in _roots(k) if root.kind != "item"]
    return bool(text) and all(re.search(rf"\b{re.escape(name)}\b", text) for name in names)


def _roots(v: Value) -> Iterator[Value]:
    """The variables and access paths in a value, each as a whole."""
    if v.kind in ("var", "attr", "item"):
        yield v
        return
    for each in v.args:
        for inner in each if isinstance(each, tuple) else (each,):
            for part in inner if isinstance(inner, tuple) else (inner,):
                if isinstance(part, Value):
                    yield from _roots(part)


def is_private(m: Machine, lap: Lap, v: Value) -> bool:
    """Whether only the file of the loop speaks of an attribute: `_x` of a class that has no subclasses."""
    owner = m.owner_of(v)
    if owner is None or not v.args[1].startswith("_") or owner.module != lap.frame.module.name:
        return False
    return not m.resolver.subclasses(owner)


def set_with(m: Machine, lap: Lap) -> bool:
    """Whether every function that sets an event of the witness also assigns, on another object, an attribute that the
    witness asks for: `self.state.done = True` and `self.stopped.set()` belong together.
    """
    st = lap.state
    events = [k.args[2] for k, want in st.truth.items() if want and k.kind == "op" and k.args[:2] == ("state", "set")]
    others = {p.args[1] for p in symbols(st) if p.kind == "attr" and p.args[0].kind == "attr" and p not in events}
    named = [event for event in events if event.kind in ("attr", "var")]
    return bool(others and named) and all(_always_with(m, lap, event, others) for event in named)


def _always_with(m: Machine, lap: Lap, event: Value, attributes: set[str]) -> bool:
    project = m.resolver.project
    assigned = re.compile(rf"\.(?:{'|'.join(map(re.escape, sorted(attributes)))}) *=(?!=)")
    home = project.path_of(lap.frame.module.name) if is_private(m, lap, event) else None
    setters = 0
    for path, lines in project.mentions(event.args[1]):
        text = project.text(path).lines if home is None or path == home else ()
        outermost = list(project.outermost(path).values())
        for line in lines if text else ():
            if f"{event.args[1]}.set(" in text[line - 1]:
                setters += 1
                around = [text[first - 1 : last] for first, last in outermost if first <= line <= last]
                if not any(assigned.search(each) for function in around for each in function):
                    return False
    return setters > 0


def other_end_is_kept(m: Machine, lap: Lap) -> bool:
    """Whether the witness says that all senders of a memory channel are closed, and its class holds the one sender,
    a private one, which no line closes, enters, copies or hands on.
    """
    ended = [k.args[2] for k, want in lap.state.truth.items() if want and k.kind == "op" and k.args[:2] == ENDED]
    return any(_keeps_sender(m, v) for v in ended if v.kind == "attr")


def _keeps_sender(m: Machine, receiver: Value) -> bool:
    owner = m.owner_of(receiver)
    if owner is None:
        return False
    project = m.resolver.project
    text = project.text(project.path_of(owner.module)).text
    name = re.escape(receiver.args[1])
    makes = rf"\.(\w+)\s*,\s*\w+\.{name}\s*=\s*[\w.]*create_memory_object_stream\b"
    senders = [made[1] for made in re.finditer(makes, text)]
    if not senders or not all(sender.startswith("_") for sender in senders):
        return False
    given = "|".join(
        rf"\.{sender}\b(?!\s*,\s*\w+\.{name}\b)(?:\.(?:aclose|close|clone)\b|(?!\.))" for sender in senders
    )
    return not project.matches(given)


def apart(m: Machine, lap: Lap) -> bool:
    """Whether the witness says that one collection of an object has a length to speak of, and another of it nothing."""
    truths = lap.state.truth
    sized = [k for k in truths if k.kind == "attr" and not k.round and _is_collection(m, k)]
    measured = [p.args[1] for k in lap.state.dom for p in parts(k) if p.kind == "op" and p.args[0] == "len"]
    empty = [k for k in sized if not truths[k]]
    return any(
        one.kind == "attr" and one is not other and one.args[0] is other.args[0]
        for one in measured
        if truths.get(one, True)
        for other in empty
    )


def _is_collection(m: Machine, v: Value) -> bool:
    t = m.type_of(v)
    return t is not None and t.name.rpartition(".")[2] in COLLECTIONS
