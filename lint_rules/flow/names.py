"""Names, attributes and items: what they hold, what writing them changes."""

from __future__ import annotations

from functools import partial

import libcst as cst

from lint_rules.comparisons import negate
from lint_rules.conditions import assume, is_none
from lint_rules.flow.constants import attr_constant, attr_shapes, enum_member, enum_value, global_constant, is_enum
from lint_rules.flow.frames import Frame
from lint_rules.flow.guesses import guess_type, note_giver, plain_name
from lint_rules.flow.machine import Machine, Raised, Results, lib, state_symbol
from lint_rules.flow.state import State
from lint_rules.flow.values import (
    FALSE,
    NONE,
    TRUE,
    Value,
    attr,
    const,
    fresh,
    is_const,
    make,
    op,
    tup,
    var,
)
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.models import lookup
from lint_rules.resolve import Entity, GlobalName, Lib, ModuleRef
from lint_rules.shapes import Shape
from lint_rules.types import Type

ATTRIBUTE_ERROR = "AttributeError"


# ---------------------------------------------------------------------- names


SINGLETONS = {"None": NONE, "True": TRUE, "False": FALSE, "__debug__": TRUE}


def read_name(m: Machine, f: Frame, st: State, name: str) -> Value:
    if name in SINGLETONS:
        return SINGLETONS[name]
    frame: Frame | None = f
    while frame is not None:
        known = st.env.get((frame.id, name))
        if known is not None:
            return known
        if is_local(frame, name):
            return _unwritten(m, frame, st, name)
        frame = frame.parent
    return global_value(m, f, st, name)


def is_local(f: Frame, name: str) -> bool:
    if isinstance(f.node, cst.Lambda):
        return name in f.written  # all else is the function's that it stands in
    fn = f.fn
    if name in fn.globals or name in fn.nonlocals:
        return False
    return (
        name in fn.locals
        or name in fn.nested
        or name in fn.declared
        or any(p.name == name for p in fn.params)
        or name in f.written
    )


def _unwritten(m: Machine, f: Frame, st: State, name: str) -> Value:
    """A variable that this path has not written: a nested function, what it was given once before the loop, or a
    header symbol.
    """
    fn = f.fn
    if name in fn.nested and name not in fn.locals:
        return make("func", fn.nested[name], f, None)
    symbol = var(f, name)
    if not f.header:
        return symbol if name in fn.locals or any(p.name == name for p in fn.params) else fresh("env")
    shapes = fn.locals.get(name, [])
    if name in f.written or len(shapes) != 1 or any(p.name == name for p in fn.params):
        return symbol
    before = _before_loop(m, f, st, shapes[0])
    if before is not None:
        st.env[(f.id, name)] = before
        return before
    return symbol


def _before_loop(m: Machine, f: Frame, st: State, shape: Shape) -> Value | None:
    """What a variable that was assigned once, before the loop, holds: a constant, or another name of a path."""
    if shape[0] == "const" and not isinstance(shape[1], (complex, type(...))):
        return const(shape[1])
    if shape[0] in ("name", "attr"):
        return path_value(m, f, st, shape)
    if shape[0] == "tuple" and all(s[0] == "const" for s in shape[1]):
        return tup(tuple(const(s[1]) for s in shape[1]))
    if is_partial(shape):
        return _partial(m, f, st, shape)
    return None


def is_partial(shape: Shape) -> bool:
    return shape[0] == "call" and shape[1][-1] == "partial" and bool(shape[2])


def _partial(m: Machine, f: Frame, st: State, shape: Shape) -> Value | None:
    """`partial(reader.read, 1024)`, made before the loop: a path to what is called, and arguments."""
    callee = path_value(m, f, st, shape[2][0])
    if callee is None:
        return None
    return make(
        "partial",
        callee,
        tuple(_argument(m, f, st, s) for s in shape[2][1:]),
        tuple((k, _argument(m, f, st, s)) for k, s in shape[3]),
    )


