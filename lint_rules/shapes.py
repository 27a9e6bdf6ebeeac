"""Expressions as small nested tuples: what the index keeps of an annotation, a default or an assigned value.

A shape is `("const", value)`, `("name", id)`, `("attr", shape, name)`, `("call", shape, (args…), ((keyword,
shape)…))`, `("await", shape)`, `("sub", shape, shape)`, `("tuple"|"list"|"set", (shapes…))`, `("dict", (constant
values…))`, `("any", (shapes…))` for one of several (`or`, conditional expression), `("union", a, b)` for `a | b`,
`("item", shape, i)` for the i-th of an unpacked value, `("enter", shape)` for `with shape as x`, `("each", shape)` for
a loop variable, `("lambda", text)`, `("param", name)`, `("num",)` for arithmetic, `("other",)` for everything else;
at a call also `("typed", name)` for what a library gives and `("decorated", function)` for what a decorator gets.
Shapes are hashable and can be stored.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

Shape = tuple[Any, ...]
OTHER: Shape = ("other",)


def shape_of(node: ast.expr | None) -> Shape:
    if node is None:
        return ("const", None)
    make = MAKERS.get(type(node))
    return OTHER if make is None else make(node)


def _constant(node: ast.Constant) -> Shape:
    return ("const", node.value) if node.value is not Ellipsis else ("name", "Ellipsis")


def _display(node: ast.Tuple | ast.List | ast.Set) -> Shape:
    return (type(node).__name__.lower(), tuple(shape_of(e) for e in node.elts[:64]))


def _either(node: ast.BoolOp) -> Shape:
    return ("any", tuple(shape_of(e) for e in node.values)) if isinstance(node.op, ast.Or) else OTHER


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


MAKERS: dict[type[ast.expr], Callable[[Any], Shape]] = {
    ast.Constant: _constant,
    ast.Name: lambda node: ("name", node.id),
    ast.Attribute: lambda node: ("attr", shape_of(node.value), node.attr),
    ast.Call: _call,
    ast.Await: lambda node: ("await", shape_of(node.value)),
    ast.Subscript: lambda node: ("sub", shape_of(node.value), shape_of(node.slice)),
    ast.Tuple: _display,
    ast.List: _display,
    ast.Set: _display,
    ast.Dict: lambda node: ("dict", tuple(shape_of(v) for v in node.values[:64] if isinstance(v, ast.Constant))),
    ast.DictComp: lambda node: ("dict", ()),
    ast.ListComp: lambda node: ("list", (OTHER,)),
    ast.BoolOp: _either,
    ast.IfExp: lambda node: ("any", (shape_of(node.body), shape_of(node.orelse))),
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.NamedExpr: lambda node: shape_of(node.value),
    ast.JoinedStr: lambda node: ("call", ("name", "str"), (), ()),
    ast.Compare: lambda node: ("call", ("name", "bool"), (), ()),
    ast.Lambda: lambda node: ("lambda", ast.unparse(node)),
}


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
