"""Guards as small formulas over values: is it decided, may it be assumed, does one state imply another.

Invariant: `assume` never records two facts that contradict each other in a way that `truth` can see; it answers False
instead, and the path is infeasible.
"""

from __future__ import annotations

from dataclasses import replace

from lint_rules.copies import is_copy_of, is_own_element
from lint_rules.domains import dom_of, inside, is_empty, is_whole, longer, plain_number, same_constant, whole
from lint_rules.flow.state import Dom, State
from lint_rules.flow.values import (
    NONE,
    Value,
    canonical_difference,
    const,
    is_const,
    is_number,
    make,
    number,
    op,
)

ALWAYS_TRUE = frozenset({"func", "class", "module", "coro", "member", "object_new", "caught"})


def _constant_truth(c: Value) -> bool | None:
    if is_const(c):
        return bool(c.args[1])
    return True if c.kind == "member" else None


def truth(st: State, v: Value) -> bool | None:
    """Whether `v` is true in every, in no (False) or in some but not all states of this path (None)."""
    kind = v.kind
    if kind == "const":
        return bool(v.args[1])
    if kind in ALWAYS_TRUE:
        return True
    if kind == "tuple":
        return bool(v.args[0])
    if kind == "op" and v.args[0] in ("len", "copy"):
        return truth(st, v.args[1])
    if kind == "op":
        decided = _op_truth(st, v)
        if decided is not None:
            return decided
    known = st.truth.get(v if kind == "op" else st.content(v))
    if known is not None:
        return known
    if kind == "op" and v.args[0] in ("not", "eq", "lt", "le", "none", "is", "in", "isinstance", "state", "match"):
        return None
    return _object_truth(st, v)


def _object_truth(st: State, v: Value) -> bool | None:
    kind = st.world.truth_kind(v)
    if kind == "always":
        return True
    none = is_none(st, v)
    if none:
        return False
    if kind == "object" and none is False:
        return True
    d = dom_of(st, v)
    if d.allowed is not None:
        answers = {_constant_truth(c) for c in d.allowed if inside(d, c)}
        if len(answers) == 1:
            return answers.pop()
    if d.lo > 0 or d.hi < 0 or (d.lo == 0 and d.lo_open) or (d.hi == 0 and d.hi_open):
        return True
    if d.lo == 0 == d.hi:
        return False
    return None


def _op_truth(st: State, v: Value) -> bool | None:
    name = v.args[0]
    if name == "not":
        inner = truth(st, v.args[1])
        return None if inner is None else not inner
    if name == "none":
        return is_none(st, v.args[1])
    if name == "eq":
        return _equal(st, v.args[1], v.args[2])
    if name in ("lt", "le"):
        return _less(st, v.args[1], v.args[2], name == "lt")
    if name == "is":
        return _identical(st, v)
    if name == "in":
        return _member(st, v.args[1], v.args[2])
    if name == "method" and (entry := _entry(st, v)) is not None:
        return st.truth.get(entry)
    if name in ("bitor", "join") and any(truth(st, a) for a in v.args[1:]):
        return True
    if v.args[:2] == ("builtin", "chr"):
        return True
    if name == "builtin" and v.args[1] in ("any", "all") and truth(st, v.args[2]) is False:
        return bool(v.args[1] == "all")
    if name == "isinstance":
        known = st.truth.get(v)
        if known is not None:
            return known
        if is_none(st, v.args[1]):
            return False
        return st.world.is_instance(v.args[1], v.args[2])
    return None


def _identical(st: State, v: Value) -> bool | None:
    a, b = v.args[1], v.args[2]
    if a is b:
        return True
    if a.kind in ALWAYS_TRUE and b.kind in ALWAYS_TRUE:
        return False
    if b.kind == "member":
        return _equal(st, a, b)
    return st.truth.get(v)


