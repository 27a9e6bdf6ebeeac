"""What binding a target changes: names, attributes, items, and several at once."""

from __future__ import annotations

import libcst as cst

from lint_rules.comparisons import negate
from lint_rules.conditions import is_none
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine, Raised, lib, set_state
from lint_rules.flow.names import ATTRIBUTE_ERROR, is_local
from lint_rules.flow.state import State
from lint_rules.flow.subscripts import unpacked, write_item
from lint_rules.flow.values import Value, fresh, make
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.models import lookup
from lint_rules.types import Type


def assign(m: Machine, f: Frame, st: State, target: cst.BaseExpression, value: Value) -> list[State]:
    """Bind a target; a subscript or attribute target evaluates its base first. Gives the states after it."""
    if isinstance(target, cst.Name):
        st.log("write", f, target, target.value, f.depth)
        write_name(m, f, st, target.value, value)
        return [st]
    if isinstance(target, (cst.Tuple, cst.List)):
        return _unpack(m, f, st, target, value)
    if isinstance(target, cst.StarredElement):
        return assign(m, f, st, target.value, fresh("env", Type("list", exact=True)))
    from lint_rules.flow.expressions import evaluate

    out: list[State] = []
    if isinstance(target, cst.Attribute):
        for s, base in evaluate(m, f, st, target.value):
            s.log("write", f, target, target.attr.value, f.depth)
            out.extend(write_attr(m, f, s, base, target.attr.value, value, target))
        return out
    if isinstance(target, cst.Subscript):
        for s, base in evaluate(m, f, st, target.value):
            keys: list[tuple[State, Value]] = [(s, fresh("env"))]
            if len(target.slice) == 1 and isinstance(target.slice[0].slice, cst.Index):
                keys = evaluate(m, f, s, target.slice[0].slice.value)
            for s2, key in keys:
                write_item(s2, base, key, value)
                out.append(s2)
        return out
    return [st]


def write_name(m: Machine, f: Frame, st: State, name: str, value: Value) -> None:
    frame: Frame | None = f
    if name in f.fn.globals:
        st.write(make("module", f.module.name), name, value)
        return
    if name in f.fn.nonlocals:
        frame = f.parent
        while frame is not None and not is_local(frame, name):
            frame = frame.parent
    st.env[((frame or f).id, name)] = value


def write_attr(m: Machine, f: Frame, st: State, base: Value, name: str, value: Value, node: cst.CSTNode) -> list[State]:
    if is_none(st, base):
        m.throw(st, Raised(lib(ATTRIBUTE_ERROR)))
        return []
    cls = m.types.cls(m.type_of(base))
    if cls is not None:
        setter = _setter(m, cls, name)
        if setter:
            st.kill(base)
            st.note(f"the setter of `{name}` changes nothing that the lap depends on")
            return [st]
    t = m.type_of(base)
    facts = lookup.attribute(m.models, t.name, name) if t is not None and cls is None else None
    if facts is not None and facts.state:
        set_state(st, base, facts.state.lstrip("!"), negate(value) if facts.state.startswith("!") else value)
        return [st]
    st.write(base, name, value)
    return [st]


def _setter(m: Machine, cls: ClassInfo, name: str) -> bool:
    method = m.resolver.find_method(cls, name)
    return isinstance(method, FunctionInfo) and any(d[-1] == "property" for d in method.decorators)


def _unpack(m: Machine, f: Frame, st: State, target: cst.Tuple | cst.List, value: Value) -> list[State]:
    starred = any(isinstance(element, cst.StarredElement) for element in target.elements)
    if value.kind == "tuple" and not starred and len(value.args[0]) != len(target.elements):
        m.throw(st, Raised(lib("ValueError")))
        return []
    states = [st]
    for i, element in enumerate(target.elements):
        if isinstance(element, cst.StarredElement):
            part: Value = fresh("env", Type("list", exact=True))
        elif value.kind == "tuple" and i < len(value.args[0]):
            part = value.args[0][i]
        else:
            part = unpacked(m, st, value, i)
        states = [s2 for s in states for s2 in assign(m, f, s, element.value, part)]
    return states
