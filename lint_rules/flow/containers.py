"""Methods of strings and collections, by the receiver's type or, where that is unknown, by names that mean one thing
everywhere.
"""

from __future__ import annotations

import libcst as cst

from lint_rules.conditions import assume, truth
from lint_rules.flow import reading
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine, Raised, Results, lib
from lint_rules.flow.state import State
from lint_rules.flow.subscripts import value_of
from lint_rules.flow.values import NONE, Value, const, fresh, is_const, op, tup
from lint_rules.types import Type

KNOWN = frozenset(
    {
        "list",
        "dict",
        "set",
        "tuple",
        "frozenset",
        "str",
        "bytes",
        "bytearray",
        "int",
        "float",
        "bool",
        "collections.deque",
    }
)
READS = frozenset(
    {
        "get",
        "items",
        "keys",
        "values",
        "copy",
        "count",
        "index",
        "startswith",
        "endswith",
        "strip",
        "lstrip",
        "rstrip",
        "split",
        "rsplit",
        "splitlines",
        "partition",
        "rpartition",
        "decode",
        "encode",
        "lower",
        "upper",
        "title",
        "format",
        "join",
        "find",
        "rfind",
        "replace",
        "hex",
        "isdigit",
        "isalpha",
        "isspace",
        "total_seconds",
        "isoformat",
        "timestamp",
        "issubset",
        "union",
        "intersection",
        "difference",
        "removeprefix",
        "removesuffix",
        "zfill",
        "casefold",
        "bit_length",
        "to_bytes",
        "most_common",
    }
)
VIEWS = frozenset({"items", "keys", "values", "copy", "union"})
ADDS = frozenset({"append", "appendleft", "add", "insert"})
EXTENDS = frozenset({"extend", "update", "extendleft"})
TAKES = frozenset({"pop", "popleft", "popitem"})
DROPS = frozenset({"remove", "discard", "difference_update", "intersection_update"})
KEEPS = frozenset({"sort", "reverse", "rotate"})
KEYS = frozenset({"const", "var", "attr", "member"})  # what names the same element on every lap
TEXT = frozenset({"str", "bytes"})


def knows(type_name: str) -> bool:
    return type_name in KNOWN


def call(
    m: Machine,
    f: Frame,
    st: State,
    base: Value,
    t: Type | None,
    name: str,
    args: tuple[Value, ...],
    keywords: tuple[tuple[str, Value], ...],
    node: cst.CSTNode,
) -> Results | None:
    """The results of a method of a collection or string; None where the name says nothing."""
    if t is not None and not knows(t.name):
        return None
    if is_const(base) and isinstance(base.args[1], (str, bytes)) and name in READS:
        return _fold(m, st, base, name, args, keywords)
    if name in ("total_seconds", "timestamp") and base.kind in ("lin", "fresh"):
        return [(st, base)]
    if name in READS:
        return [(st, _read(m, st, base, t, name, args))]
    if name in TAKES:
        return _take(m, st, base, t, name, args)
    if name == "add" and len(args) == 1 and t is not None and t.name == "set":
        return _put(st, base, args[0], True)
    if name in ADDS:
        st.kill(base)
        _fill(st, base, True)
        return [(st, NONE)]
    if name in EXTENDS:
        if args and truth(st, args[0]) is False:
            return [(st, NONE)]
        st.kill(base)
        return [(st, NONE)]
    if name == "clear" and not args:
        st.kill(base)
        _fill(st, base, False)
        return [(st, NONE)]
    if (name in DROPS or name in KEEPS) and truth(st, base) is False:
        return [(st, NONE)]
    if name == "discard" and len(args) == 1:
        return _put(st, base, args[0], False)
    if name in DROPS or name in KEEPS:
        st.kill(base)
        return [(st, NONE)]
    if name == "setdefault":
        st.kill(base)
        return [(st, fresh("item"))]
    return None


def _fill(st: State, base: Value, filled: bool) -> None:
    _know(st, st.content(base), filled)


def _know(st: State, fact: Value, holds: bool) -> None:
    st.truth[fact] = holds
    st.soft |= {fact}


