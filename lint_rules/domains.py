"""What is known of one value as a set of constants and bounds: how it follows from facts and from how a value was made.

Invariant: a domain holds every value that the thing may have on the path, and maybe more.
"""

from __future__ import annotations

import math
from dataclasses import replace

from lint_rules.flow.state import Dom, State
from lint_rules.flow.values import (
    Value,
    canonical_difference,
    const,
    is_const,
    is_number,
    linear,
    number,
)

TOP = Dom()


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
            allowed = frozenset(const(plain_number(number(c) * scale + constant)) for c in base.allowed)
        excluded = frozenset(const(plain_number(number(c) * scale + constant)) for c in base.excluded if is_number(c))
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


def plain_number(n: float) -> int | float:
    return int(n) if float(n).is_integer() else n


def _shape_dom(st: State, v: Value) -> Dom:
    """Bounds that follow from how a value was made: len, min, max, abs, a remainder, a constant table."""
    if v.kind != "op":
        return TOP
    name, args = v.args[0], v.args[1:]
    if name == "len":
        return Dom(lo=1.0 if st.truth.get(args[0]) else 0.0)
    if name == "abs":
        return Dom(lo=0.0)
    if name == "mod" and args[0].kind in ("var", "attr", "lin", "op") and is_number(args[1]) and number(args[1]) > 0:
        whole = dom_of(st, args[0])
        if whole.lo >= 0 and whole.hi <= number(args[1]) and not inside(whole, args[1]):
            return replace(whole, allowed=None, excluded=frozenset())
        return Dom(lo=0.0, hi=float(number(args[1])), hi_open=True)
    if name in ("min", "max"):
        return _least([dom_of(st, a) for a in args]) if name == "min" else _greatest([dom_of(st, a) for a in args])
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


def _least(doms: list[Dom]) -> Dom:
    lo, hi = min(d.lo for d in doms), min(d.hi for d in doms)
    lo_open = all(d.lo_open for d in doms if d.lo == lo)
    return Dom(lo=lo, lo_open=lo_open, hi=hi, hi_open=any(d.hi_open for d in doms if d.hi == hi))


def _greatest(doms: list[Dom]) -> Dom:
    lo, hi = max(d.lo for d in doms), max(d.hi for d in doms)
    lo_open = any(d.lo_open for d in doms if d.lo == lo)
    return Dom(lo=lo, lo_open=lo_open, hi=hi, hi_open=all(d.hi_open for d in doms if d.hi == hi))


def is_empty(d: Dom) -> bool:
    if d.lo > d.hi or (d.lo == d.hi and (d.lo_open or d.hi_open)):
        return True
    return d.allowed is not None and not any(inside(d, c) for c in d.allowed)


def inside(d: Dom, c: Value) -> bool:
    if c in d.excluded or any(same_constant(c, x) for x in d.excluded):
        return False
    if d.allowed is not None and not any(same_constant(c, x) for x in d.allowed):
        return False
    if is_number(c):
        n = number(c)
        return (d.lo < n or (d.lo == n and not d.lo_open)) and (n < d.hi or (n == d.hi and not d.hi_open))
    return d.lo == float("-inf") and d.hi == float("inf")


def same_constant(a: Value, b: Value) -> bool:
    return a is b or (is_const(a) and is_const(b) and bool(a.args[1] == b.args[1]))


def compatible(a: Dom, b: Dom) -> bool:
    """Whether some value lies in both."""
    for x, y in ((a, b), (b, a)):
        if x.allowed is not None:
            return any(inside(x, c) and inside(y, c) for c in x.allowed)
    lo, hi = max(a.lo, b.lo), min(a.hi, b.hi)
    lo_open = any(d.lo == lo and d.lo_open for d in (a, b))
    hi_open = any(d.hi == hi and d.hi_open for d in (a, b))
    both = Dom(None, a.excluded | b.excluded, lo, lo_open, hi, hi_open)
    return not is_empty(both) and (lo < hi or inside(both, const(plain_number(lo))))


def longer(key: Value, d: Dom) -> Value | None:
    """The longer of two collections whose lengths are compared: it is not empty."""
    lengths: dict[float, Value] = {
        factor: s.args[1] for s, factor in key.args[0] if s.kind == "op" and s.args[0] == "len"
    }
    if len(key.args[0]) != 2 or lengths.keys() != {1, -1}:
        return None
    if d.hi < 0 or (d.hi == 0 and d.hi_open):
        return lengths[-1]
    return lengths[1] if d.lo > 0 or (d.lo == 0 and d.lo_open) else None


def is_whole(st: State, key: Value) -> bool:
    """Whether a number is made of whole numbers alone."""
    terms, constant = linear(key)
    return all(f == int(f) for f in (*terms.values(), constant)) and all(st.world.is_whole(s) for s in terms)


def whole(d: Dom) -> Dom:
    """The bounds of a whole number."""
    if d.lo_open and d.lo > float("-inf"):
        d = replace(d, lo=math.floor(d.lo) + 1, lo_open=False)
    if d.hi_open and d.hi < float("inf"):
        d = replace(d, hi=math.ceil(d.hi) - 1, hi_open=False)
    return d
