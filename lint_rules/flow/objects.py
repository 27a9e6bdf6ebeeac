"""Objects of classes of the project: how one is made, and what `__bool__` and `__len__` say of its truth."""

from __future__ import annotations

import libcst as cst

from lint_rules.conditions import assume
from lint_rules.flow import functions
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Args, Keywords, Machine, Results
from lint_rules.flow.state import State
from lint_rules.flow.values import NONE, Value, fresh, make, op
from lint_rules.index import ClassInfo, FunctionInfo


def construct(
    m: Machine, f: Frame, st: State, cls: ClassInfo, args: Args, keywords: Keywords, node: cst.CSTNode
) -> Results:
    """A new object of a project class; its `__init__` runs."""
    t = m.types.of_class(cls, exact=True)
    v = make("object_new", next(m.ids), t)
    if m.truth_kind(v) != "always":
        v = fresh("object", t)
    if "BaseException" in m.exception_names(make("class", cls)):
        for i, a in enumerate(args):
            st.heap[(v, f"arg{i}")] = a
        _exception_fields(m, f, st, v, cls, args, keywords, node)
        return [(st, v)]
    init = m.resolver.find_method(cls, "__init__")
    if isinstance(init, FunctionInfo):
        return [(s, v) for s, _ in functions.invoke(m, f, st, make("func", init, None, v), args, keywords, node)]
    for (name, _), a in zip(cls.annotations.items(), args, strict=False):
        st.heap[(v, name)] = a
    for name, a in keywords:
        st.heap[(v, name)] = a
    return [(st, v)]


def _exception_fields(
    m: Machine, f: Frame, st: State, v: Value, cls: ClassInfo, args: Args, keywords: Keywords, node: cst.CSTNode
) -> None:
    init = m.resolver.find_method(cls, "__init__")
    if isinstance(init, FunctionInfo):
        functions.invoke(m, f, st, make("func", init, None, v), args, keywords, node)


def has_truth_method(m: Machine, v: Value) -> bool:
    cls = m.types.cls(m.type_of(v))
    return cls is not None and (m.resolver.has_member(cls, "__bool__") or m.resolver.has_member(cls, "__len__"))


def truth_method(m: Machine, f: Frame, st: State, v: Value) -> Results | None:
    """What `__bool__` or `__len__` of a project class answers; None where there is none."""
    if v.kind in ("op", "const", "lin", "tuple"):
        return None
    t = m.type_of(v)
    cls = m.types.cls(t)
    if cls is None or t is None:
        return None
    for name in ("__bool__", "__len__"):
        method = m.resolver.find_method(cls, name)
        if isinstance(method, FunctionInfo) and m.stack.count(method) == 0:
            if t.optional or v.kind == "attr":
                return _optional_truth(m, f, st, v, method)
            return functions.invoke(m, f, st, make("func", method, None, v), (), (), f.node)
    return None


def _optional_truth(m: Machine, f: Frame, st: State, v: Value, method: FunctionInfo) -> Results:
    none = st.copy()
    out: Results = []
    if assume(none, op("none", v), True):
        out.append((none, NONE))
    if assume(st, op("none", v), False):
        out.extend(functions.invoke(m, f, st, make("func", method, None, v), (), (), f.node))
    return out
