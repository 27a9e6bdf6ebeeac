"""What a module shows to others, as one digest; and its outermost functions, each by a name that outlives edits
elsewhere.

Invariant: two versions of a module with one digest have the same index but for lines; what stands inside functions
besides (tests, calls, awaits) is in the digests of their texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lint_rules.index import ClassInfo, FunctionInfo, ModuleInfo
from lint_rules.source import digest


@dataclass(frozen=True, slots=True)
class Digests:
    """What a file shows to others, and the text of each outermost function, as digests."""

    interface: str
    functions: dict[str, str]


def digests(module: ModuleInfo, lines: Sequence[str]) -> Digests:
    texts = {name: "\n".join(lines[fn.first - 1 : fn.last]) for name, fn in outermost(module).items()}
    return Digests(
        interface(module), {name: digest(text.encode("utf-8", "surrogatepass")) for name, text in texts.items()}
    )


def interface(module: ModuleInfo) -> str:
    functions = [(name, _function(fn)) for name, fn in module.functions.items()]
    # A class is listed under several names where it is nested.
    classes = [(name, _class(cls)) for name, cls in module.classes.items()]
    rest = (module.name, module.is_package, module.imports, module.stars, module.assigns, module.annotations)
    shown = (*rest, functions, classes, sorted(module.global_writes))
    return digest(repr(shown).encode("utf-8", "surrogatepass"))


def _function(fn: FunctionInfo) -> tuple[object, ...]:
    params = [(p.name, p.kind, p.default, p.annotation) for p in fn.params]
    kind = (fn.is_async, fn.is_generator, fn.stub, fn.cls, fn.ordinal)
    inner = [(name, _function(each)) for name, each in fn.nested.items()]
    scope = (fn.locals, fn.declared, sorted(fn.globals), sorted(fn.nonlocals))
    return (fn.qualname, kind, params, fn.decorators, fn.returns, scope, inner)


def _class(cls: ClassInfo) -> tuple[object, ...]:
    methods = [(name, _function(fn)) for name, fn in cls.methods.items()]
    inner = [(name, _class(each)) for name, each in cls.classes.items()]
    return (cls.qualname, cls.bases, cls.decorators, cls.abstract, methods, cls.attrs, cls.annotations, inner)


def outermost(module: ModuleInfo) -> dict[str, FunctionInfo]:
    """The outermost functions by qualified name; a repeated name gets a number."""
    found: dict[str, FunctionInfo] = {}
    for fn in module.all_functions:
        if fn.ordinal == 0:
            name, again = fn.qualname, 1
            while name in found:
                again += 1
                name = f"{fn.qualname}#{again}"
            found[name] = fn
    return found
