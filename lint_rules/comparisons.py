"""Comparisons as values in one form, so that a condition and its opposite, and `a < b` and `b > a`, are one fact."""

from __future__ import annotations

from lint_rules.flow.values import (
    NONE,
    Value,
    const,
    is_const,
    op,
)


def negate(v: Value) -> Value:
    if v.kind == "op" and v.args[0] == "not":
        inner: Value = v.args[1]
        return inner
    if is_const(v):
        return const(not v.args[1])
    return op("not", v)


def compare(symbol: str, a: Value, b: Value) -> Value:
    """`a symbol b` as a value: one of the atoms none, eq, lt, le, is, or a constant."""
    if symbol in ("!=", "is not", "not in"):
        return negate(compare({"!=": "==", "is not": "is", "not in": "in"}[symbol], a, b))
    if symbol in (">", ">="):
        return compare({">": "<", ">=": "<="}[symbol], b, a)
    if symbol == "in":
        return op("in", a, b)
    if is_const(a) and is_const(b):
        return _fold(symbol, a, b)
    if symbol in ("<", "<="):
        return op("lt" if symbol == "<" else "le", a, b)
    if b is NONE or a is NONE:
        return op("none", a if b is NONE else b)
    if a is b:
        return const(True)
    if _fixed(a) or (not _fixed(b) and a.serial > b.serial):
        a, b = b, a
    same = symbol == "==" or (is_const(b) and isinstance(b.args[1], bool))
    return op("eq" if same else "is", a, b)


def _fixed(v: Value) -> bool:
    return is_const(v) or v.kind == "member"


def _fold(symbol: str, a: Value, b: Value) -> Value:
    x, y = a.args[1], b.args[1]
    if symbol == "==":
        return const(x == y)
    if symbol == "is":
        return const(x is y or (type(x) is type(y) and x == y))
    try:
        return const(x < y if symbol == "<" else x <= y)
    except TypeError:
        return op("lt" if symbol == "<" else "le", a, b)
