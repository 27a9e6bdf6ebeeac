"""Numbers that are above nothing by what they are for: sizes, limits, times, capacities (theory 2.8, rule 4).

Invariant: where some text of the project says that one may be zero or less, it may.
"""

from __future__ import annotations

import re

from lint_rules.conditions import truth
from lint_rules.domains import dom_of
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import State
from lint_rules.flow.values import Value, linear, op
from lint_rules.recurrence import Lap


def nonpositive_limit(m: Machine, lap: Lap, phi: State, v: Value) -> bool:
    """Rule 4: a variable named as a size or limit, or slept for, is positive, unless the text says otherwise."""
    d = phi.dom.get(v)
    if d is not None and d.hi <= 0 and v.kind == "op" and v.args[0] == "min":
        return all(_is_something(m, lap, phi, part) for part in v.args[1:])
    nothing = (d is not None and d.hi <= 0) or (phi.truth.get(v) is False and _is_number(m, v))
    return nothing and (m.is_positive_name(v) or _is_slept(m, lap, v)) and not m.may_be_zero(v)


def _is_something(m: Machine, lap: Lap, phi: State, v: Value) -> bool:
    """Whether a number is above nothing: it is known to be, a limit, or as many as are in a queue that is not empty."""
    if dom_of(phi, v).lo > 0 or (m.is_positive_name(v) and not m.may_be_zero(v)):
        return True
    counted = v.kind == "op" and v.args[0] == "method" and v.args[1].endswith(".qsize")
    return counted and phi.truth.get(op("state", "empty", v.args[2])) is False


def _is_slept(m: Machine, lap: Lap, v: Value) -> bool:
    """Whether the loop gives an attribute or variable, as it is, to a function that sleeps, and no code says that one
    of its name is nothing.
    """
    if v.kind not in ("attr", "var"):
        return False
    name = re.escape(v.args[1])
    path = rf"(?:\w+\.)*{name}" if v.kind == "attr" else name
    if re.search(rf"\bsleep\(\s*{path}\s*[,)]", lap.frame.slice.source(lap.loop)) is None:
        return False
    return not m.resolver.project.matches(rf"\b{name}\b(?:\s*:[^=\n]*)?\s*=\s*-?0(?:\.0*)?(?![\w.])")


def _is_number(m: Machine, v: Value) -> bool:
    t = m.type_of(v)
    return t is not None and t.name in ("int", "float") and not t.optional


def no_capacity(m: Machine, phi: State, k: Value) -> bool:
    """Rule 4 for any number: what a length is compared with is a capacity, and a capacity is positive."""
    if k.kind != "lin":
        return False
    terms, constant = linear(k)
    lengths = [s for s in terms if s.kind == "op" and s.args[0] == "len"]
    others = [s for s in terms if s not in lengths]
    if not lengths or len(others) != 1 or any(truth(phi, s.args[1]) is not False for s in lengths):
        return False
    [capacity] = others
    d = phi.dom[k]
    factor = terms[capacity]
    limit = (d.lo - constant) / factor if factor < 0 else (d.hi - constant) / factor
    return limit <= 0 and not m.may_be_zero(capacity)
