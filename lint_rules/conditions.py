"""Guards as small formulas over values: is it decided, may it be assumed, does one state imply another.

Invariant: `assume` never records two facts that contradict each other in a way that `truth` can see; it answers False
instead, and the path is infeasible.
"""

from __future__ import annotations

from dataclasses import replace

from lint_rules.flow.state import Dom, State
from lint_rules.flow.values import (
    NONE,
    Value,
    canonical_difference,
    const,
    is_const,
    is_number,
    linear,
    number,
    op,
)

ALWAYS_TRUE = frozenset({"func", "class", "module", "coro", "member", "object_new"})
TOP = Dom()


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


def dom_of(st: State, v: Value) -> Dom:
    if is_number(v):
        n = float(number(v))
        return Dom(frozenset({v}), frozenset(), n, False, n, False)
    if is_const(v) or v.kind == "member":
        return Dom(frozenset({v}))
    if v.kind == "lin":
        return _linear_dom(st, v)
    known = st.dom.get(v)
    if known is not None:
        return known
    return _shape_dom(st, v)


def _linear_dom(st: State, v: Value) -> Dom:
    terms, constant = linear(v)
    key, _bound, _sign = canonical_difference(v, const(0))
    base = st.dom.get(key)
    if base is not None and terms:
        factor = dict(linear(key)[0])
        first = next(iter(factor))
        scale = terms[first] / factor[first]
        lo, hi, lo_open, hi_open = base.lo * scale + constant, base.hi * scale + constant, base.lo_open, base.hi_open
        if scale < 0:
            lo, hi, lo_open, hi_open = hi, lo, hi_open, lo_open
        allowed = None
        if base.allowed is not None and all(is_number(c) for c in base.allowed):
            allowed = frozenset(const(_plain(number(c) * scale + constant)) for c in base.allowed)
        excluded = frozenset(const(_plain(number(c) * scale + constant)) for c in base.excluded if is_number(c))
        return Dom(allowed, excluded, lo, lo_open, hi, hi_open)
    lo = hi = float(constant)
    lo_open = hi_open = False
    for symbol, factor_ in terms.items():
        d = dom_of(st, symbol)
        a, b, ao, bo = d.lo, d.hi, d.lo_open, d.hi_open
        if factor_ < 0:
            a, b, ao, bo = b, a, bo, ao
        lo, hi = lo + a * factor_, hi + b * factor_
        lo_open, hi_open = lo_open or ao, hi_open or bo
    return Dom(None, frozenset(), lo, lo_open, hi, hi_open)


def _plain(n: float) -> int | float:
    return int(n) if float(n).is_integer() else n


def _shape_dom(st: State, v: Value) -> Dom:
    """Bounds that follow from how a value was made: len, min, max, abs, a remainder, a constant table."""
    if v.kind != "op":
        return TOP
    name, args = v.args[0], v.args[1:]
    if name in ("len", "abs"):
        return Dom(lo=0.0)
    if name == "mod" and args[0].kind in ("var", "attr", "lin", "op") and is_number(args[1]) and number(args[1]) > 0:
        whole = dom_of(st, args[0])
        if whole.lo >= 0 and whole.hi <= number(args[1]) and not _inside(whole, args[1]):
            return replace(whole, allowed=None, excluded=frozenset())
        return Dom(lo=0.0, hi=float(number(args[1])), hi_open=True)
    if name in ("min", "max"):
        doms = [dom_of(st, a) for a in args]
        pick = min if name == "min" else max
        return Dom(lo=pick(d.lo for d in doms), hi=pick(d.hi for d in doms))
    if name == "pick":
        doms = [dom_of(st, a) for a in args[0].args[0]]
        if doms:
            return Dom(lo=min(d.lo for d in doms), hi=max(d.hi for d in doms))
    if name == "mul":
        a, b = dom_of(st, args[0]), dom_of(st, args[1])
        if a.lo >= 0 and b.lo >= 0:
            lo = a.lo * b.lo if a.lo and b.lo else 0.0
            return Dom(lo=lo, lo_open=all(d.lo > 0 or d.lo_open for d in (a, b)) and (a.lo_open or b.lo_open))
    if name == "pow":
        a = dom_of(st, args[0])
        if a.lo > 0:
            return Dom(lo=0.0, lo_open=True)
    return TOP


def _empty(d: Dom) -> bool:
    if d.lo > d.hi or (d.lo == d.hi and (d.lo_open or d.hi_open)):
        return True
    return d.allowed is not None and not any(_inside(d, c) for c in d.allowed)


def _inside(d: Dom, c: Value) -> bool:
    if c in d.excluded or any(_same(c, x) for x in d.excluded):
        return False
    if d.allowed is not None and not any(_same(c, x) for x in d.allowed):
        return False
    if is_number(c):
        n = number(c)
        return (d.lo < n or (d.lo == n and not d.lo_open)) and (n < d.hi or (n == d.hi and not d.hi_open))
    return d.lo == float("-inf") and d.hi == float("inf")


