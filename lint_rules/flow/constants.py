"""Constants: what a name or attribute always holds, read from the assignments alone.

Invariant: a value is given only where no code of the project assigns, extends or empties it otherwise.
"""

from __future__ import annotations

from lint_rules.flow.knowledge import Knowledge
from lint_rules.flow.values import Value, const, is_const, make, tup
from lint_rules.index import ClassInfo, FunctionInfo, ModuleInfo
from lint_rules.models import lookup
from lint_rules.resolve import GlobalName, Lib
from lint_rules.shapes import Shape, dotted

DISPLAYS = frozenset({"tuple", "list", "set"})
COLLECTIONS = frozenset({"tuple", "list", "set", "frozenset"})
MAX_DEPTH = 6


def constant_shape(m: Knowledge, module: ModuleInfo, shape: Shape, depth: int = 0) -> Value | None:
    """The value of a constant expression: a literal, a member of an enumeration, a collection of such."""
    if depth > MAX_DEPTH:
        return None
    if shape[0] == "const":
        return const(shape[1])
    if shape[0] in DISPLAYS and shape[1]:
        items = [constant_shape(m, module, s, depth + 1) for s in shape[1]]
        known = [i for i in items if i is not None and (shape[0] == "tuple" or i.kind in ("const", "member"))]
        return tup(tuple(known)) if len(known) == len(items) else None
    if shape[0] == "call" and shape[1][0] == "name" and shape[1][1] in COLLECTIONS and len(shape[2]) == 1:
        return constant_shape(m, module, shape[2][0], depth + 1) if shape[2][0][0] in DISPLAYS else None
    if shape[0] in ("attr", "name"):
        return _named(m, module, shape, depth)
    return None


def _named(m: Knowledge, module: ModuleInfo, shape: Shape, depth: int) -> Value | None:
    entity = m.resolver.resolve(module, shape)
    if isinstance(entity, Lib):
        return enum_member(m, entity.name)
    if isinstance(entity, GlobalName):
        return global_constant(m, entity, depth + 1)
    if entity is None and shape[0] == "attr":
        owner = m.resolver.resolve(module, shape[1])
        if isinstance(owner, ClassInfo) and is_enum(m, owner) and shape[2] in owner.attrs:
            return enum_value(m, owner, shape[2], owner.attrs[shape[2]][0][1])
    return None


def global_constant(m: Knowledge, name: GlobalName, depth: int = 0) -> Value | None:
    """What a variable of a module holds that is assigned once, at the top level."""
    module = m.resolver.module_of(name.module)
    shapes = module.assigns.get(name.name, [])
    if len(shapes) != 1 or name.name in module.global_writes:
        return None
    if shapes[0][0] in ("list", "set", "call") and is_changed(m, module, name.name):
        return None
    return constant_shape(m, module, shapes[0], depth)


def is_changed(m: Knowledge, module: ModuleInfo, name: str) -> bool:
    """Whether the text of the module changes a collection in place."""
    return m.resolver.project.changed_on(m.resolver.project.path_of(module.name), name)


def enum_member(m: Knowledge, name: str) -> Value | None:
    owner, _, member = name.rpartition(".")
    members = m.models.enums.get(lookup.canonical(m.models, owner)) if owner else None
    if members is None or member not in members:
        return None
    return const(members[member])


def is_enum(m: Knowledge, cls: ClassInfo) -> bool:
    return any(not isinstance(c, ClassInfo) and c.name.startswith("enum.") for c in m.resolver.mro(cls))


def enum_value(m: Knowledge, cls: ClassInfo, name: str, shape: Shape) -> Value:
    mixed = any(
        not isinstance(c, ClassInfo) and c.name in ("enum.IntEnum", "enum.StrEnum", "int", "str")
        for c in m.resolver.mro(cls)
    )
    if mixed and shape[0] == "const":
        return const(shape[1])
    return make("member", f"{cls.full}.{name}")


def attr_shapes(m: Knowledge, cls: ClassInfo, name: str) -> list[tuple[str, Shape]]:
    """Every (method, shape) that an attribute is assigned in the class and its bases. What the body of a class gives
    stands before what the bodies of its bases give.
    """
    return [(where, shape) for _, where, shape in _given(m, cls, name)]


def _given(m: Knowledge, cls: ClassInfo, name: str) -> list[tuple[ClassInfo, str, Shape]]:
    """Also the class whose code gives it: what the shape names is what that name means there."""
    found: list[tuple[ClassInfo, str, Shape]] = []
    hidden = False
    for c in m.resolver.having(cls, name):
        if not isinstance(c, ClassInfo):
            continue
        given = c.attrs.get(name, [])
        found.extend((c, where, _default(shape)) for where, shape in given if where or not hidden)
        hidden |= any(not where for where, _ in given)
    return found


def _default(shape: Shape) -> Shape:
    """What `field(default=x)` of a dataclass gives."""
    if shape[0] == "call" and shape[1][-1] == "field":
        given: Shape = dict(shape[3]).get("default", shape)
        return given
    return shape


