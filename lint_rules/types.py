"""Types of values, as far as annotations, constructors and library models tell them.

Invariant: a type is stated by the project's text or a model; `guessed` marks the one exception, a type taken from a
telling name.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import lru_cache

from lint_rules import callers
from lint_rules.index import ClassInfo, FunctionInfo, ModuleInfo
from lint_rules.models import lookup
from lint_rules.models.schema import Models
from lint_rules.resolve import GlobalName, Lib, ModuleRef, Resolver
from lint_rules.shapes import OTHER, Shape, annotation_of

NAMED = {
    "typing.Dict": "dict",
    "typing.List": "list",
    "typing.Set": "set",
    "typing.Tuple": "tuple",
    "typing.Deque": "collections.deque",
    "typing.DefaultDict": "dict",
    "collections.defaultdict": "dict",
    "collections.OrderedDict": "dict",
    "typing.FrozenSet": "frozenset",
    "typing.Text": "str",
    "typing.Sequence": "list",
    "collections.abc.Sequence": "list",
    "typing.Mapping": "dict",
    "collections.abc.Mapping": "dict",
    "collections.abc.MutableMapping": "dict",
    "typing.MutableMapping": "dict",
}
WRAPPERS = frozenset(
    {
        "typing.Annotated",
        "typing.Final",
        "typing.ClassVar",
        "typing.Required",
        "typing_extensions.Annotated",
        "typing.NotRequired",
        "dataclasses.InitVar",
    }
)
UNTELLING = frozenset({"typing.Any", "object", "typing_extensions.Any", "typing.TypeVar"})
AWAITED = frozenset({"typing.Awaitable", "typing.Coroutine", "collections.abc.Awaitable", "collections.abc.Coroutine"})
SIZED = frozenset(
    {
        "list",
        "dict",
        "set",
        "tuple",
        "str",
        "bytes",
        "bytearray",
        "frozenset",
        "collections.deque",
        "int",
        "float",
        "bool",
    }
)
LITERALS = {"list": "list", "tuple": "tuple", "set": "set", "dict": "dict"}
MAX_HOPS = 2
HOLDERS = frozenset({"list", "dict", "set", "collections.deque", "frozenset"})
YIELDING = frozenset({"AsyncIterator", "AsyncGenerator", "AsyncIterable", "Iterator", "Generator", "Iterable"})
TAKING = frozenset({"pop", "popleft", "setdefault", "get_nowait"})


@dataclass(frozen=True, slots=True)
class Type:
    """A class by its qualified name. `exact`: made by calling it, so no subclass; `optional`: or None; `giver`: the
    function whose call is the only one that says so.
    """

    name: str
    args: tuple[Type | None, ...] = ()
    optional: bool = False
    exact: bool = False
    guessed: bool = False
    giver: str = ""


class Types:
    """Types in one project."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.models: Models = resolver.models
        self.classes: dict[str, ClassInfo] = {}
        self._attrs: dict[tuple[str, str], Type | None] = {}
        self._busy: set[object] = set()
        self._given: dict[tuple[str, int, int, str], Type | None] = {}
        self._hops = 0

    def of_class(self, cls: ClassInfo, exact: bool = False) -> Type:
        self.classes[cls.full] = cls
        return Type(cls.full, exact=exact)

    def cls(self, t: Type | None) -> ClassInfo | None:
        return self.classes.get(t.name) if t is not None else None

    def named(self, name: str) -> Type:
        return Type(NAMED.get(name, name))

    def parse(self, text: str) -> Type | None:
        """A type as a model writes it: a qualified name, `tuple[A, B]`, `A | None`."""
        return _parse(text)

    # ------------------------------------------------------------------ annotations

    def annotation(self, module: ModuleInfo, shape: Shape | None) -> Type | None:
        if shape is None or shape == OTHER:
            return None
        if shape[0] == "const":
            if isinstance(shape[1], str):
                return self.annotation(module, annotation_of(ast.Constant(shape[1])))
            return Type("None") if shape[1] is None else None
        if shape[0] == "union":
            return self._union([self.annotation(module, shape[1]), self.annotation(module, shape[2])])
        if shape[0] == "sub":
            return self._subscript(module, shape)
        entity = self.resolver.resolve(module, shape)
        if isinstance(entity, ClassInfo):
            return self.of_class(entity)
        if isinstance(entity, Lib) and entity.name not in UNTELLING and entity.name not in WRAPPERS:
            return self.named(entity.name)
        if isinstance(entity, GlobalName):
            return self._alias(entity)
        return None

    def _alias(self, name: GlobalName) -> Type | None:
        module = self.resolver.module_of(name.module)
        shapes = module.assigns.get(name.name, [])
        meant = _meant(shapes[0]) if len(shapes) == 1 else None
        if meant is not None and ("alias", name) not in self._busy:
            self._busy.add(("alias", name))
            try:
                return self.annotation(module, meant)
            finally:
                self._busy.discard(("alias", name))
        return None

    def _subscript(self, module: ModuleInfo, shape: Shape) -> Type | None:
        wrapper = self.resolver.resolve(module, shape[1])
        if isinstance(wrapper, Lib) and wrapper.name in WRAPPERS:
            return self.annotation(module, shape[2][1][0] if shape[2][0] == "tuple" else shape[2])
        head = self.annotation(module, shape[1])
        if head is None:
            return None
        inner = shape[2][1] if shape[2][0] == "tuple" else (shape[2],)
        if head.name == "typing.Optional":
            t = self.annotation(module, inner[0])
            return replace(t, optional=True) if t else None
        if head.name == "typing.Union":
            return self._union([self.annotation(module, s) for s in inner])
        if head.name in AWAITED:
            return Type("typing.Awaitable", (self.annotation(module, inner[-1]),))
        return replace(head, args=tuple(self.annotation(module, s) for s in inner))

    def _union(self, options: list[Type | None]) -> Type | None:
        if None in options:
            return None
        left = [t for t in options if t is not None and t.name != "None"]
        optional = len(left) < len(options) or any(t.optional for t in left)
        names = {t.name for t in left}
        return replace(left[0], optional=optional) if len(names) == 1 else None

    # ------------------------------------------------------------------ values

    def of_shape(
        self, module: ModuleInfo, shape: Shape, fn: FunctionInfo | None = None, cls: ClassInfo | None = None
    ) -> Type | None:
        """The type of an assigned expression."""
        key = (module.name, shape, fn.qualname if fn else None, cls.full if cls else None)
        if key in self._busy or len(self._busy) > 60:
            return None
        self._busy.add(key)
        try:
            return self._of_shape(module, shape, fn, cls)
        finally:
            self._busy.discard(key)

    def _of_shape(
        self, module: ModuleInfo, shape: Shape, fn: FunctionInfo | None, cls: ClassInfo | None
    ) -> Type | None:
        kind = shape[0]
        if kind == "const":
            return Type("None") if shape[1] is None else Type(type(shape[1]).__name__, exact=True)
        if kind in LITERALS:
            items = shape[1] if len(shape) > 1 else ()
            return Type(
                LITERALS[kind],
                tuple(self.of_shape(module, s, fn, cls) for s in items) if kind == "tuple" else (),
                exact=True,
            )
        if kind == "param":
            t = self.annotation(module, shape[2])
            default = shape[3]
            return replace(t, optional=True) if t and default == ("const", None) else t
        if kind == "any":
            known = [self.of_shape(module, s, fn, cls) for s in shape[1]]
            return self._union([t for t in known if t is None or t.name != "None"])
        if kind == "await":
            return self.awaited(self.of_shape(module, shape[1], fn, cls), module, shape[1], fn, cls)
        if kind == "enter":
            return self._entered(module, shape[1], fn, cls)
        if kind == "item":
            t = self.of_shape(module, shape[1], fn, cls)
            return t.args[shape[2]] if t and t.name == "tuple" and shape[2] < len(t.args) else None
        if kind == "each":
            return self.element(self.of_shape(module, shape[1], fn, cls))
        if kind == "call":
            return self._call(module, shape, fn, cls)
        if kind == "sub":
            return self._item(self.of_shape(module, shape[1], fn, cls), shape[2])
        if kind == "typed":
            return self.parse(shape[1])
        if kind in ("name", "attr"):
            return self._path(module, shape, fn, cls)
        return None

    def element(self, t: Type | None) -> Type | None:
        if t is None or not t.args:
            return None
        return t.args[-1] if t.name == "dict" else t.args[0]

    def _item(self, t: Type | None, index: Shape) -> Type | None:
        if t is not None and t.name == "tuple":
            at = index[1] if index[0] == "const" and isinstance(index[1], int) else -1
            return t.args[at] if 0 <= at < len(t.args) else None
        return self.element(t) if index != OTHER and t is not None and t.name in HOLDERS else None

    def awaited(
        self, t: Type | None, module: ModuleInfo, shape: Shape, fn: FunctionInfo | None, cls: ClassInfo | None
    ) -> Type | None:
        """The type of `await x`: a coroutine's type is that of its result already; a task gives what it was made of."""
        if t is not None and t.name == "typing.Awaitable":
            return t.args[0] if t.args else None
        if shape[0] == "call":
            combinator = self._combinator(module, shape, fn, cls)
            if combinator in ("wait_for", "shield") and shape[2]:
                return self.of_shape(module, ("await", shape[2][0]), fn, cls)
        return t

    def _combinator(
        self, module: ModuleInfo, shape: Shape, fn: FunctionInfo | None, cls: ClassInfo | None
    ) -> str | None:
        entity = self.resolver.resolve(module, shape[1])
        if isinstance(entity, Lib):
            model = lookup.function(self.models, entity.name)
            return model.combinator if model else None
        return None

    def _entered(self, module: ModuleInfo, shape: Shape, fn: FunctionInfo | None, cls: ClassInfo | None) -> Type | None:
        manager = self._called_function(module, shape, fn, cls) if shape[0] == "call" else None
        if manager is not None and manager.is_generator:
            return self._yielded(manager)
        t = self.of_shape(module, shape, fn, cls)
        owner = self.cls(t)
        if owner is not None:
            enter = self.resolver.find_method(owner, "__aenter__") or self.resolver.find_method(owner, "__enter__")
            if isinstance(enter, FunctionInfo):
                return self.result(enter, owner) or t
        if t is not None:
            model = lookup.function(self.models, f"{t.name}.__aenter__")
            if model is not None and model.returns:
                return self.parse(model.returns)
        return t

    def _called_function(
        self, module: ModuleInfo, shape: Shape, fn: FunctionInfo | None, cls: ClassInfo | None
    ) -> FunctionInfo | None:
        """The function of the project that a call means."""
        entity = self.resolver.resolve(module, shape[1])
        if entity is None and shape[1][0] == "attr":
            owner = self.cls(self.of_shape(module, shape[1][1], fn, cls))
            entity = self.resolver.find_method(owner, shape[1][2]) if owner is not None else None
        return entity if isinstance(entity, FunctionInfo) else None

    def _yielded(self, fn: FunctionInfo) -> Type | None:
        """What a function under `@asynccontextmanager` hands to its block."""
        module, owner = self.resolver.module_of(fn.module), self.resolver.class_at(fn)
        declared = self.annotation(module, fn.returns)
        if declared is not None and declared.name.rpartition(".")[2] in YIELDING:
            return declared.args[0] if declared.args else None
        return self.merge([self.of_shape(module, s, fn, owner) for s in fn.locals.get("yield", ())])

    def _path(self, module: ModuleInfo, shape: Shape, fn: FunctionInfo | None, cls: ClassInfo | None) -> Type | None:
        if shape[0] == "name":
            if fn is None and cls is not None and shape[1] == "self":
                return self.of_class(cls)
            if fn is not None:
                local = self.local(module, fn, shape[1], cls)
                if local is not None or shape[1] in fn.locals:
                    return local
            entity = self.resolver.lookup(module, shape[1])
            return self.of_global(entity) if isinstance(entity, GlobalName) else None
        base = self.of_shape(module, shape[1], fn, cls)
        if base is not None:
            return self.attribute(base, shape[2])
        entity = self.resolver.resolve(module, shape)
        return self.of_global(entity) if isinstance(entity, GlobalName) else None

    def of_global(self, name: GlobalName) -> Type | None:
        module = self.resolver.module_of(name.module)
        if name.name in module.annotations:
            return self.annotation(module, module.annotations[name.name])
        return self.merge([self.of_shape(module, s) for s in module.assigns.get(name.name, [])])

    def local(self, module: ModuleInfo, fn: FunctionInfo, name: str, cls: ClassInfo | None) -> Type | None:
        """The type of a variable of a function: its annotation, or what all its assignments agree on."""
        for i, p in enumerate(fn.params):
            if p.name == name:
                if i == 0 and fn.cls is not None and p.annotation is None:
                    owner = cls or self.resolver.class_at(fn)
                    return self.of_class(owner) if owner else None
                t = self.annotation(module, p.annotation) if p.annotation is not None else self.given(fn, name)
                if p.kind.startswith("*"):
                    return Type("tuple", (t,)) if p.kind == "*args" else Type("dict", (Type("str"), t))
                return replace(t, optional=True) if t and p.default == ("const", None) else t
        declared = self.annotation(module, fn.declared[name]) if name in fn.declared else None
        if declared is not None:
            return declared
        if name in fn.locals:
            return self.merge([self.of_shape(module, s, fn, cls) for s in fn.locals[name] if s[0] != "num"])
        return self.local(module, fn.parent, name, cls) if fn.parent is not None else None

    # ------------------------------------------------------------------ what callers give

    def class_of(self, module: ModuleInfo, shape: Shape, fn: FunctionInfo | None) -> ClassInfo | None:
        """The class of the object that an expression in a function gives."""
        return self.cls(self.of(module, shape, fn))

    def of(self, module: ModuleInfo, shape: Shape, fn: FunctionInfo | None) -> Type | None:
        """The type of what an expression in a function gives."""
        at = fn
        while at is not None and at.cls is None:
            at = at.parent
        owner = self.resolver.class_at(at) if at is not None else None
        return self.of_shape(module, shape, fn, owner)

    def given(self, fn: FunctionInfo, name: str) -> Type | None:
        """The type of a parameter without annotation, where the calls of the project that tell one tell the same."""
        key = (fn.module, fn.first, fn.ordinal, name)
        if key in self._given:
            return self._given[key]
        if self._hops >= MAX_HOPS:
            return None
        self._given[key] = None
        self._hops += 1
        try:
            found = self._given_by(fn, name)
        finally:
            self._hops -= 1
        self._given[key] = found
        return found

    def _given_by(self, fn: FunctionInfo, name: str) -> Type | None:
        found: list[Type] = []
        for site in callers.sites(self.resolver, self, fn):
            t = self._argument(fn, site, name)
            if t is not None and t.name != "None":
                found.append(replace(t, exact=False, giver=site.name))
        names = {t.name for t in found}
        return found[0] if len(names) == 1 else None

    def _argument(self, fn: FunctionInfo, site: callers.Site, name: str) -> Type | None:
        at = callers.position_of(fn, name)
        if site.types:
            return self.parse(site.types[at]) if at is not None and at < len(site.types) else None
        shape = callers.given(fn, site, name)
        if shape is None:
            return None
        owner = self.resolver.class_at(site.fn) if site.fn is not None and site.fn.cls is not None else None
        return self.of_shape(site.module, shape, site.fn, owner)

    def merge(self, options: list[Type | None]) -> Type | None:
        """One type that all assignments agree on; None among them makes it optional."""
        if not options or None in options:
            return None
        return self._union(options)

    def _call(self, module: ModuleInfo, shape: Shape, fn: FunctionInfo | None, cls: ClassInfo | None) -> Type | None:
        func = shape[1]
        entity = self.resolver.resolve(module, func) if func[0] in ("name", "attr") else None
        if fn is not None and func[0] == "name" and self._is_local(fn, func[1]):
            entity = None
        if isinstance(entity, ClassInfo):
            return replace(self.of_class(entity), exact=True)
        if isinstance(entity, FunctionInfo):
            owner = self.resolver.class_at(entity)
            return self.result(entity, owner)
        if isinstance(entity, Lib):
            return self.lib_call(entity.name, [self.of_shape(module, a, fn, cls) for a in shape[2][:1]])
        if func[0] == "attr":
            base = self.of_shape(module, func[1], fn, cls)
            return self.method_result(base, func[2]) if base is not None else self._told_by_name(func[2])
        return None

    def _told_by_name(self, name: str) -> Type | None:
        """What a method gives that only one library has: `session.ws_connect()`."""
        returns = lookup.told_by_name(self.models).get(name)
        t = self.parse(returns) if returns else None
        return replace(t, exact=False, giver=name) if t is not None else None

    def _is_local(self, fn: FunctionInfo, name: str) -> bool:
        return name in fn.locals or any(p.name == name for p in fn.params)

    def lib_call(self, name: str, args: list[Type | None]) -> Type | None:
        model = lookup.function(self.models, name)
        if model is not None and model.returns:
            return self.parse(model.returns)
        if model is not None and model.combinator in ("wait_for", "shield", "spawn") and args:
            return args[0] if model.combinator != "spawn" else Type("asyncio.Task", (args[0],), exact=True)
        if name in NAMED or name in SIZED:
            return Type(NAMED.get(name, name), exact=True)
        if lookup.find_type(self.models, name) is not None:
            return Type(name, exact=True)
        last = name.rsplit(".", 1)[-1]
        return Type(name, exact=True) if last[:1].isupper() and not last.isupper() else None

    def method_result(self, base: Type, name: str) -> Type | None:
        owner = self.cls(base)
        if owner is not None:
            method = self.resolver.find_method(owner, name)
            if isinstance(method, FunctionInfo):
                return self.result(method, owner)
            return self.lib_call(method.name, []) if isinstance(method, Lib) else None
        model = lookup.function(self.models, f"{base.name}.{name}")
        if model is not None and model.returns:
            return self.parse(model.returns)
        return self._held(base, name) if base.args else None

    def _held(self, base: Type, name: str) -> Type | None:
        """What a method of a collection, or of a queue, gives of what it holds."""
        item = self.element(base)
        queue = base.name.endswith("Queue")
        if item is None or not (queue or base.name in HOLDERS):
            return None
        if name in TAKING or (queue and name == "get"):
            return item
        if base.name != "dict":
            return base if name == "copy" else None
        if name == "items":
            return Type("list", (Type("tuple", base.args),))
        return {"get": replace(item, optional=True), "values": Type("list", (item,)), "copy": base}.get(name)

    def result(self, fn: FunctionInfo, owner: ClassInfo | None) -> Type | None:
        """The declared type of what a function gives (of what awaiting it gives)."""
        module = self.resolver.module_of(fn.module)
        if fn.returns is not None and fn.returns[0] == "name" and fn.returns[1] == "Self" and owner is not None:
            return self.of_class(owner)
        if fn.returns is None and fn.locals.get("return") and not fn.is_generator:
            return self._returned(module, fn, owner)
        return self.annotation(module, fn.returns)

    def _returned(self, module: ModuleInfo, fn: FunctionInfo, owner: ClassInfo | None) -> Type | None:
        """What all `return` statements of a function without annotation agree on."""
        kinds: list[Type | None] = []
        for shape in fn.locals["return"]:
            own = shape == ("name", "self") or shape[:2] == ("call", ("name", "cls"))
            kinds.append(self.of_class(owner) if own and owner is not None else self.of_shape(module, shape, fn, owner))
        return self.merge(kinds)

    # ------------------------------------------------------------------ attributes

    def attribute(self, base: Type, name: str) -> Type | None:
        key = (base.name, name)
        if key in self._attrs:
            return self._attrs[key]
        if key in self._busy:
            return None
        self._busy.add(key)
        try:
            found = self._attribute(base, name)
        finally:
            self._busy.discard(key)
        if not self._busy:
            self._attrs[key] = found
        return found

    def _attribute(self, base: Type, name: str) -> Type | None:
        owner = self.cls(base)
        if owner is None:
            facts = lookup.attribute(self.models, base.name, name)
            return self.parse(facts.type) if facts is not None and facts.type else None
        shapes: list[tuple[ClassInfo, str, Shape]] = []
        for cls in self.resolver.having(owner, name):
            if not isinstance(cls, ClassInfo):
                continue
            module = self.resolver.module_of(cls.module)
            if name in cls.annotations:
                declared = self.annotation(module, cls.annotations[name])
                if declared is not None:
                    return declared
            if name in cls.methods and any(
                d[-1] in ("property", "cached_property") for d in cls.methods[name].decorators
            ):
                return self.result(cls.methods[name], owner)
            shapes.extend(
                (cls, where, shape) for where, shape in cls.attrs.get(name, []) if not self._in_a_circle(base, shape)
            )
        return self.merge([self._attr_shape(cls, where, shape) for cls, where, shape in shapes])

    def _in_a_circle(self, base: Type, shape: Shape) -> bool:
        """Two attributes that are copied to each other hold what is given to either from outside."""
        return shape[:2] == ("attr", ("name", "self")) and (base.name, shape[2]) in self._busy

    def _attr_shape(self, cls: ClassInfo, where: str, shape: Shape) -> Type | None:
        method = cls.methods.get(where)
        if shape[0] == "param" and shape[2] is None and method is not None:
            t = self.given(method, shape[1])
            return replace(t, optional=True) if t and shape[3] == ("const", None) else t
        return self.of_shape(self.resolver.module_of(cls.module), shape, None, cls)


def _meant(shape: Shape) -> Shape | None:
    """What a name for a type stands for: the union or subscript that it is given, the bound of a type variable."""
    if shape[0] == "call" and shape[1][-1] == "TypeVar":
        bound: Shape | None = dict(shape[3]).get("bound")
        return bound
    return shape if shape[0] in ("union", "sub") else None


@lru_cache(maxsize=1024)
def _parse(text: str) -> Type | None:
    text = text.strip()
    if text.endswith("| None"):
        inner = _parse(text[:-6])
        return replace(inner, optional=True) if inner else None
    if "[" in text:
        head, rest = text.split("[", 1)
        parts, depth, last = [], 0, 0
        body = rest.rsplit("]", 1)[0]
        for i, ch in enumerate(body):
            depth += (ch == "[") - (ch == "]")
            if ch == "," and depth == 0:
                parts.append(body[last:i])
                last = i + 1
        parts.append(body[last:])
        base = _parse(head)
        return replace(base, args=tuple(_parse(p) for p in parts)) if base else None
    if not text:
        return None
    if text == "None":
        return Type("None")
    return Type(text, exact=True)


__all__ = ["SIZED", "GlobalName", "ModuleRef", "Type", "Types"]
