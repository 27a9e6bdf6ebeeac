"""What one function does without waiting: its outcomes, under which condition each, with places. Asked by `spinlint
effects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lint_rules.candidates import owner_of
from lint_rules.flow import values
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import GaveUp, Machine
from lint_rules.flow.state import State
from lint_rules.flow.statements import body_of
from lint_rules.flow.values import var
from lint_rules.index import FunctionInfo
from lint_rules.render import literal, source, witness
from lint_rules.syntax import Unparseable

if TYPE_CHECKING:
    from lint_rules.session import Session


def outcomes(session: Session, fn: FunctionInfo) -> list[str]:
    """One line per outcome: silent returns, silent raises, then the places where it waits."""
    values.forget()
    m = Machine(session.types, session.settings.targets)
    try:
        part = session.project.slice(fn)
    except Unparseable as exc:
        return [f"{fn.qualname}: {exc.message}"]
    cls = owner_of(session.resolver, fn)
    frame = Frame(0, fn, part.functions[fn.ordinal], part, session.resolver.module_of(fn.module), cls, header=True)
    if fn.cls is not None and fn.params and cls is not None:
        frame.me = var(frame, fn.params[0].name)
        m.set_type(frame.me, session.types.of_class(cls, exact=True))
    out = [f"{fn.qualname}:"]
    m.raises.append([])
    try:
        ways = body_of(m, frame, State(m))
    except GaveUp:
        return [*out, "  gave up: the budget of steps is spent"]
    for st, (_, value) in m.join(ways):
        what = source(m, value) if value is not None else "None"
        out.append(f"  returns {what} {_class(st)}{_when(m, st)}{_writes(m, st)}")
    for st, raised in m.raises.pop():
        name = source(m, raised.cls) if raised.cls is not None else "an exception"
        out.append(f"  raises {name} {_class(st)}{_when(m, st)}{_writes(m, st)}")
    for p in m.pruned:
        line = p.frame.slice.place(p.node)[0]
        where = session.project.path_of(p.frame.module.name).name
        conditions = [literal(m, v, want) for v, want in p.conditions if not v.round]
        out.append(f"  {p.reason} at {where}:{line}" + (f" when {', '.join(conditions)}" if conditions else ""))
    return list(dict.fromkeys(out))


def _class(st: State) -> str:
    return "after a bare yield" if st.suspension else "without suspending"


def _when(m: Machine, st: State) -> str:
    found = witness(m, st)
    return f" when {', '.join(found)}" if found else ""


def _writes(m: Machine, st: State) -> str:
    names = [
        f"{source(m, base)}.{name}" for base, name in st.heap if base.kind in ("var", "attr") and name[:1] not in "[!"
    ]
    return f"; writes {', '.join(names)}" if names else ""