def _argument(m: Machine, f: Frame, st: State, shape: Shape) -> Value:
    value = const(shape[1]) if shape[0] == "const" else path_value(m, f, st, shape)
    return value if value is not None else fresh("env")


def is_lib_method(m: Machine, v: Value) -> bool:
    """Whether an attribute that is called later (`readline = reader.readline`) is a method of a library."""
    t = m.type_of(v.args[0]) if v.kind == "attr" else None
    return t is not None and m.types.cls(t) is None and lookup.function(m.models, f"{t.name}.{v.args[1]}") is not None


def path_value(m: Machine, f: Frame, st: State, shape: Shape) -> Value | None:
    """The value of a dotted path as it was at the header; None where a link is not a plain attribute."""
    if shape[0] == "name":
        given = f.fn.locals.get(shape[1], ())
        if any(p.name == shape[1] for p in f.fn.params) or not given or (len(given) == 1 and f.header):
            return read_name(m, f, st, shape[1])
        return None
    if shape[0] != "attr":
        return None
    base = path_value(m, f, st, shape[1])
    if base is None:
        return None
    values = get_attr(m, f, st.copy(), base, shape[2], f.node)
    return values[0][1] if len(values) == 1 and not values[0][1].round else None


def global_value(m: Machine, f: Frame, st: State, name: str) -> Value:
    return entity_value(m, f, st, m.resolver.lookup(f.module, name))


def entity_value(m: Machine, f: Frame, st: State, entity: Entity | None) -> Value:
    if isinstance(entity, FunctionInfo):
        return make("func", entity, None, None)
    if isinstance(entity, ClassInfo):
        m.types.of_class(entity)
        return make("class", entity)
    if isinstance(entity, Lib):
        member = enum_member(m, entity.name)
        return member if member is not None else lib(entity.name)
    if isinstance(entity, ModuleRef):
        return make("module", entity.name)
    if isinstance(entity, GlobalName):
        return _global_variable(m, f, st, entity)
    return fresh("env")


def _global_variable(m: Machine, f: Frame, st: State, name: GlobalName) -> Value:
    base = make("module", name.module)
    known = global_constant(m, name)
    return known if known is not None else st.read(base, name.name)


# ---------------------------------------------------------------------- attributes


def get_attr(m: Machine, f: Frame, st: State, base: Value, name: str, node: cst.CSTNode) -> Results:
    m.step()
    if base.kind == "module":
        return [(st, entity_value(m, f, st, m.resolver.member_of_module(m.resolver.module_of(base.args[0]), name)))]
    if base.kind == "lib" and base.args[1] is None:
        entity = m.resolver.member(Lib(base.args[0]), name)
        return [(st, entity_value(m, f, st, entity))]
    if base.kind == "class":
        return [(st, _class_attr(m, f, st, base, name))]
    if is_none(st, base):
        from lint_rules.flow.values import make as _make

        m.throw(st, Raised(_make("lib", ATTRIBUTE_ERROR, None)))
        return []
    if base.kind == "super":
        return [(st, make("bound", base, name))]
    if name in ("value", "name") and base.kind == "member":
        return [(st, make("op", "attrof", base, name))]
    require_object(m, st, base)
    t = m.type_of(base)
    cls = m.types.cls(t)
    note_giver(st, base, t)
    if cls is not None:
        return _instance_attr(m, f, st, base, cls, name, node)
    if t is None:
        guess = guess_type(m, base, name)
        if guess is not None:
            t = guess
    if t is not None:
        known = _lib_attr(m, st, base, t, name)
        if known is not None:
            if t.guessed:
                st.note(f"`{plain_name(base)}` is a {t.name}, as its name says")
            return [(st, known)]
    return [(st, st.read(base, name))]


