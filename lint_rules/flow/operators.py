"""Comparisons and arithmetic of values that have been evaluated."""

from __future__ import annotations

from lint_rules.comparisons import compare, negate
from lint_rules.conditions import truth
from lint_rules.flow import names, waiting
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import State
from lint_rules.flow.values import Value, add, const, is_const, is_number, number, op, scale, tup

BOOLEAN = frozenset({"not", "eq", "is", "lt", "le", "in", "none", "isinstance", "state", "match"})
OPERATORS = {
    "Equal": "==",
    "NotEqual": "!=",
    "LessThan": "<",
    "LessThanEqual": "<=",
    "GreaterThan": ">",
    "GreaterThanEqual": ">=",
    "Is": "is",
    "IsNot": "is not",
    "In": "in",
    "NotIn": "not in",
}


def compare_values(m: Machine, st: State, symbol: str, a: Value, b: Value) -> Value:
    finished = waiting.among(st, symbol, a, b)
    if finished is not None:
        return finished
    for x, y in ((a, b), (b, a)):
        special = names.compare_state(m, st, symbol, x, y)
        if special is not None:
            return special
    flag = _flag(m, symbol, a, b) or _flag(m, symbol, b, a)
    if flag is not None:
        return flag
    sized = _length(symbol, a, b)
    if sized is not None:
        return sized
    empty = symbol in ("==", "!=") and is_const(b) and isinstance(b.args[1], (str, bytes)) and not b.args[1]
    t = m.type_of(a) if empty else None
    if empty and t is not None and t.name == b.args[0] and not t.optional:
        return negate(a) if symbol == "==" else negate(negate(a))
    t = m.type_of(a)
    if (
        symbol in ("==", "!=")
        and b.kind in ("fresh", "tuple")
        and truth(st, b) is False
        and t is not None
        and t.name in ("list", "dict", "set", "tuple")
    ):
        return negate(a) if symbol == "==" else a
    return compare(symbol, a, b)


def _flag(m: Machine, symbol: str, a: Value, b: Value) -> Value | None:
    """`x is True` of a bool asks whether x is true."""
    if not (is_const(b) and isinstance(b.args[1], bool)) or is_const(a) or symbol not in ("==", "!=", "is", "is not"):
        return None
    t = m.type_of(a)
    boolean = (t is not None and t.name == "bool" and not t.optional) or (a.kind == "op" and a.args[0] in BOOLEAN)
    if not boolean:
        return None
    return a if b.args[1] == (symbol in ("==", "is")) else negate(a)


def _length(symbol: str, a: Value, b: Value) -> Value | None:
    """`len(x) > 0` and its like ask whether x holds anything."""
    if b.kind == "op" and b.args[0] == "len" and is_number(a):
        return _length({"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(symbol, symbol), b, a)
    if not (a.kind == "op" and a.args[0] == "len" and is_number(b)):
        return None
    asks: dict[tuple[str, float], bool] = {
        ("==", 0): False,
        ("!=", 0): True,
        (">", 0): True,
        (">=", 1): True,
        ("<", 1): False,
        ("<=", 0): False,
    }
    want = asks.get((symbol, number(b)))
    if want is None:
        return None
    return a if want else negate(a)


def binary(m: Machine, st: State, operator: str, a: Value, b: Value) -> Value:
    """The value of an arithmetic operation; adding nothing changes nothing."""
    if operator == "Add":
        for x, y in ((a, b), (b, a)):
            if _is_nothing(x):
                return y
        if _textual(m, a) or _textual(m, b):
            return _fold(a, b) or op("join", st.content(a), st.content(b))
        return add(a, b)
    if operator == "Subtract":
        return add(a, b, -1)
    if operator == "Multiply":
        if is_number(a) or is_number(b):
            n, v = (a, b) if is_number(a) else (b, a)
            if not _textual(m, v):
                return scale(v, number(n))
            return op("join", st.content(v)) if number(n) > 0 else op("mul", a, b)  # of a text, as much as it is
        return op("mul", a, b)
    if operator == "Divide" and is_number(b) and number(b):
        return scale(a, 1 / number(b))
    if operator in ("FloorDivide", "Modulo") and is_number(a) and is_number(b) and number(b):
        return const(number(a) // number(b) if operator == "FloorDivide" else number(a) % number(b))
    if operator == "Power":
        if is_number(a) and is_number(b) and abs(number(b)) < 64:
            return const(number(a) ** number(b))
        return op("pow", a, b)
    if operator == "BitOr" and {a.kind, b.kind} <= {"class", "lib"}:
        return tup((a, b))
    if operator == "Modulo":
        return op("mod", a, b)
    return op(operator.lower(), a, b)


def _is_nothing(v: Value) -> bool:
    return (is_const(v) and ((v.args[1] == 0 and type(v.args[1]) in (int, float)) or v.args[1] in ("", b""))) or (
        v.kind == "tuple" and not v.args[0]
    )


def _textual(m: Machine, v: Value) -> bool:
    if is_const(v):
        return isinstance(v.args[1], (str, bytes))
    if v.kind == "op" and (v.args[0] in ("text", "join") or v.args[:2] == ("builtin", "chr")):
        return True
    t = m.type_of(v)
    return t is not None and t.name in ("str", "bytes", "list", "tuple", "bytearray")


def _fold(a: Value, b: Value) -> Value | None:
    if is_const(a) and is_const(b) and type(a.args[1]) is type(b.args[1]) and isinstance(a.args[1], (str, bytes)):
        return const(a.args[1] + b.args[1])
    return None