def _same(a: Value, b: Value) -> bool:
    return a is b or (is_const(a) and is_const(b) and bool(a.args[1] == b.args[1]))


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
        answers = {_constant_truth(c) for c in d.allowed if _inside(d, c)}
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
    if v.kind == "op" and v.args[0] not in ("item", "method", "attrof", "builtin", "pick"):
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
    if a is b:
        return True
    if numeric(a) or numeric(b):
        key, bound, _ = canonical_difference(a, b)
        d = dom_of(st, key) if not is_const(key) else None
        if d is None:
            return bound == 0
        return _dom_equals(d, const(_plain(bound)), st, key)
    if is_const(b) or b.kind == "member":
        return _dom_equals(dom_of(st, a), b, st, a)
    if a.kind == "tuple" and b.kind == "tuple":
        if len(a.args[0]) != len(b.args[0]):
            return False
        each = [_equal(st, x, y) for x, y in zip(a.args[0], b.args[0], strict=True)]
        return False if False in each else (None if None in each else True)
    return st.truth.get(op("eq", a, b) if a.serial < b.serial else op("eq", b, a))


def _dom_equals(d: Dom, c: Value, st: State, a: Value) -> bool | None:
    if not _inside(d, c):
        return False
    if d.allowed is not None and len([x for x in d.allowed if _inside(d, x)]) == 1:
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
        left = [c for c in d.allowed if _inside(d, c)] if d.allowed is not None else []
        if left and all(any(_same(c, x) for x in b.args[0]) for c in left):
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
    return known


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
    return taken is None or _holds_something(st, taken)


def _taken_from(v: Value) -> Value | None:
    """The table of `table.get(key)`, which is not None only where the table has something."""
    if v.kind == "op" and v.args[:2] == ("method", "get") and len(v.args) == 4:
        owner: Value = v.args[2]
        return owner if owner.kind in ("var", "attr", "item", "killed", "fresh") else None
    return None


def _record(st: State, key: Value, want: bool, soft: bool) -> None:
    st.truth[key] = want
    if soft:
        st.soft |= {key}
    elif key in st.soft:
        st.soft -= {key}


def _narrow(st: State, key: Value, d: Dom, soft: bool) -> bool:
    if key.kind == "op" and key.args[0] == "len":
        d = _whole(d)
        if d.hi <= 0 and truth(st, key.args[1]):
            return False
    at_lo = d.lo > float("-inf") and any(is_number(c) and number(c) == d.lo for c in d.excluded)
    at_hi = d.hi < float("inf") and any(is_number(c) and number(c) == d.hi for c in d.excluded)
    if at_lo or at_hi:
        d = replace(d, lo_open=d.lo_open or at_lo, hi_open=d.hi_open or at_hi)
    if _empty(d):
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


def _whole(d: Dom) -> Dom:
    """The bounds of a length, which is a whole number."""
    if d.lo_open and d.lo > float("-inf"):
        d = replace(d, lo=d.lo + 1, lo_open=False)
    if d.hi_open and d.hi < float("inf"):
        d = replace(d, hi=d.hi - 1, hi_open=False)
    return d


def _assume_equal(st: State, a: Value, b: Value, want: bool, soft: bool) -> bool:
    if numeric(a) or numeric(b):
        key, bound, _ = canonical_difference(a, b)
        c = const(_plain(bound))
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
            left = items if d.allowed is None else frozenset(x for x in items if _inside(d, x))
            return _narrow(st, a, replace(d, allowed=left), soft)
        return _narrow(st, a, replace(d, excluded=d.excluded | items), soft)
    _record(st, op("in", a, st.content(b)), want, soft)
    return _holds_something(st, b) if want and b.kind in ("var", "attr", "item", "killed") else True


def implies_dom(st: State, v: Value, wanted: Dom) -> bool:
    """Whether everything `v` can be in this state lies within `wanted`."""
    d = dom_of(st, v)
    if d.allowed is not None:
        return all(_inside(wanted, c) for c in d.allowed if _inside(d, c))
    if wanted.allowed is not None:
        return d.lo == d.hi and not d.lo_open and _inside(wanted, const(_plain(d.lo)))
    if d.lo < wanted.lo or (d.lo == wanted.lo and wanted.lo_open and not d.lo_open and wanted.lo != float("-inf")):
        return False
    if d.hi > wanted.hi or (d.hi == wanted.hi and wanted.hi_open and not d.hi_open and wanted.hi != float("inf")):
        return False
    return all(c in d.excluded or not _inside(replace(d, excluded=frozenset()), c) for c in wanted.excluded)


def compatible(a: Dom, b: Dom) -> bool:
    """Whether some value lies in both."""
    for x, y in ((a, b), (b, a)):
        if x.allowed is not None:
            return any(_inside(x, c) and _inside(y, c) for c in x.allowed)
    lo, hi = max(a.lo, b.lo), min(a.hi, b.hi)
    lo_open = any(d.lo == lo and d.lo_open for d in (a, b))
    hi_open = any(d.hi == hi and d.hi_open for d in (a, b))
    both = Dom(None, a.excluded | b.excluded, lo, lo_open, hi, hi_open)
    return not _empty(both) and (lo < hi or _inside(both, const(_plain(lo))))
