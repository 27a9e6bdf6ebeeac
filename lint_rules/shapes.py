"""Expressions as small nested tuples: what the index keeps of an annotation, a default or an assigned value.

A shape is `("const", value)`, `("name", id)`, `("attr", shape, name)`, `("call", shape, (args…), ((keyword,
shape)…))`, `("await", shape)`,
`("sub", shape, shape)`, `("tuple"|"list"|"set", (shapes…))`, `("dict",)`, `("any", (shapes…))` for one of several
(`or`, conditional expression),
`("union", a, b)` for `a | b`, `("item", shape, i)` for the i-th of an unpacked value, `("enter", shape)` for `with
shape as x`,
`("each", shape)` for a loop variable, `("param", name)`, `("num",)` for arithmetic, `("other",)` for everything else.
Shapes are hashable and can be stored.
"""

from __future__ import annotations

import ast
from typing import Any

Shape = tuple[Any, ...]
OTHER: Shape = ("other",)


def shape_of(node: ast.expr | None) -> Shape:
    if node is None:
        return ("const", None)
    if isinstance(node, ast.Constant):
        return ("const", node.value) if node.value is not Ellipsis else ("name", "Ellipsis")
    if isinstance(node, ast.Name):
        return ("name", node.id)
    if isinstance(node, ast.Attribute):
        return ("attr", shape_of(node.value), node.attr)
    if isinstance(node, ast.Call):
        return _call(node)
    if isinstance(node, ast.Await):
        return ("await", shape_of(node.value))
    if isinstance(node, ast.Subscript):
        return ("sub", shape_of(node.value), shape_of(node.slice))
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return (type(node).__name__.lower(), tuple(shape_of(e) for e in node.elts[:64]))
    if isinstance(node, (ast.Dict, ast.DictComp)):
        return ("dict",)
    if isinstance(node, ast.ListComp):
        return ("list", (OTHER,))
    if isinstance(node, ast.BoolOp):
        return ("any", tuple(shape_of(e) for e in node.values)) if isinstance(node.op, ast.Or) else OTHER
    if isinstance(node, ast.IfExp):
        return ("any", (shape_of(node.body), shape_of(node.orelse)))
    if isinstance(node, ast.BinOp):
        return _binary(node)
    if isinstance(node, ast.UnaryOp):
        return _unary(node)
    if isinstance(node, ast.NamedExpr):
        return shape_of(node.value)
    if isinstance(node, ast.JoinedStr):
        return ("call", ("name", "str"), (), ())
    if isinstance(node, ast.Compare):
        return ("call", ("name", "bool"), (), ())
    if isinstance(node, ast.Lambda):
        return ("lambda",)
    return OTHER


def _call(node: ast.Call) -> Shape:
    keywords = tuple((k.arg or "**", shape_of(k.value)) for k in node.keywords[:16])
    return ("call", shape_of(node.func), tuple(shape_of(a) for a in node.args[:8]), keywords)


def _binary(node: ast.BinOp) -> Shape:
    left, right = shape_of(node.left), shape_of(node.right)
    if isinstance(node.op, ast.BitOr):
        return ("union", left, right)
    if left[0] == right[0] == "const" and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)):
        a, b = left[1], right[1]
        if isinstance(a, (int, float)) and isinstance(b, (int, float)):
            return (
                "const",
                a + b if isinstance(node.op, ast.Add) else a - b if isinstance(node.op, ast.Sub) else a * b,
            )
    return ("num", left, right)


def _unary(node: ast.UnaryOp) -> Shape:
    inner = shape_of(node.operand)
    if inner[0] == "const" and isinstance(inner[1], (int, float)) and isinstance(node.op, ast.USub):
        return ("const", -inner[1])
    if isinstance(node.op, ast.Not):
        return ("const", not inner[1]) if inner[0] == "const" else ("call", ("name", "bool"), (), ())
    return OTHER


def annotation_of(node: ast.expr | None) -> Shape | None:
    """The shape of an annotation; a quoted one is parsed."""
    if node is None:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return shape_of(ast.parse(node.value.strip(), mode="eval").body)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return OTHER
    return shape_of(node)


def dotted(shape: Shape) -> str | None:
    """`a.b.c` for a name or attribute chain."""
    if shape[0] == "name":
        return str(shape[1])
    if shape[0] == "attr":
        base = dotted(shape[1])
        return None if base is None else f"{base}.{shape[2]}"
    return None
