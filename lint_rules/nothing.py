"""Where does None come from: from a line that says so, or may a call give it?

Invariant: "by its name only" is answered where every other thing that an attribute or variable is given is the result
of a call whose text or declared type speaks of no None.
"""

from __future__ import annotations

from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine
from lint_rules.flow.values import Value
from lint_rules.index import ClassInfo, FunctionInfo, ModuleInfo
from lint_rules.shapes import Shape

SEARCHES = frozenset({"get", "pop", "getattr", "next", "match", "search", "fullmatch", "find", "first", "getenv"})
INITIAL = frozenset({"", "__init__", "__post_init__"})
CALLS = frozenset({"await", "call", "enter"})
NONE: Shape = ("const", None)


def is_none_by_name_only(m: Machine, v: Value) -> bool:
    shapes = [shape for _, shape in m.shapes_of(v)]
    module = _module(m, v)
    if module is None or NONE not in shapes:
        return False
    owner = m.owner_of(v)
    return not any(_may_give(m, module, owner, shape) for shape in shapes if shape != NONE)


def is_declared_something(m: Machine, v: Value) -> bool:
    """Whether a class declares an attribute to be no None, and no code gives it None."""
    owner = m.owner_of(v)
    bases = m.resolver.mro(owner) if owner is not None else []
    if not any(isinstance(c, ClassInfo) and v.args[1] in c.annotations for c in bases):
        return False
    t = m.type_of(v)
    if t is None or t.optional or None in m.resolver.project.foreign_writes(v.args[1]):
        return False
    return not any(_says_none(shape) for _, shape in m.shapes_of(v))


def is_none_at_first(m: Machine, v: Value) -> bool:
    """Whether an attribute holds None until it is given something, and no line takes that away again."""
    module, owner = _module(m, v), m.owner_of(v)
    later = [shape for where, shape in m.shapes_of(v) if where not in INITIAL]
    if module is None or not later or None in m.resolver.project.foreign_writes(v.args[1]):
        return False
    return all(s[0] == "name" or (s[0] in CALLS and not _may_give(m, module, owner, s)) for s in later)


def is_replaced_by_entries(m: Machine, v: Value) -> bool:
    """Whether an attribute begins as something, and what replaces that are entries of what its code is given: of an
    answer, say. Only such an answer may then hold nothing.
    """
    given = m.shapes_of(v)
    owner, module = m.owner_of(v), _module(m, v)
    if module is None or None in m.resolver.project.foreign_writes(v.args[1]):
        return False
    first = [shape for where, shape in given if where in INITIAL]
    later = [shape for where, shape in given if where not in INITIAL]
    begins = bool(first) and all(shape[0] == "call" and not _may_give(m, module, owner, shape) for shape in first)
    return begins and bool(later) and all(_is_entry(shape) for shape in later)


def _is_entry(shape: Shape) -> bool:
    """`answer["messages"][0]["at"]`: an entry by its name."""
    return shape[0] == "sub" and shape[2][0] == "const" and isinstance(shape[2][1], str)


def _says_none(shape: Shape) -> bool:
    if shape[0] == "any":
        return any(_says_none(s) for s in shape[1])
    return shape == NONE or (shape[0] == "param" and shape[3] == NONE)


def _module(m: Machine, v: Value) -> ModuleInfo | None:
    if v.kind == "var" and isinstance(v.args[0], Frame):
        return v.args[0].module
    owner = m.owner_of(v)
    return m.resolver.module_of(owner.module) if owner is not None else None


def _may_give(m: Machine, module: ModuleInfo, owner: ClassInfo | None, shape: Shape) -> bool:
    if shape[0] in ("await", "enter"):
        return _may_give(m, module, owner, shape[1])
    if shape[0] == "call":
        called = _called(m, module, owner, shape[1])
        return shape[1][-1] in SEARCHES if called is None else _may_return(called)
    return shape[0] not in ("const", "tuple", "list", "dict", "set", "num", "lambda")


def _called(m: Machine, module: ModuleInfo, owner: ClassInfo | None, func: Shape) -> FunctionInfo | None:
    if func[:2] == ("attr", ("name", "self")) and owner is not None:
        method = m.resolver.find_method(owner, func[2])
        return method if isinstance(method, FunctionInfo) else None
    entity = m.resolver.resolve(module, func) if func[0] in ("name", "attr") else None
    return entity if isinstance(entity, FunctionInfo) else None


def _may_return(fn: FunctionInfo) -> bool:
    if fn.returns is not None:
        said = repr(fn.returns)
        return any(word in said for word in ("None", "Optional", "Any"))
    return NONE in fn.locals.get("return", [NONE])
