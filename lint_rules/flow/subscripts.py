"""Items of collections: what an index or a slice gives, and what writing one changes."""

from __future__ import annotations

from dataclasses import replace

from lint_rules.conditions import assume, is_none, truth
from lint_rules.copies import is_own_element
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import State
from lint_rules.flow.values import (
    Value,
    const,
    fresh,
    is_const,
    is_number,
    make,
    number,
    op,
)

SEQUENCES = frozenset({"bytearray", "bytes", "collections.deque", "list", "str", "tuple"})


def get_item(m: Machine, st: State, base: Value, key: Value) -> Value:
    now = st.content(base)
    known = st.heap.get((now, f"[{key.serial}]"))
    if known is not None:
        return known
    items = base if base.kind == "tuple" else st.heap.get((now, "[items]"))
    if items is not None:
        if is_number(key) and isinstance(number(key), int) and -len(items.args[0]) <= number(key) < len(items.args[0]):
            item: Value = items.args[0][int(number(key))]
            return item
        if not is_number(key):
            return op("pick", items, key)
    if is_const(base) and is_const(key):
        try:
            return const(base.args[1][key.args[1]])
        except (TypeError, IndexError, KeyError):
            return fresh("env")
    return value_of(m, st, base, now, key) or make("item", now, key)


def value_of(m: Machine, st: State, base: Value, now: Value, key: Value) -> Value | None:
    """What stands in a table under a key that a round over it has given."""
    t = m.type_of(base)
    if t is None or t.name != "dict" or not is_own_element(key, now):
        return None
    value = make("item", now, make("each", "items"))
    if len(t.args) > 1 and t.args[1] is not None:
        m.set_type(value, t.args[1])
        if not t.args[1].optional:
            assume(st, op("none", value), False, soft=True)
    return value


def is_beyond(m: Machine, st: State, base: Value, key: Value) -> bool:
    """Whether a sequence that is known has no such element: the fields of a line that is empty, or nothing at all."""
    if not is_number(key) or not isinstance(number(key), int):
        return False
    t = m.type_of(base)
    if t is not None and t.name in SEQUENCES and truth(st, base) is False and is_none(st, base) is not True:
        return True
    known = base.args[0] if base.kind == "tuple" else base.args[1] if is_const(base) else None
    return isinstance(known, (tuple, str, bytes)) and not -len(known) <= number(key) < len(known)


def slice_value(m: Machine, st: State, base: Value, keys: tuple[Value, ...]) -> Value:
    if is_const(base) and truth(st, base) is False:
        return base
    if not keys:
        return base if is_const(base) else op("copy", st.content(base), "copy")
    v = op("slice", st.content(base), *keys)
    t = m.type_of(base)
    if t is not None and t.name in ("bytes", "str", "list", "tuple", "bytearray"):
        m.set_type(v, replace(t, optional=False))
    return v


def write_item(st: State, base: Value, key: Value, value: Value) -> None:
    st.kill(base)
    now = st.content(base)
    st.heap[(now, f"[{key.serial}]")] = value
    st.truth[now] = True
    st.soft |= {now}


def unpacked(m: Machine, st: State, value: Value, i: int) -> Value:
    t = m.type_of(value)
    inner = t.args[i] if t is not None and t.name == "tuple" and i < len(t.args) else None
    if value.kind == "fresh":
        known = st.heap.get((st.content(value), f"[part {i}]"))
        if known is None:
            known = fresh(value.args[1], inner)
            st.heap[(st.content(value), f"[part {i}]")] = known
        return known
    part = make("item", st.content(value), const(i))
    if inner is not None:
        m.set_type(part, inner)
    return part