def is_none(st: State, v: Value) -> bool | None:
    if v is NONE:
        return True
    if is_const(v) or v.kind in ALWAYS_TRUE or v.kind in ("tuple", "lin"):
        return False
    if v.kind == "op" and v.args[0] not in ("item", "method", "attrof", "builtin", "pick", "outcome"):
        return False
    if st.world.truth_kind(v) in ("always", "sized"):
        return False
    known = st.truth.get(op("none", v))
    if known is not None:
        return known
    if st.truth.get(v) is True or st.truth.get(st.content(v)) is True:
        return False
    taken = _taken_from(v)
    if taken is not None and truth(st, taken) is False:
        return True
    d = st.dom.get(v)
    if d is not None:
        if d.allowed is not None:
            return NONE in d.allowed if len(d.allowed) == 1 or NONE not in d.allowed else None
        if NONE in d.excluded or d.lo > float("-inf") or d.hi < float("inf"):
            return False
    return None


def _equal(st: State, a: Value, b: Value) -> bool | None:
    if a is b or is_copy_of(st, a, b) or is_copy_of(st, b, a):
        return True
    if numeric(a) or numeric(b):
        key, bound, _ = canonical_difference(a, b)
        d = dom_of(st, key) if not is_const(key) else None
        if d is None:
            return bound == 0
        return _dom_equals(d, const(plain_number(bound)), st, key)
    if is_const(b) or b.kind == "member":
        return _dom_equals(dom_of(st, a), b, st, a)
    if a.kind == "tuple" and b.kind == "tuple":
        if len(a.args[0]) != len(b.args[0]):
            return False
        each = [_equal(st, x, y) for x, y in zip(a.args[0], b.args[0], strict=True)]
        return False if False in each else (None if None in each else True)
    return st.truth.get(op("eq", a, b) if a.serial < b.serial else op("eq", b, a))


def _dom_equals(d: Dom, c: Value, st: State, a: Value) -> bool | None:
    if not inside(d, c):
        return False
    if d.allowed is not None and len([x for x in d.allowed if inside(d, x)]) == 1:
        return True
    if d.lo == d.hi and not d.lo_open:
        return True
    if is_const(a) or a.kind == "tuple" or (a.kind in ALWAYS_TRUE and a.kind != "member"):
        return False
    known = st.truth.get(a)
    if known is not None and is_const(c) and bool(c.args[1]) != known:
        return False
    if c is not NONE and is_none(st, a):
        return False
    return None


def numeric(v: Value) -> bool:
    return (
        v.kind == "lin"
        or (is_number(v) and not isinstance(v.args[1], bool))
        or (v.kind == "op" and v.args[0] in ("len", "abs", "mul", "pow"))
        or (v.kind == "fresh" and v.args[1] == "time")
    )


def _less(st: State, a: Value, b: Value, strict: bool) -> bool | None:
    key, bound, sign = canonical_difference(a, b)
    if is_const(key):
        return None if not is_number(key) else bound > 0 if strict else bound >= 0
    d = dom_of(st, key)
    if st.truth.get(key) is False and not is_const(key):
        d = replace(d, lo=max(d.lo, 0.0), hi=min(d.hi, 0.0))
    if sign > 0:  # key < bound
        if d.hi < bound or (d.hi == bound and (not strict or d.hi_open)):
            return True
        if d.lo > bound or (d.lo == bound and (strict or d.lo_open)):
            return False
    else:  # key > bound
        if d.lo > bound or (d.lo == bound and (not strict or d.lo_open)):
            return True
        if d.hi < bound or (d.hi == bound and (strict or d.hi_open)):
            return False
    return None


def _member(st: State, a: Value, b: Value) -> bool | None:
    if b.kind == "tuple":
        each = [_equal(st, a, x) if x is not NONE else is_none(st, a) for x in b.args[0]]
        if True in each:
            return True
        if None not in each:
            return False
        d = dom_of(st, a)
        left = [c for c in d.allowed if inside(d, c)] if d.allowed is not None else []
        if left and all(any(same_constant(c, x) for x in b.args[0]) for c in left):
            return True
    if is_const(a) and is_const(b):
        try:
            return a.args[1] in b.args[1]
        except TypeError:
            return None
    if truth(st, b) is False:
        return False
    known = st.truth.get(op("in", a, b))
    if known is None and st.content(b) is not b:
        known = st.truth.get(op("in", a, st.content(b)))
    return True if known is None and is_own_element(a, st.content(b)) else known


