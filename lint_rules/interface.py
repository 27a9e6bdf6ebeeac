"""What a module shows to others, name by name, as digests; and its outermost functions, each by a name that outlives
edits elsewhere.

Invariant: two versions of a module that answer all questions alike have the same index but for lines; what stands
inside functions besides (tests, calls, awaits) is in the digests of their texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lint_rules.index import ClassInfo, FunctionInfo, ModuleInfo
from lint_rules.late import Attributes, Functions, Names
from lint_rules.source import digest


def interface(module: ModuleInfo) -> str:
    """Of what stands in no name and no function."""
    return shown((module.name, module.is_package, module.stars))


def named(module: ModuleInfo, about: str) -> str:
    """The digest of what a name of the module stands for, or one of a class of its top level (`A.x`); where the name is
    empty, of all. A function that waits, or has waited, is there by its name alone.
    """
    head, dot, name = about.rpartition(".")
    if dot and about not in module.classes.raw:
        cls = module.classes.raw.get(head)
        methods = cls.methods if cls is not None else {}
        return shown(_functions(methods)) if not name else shown(_of(methods, name))
    if about:
        cls = module.classes.raw.get(about)
        values = [table.raw.get(about) for table in (module.imports, module.assigns, module.annotations)]
        rest = (_of(module.functions, about), _class(cls) if cls is not None else None)
        return shown((values, *rest, about in module.global_writes))
    tables = [list(table.raw.items()) for table in (module.imports, module.assigns, module.annotations)]
    classes = [(each, _class(cls)) for each, cls in module.classes.raw.items()]
    return shown((tables, _functions(module.functions), classes, sorted(module.global_writes)))


def classes(module: ModuleInfo, name: str) -> str:
    """The digest of all classes of that name."""
    return shown([_class(cls) for cls in classes_named(module, name)])


def classes_named(module: ModuleInfo, name: str) -> Iterator[ClassInfo]:
    """Whoever asks is told on."""
    module.late.asked("classes", name)
    todo = list(dict.fromkeys(module.classes.raw.values()))
    while todo:
        cls = todo.pop()
        if cls.name == name:
            yield cls
        todo.extend(cls.classes.values())


def shown(what: object) -> str:
    return digest(repr(what).encode("utf-8", "surrogatepass"))


def text_digest(lines: Sequence[str], first: int, last: int) -> str:
    """Of a function. Blank lines and remarks below it may have been counted among its lines."""
    while last > first and (not lines[last - 1].strip() or lines[last - 1].lstrip()[0] == "#"):
        last -= 1
    return digest("\n".join(lines[first - 1 : last]).encode("utf-8", "surrogatepass"))


def defined(module: ModuleInfo, qualname: str) -> str:
    """The digest of one function of the module or of one of its classes."""
    head, _, name = qualname.rpartition(".")
    cls = module.classes.raw.get(head)
    fn = module.functions.get(name) if not head else cls.methods.get(name) if cls is not None else None
    return shown(_function(fn)) if fn is not None else ""


def assigned(module: ModuleInfo, path: str) -> str:
    """The digest of what is assigned to one attribute of a class; of all, where the name is empty."""
    head, _, name = path.rpartition(".")
    cls = module.classes.raw.get(head)
    if cls is None:
        return ""
    return shown(cls.attrs.get(name) if name else list(cls.attrs.items()))


def assigning(module: ModuleInfo, qualname: str) -> str:
    """The digest of the names of the attributes that a class may assign to."""
    cls = module.classes.raw.get(qualname)
    return shown(sorted(cls.attrs.named())) if cls is not None and isinstance(cls.attrs, Attributes) else ""


def _functions(table: Mapping[str, FunctionInfo]) -> list[tuple[str, Any]]:
    return [(name, _of(table, name)) for name in (table.raw if isinstance(table, Names) else table)]


def _of(table: Mapping[str, FunctionInfo], name: str) -> object:
    """What a table of functions says of a name, by itself where the function is not parsed with the module."""
    if isinstance(table, Functions) and name in table.pieces:
        return name
    fn = table.raw.get(name) if isinstance(table, Names) else table.get(name)
    return _function(fn) if fn is not None else None


def _function(fn: FunctionInfo) -> tuple[object, ...]:
    params = [(p.name, p.kind, p.default, p.annotation) for p in fn.params]
    kind = (fn.is_async, fn.is_generator, fn.stub, fn.cls, fn.ordinal)
    inner = [(name, _function(each)) for name, each in fn.nested.items()]
    scope = (fn.locals, fn.declared, sorted(fn.globals), sorted(fn.nonlocals))
    return (fn.qualname, kind, params, fn.decorators, fn.returns, scope, inner)


def _class(cls: ClassInfo) -> tuple[object, ...]:
    """Of one at the top level, without what its own tables are asked for."""
    inner = [(name, _class(each)) for name, each in cls.classes.items()]
    head = (cls.qualname, cls.bases, cls.decorators, cls.abstract, cls.annotations, inner)
    return head if isinstance(cls.methods, Names) else (*head, _functions(cls.methods), list(cls.attrs.items()))


def outermost(module: ModuleInfo) -> dict[str, tuple[int, int]]:
    """First and last line of the outermost functions by qualified name; a repeated name gets a number."""
    found: dict[str, tuple[int, int]] = {}
    for qualname, first, last in module.outermost:
        name, again = qualname, 1
        while name in found:
            again += 1
            name = f"{qualname}#{again}"
        found[name] = (first, last)
    return found
