"""What the text of a function writes, changes and calls, by names alone.

Invariant: read from `ast`, in the order of the source: of a function that is not run, libcst need not make a tree.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from lint_rules.flow.containers import ADDS, DROPS, EXTENDS, KEEPS, READS, TAKES
from lint_rules.index import FunctionInfo
from lint_rules.project import Project

MUTATORS = ADDS | EXTENDS | TAKES | DROPS | KEEPS | {"clear", "setdefault", "set", "put_nowait", "get_nowait"}
BARE = frozenset({"ctx", "op", "ops", "type_comment", "simple", "kind"})  # fields that hold nothing of interest
PARTS: dict[type, tuple[str, ...]] = {
    kind: tuple(name for name in kind._fields if name not in BARE)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST) and kind not in (ast.Name, ast.Constant)
}


@dataclass(slots=True)
class Mentions:
    """`calls`: (last name before the dot or "", name)."""

    attrs: set[str] = field(default_factory=set)
    contents: set[str] = field(default_factory=set)
    calls: list[tuple[str, str]] = field(default_factory=list)
    anything: bool = False
    takes: bool = False
    raises: bool = False


def mentions_of(project: Project, fn: FunctionInfo) -> Mentions | None:
    """None where it cannot be told."""
    known = project.noted(fn)
    if isinstance(known, Mentions):
        return known
    try:
        tree = ast.parse(project.source(fn))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    functions = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    functions.sort(key=lambda n: (n.lineno, n.col_offset))
    if fn.ordinal >= len(functions):
        return None
    found = _mentions(functions[fn.ordinal].body)
    project.note(fn, found)
    return found


def _mentions(body: Iterable[ast.AST]) -> Mentions:
    found = Mentions()
    calls: list[ast.Call] = []
    todo: list[object] = list(body)
    while todo:
        node = todo.pop()
        kind = type(node)
        if kind is ast.Call:
            assert isinstance(node, ast.Call)
            calls.append(node)
        elif kind in STATEMENTS:
            _statement(found, node)
        for name in PARTS.get(kind, ()):
            value = getattr(node, name)
            if type(value) is list:
                todo.extend(value)
            else:
                todo.append(value)
    for call in sorted(calls, key=lambda c: (c.lineno, c.col_offset, -(c.end_lineno or 0), -(c.end_col_offset or 0))):
        _call(found, call)
    return found


STATEMENTS = frozenset(
    {
        ast.AnnAssign,
        ast.Assign,
        ast.AsyncFor,
        ast.AugAssign,
        ast.Delete,
        ast.For,
        ast.Global,
        ast.Nonlocal,
        ast.Raise,
    }
)


def _statement(found: Mentions, node: object) -> None:
    if isinstance(node, (ast.Assign, ast.Delete)):
        for target in node.targets:
            _target(found, target)
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor)):
        _target(found, node.target)
    elif isinstance(node, ast.Global):
        found.attrs.update(node.names)
    elif isinstance(node, ast.Nonlocal):
        found.anything = True
    else:
        found.raises = True


def _target(found: Mentions, node: ast.expr) -> None:
    if isinstance(node, ast.Attribute):
        found.attrs.add(node.attr)
    elif isinstance(node, ast.Subscript):
        found.contents.add(_last(node.value))
    elif isinstance(node, ast.Starred):
        _target(found, node.value)
    elif isinstance(node, (ast.Tuple, ast.List)):
        for element in node.elts:
            _target(found, element)


def _call(found: Mentions, node: ast.Call) -> None:
    func = node.func
    if isinstance(func, ast.Attribute):
        name, base = func.attr, _last(func.value)
        found.calls.append((base, name))
        if base not in ("self", "cls", "super") and name not in READS:
            found.contents.add(base)
    elif isinstance(func, ast.Name):
        found.calls.append(("", func.id))
        found.anything = found.anything or func.id == "setattr"
        found.takes = found.takes or func.id == "next"
    for value in (*node.args, *(k.value for k in node.keywords)):
        given = value.value if isinstance(value, ast.Starred) else value
        if isinstance(given, ast.Attribute):
            found.contents.add(given.attr)


def _last(node: ast.expr) -> str:
    while isinstance(node, (ast.Call, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