def require_object(m: Machine, st: State, base: Value) -> None:
    """Using an attribute of a value means that it is not None; where code sets it to None, the other way raises."""
    if is_const(base) or base.kind in ("tuple", "lin"):
        return
    if base.kind == "attr" and len(m.raises) > 2 and is_none(st, base) is None and not base.round:
        leaver = m.set_to_none_in(base)
        if leaver:
            other = st.copy()
            if assume(other, op("none", base), True):
                other.note(f"`{base.args[1]}` is None, as `{leaver}` leaves it")
                m.throw(other, Raised(lib(ATTRIBUTE_ERROR)))
    assume(st, op("none", base), False, soft=True)


def _lib_attr(m: Machine, st: State, base: Value, t: Type, name: str) -> Value | None:
    facts = lookup.attribute(m.models, t.name, name)
    if facts is None:
        return None
    if facts.state:
        symbol = state_symbol(st, base, facts.state.lstrip("!"))
        return negate(symbol) if facts.state.startswith("!") else symbol
    return None


def compare_state(m: Machine, st: State, symbol: str, a: Value, b: Value) -> Value | None:
    """`ws.state is State.OPEN`, `ws.close_code is None`: a comparison that asks for a modelled state."""
    if a.kind != "attr" or symbol not in ("==", "!=", "is", "is not"):
        return None
    base = a.args[0]
    owner = base.args[0] if base.kind == "killed" else base
    t = m.type_of(owner) or m.guessed.get(owner)
    facts = lookup.attribute(m.models, t.name, a.args[1]) if t is not None else None
    if facts is None:
        return None
    state = facts.none if b is NONE else None
    if state is None:
        for text, means in facts.values:
            if b is (enum_member(m, text) or lib(text)) or (
                b.kind == "lib" and b.args[0] == lookup.canonical(m.models, text)
            ):
                state = means
    if state is None:
        return None
    value = state_symbol(st, base, state.lstrip("!"))
    if state.startswith("!"):
        value = negate(value)
    return negate(value) if symbol in ("!=", "is not") else value


def _class_attr(m: Machine, f: Frame, st: State, base: Value, name: str) -> Value:
    cls: ClassInfo = base.args[0]
    member = m.resolver.member(cls, name)
    if isinstance(member, FunctionInfo):
        decorators = {d[-1] for d in member.decorators if d[0] in ("name", "attr")}
        return make("func", member, None, base if "classmethod" in decorators else None)
    if isinstance(member, ClassInfo):
        return make("class", member)
    if is_enum(m, cls):
        for c in m.resolver.mro(cls):
            if isinstance(c, ClassInfo) and name in c.attrs:
                return enum_value(m, cls, name, c.attrs[name][0][1])
    constant = attr_constant(m, cls, name)
    return constant if constant is not None else st.read(base, name)


def _instance_attr(
    m: Machine, f: Frame, st: State, base: Value, cls: ClassInfo, name: str, node: cst.CSTNode
) -> Results:
    from lint_rules.flow import functions

    now = st.content(base)
    written = st.heap.get((now, name))
    if written is not None:
        return [(st, written)]
    if name == "__class__":
        return [(st, make("class", cls))]
    method = m.resolver.find_method(cls, name)
    if isinstance(method, FunctionInfo):
        m.mentioned(st, method)
        marks = {d[-1] for d in method.decorators if d[0] in ("name", "attr")}
        if marks & {"property", "cached_property"}:
            if functions.is_stub(m, method):
                return [(st, st.read(base, name))]
            return functions.call_function(m, f, st, make("func", method, None, base), (), (), node)
        if "staticmethod" in marks:
            return [(st, make("func", method, None, None))]
        if "classmethod" in marks:
            return [(st, make("func", method, None, make("class", cls)))]
        return [(st, make("func", method, None, base))]
    nested = m.resolver.member(cls, name)
    if isinstance(nested, ClassInfo):
        return [(st, make("class", nested))]
    if now is base:
        constant = attr_constant(m, cls, name)
        if constant is not None:
            return [(st, constant)]
        alias = m.remembered(("method_alias", base, cls, name), partial(_method_alias, m, cls, base, name))
        if alias is not None:
            return [(st, alias)]
        given = _given_method(m, cls, base, name)
        if given is not None:
            st.note(f"`{name}` is {given[1]}")
            return [(st, given[0])]
        behind = _behind(m, cls, name)
        if behind:
            return get_attr(m, f, st, st.read(base, behind), name, node)
    return [(st, st.read(base, name))]


