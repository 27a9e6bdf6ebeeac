"""Who is meant: names, classes and methods across the files of a project.

Invariant: a name resolves to something of the project, to a library name (`Lib`), or to None; never by what is
installed.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass

from lint_rules.index import ClassInfo, FunctionInfo, ModuleInfo
from lint_rules.interface import classes_named
from lint_rules.late import Attributes
from lint_rules.models.lookup import canonical
from lint_rules.models.schema import Models
from lint_rules.project import Project
from lint_rules.shapes import Shape, dotted

MAX_HOPS = 6
MAX_SUBCLASSES = 24
BUILTINS = frozenset(dir(builtins)) | {"ExceptionGroup", "BaseExceptionGroup", "anext", "aiter", "EncodingWarning"}


@dataclass(frozen=True, slots=True)
class Lib:
    """Something outside the project, by its canonical qualified name."""

    name: str


@dataclass(frozen=True, slots=True)
class ModuleRef:
    """A module or package of the project."""

    name: str


@dataclass(frozen=True, slots=True)
class GlobalName:
    """A module-level variable of the project."""

    module: str
    name: str


Entity = FunctionInfo | ClassInfo | Lib | ModuleRef | GlobalName


class Resolver:
    """Resolves names in one project against the library models."""

    def __init__(self, project: Project, models: Models) -> None:
        self.project = project
        self.models = models
        self._orders: dict[ClassInfo, list[ClassInfo | Lib]] = {}
        self._members: dict[ClassInfo, dict[str, list[ClassInfo | Lib]]] = {}
        self._asked: object = None

    def lib(self, name: str) -> Lib:
        return Lib(canonical(self.models, name))

    def module_of(self, name: str) -> ModuleInfo:
        module = self.project.indexed(name)
        assert module is not None, name
        return module

    def lookup(self, module: ModuleInfo, name: str, hops: int = 0) -> Entity | None:
        """What a plain name means at the top level of a module."""
        module.classes.ask(name)  # for all of its tables
        if name in module.functions.raw:
            return module.functions[name]
        if name in module.classes.raw:
            return module.classes.raw[name]
        if name in module.imports.raw:
            return self._imported(module, *module.imports.raw[name], hops=hops)
        if name in module.assigns.raw or name in module.annotations.raw:
            shapes = module.assigns.raw.get(name, [])
            if (
                len(shapes) == 1
                and shapes[0][0] in ("name", "attr")
                and hops < MAX_HOPS
                and name not in module.global_writes
            ):
                alias = self.resolve(module, shapes[0], hops + 1)
                if alias is not None and not isinstance(alias, GlobalName):
                    return alias
            return GlobalName(module.name, name)
        for star in module.stars:
            target = self.project.find_module(star, module.name)
            if target is not None and target is not module and hops < MAX_HOPS:
                found = self.lookup(target, name, hops + 1)
                if found is not None and not (isinstance(found, Lib) and found.name.startswith("")):
                    return found
        return self.lib(name) if name in BUILTINS else None

    def _imported(self, module: ModuleInfo, source: str, name: str | None, hops: int) -> Entity | None:
        if hops > MAX_HOPS:
            return None
        if name is None:
            found = self.project.find_module(source, module.name)
            return ModuleRef(found.name) if found is not None else self.lib(source)
        target = self.project.find_module(source, module.name)
        if target is None:
            whole = self.project.find_module(f"{source}.{name}" if source else name, module.name)
            if whole is not None:
                return ModuleRef(whole.name)
            return self.lib(f"{source}.{name}")
        return self.member_of_module(target, name, hops + 1)

    def member_of_module(self, module: ModuleInfo, name: str, hops: int = 0) -> Entity | None:
        imported = module.imports.get(name)
        if imported is None or imported[0] != module.name or imported[1] != name:
            found = self.lookup(module, name, hops)
            if found is not None and not (isinstance(found, Lib) and found.name == name):
                return found
        sub = self.project.find_module(f"{module.name}.{name}")
        return ModuleRef(sub.name) if sub is not None else None

    def resolve(self, module: ModuleInfo, shape: Shape, hops: int = 0) -> Entity | None:
        """What a name or a dotted chain means at the top level of a module."""
        if hops > MAX_HOPS:
            return None
        if shape[0] == "name":
            return self.lookup(module, shape[1], hops)
        if shape[0] == "sub":
            return self.resolve(module, shape[1], hops)
        if shape[0] != "attr":
            return None
        base = self.resolve(module, shape[1], hops)
        if base is None:
            whole = dotted(shape)
            found = self.project.find_module(whole, module.name) if whole else None
            return ModuleRef(found.name) if found else None
        return self.member(base, shape[2], hops)

    def member(self, base: Entity, name: str, hops: int = 0) -> Entity | None:
        if isinstance(base, Lib):
            if "." not in base.name:
                found = self.project.find_module(f"{base.name}.{name}")
                if found is not None:
                    return ModuleRef(found.name)
            return self.lib(f"{base.name}.{name}")
        if isinstance(base, ModuleRef):
            sub = self.member_of_module(self.module_of(base.name), name, hops + 1)
            return sub
        if isinstance(base, ClassInfo):
            for cls in self.having(base, name):
                if isinstance(cls, ClassInfo):
                    method = cls.methods.get(name)
                    if method is not None:
                        return method
                    if name in cls.classes:
                        return cls.classes[name]
        return None

    def class_at(self, fn: FunctionInfo) -> ClassInfo | None:
        """The class whose body holds a method."""
        if fn.cls is None:
            return None
        module = self.module_of(fn.module)
        for cls in classes_named(module, fn.cls.rsplit(".", 1)[-1]):
            if cls.qualname == fn.cls:
                return cls
        return None

    def bases(self, cls: ClassInfo) -> list[ClassInfo | Lib]:
        module = self.module_of(cls.module)
        out: list[ClassInfo | Lib] = []
        for shape in cls.bases:
            base = self.resolve(module, shape)
            if base is None and shape[0] == "name":
                outer = [c for c in classes_named(module, shape[1]) if c is not cls]
                base = outer[0] if outer else None
            if isinstance(base, (ClassInfo, Lib)):
                out.append(base)
            elif base is None or isinstance(base, (GlobalName, FunctionInfo, ModuleRef)):
                out.append(Lib("?"))
        return out

    def mro(self, cls: ClassInfo) -> list[ClassInfo | Lib]:
        """C3 order; where there is none, depth first. Library bases stand in it as `Lib`, an unknown base as
        `Lib("?")`.
        """
        if self._asked is not self.project.asked:  # whoever asks anew has to be told what that depends on
            self._asked, self._orders, self._members = self.project.asked, {}, {}
        known = self._orders.get(cls)
        if known is None:
            known = self._orders[cls] = self.project.recall(("mro", cls.full), lambda: self._mro(cls, {}))
        return known

    def _mro(self, cls: ClassInfo, known: dict[str, list[ClassInfo | Lib]]) -> list[ClassInfo | Lib]:
        if cls.full not in known:
            known[cls.full] = [cls]  # of a class that is its own base
            parents = self.bases(cls)
            sequences: list[list[ClassInfo | Lib]] = [
                list(self._mro(b, known)) if isinstance(b, ClassInfo) else [b] for b in parents
            ]
            known[cls.full] = [cls, *_merge([*sequences, list(parents)])]
        return known[cls.full]

    def having(self, cls: ClassInfo, name: str) -> list[ClassInfo | Lib]:
        """Of the method resolution order the classes that may have a member of this name; all of a short one."""
        order = self.mro(cls)
        if len(order) <= WIDE:
            return order
        table = self._members.get(cls)
        if table is None:
            table = self._members[cls] = self.project.recall(("members", cls.full), lambda: _members(order))
        return table.get(name, table[""])

    def known_bases(self, cls: ClassInfo) -> bool:
        """Whether every base is of the project or a library class without behaviour of its own."""
        return all(isinstance(c, ClassInfo) or c.name in HARMLESS_BASES for c in self.mro(cls))

    def subclasses(self, cls: ClassInfo) -> list[ClassInfo]:
        """Every class of the project below `cls`, nearest first, at most MAX_SUBCLASSES."""
        return self.project.recall(("subclasses", cls.full), lambda: self._subclasses(cls))

    def _subclasses(self, cls: ClassInfo) -> list[ClassInfo]:
        found: dict[str, ClassInfo] = {}
        todo = [cls]
        while todo and len(found) < MAX_SUBCLASSES:
            parent = todo.pop(0)
            for path, name in sorted(set(self.project.headers_naming(parent.name))):
                module = self.project.module(path)
                for sub in classes_named(module, name) if module else ():
                    if (
                        sub.full not in found
                        and sub is not parent
                        and any(isinstance(b, ClassInfo) and b.full == parent.full for b in self.bases(sub))
                    ):
                        found[sub.full] = sub
                        todo.append(sub)
        return list(found.values())

    def find_method(self, cls: ClassInfo, name: str, after: ClassInfo | None = None) -> FunctionInfo | Lib | None:
        """A method by the method resolution order; `after`: `super()` in that class. Lib("?"): a base outside the
        project may have it.
        """
        order = self.having(cls, name)
        if after is not None:
            order = self.mro(cls)
            at = [i for i, c in enumerate(order) if isinstance(c, ClassInfo) and c.full == after.full]
            order = order[at[0] + 1 :] if at else self.mro(after)[1:]
        for c in order:
            if isinstance(c, ClassInfo):
                method = c.methods.get(name)
                if method is not None:
                    return method
            elif c.name not in HARMLESS_BASES:
                return Lib(f"{c.name}.{name}")
        return None

    def has_member(self, cls: ClassInfo, name: str) -> bool:
        return any(isinstance(c, ClassInfo) and name in c.methods for c in self.having(cls, name))


def _members(order: list[ClassInfo | Lib]) -> dict[str, list[ClassInfo | Lib]]:
    """By name; under "" those that may have any."""
    names = [
        {*c.methods, *c.annotations, *c.classes, *(c.attrs.named() if isinstance(c.attrs, Attributes) else c.attrs)}
        if isinstance(c, ClassInfo)
        else None
        for c in order
    ]
    every: set[str] = {""}.union(*(each for each in names if each is not None))
    found: dict[str, list[ClassInfo | Lib]] = {name: [] for name in every}
    for c, own in zip(order, names, strict=True):
        for name in every if own is None else own:
            found[name].append(c)
    return found


WIDE = 24
HARMLESS_BASES = frozenset(
    {
        "object",
        "abc.ABC",
        "typing.Protocol",
        "typing.Generic",
        "typing_extensions.Protocol",
        "typing_extensions.Generic",
        "Exception",
        "enum.Enum",
        "enum.IntEnum",
        "enum.StrEnum",
        "typing.NamedTuple",
        "contextlib.AbstractAsyncContextManager",
        "contextlib.AbstractContextManager",
        "collections.abc.AsyncIterator",
        "collections.abc.AsyncIterable",
        "collections.abc.Iterator",
    }
)


def _merge(sequences: list[list[ClassInfo | Lib]]) -> list[ClassInfo | Lib]:
    out: list[ClassInfo | Lib] = []
    sequences = [s for s in sequences if s]
    while sequences:
        for s in sequences:
            head = s[0]
            if not any(head in other[1:] for other in sequences):
                break
        else:
            head = sequences[0][0]
        out.append(head)
        sequences = [[c for c in s if c != head] for s in sequences]
        sequences = [s for s in sequences if s]
    return out
