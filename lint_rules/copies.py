"""Copies of a collection, and what a round over one gives.

Invariant: a copy is of its time: what is changed afterwards is another content.
"""

from __future__ import annotations

from lint_rules.flow.state import State
from lint_rules.flow.values import Value

COPIES = tuple((name,) for name in ("copy", "dict", "frozenset", "list", "set", "tuple"))
# Views of which a round gives what is in the collection.
OWN = frozenset({"", "copy", "key", "keys", "list", "tuple", "set", "frozenset", "sorted", "reversed"})


def is_copy_of(st: State, a: Value, b: Value) -> bool:
    """Whether the one is a copy, of its kind, of what the other is now; or both are such copies of one thing."""
    if not _is_copy(a):
        return False
    if _is_copy(b):
        return a.args[2:] == b.args[2:] and _copied(a) is _copied(b)
    kind = getattr(st.world.type_of(b), "name", "")
    return _copied(a) is st.content(b) and bool(kind) and a.args[2] in ("copy", kind)


def _is_copy(v: Value) -> bool:
    return v.kind == "op" and v.args[0] == "copy" and v.args[2:] in COPIES


def _copied(v: Value) -> Value:
    """What is copied, as it was then."""
    made: Value = v.args[1]
    return _copied(made) if _is_copy(made) and made.args[2] == "copy" else made


def is_own_element(v: Value, collection: Value) -> bool:
    """Whether a round over a collection has given this, and no view of its values: a key, of a table."""
    return v.kind == "item" and v.args[0] is collection and v.args[1].kind == "each" and v.args[1].args[0] in OWN