def attr_constants(m: Knowledge, cls: ClassInfo, name: str) -> frozenset[Value] | None:
    """The only constants that an attribute is ever assigned anywhere in the project, or None where it may hold
    anything else.
    """
    return m.remembered(("attr_constants", cls, name), lambda: _attr_constants(m, cls, name))


def _attr_constants(m: Knowledge, cls: ClassInfo, name: str) -> frozenset[Value] | None:
    given = _given(m, cls, name)
    values = [_constant(m, c, shape) for c, _, shape in given]
    declared = cls.annotations.get(name)
    literals = literal_values(m, m.resolver.module_of(cls.module), declared) if declared is not None else None
    if literals is not None and all(value in literals for value in values):
        return literals
    if not given or not m.resolver.known_bases(cls):
        return None
    if name in cls.annotations and all(where == "" for _, where, _ in given):
        return None  # a dataclass field or the like: a caller may pass anything
    for literal in m.resolver.project.foreign_writes(name):
        values.append(None if literal is ... else const(literal))
    return frozenset(v for v in values if v is not None) if None not in values else None


def literal_values(m: Knowledge, module: ModuleInfo, shape: Shape, depth: int = 0) -> frozenset[Value] | None:
    """What an annotation with `Literal` allows, or None where it allows more than constants."""
    if depth > MAX_DEPTH:
        return None
    if shape == ("const", None):
        return frozenset({const(None)})
    if shape[0] == "union":
        sides = [literal_values(m, module, s, depth + 1) for s in shape[1:]]
        return None if None in sides else frozenset(v for side in sides if side is not None for v in side)
    if shape[0] == "sub":
        head = m.resolver.resolve(module, shape[1])
        kind = head.name.rpartition(".")[2] if isinstance(head, Lib) else ""
        if kind == "Optional":
            return literal_values(m, module, ("union", shape[2], ("const", None)), depth + 1)
        inner = shape[2][1] if shape[2][0] == "tuple" else (shape[2],)
        plain = kind == "Literal" and all(s[0] == "const" for s in inner)
        return frozenset(const(s[1]) for s in inner) if plain else None
    entity = m.resolver.resolve(module, shape) if shape[0] in ("name", "attr") else None
    if not isinstance(entity, GlobalName):
        return None
    where = m.resolver.module_of(entity.module)
    given = where.assigns.get(entity.name, [])
    return literal_values(m, where, given[0], depth + 1) if len(given) == 1 else None


def _constant(m: Knowledge, cls: ClassInfo, shape: Shape) -> Value | None:
    value = constant_shape(m, m.resolver.module_of(cls.module), shape) if shape[0] not in DISPLAYS else None
    return value if value is not None and (value.kind == "member" or _is_plain(value)) else None


def _is_plain(value: Value) -> bool:
    return is_const(value) and isinstance(value.args[1], (bool, int, float, str, bytes, type(None)))


def attr_constant(m: Knowledge, cls: ClassInfo, name: str) -> Value | None:
    """The one constant that an attribute always holds."""
    return m.remembered(("attr_constant", cls, name), lambda: _attr_constant(m, cls, name))


def _attr_constant(m: Knowledge, cls: ClassInfo, name: str) -> Value | None:
    values = attr_constants(m, cls, name)
    value = next(iter(values)) if values is not None and len(values) == 1 else _collection(m, cls, name)
    if value is None:
        return None
    subclasses = m.resolver.subclasses(cls)
    if any(name in sub.attrs or name in sub.annotations for sub in subclasses):
        return None
    return value


def _collection(m: Knowledge, cls: ClassInfo, name: str) -> Value | None:
    """The collection of constants that the body of a class or its `__init__` assigns, and nothing else does."""
    given = _given(m, cls, name)
    if len(given) != 1 or given[0][1] not in ("", "__init__") or not m.resolver.known_bases(cls):
        return None
    owner, where, shape = given[0]
    if where == "__init__" and not _of_fixed_names(m, owner, shape):
        return None
    module = m.resolver.module_of(owner.module)
    below = m.resolver.module_of(cls.module)
    if m.resolver.project.foreign_writes(name) or any(is_changed(m, each, name) for each in (module, below)):
        return None
    value = constant_shape(m, module, shape)
    return value if value is not None and value.kind == "tuple" else None


def _of_fixed_names(m: Knowledge, cls: ClassInfo, shape: Shape) -> bool:
    """Whether what `__init__` gives is a tuple that none of its own variables is in: they mean nothing outside."""
    init = m.resolver.find_method(cls, "__init__")
    if shape[0] != "tuple" or not isinstance(init, FunctionInfo):
        return False
    roots = [(dotted(item) or "").split(".")[0] for item in shape[1] if item[0] != "const"]
    own = {*init.locals, *(p.name for p in init.params)}
    return all(root and root not in own for root in roots)