def _behind(m: Machine, cls: ClassInfo, name: str) -> str:
    """The attribute that has what a class has not: `__getattr__` gives `getattr(self._inner, name)`."""
    method = m.resolver.find_method(cls, "__getattr__") if not name.startswith("__") else None
    if not isinstance(method, FunctionInfo) or len(method.params) != 2 or attr_shapes(m, cls, name):
        return ""
    if any(isinstance(c, ClassInfo) and name in c.annotations for c in m.resolver.having(cls, name)):
        return ""
    me, wanted = (("name", p.name) for p in method.params)
    for shape in method.locals.get("return", ()):
        if shape[:2] == ("call", ("name", "getattr")) and shape[2][1:] == (wanted,) and shape[2][0][:2] == ("attr", me):
            return str(shape[2][0][2])
    return ""


def _method_alias(m: Machine, cls: ClassInfo, base: Value, name: str) -> Value | None:
    """`self._cb = self.on_x` or `self._read = partial(reader.read, 1024)`, assigned once."""
    shapes = {shape for _, shape in attr_shapes(m, cls, name) if shape != ("const", None)}
    if len(shapes) != 1:
        return None
    [shape] = shapes
    if is_partial(shape):
        given = (*shape[2][1:], *(s for _, s in shape[3]))
        callee = _method_of(m, cls, base, name, shape[2][0])
        if callee is None or any(s[0] != "const" for s in given):
            return None
        keywords = tuple((k, const(s[1])) for k, s in shape[3])
        return make("partial", callee, tuple(const(s[1]) for s in shape[2][1:]), keywords)
    return _method_of(m, cls, base, name, shape)


def _given_method(m: Machine, cls: ClassInfo, base: Value, name: str) -> tuple[Value, str] | None:
    """A function that the constructor is given, and nothing else assigns."""
    from lint_rules.flow import given

    shapes = {shape for where, shape in attr_shapes(m, cls, name) if (where, shape) != ("", ("const", None))}
    [shape] = shapes if len(shapes) == 1 else [("other",)]
    return given.attribute(m, cls, base, name, shape) if shape[0] == "param" else None


def _method_of(m: Machine, cls: ClassInfo, base: Value, name: str, shape: Shape) -> Value | None:
    if shape[0] == "attr" and shape[1] == ("name", "self"):
        method = m.resolver.find_method(cls, shape[2])
        return make("func", method, None, base) if isinstance(method, FunctionInfo) else None
    module = m.resolver.module_of(cls.module)
    if shape[0] in ("name", "attr"):
        entity = m.resolver.resolve(module, shape)
        if isinstance(entity, FunctionInfo):
            return make("func", entity, None, None)
    if shape[0] != "attr":
        return None
    t = m.types.of_shape(module, shape[1], None, cls)
    return bound_method(m, attr(base, f"{name}.__self__"), t, shape[2])


def bound_method(m: Machine, receiver: Value, t: Type | None, name: str) -> Value | None:
    """A method of an object that the code holds under no name of its own but the method's."""
    if t is None:
        return None
    m.set_type(receiver, t)
    owner = m.types.cls(t)
    if owner is None:
        method = attr(receiver, name)
        return method if is_lib_method(m, method) else None
    found = m.resolver.find_method(owner, name)
    return make("func", found, None, receiver) if isinstance(found, FunctionInfo) else None
