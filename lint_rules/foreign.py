"""Whether other code changes an attribute of the objects of a class, by the types of what it changes.

Invariant: an object whose class nobody can tell may be one of these.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from lint_rules.flow.machine import Machine
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.parse import Unparseable
from lint_rules.shapes import shape_of
from lint_rules.types import Type

MAX_PLACES = 60
SELF = frozenset({"self", "cls"})


def changes(m: Machine, ours: list[ClassInfo], name: str, inside: bool) -> bool:
    """Whether some code changes an attribute of this name, on anything but `self`, of an object of these classes, or
    (`inside`) what it holds.
    """
    key = ("changes", *(cls.full for cls in ours), name, inside)
    return m.resolver.project.recall(key, lambda: _changes(m, ours, name, inside))


def _changes(m: Machine, ours: list[ClassInfo], name: str, inside: bool) -> bool:
    project = m.resolver.project
    homes = {project.path_of(cls.module) for cls in ours}
    places = [pair for pair in project.touching(name) if pair[0] in homes or not project.is_test(pair[0])]
    if sum(len(lines) for _, lines in places) > MAX_PLACES:
        return True
    return any(_in_file(m, ours, name, inside, path, lines) for path, lines in places)


def _in_file(m: Machine, ours: list[ClassInfo], name: str, inside: bool, path: Path, lines: tuple[int, ...]) -> bool:
    module = m.resolver.project.module(path)
    if module is None:
        return True
    outermost = m.resolver.project.outermost(path).values()
    around = [next((first for first, last in outermost if first <= line <= last), 0) for line in lines]
    try:
        return 0 in around or any(
            _in_function(m, ours, name, inside, module.functions_at(first)) for first in sorted(set(around))
        )
    except (Unparseable, SyntaxError, ValueError, RecursionError, OSError):
        return True


def _in_function(m: Machine, ours: list[ClassInfo], name: str, inside: bool, functions: list[FunctionInfo]) -> bool:
    """`functions`: an outermost one and those in it, in the order of the source."""
    tree = ast.parse(m.resolver.project.source(functions[0]))
    module = m.resolver.module_of(functions[0].module)
    return any(
        _may_be_ours(m, ours, m.types.of(module, shape_of(holder), owner))
        for owner, holder in _changed(tree, name, inside, None, iter(functions))
    )


def _may_be_ours(m: Machine, ours: list[ClassInfo], t: Type | None) -> bool:
    """Whether an object may be of these classes: what only a call tells is told of some objects, and what is abstract
    may be anything.
    """
    cls = m.types.cls(t)
    return cls is None or t is None or bool(t.giver) or t.guessed or cls.abstract or cls in ours


def _changed(
    node: ast.AST, name: str, inside: bool, fn: FunctionInfo | None, functions: Iterator[FunctionInfo]
) -> Iterator[tuple[FunctionInfo | None, ast.expr]]:
    """What has its attribute of this name changed, with the function where that is done."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        fn = next(functions, None)
    touched = _touched(node, inside)
    if isinstance(touched, ast.Attribute) and touched.attr == name and not _is_self(touched.value):
        yield fn, touched.value
    for child in ast.iter_child_nodes(node):
        yield from _changed(child, name, inside, fn, functions)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in SELF


def _touched(node: ast.AST, inside: bool) -> ast.AST | None:
    """What an expression changes: where it is assigned to, or has an item assigned or a method called."""
    if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
        return node
    if inside and isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        return node.value
    if inside and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.value
    return None
