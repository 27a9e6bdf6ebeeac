"""Variables, a world and states for tests of guards."""

from __future__ import annotations

import operator
from collections.abc import Callable

from lint_rules.conditions import assume
from lint_rules.flow import values
from lint_rules.flow.state import State
from lint_rules.flow.values import Value, const, make, op, tup, var

INF = float("inf")
SYMBOLS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
X, Y, Z = var("frame", "x"), var("frame", "y"), var("frame", "z")
N = op("len", X)
RED, BLUE = make("member", "Colour", "RED"), make("member", "Colour", "BLUE")


class World:
    """What is known of types: of every value the same."""

    def __init__(self, kind: str = "unknown", instance: bool | None = None) -> None:
        self.kind, self.instance = kind, instance

    def type_of(self, v: Value) -> object:
        return None

    def truth_kind(self, v: Value) -> str:
        return self.kind

    def may_alias(self, a: Value, b: Value) -> bool:
        return False

    def is_instance(self, v: Value, of: Value) -> bool | None:
        return self.instance

    def values_of(self, v: Value) -> frozenset[Value] | None:
        return None

    def is_whole(self, v: Value) -> bool:
        return False


def after(*facts: tuple[Value, bool], kind: str = "unknown") -> State:
    st = State(World(kind))
    for v, want in facts:
        assert assume(st, v, want)
    return st


def of(*items: object) -> Value:
    return tup(tuple(const(item) for item in items))


TABLE = dict(values._table)