def assume(st: State, v: Value, want: bool, soft: bool = False) -> bool:
    """Record that `v` is `want`; False when the path contradicts it. `soft`: true anyway, not a decision of the
    path.
    """
    decided = truth(st, v)
    if decided is not None:
        return decided == want
    if v.kind == "op":
        name = v.args[0]
        if name == "not":
            return assume(st, v.args[1], not want, soft)
        if name == "eq" or (name == "is" and v.args[2].kind == "member"):
            return _assume_equal(st, v.args[1], v.args[2], want, soft)
        if name in ("lt", "le"):
            return _assume_less(st, v.args[1], v.args[2], name == "lt", want, soft)
        if name == "in":
            return _assume_member(st, v, want, soft)
        if name == "bitor" and not want:
            _record(st, v, want, soft)
            return all(assume(st, a, False, True) for a in v.args[1:])
        if name == "builtin" and v.args[1] in ("any", "all") and want == (v.args[1] == "any"):
            _record(st, v, want, soft)
            return assume(st, v.args[2], True, True)
        if name in ("len", "copy"):
            return assume(st, v.args[1], want, soft)
    kind = st.world.truth_kind(v) if v.kind != "op" or v.args[0] not in ("none", "is", "isinstance", "state") else ""
    if kind == "object":
        return assume(st, op("none", v), not want, soft)
    if numeric(v) and v.kind != "fresh":
        return _assume_equal(st, v, const(0), not want, soft)
    key = st.content(v) if v.kind != "op" else v
    _record(st, key, want, soft)
    if want and v.kind == "op" and v.args[0] == "isinstance":
        _record(st, op("none", v.args[1]), False, True)
    found = v if want else v.args[1] if v.kind == "op" and v.args[0] == "none" else None
    taken = _taken_from(found) if found is not None else None
    entry = _entry(st, v) if want else None
    if entry is not None:
        _record(st, entry, True, True)
    return taken is None or _holds_something(st, taken)


def _taken_from(v: Value) -> Value | None:
    """The table of `table.get(key)`, which is not None only where the table has something."""
    if v.kind == "op" and v.args[:2] == ("method", "get") and len(v.args) == 4:
        owner: Value = v.args[2]
        return owner if owner.kind in ("var", "attr", "item", "killed", "fresh") else None
    return None


def _entry(st: State, v: Value) -> Value | None:
    """What `table.get(key)` gives, where there is such an entry: `table[key]`."""
    table = _taken_from(v)
    return make("item", st.content(table), v.args[3]) if table is not None else None


def _record(st: State, key: Value, want: bool, soft: bool) -> None:
    st.truth[key] = want
    if soft:
        st.soft |= {key}
    elif key in st.soft:
        st.soft -= {key}


def _narrow(st: State, key: Value, d: Dom, soft: bool) -> bool:
    if key.kind == "op" and key.args[0] == "len":
        d = whole(d)
        if d.hi <= 0 and truth(st, key.args[1]):
            return False
    more = longer(key, d) if key.kind == "lin" else None
    if more is not None and not _holds_something(st, more):
        return False
    at_lo = d.lo > float("-inf") and any(is_number(c) and number(c) == d.lo for c in d.excluded)
    at_hi = d.hi < float("inf") and any(is_number(c) and number(c) == d.hi for c in d.excluded)
    if at_lo or at_hi:
        d = replace(d, lo_open=d.lo_open or at_lo, hi_open=d.hi_open or at_hi)
    if (d.lo_open or d.hi_open) and is_whole(st, key):
        d = whole(d)
    if is_empty(d):
        return False
    if soft and key not in st.dom:
        st.soft |= {op("dom", key)}
    elif not soft:
        st.soft -= {op("dom", key)}
    st.dom[key] = d
    if key.kind == "op" and key.args[0] == "len" and d.lo > 0:
        return _holds_something(st, key.args[1])
    if key.kind == "op" and key.args[0] == "len" and d.hi <= 0 and truth(st, key.args[1]) is None:
        _record(st, st.content(key.args[1]), False, True)
    return True


