"""Many paths made few: those that agree on what is asked become one that knows nothing of the rest.

Invariant: what holds of the merged path holds of both; it may do more than either, never less.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from lint_rules.flow.state import State
from lint_rules.flow.values import Value, fresh

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


def weakened(a: State, b: State, asked: Callable[[object, str], bool]) -> State:
    """One path for two. `asked` tells the places of which both are known to hold the same: those of `a` stay."""
    both = a.copy()
    both.truth = dict(a.truth.items() & b.truth.items())
    both.dom = {k: d for k, d in a.dom.items() if b.dom.get(k) == d}
    both.soft = a.soft & b.soft
    both.env = _joined(a.env, b.env, lambda key: asked(key, key[1]))
    both.heap = _joined(a.heap, b.heap, lambda key: asked(*key))
    both.gen = _joined(a.gen, b.gen, lambda v: asked(v, ""))
    both.renewed = {
        name: tuple(dict.fromkeys((*a.renewed.get(name, ()), *(() if asked((), name) else b.renewed.get(name, ())))))
        for name in a.renewed.keys() | b.renewed.keys()
    }
    both.lost = _joined(a.lost, b.lost, lambda _: False)
    both.marks, both.notes = a.marks | b.marks, a.notes | b.notes
    both.suspension = max(a.suspension, b.suspension)
    return both


def _joined(a: dict[K, Value], b: dict[K, Value], asked: Callable[[K], bool]) -> dict[K, Value]:
    out: dict[K, Value] = {}
    for key in (*a, *(k for k in b if k not in a)):
        mine, other = a.get(key), b.get(key)
        if mine is not None and (mine is other or asked(key)):
            out[key] = mine
        elif not asked(key):
            out[key] = fresh("merged")
    return out