def _put(st: State, base: Value, element: Value, there: bool) -> Results:
    """`add` and `discard`: nothing changes where the element is there, or not there, already."""
    if truth(st, base) is False and not there:
        return [(st, NONE)]
    out: Results = []
    if element.kind in KEYS:
        same = st.copy()
        if assume(same, op("in", element, same.content(base)), there):
            out.append((same, NONE))
        if not assume(st, op("in", element, st.content(base)), not there):
            return out
    st.kill(base)
    if there:
        _fill(st, base, True)
    _know(st, op("in", element, st.content(base)), there)
    return [*out, (st, NONE)]


def _fold(
    m: Machine,
    st: State,
    base: Value,
    name: str,
    args: tuple[Value, ...],
    keywords: tuple[tuple[str, Value], ...],
) -> Results:
    """What a method makes of a text that is known, or what it raises: `"".index(":")`."""
    given = [*args, *(v for _, v in keywords)]
    if not all(is_const(a) for a in given):
        return [(st, op("method", name, base, *given))]
    try:
        named = {k: v.args[1] for k, v in keywords}
        result = getattr(base.args[1], name)(*(a.args[1] for a in args), **named)
    except (ValueError, LookupError) as raised:
        left = reading.unread(m, st, raised)
        return left if left is not None else [(st, fresh("env"))]
    except (AttributeError, TypeError, OverflowError, MemoryError):
        return [(st, fresh("env"))]
    if isinstance(result, (list, tuple)):
        return [(st, tup(tuple(const(r) for r in result)) if len(result) < 64 else fresh("env"))]
    if isinstance(result, (str, bytes)) and len(result) > 4096:
        return [(st, fresh("env"))]
    return [(st, const(result) if isinstance(result, (str, bytes, int, float, bool)) else fresh("env"))]


def _read(m: Machine, st: State, base: Value, t: Type | None, name: str, args: tuple[Value, ...]) -> Value:
    now = st.content(base)
    if name == "get" and args:
        known = st.heap.get((now, f"[{args[0].serial}]"))
        if known is None:
            known = value_of(m, st, base, now, args[0])
        if known is not None:
            return known
        if truth(st, base) is False and (t is None or t.name == "dict"):
            return args[1] if len(args) > 1 else NONE
    if name in VIEWS:
        return op("copy", now, name)
    return op("method", name, now, *args)


def _take(m: Machine, st: State, base: Value, t: Type | None, name: str, args: tuple[Value, ...]) -> Results:
    """Taking an element: an empty collection raises, another loses one."""
    if name == "pop" and (
        len(args) == 2 or (len(args) == 1 and (t is None or t.name == "dict") and not _is_int(args[0]))
    ):
        absent = truth(st, base) is False or truth(st, op("in", args[0], st.content(base))) is False
        if absent and len(args) == 2:
            return [(st, args[1])]
        st.kill(base)
        if args[0].kind in KEYS:
            _know(st, op("in", args[0], st.content(base)), False)
        return [(st, fresh("item"))]
    out: Results = []
    empty = st.copy()
    if assume(empty, base, False):
        m.throw(empty, Raised(lib("KeyError" if t is not None and t.name in ("dict", "set") else "IndexError")))
    if assume(st, base, True):
        st.kill(base)
        out.append((st, fresh("item", m.types.element(t))))
    return out


def may_be_missing(m: Machine, st: State, base: Value, key: Value) -> None:
    """A subscript raises where a handler around expects it, and nothing says that the element is there."""
    t = m.type_of(base)
    now = st.content(base)
    if t is None or base.round or (now, f"[{key.serial}]") in st.heap or (now, "[items]") in st.heap:
        return
    other = st.copy()
    if t.name == "dict" and key.kind in KEYS and m.expects("KeyError", "LookupError"):
        if assume(other, op("in", key, now), False):
            m.throw(other, Raised(lib("KeyError")))
        assume(st, op("in", key, now), True, soft=True)
    if t.name in ("list", "collections.deque") and _is_end(key) and m.expects("IndexError", "LookupError"):
        if assume(other, base, False):
            m.throw(other, Raised(lib("IndexError")))
        assume(st, base, True, soft=True)


def _is_end(v: Value) -> bool:
    return is_const(v) and v.args[1] in (0, -1)


def _is_int(v: Value) -> bool:
    return is_const(v) and isinstance(v.args[1], int)