def _holds_something(st: State, collection: Value) -> bool:
    """What has an element, a length or a member is not empty."""
    if truth(st, collection) is None:
        _record(st, st.content(collection), True, True)
    return truth(st, collection) is not False


def _assume_equal(st: State, a: Value, b: Value, want: bool, soft: bool) -> bool:
    if numeric(a) or numeric(b):
        key, bound, _ = canonical_difference(a, b)
        c = const(plain_number(bound))
        d = dom_of(st, key)
        if want:
            return _narrow(st, key, Dom(frozenset({c}), d.excluded, float(bound), False, float(bound), False), soft)
        lo_open = d.lo_open or d.lo == bound
        hi_open = d.hi_open or d.hi == bound
        return _narrow(st, key, replace(d, excluded=d.excluded | {c}, lo_open=lo_open, hi_open=hi_open), soft)
    if is_const(b) or b.kind == "member":
        d = dom_of(st, a)
        if want:
            return _narrow(st, a, replace(d, allowed=frozenset({b})), soft)
        return _narrow(st, a, replace(d, excluded=d.excluded | {b}), soft)
    _record(st, op("eq", a, b) if a.serial < b.serial else op("eq", b, a), want, soft)
    return True


def _assume_less(st: State, a: Value, b: Value, strict: bool, want: bool, soft: bool) -> bool:
    key, bound, sign = canonical_difference(a, b)
    d = dom_of(st, key)
    upper = (sign > 0) == want
    open_ = strict == want
    limit = float(bound)
    if upper:
        if limit < d.hi or (limit == d.hi and open_):
            d = replace(d, hi=limit, hi_open=open_)
    elif limit > d.lo or (limit == d.lo and open_):
        d = replace(d, lo=limit, lo_open=open_)
    if d.lo == d.hi == limit and st.truth.get(op("eq", a, b) if a.serial < b.serial else op("eq", b, a)) is False:
        return False  # neither less nor more, and not equal
    return _narrow(st, key, d, soft)


def _assume_member(st: State, v: Value, want: bool, soft: bool) -> bool:
    a, b = v.args[1], v.args[2]
    if b.kind == "tuple" and all(is_const(x) or x.kind == "member" for x in b.args[0]):
        d = dom_of(st, a)
        items = frozenset(b.args[0])
        if want:
            left = items if d.allowed is None else frozenset(x for x in items if inside(d, x))
            return _narrow(st, a, replace(d, allowed=left), soft)
        return _narrow(st, a, replace(d, excluded=d.excluded | items), soft)
    _record(st, op("in", a, st.content(b)), want, soft)
    return _holds_something(st, b) if want and b.kind in ("var", "attr", "item", "killed") else True


def implies_dom(st: State, v: Value, wanted: Dom) -> bool:
    """Whether everything `v` can be in this state lies within `wanted`."""
    d = dom_of(st, v)
    if d.allowed is not None:
        return all(inside(wanted, c) for c in d.allowed if inside(d, c))
    if wanted.allowed is not None:
        return d.lo == d.hi and not d.lo_open and inside(wanted, const(plain_number(d.lo)))
    if d.lo < wanted.lo or (d.lo == wanted.lo and wanted.lo_open and not d.lo_open and wanted.lo != float("-inf")):
        return False
    if d.hi > wanted.hi or (d.hi == wanted.hi and wanted.hi_open and not d.hi_open and wanted.hi != float("inf")):
        return False
    return all(c in d.excluded or not inside(replace(d, excluded=frozenset()), c) for c in wanted.excluded)
