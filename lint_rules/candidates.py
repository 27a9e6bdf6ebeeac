"""Which loops are asked: `while`, `async for` and `for` over an endless iterator, in coroutines and async generators;
once per concrete class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.outline import ENDING
from lint_rules.resolve import Lib, Resolver
from lint_rules.shapes import Shape
from lint_rules.syntax import Slice, statements

MAX_CLASSES = 8
MAKERS = frozenset({"count", "cycle", "repeat", "iter"})
Loop = cst.While | cst.For


@dataclass(frozen=True, slots=True)
class Candidate:
    """A loop in a function, for one concrete class of its `self`."""

    fn: FunctionInfo
    slice: Slice
    function: cst.FunctionDef
    loop: Loop
    cls: ClassInfo | None


def _may_be_endless(node: cst.BaseExpression) -> bool:
    """A call that may make an endless iterator; the search asks again by resolved name."""
    return isinstance(node, cst.Call) and _last(node.func) not in ENDING


def _last(node: cst.BaseExpression) -> str:
    return node.attr.value if isinstance(node, cst.Attribute) else node.value if isinstance(node, cst.Name) else ""


def loops_of(function: cst.FunctionDef) -> list[Loop]:
    """The candidate loops of a function, without those of the functions inside it, in source order."""
    inside = statements(function.body, (cst.FunctionDef, cst.ClassDef))
    return [each for each in inside if isinstance(each, (cst.While, cst.For)) and _is_candidate(each)]


def _is_candidate(loop: Loop) -> bool:
    return isinstance(loop, cst.While) or loop.asynchronous is not None or _may_be_endless(loop.iter)


def owner_of(resolver: Resolver, fn: FunctionInfo) -> ClassInfo | None:
    """The class of the method that a function is, or is nested in."""
    at: FunctionInfo | None = fn
    while at is not None:
        if at.cls is not None:
            return resolver.class_at(at)
        at = at.parent
    return None


def concrete_classes(resolver: Resolver, fn: FunctionInfo) -> list[ClassInfo | None]:
    """The classes for which a method runs as it stands: its own and every subclass that does not override it."""
    cls = owner_of(resolver, fn)
    if cls is None:
        return [None]
    root = fn
    while root.parent is not None and root.cls is None:
        root = root.parent
    found: list[ClassInfo | None] = [cls]
    for sub in resolver.subclasses(cls):
        method = resolver.find_method(sub, root.name)
        if method is root:
            found.append(sub)
    return found[:MAX_CLASSES]


def may_give_endless(resolver: Resolver, fn: FunctionInfo, function: Shape) -> bool:
    """Whether what a `for` calls may give an iterator without end: asked before its function is parsed for that."""
    name: str = function[-1] if function[0] in ("name", "attr") else ""
    module = resolver.module_of(fn.module)
    if name in module.imports:
        entity = resolver.lookup(module, name)
        name = entity.name.rpartition(".")[2] if isinstance(entity, (FunctionInfo, Lib)) else name
    return not name or name in MAKERS or resolver.project.makes_iterators(name)


def candidates(resolver: Resolver, fn: FunctionInfo) -> Iterator[Candidate]:
    """Raises syntax.Unparseable and OSError."""
    if not fn.has_loop and not any(may_give_endless(resolver, fn, shape) for shape in fn.iterates):
        return
    part = resolver.project.slice(fn)
    function = part.functions[fn.ordinal]
    loops = loops_of(function)
    if not loops:
        return
    for cls in concrete_classes(resolver, fn):
        for loop in loops:
            yield Candidate(fn, part, function, loop, cls)
