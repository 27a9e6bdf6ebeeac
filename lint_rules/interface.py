"""What a module shows to others, as one digest; and its outermost functions, each by a name that outlives edits
elsewhere.

Invariant: two versions of a module with one digest have the same index but for lines and for what waits to be parsed,
of which each part is compared by itself; what stands inside functions besides (tests, calls, awaits) is in the digests
of their texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lint_rules.index import ClassInfo, FunctionInfo, ModuleInfo
from lint_rules.late import Functions
from lint_rules.source import digest


def interface(module: ModuleInfo) -> str:
    functions = _functions(module.functions)
    # A class is listed under several names where it is nested.
    classes = [(name, _class(cls)) for name, cls in module.classes.items()]
    rest = (module.name, module.is_package, module.imports, module.stars, module.assigns, module.annotations)
    return shown((*rest, functions, classes, sorted(module.global_writes)))


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
    cls = module.classes.get(head)
    fn = module.functions.get(name) if not head else cls.methods.get(name) if cls is not None else None
    return shown(_function(fn)) if fn is not None else ""


def assigned(module: ModuleInfo, path: str) -> str:
    """The digest of what is assigned to one attribute of a class; of all, where the name is empty."""
    head, _, name = path.rpartition(".")
    cls = module.classes.get(head)
    if cls is None:
        return ""
    return shown(cls.attrs.get(name) if name else list(cls.attrs.items()))


def _functions(found: dict[str, FunctionInfo]) -> list[tuple[str, Any]]:
    """One that waits, or has waited, by its name alone."""
    late = found.pieces if isinstance(found, Functions) else {}
    return [(name, None if name in late else _function(found[name])) for name in found]


def _function(fn: FunctionInfo) -> tuple[object, ...]:
    params = [(p.name, p.kind, p.default, p.annotation) for p in fn.params]
    kind = (fn.is_async, fn.is_generator, fn.stub, fn.cls, fn.ordinal)
    inner = [(name, _function(each)) for name, each in fn.nested.items()]
    scope = (fn.locals, fn.declared, sorted(fn.globals), sorted(fn.nonlocals))
    return (fn.qualname, kind, params, fn.decorators, fn.returns, scope, inner)


def _class(cls: ClassInfo) -> tuple[object, ...]:
    inner = [(name, _class(each)) for name, each in cls.classes.items()]
    attrs = list(cls.attrs.items()) if not isinstance(cls.methods, Functions) else None
    return (
        cls.qualname,
        cls.bases,
        cls.decorators,
        cls.abstract,
        _functions(cls.methods),
        attrs,
        cls.annotations,
        inner,
    )


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
