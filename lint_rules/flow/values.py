"""Symbolic values, hash-consed: equal values are the same object, so they compare and hash by identity.

A value is either known (`const`), a **header symbol** (what a variable or an access path held when the lap began:
`var`, `attr`,
`item`), a **round symbol** (made in this lap: `fresh`), or built from other values (`op`, `lin`, `tuple`).
`Value.round` is true when any part is a round symbol.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import count
from typing import Any

Number = int | float


class Value:
    """One symbolic value: a kind and its parts. Make it with the functions below, never directly."""

    __slots__ = ("args", "key", "kind", "round", "serial")

    def __init__(self, kind: str, args: tuple[Any, ...], key: Hashable, serial: int) -> None:
        self.kind = kind
        self.args = args
        self.key = key
        self.serial = serial
        self.round: bool = kind == "fresh" or any(isinstance(a, Value) and a.round for a in _flat(args))

    def __repr__(self) -> str:
        return f"{self.kind}({', '.join(map(repr, self.args))})"


def _flat(args: tuple[Any, ...]) -> list[Any]:
    out: list[Any] = []
    for a in args:
        if isinstance(a, tuple):
            out.extend(_flat(a))
        else:
            out.append(a)
    return out


_table: dict[Hashable, Value] = {}
_serial = count()
_fresh = count()


def forget() -> None:
    """Drop all values: they live no longer than the analysis of one loop."""
    keep = {v.key: v for v in (NONE, TRUE, FALSE, ZERO)}
    _table.clear()
    _table.update(keep)


def known_values() -> Iterable[Value]:
    return _table.values()


def make(kind: str, *args: Any) -> Value:
    key = (kind, args)
    found = _table.get(key)
    if found is None:
        found = _table[key] = Value(kind, args, key, next(_serial))
    return found


def const(value: object) -> Value:
    """A known value of a builtin type; 1, 1.0 and True are three different values."""
    return make("const", type(value).__name__, value)


NONE = const(None)
TRUE = const(True)
FALSE = const(False)
ZERO = const(0)


def fresh(why: str, type_: object = None, stable: bool = False) -> Value:
    """A round symbol. `why`: env (an answer from outside), time, item, object; `type_` is a `types.Type` or None."""
    return make("fresh", next(_fresh), why, type_)


def var(frame: object, name: str) -> Value:
    return make("var", frame, name)


def attr(base: Value, name: str) -> Value:
    return make("attr", base, name)


def op(name: str, *args: Any) -> Value:
    return make("op", name, *args)


def tup(items: tuple[Value, ...]) -> Value:
    return make("tuple", items)


def is_const(v: Value) -> bool:
    return v.kind == "const"


def is_number(v: Value) -> bool:
    """Whether a value can be reckoned with: a known number that fits a float."""
    return v.kind == "const" and isinstance(v.args[1], (int, float)) and abs(v.args[1]) < 1e300


def number(v: Value) -> Number:
    n = v.args[1]
    assert isinstance(n, (int, float))
    return n


# Linear forms: a sum of symbols with factors and a constant. They make `tries + 1 > 5` and `now - start < 3`
# comparable.


def linear(v: Value) -> tuple[dict[Value, Number], Number]:
    """A value as {symbol: factor} and a constant."""
    if is_number(v):
        return {}, number(v)
    if v.kind == "lin":
        return dict(v.args[0]), v.args[1]
    return {v: 1}, 0


def from_linear(terms: dict[Value, Number], constant: Number) -> Value:
    left = {s: f for s, f in terms.items() if f != 0}
    if not left:
        return const(constant)
    if constant == 0 and len(left) == 1:
        [(symbol, factor)] = left.items()
        if factor == 1:
            return symbol
    return make("lin", tuple(sorted(left.items(), key=lambda p: p[0].serial)), constant)


def add(a: Value, b: Value, sign: int = 1) -> Value:
    terms, constant = linear(a)
    more, c = linear(b)
    for symbol, factor in more.items():
        terms[symbol] = terms.get(symbol, 0) + sign * factor
    return from_linear(terms, constant + sign * c)


def scale(a: Value, factor: Number) -> Value:
    terms, constant = linear(a)
    return from_linear({s: f * factor for s, f in terms.items()}, constant * factor)


def canonical_difference(a: Value, b: Value) -> tuple[Value, Number, int]:
    """`a ? b` as `key ? bound`, with sign -1 when the comparison has to be turned round.

    Two numbers that differ by a constant share their key, so `x < 3` and `x + 1 < 4` are one fact.
    """
    diff = add(a, b, -1)
    terms, constant = linear(diff)
    if not terms:
        return const(0), -constant, 1
    first = min(terms, key=lambda s: s.serial)
    factor = terms[first]
    scaled = {s: f / factor if f % factor else f // factor for s, f in terms.items()} if factor != 1 else terms
    bound = -constant / factor if factor != 1 else -constant
    return from_linear(scaled, 0), bound, 1 if factor > 0 else -1


def contains(v: Value, part: Value) -> bool:
    """Whether `part` occurs in `v`."""
    if v is part:
        return True
    return any(isinstance(a, Value) and contains(a, part) for a in _flat(v.args))


def parts(v: Value) -> list[Value]:
    """`v` and every value inside it."""
    out = [v]
    for a in _flat(v.args):
        if isinstance(a, Value):
            out.extend(parts(a))
    return out
