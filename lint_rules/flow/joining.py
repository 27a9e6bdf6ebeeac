"""Paths that did the same become one.

Invariant: what holds of the joined path held of each, except for the one decision in which alone they differed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lint_rules.flow.state import Dom, State
from lint_rules.flow.values import is_const

if TYPE_CHECKING:
    from lint_rules.flow.machine import Outcome, Outcomes


def same_effects(outcomes: Outcomes) -> list[Outcomes]:
    """The paths in groups that left everything alike."""
    groups: list[Outcomes] = []
    for st, out in outcomes:
        for group in groups:
            if group[0][1] == out and group[0][0].did_the_same(st):
                group.append((st, out))
                break
        else:
            groups.append([(st, out)])
    return groups


def merge_group(group: list[tuple[State, Outcome]]) -> list[tuple[State, Outcome]]:
    """Pass after pass, until no two can become one. A pass never begins anew: many paths would cost too much."""
    work = list(group)
    changed = True
    while changed and len(work) > 1:
        changed = False
        i = 0
        while i < len(work):
            j = i + 1
            while j < len(work):
                merged = _merge_pair(work[i][0], work[j][0])
                if merged is None:
                    j += 1
                else:
                    work[i] = (merged, work[i][1])
                    del work[j]
                    changed = True
            i += 1
    return work


def _merge_pair(a: State, b: State) -> State | None:
    if a.dom == b.dom:
        if a.truth == b.truth:
            return a
        if a.truth.items() <= b.truth.items():
            return a
        if b.truth.items() <= a.truth.items():
            return b
        differ = {k for k in a.truth.keys() | b.truth.keys() if a.truth.get(k) != b.truth.get(k)}
        hard = {k for k in differ if not (k in a.soft or k in b.soft)}
        opposite = [k for k in hard if k in a.truth and k in b.truth]
        if len(opposite) == 1 and len(hard) == 1:
            keep = a.copy()
            for k in differ:
                keep.truth.pop(k, None)
            return keep
        return None
    if a.truth == b.truth and a.dom.keys() == b.dom.keys():
        differ = {k for k in a.dom if a.dom[k] != b.dom[k]}
        if len(differ) == 1:
            [k] = differ
            union = _union(a.dom[k], b.dom[k])
            if union is not None:
                keep = a.copy()
                if union == Dom():
                    del keep.dom[k]
                else:
                    keep.dom[k] = union
                return keep
    if a.truth == b.truth and a.dom.items() <= b.dom.items():
        return a
    if a.truth == b.truth and b.dom.items() <= a.dom.items():
        return b
    return None


def _union(a: Dom, b: Dom) -> Dom | None:
    """The union of two domains where it is a domain again."""
    for x, y in ((a, b), (b, a)):
        if x.allowed is not None and y.allowed is None and y.excluded >= x.allowed and x.allowed:
            numeric = all(is_const(c) and isinstance(c.args[1], (int, float)) for c in x.allowed)
            plain = replace(y, excluded=y.excluded - x.allowed)
            if numeric and (y.lo_open or y.hi_open):
                continue
            return plain
    if a.allowed is None and b.allowed is None and a.excluded == b.excluded:
        for x, y in ((a, b), (b, a)):
            if x.hi == y.lo and not (x.hi_open and y.lo_open):
                return Dom(None, x.excluded, x.lo, x.lo_open, y.hi, y.hi_open)
    return None
