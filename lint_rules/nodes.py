"""What one node of an `ast` says: what it assigns to, its parameters, whether a loop may be endless."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.index import Param
from lint_rules.outline import ENDING
from lint_rules.shapes import OTHER, Shape, annotation_of, shape_of

LOOPS = frozenset({ast.AsyncFor, ast.For, ast.While})


def is_candidate(stmt: ast.stmt) -> bool:
    """A loop that may be endless, as far as its header tells; `candidates` asks the same of libcst."""
    if isinstance(stmt, ast.For) and isinstance(stmt.iter, ast.Call):
        func = stmt.iter.func
        return (
            func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
        ) not in ENDING
    return isinstance(stmt, (ast.While, ast.AsyncFor))


def targets(node: ast.expr, shape: Shape) -> Iterator[tuple[ast.expr, Shape]]:
    if isinstance(node, (ast.Tuple, ast.List)):
        for i, element in enumerate(node.elts):
            inner = shape[1][i] if shape[0] in ("tuple", "list") and i < len(shape[1]) else ("item", shape, i)
            if isinstance(element, ast.Starred):
                yield element.value, OTHER
            else:
                yield from targets(element, inner)
    else:
        yield node, shape


def key_of(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return None


def params(args: ast.arguments) -> Iterator[Param]:
    positional = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
    defaults += args.defaults
    for a, default in zip(positional, defaults, strict=True):
        yield Param(a.arg, "positional", shape_of(default) if default else None, annotation_of(a.annotation))
    if args.vararg:
        yield Param(args.vararg.arg, "*args", None, annotation_of(args.vararg.annotation))
    for a, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield Param(a.arg, "keyword", shape_of(default) if default else None, annotation_of(a.annotation))
    if args.kwarg:
        yield Param(args.kwarg.arg, "**kwargs", None, annotation_of(args.kwarg.annotation))


def stub(body: list[ast.stmt]) -> str:
    rest = [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    if all(isinstance(s, ast.Pass) for s in rest):
        return "empty"
    if len(rest) != 1 or not isinstance(rest[0], ast.Raise):
        return ""
    raised = rest[0].exc.func if isinstance(rest[0].exc, ast.Call) else rest[0].exc
    return "raise" if isinstance(raised, ast.Name) and raised.id.startswith("NotImplemented") else "error"
