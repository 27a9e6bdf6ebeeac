"""Objects of classes of the project: how one is made, and what `__bool__` and `__len__` say of its truth."""

from __future__ import annotations

import libcst as cst

from lint_rules.conditions import assume
from lint_rules.flow import functions, library
from lint_rules.flow.constants import constant_shape
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Args, Keywords, Machine, Results
from lint_rules.flow.state import State
from lint_rules.flow.values import NONE, Value, fresh, make, op
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.models import lookup

RUN_AT_FIRST = ("__post_init__", "__new__")


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
    given = {**dict(zip(cls.annotations, args, strict=False)), **dict(keywords)}
    for name, a in given.items():
        st.heap[(v, name)] = a
    if "*" not in given and "**" not in given and _is_plain_dataclass(m, cls):
        for name in cls.annotations:
            made = _default(m, st, cls, name) if name not in given else None
            if made is not None:
                st.heap[(v, name)] = made
    return [(st, v)]


def _is_plain_dataclass(m: Machine, cls: ClassInfo) -> bool:
    """Whether an object has just what its fields say, and nothing that is run as it is made."""
    decorated = any(d[-1] == "dataclass" or (d[0] == "call" and d[1][-1] == "dataclass") for d in cls.decorators)
    return decorated and not any(isinstance(m.resolver.find_method(cls, name), FunctionInfo) for name in RUN_AT_FIRST)


def _default(m: Machine, st: State, cls: ClassInfo, name: str) -> Value | None:
    """What a field of a dataclass holds that nobody gives a value, where that is all that is ever assigned to it."""
    given = cls.attrs.get(name, [])
    shapes = [shape for _, shape in given]
    if len(given) != 1 or given[0][0] or m.resolver.project.foreign_writes(name):
        return None
    if shapes[0][0] == "const":
        return constant_shape(m, m.resolver.module_of(cls.module), shapes[0])
    if shapes[0][0] != "call" or "default_factory" not in dict(shapes[0][3]):
        return None
    t = m.types.annotation(m.resolver.module_of(cls.module), cls.annotations[name])
    if t is None or t.optional or m.types.cls(t) is not None or lookup.find_type(m.models, t.name) is None:
        return None
    v = make("object_new", next(m.ids), t)
    library.new_states(m, st, v, t.name)
    return v


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
