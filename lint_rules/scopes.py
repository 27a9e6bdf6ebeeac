"""Variables that several functions share: who assigns them, and what others may have made of them during a wait."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules.flow.calls import IMMUTABLE
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import State
from lint_rules.flow.values import Value, fresh, var
from lint_rules.index import FunctionInfo


def shared(fn: FunctionInfo) -> set[str]:
    """The variables of a function that functions inside it assign."""
    return {name for inner in nested(fn) for name in inner.nonlocals}


def nested(fn: FunctionInfo) -> Iterator[FunctionInfo]:
    for inner in fn.nested.values():
        yield inner
        yield from nested(inner)


def renew(m: Machine, st: State, at: Frame, assigned: set[str]) -> None:
    """Forget what the variables of a frame hold that others assign, and what the objects in the other ones contain."""
    for name in (*at.fn.locals, *(p.name for p in at.fn.params)):
        symbol = var(at, name)
        t = m.type_of(symbol)
        if name in assigned:
            st.env[at.id, name] = fresh("others", t)
        elif t is None or t.name not in IMMUTABLE:
            st.kill(st.env.get((at.id, name), symbol))


def frame_of(m: Machine, fn: FunctionInfo, me: Value, st: State) -> Frame | None:
    """Where a function inside a method runs, on its object; None where there is no tree of it."""
    part = m.resolver.project.slice(fn)
    if fn.ordinal >= len(part.functions):
        return None
    parent = frame_of(m, fn.parent, me, st) if fn.parent is not None else None
    own = me if fn.cls is not None and fn.params else None
    module, cls = m.resolver.module_of(fn.module), m.resolver.class_at(fn)
    frame = Frame(next(m.ids), fn, part.functions[fn.ordinal], part, module, cls, own, parent)
    if own is not None:
        st.env[frame.id, fn.params[0].name] = own
    return frame
