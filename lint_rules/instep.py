"""Two collections of an object that are filled and emptied together: what is in the one is in the other.

Invariant: over-approximations by the text. Two are in step where every method that changes one of them changes the
other in the same way, by the same key, with no wait between the two, and nobody else has either in his hands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lint_rules.flow.machine import Machine
from lint_rules.flow.values import Value, op, parts
from lint_rules.index import ClassInfo
from lint_rules.recurrence import Lap
from lint_rules.touching import family, is_others

COLLECTIONS = frozenset({"defaultdict", "deque", "dict", "list", "OrderedDict", "set"})
EMPTY = r"(?:[\[{(] *[\])}]|\w+\(\)) *(?:#.*)?$"


def out_of_step(m: Machine, lap: Lap) -> bool:
    """Whether a witness says that something is in one of two such collections and not in the other."""
    return any(_in_step(m, one, other) for one, other in apart(m, lap))


def apart(m: Machine, lap: Lap) -> Iterator[tuple[Value, Value]]:
    """Two attributes of an object of which the one has an element, or a length to speak of, that the other has not."""
    truths = lap.state.truth
    for k, want in truths.items():
        if want is False and k.kind == "op" and k.args[0] == "in" and k.args[1].kind == "item":
            yield from _of_one_object(k.args[1].args[0], k.args[2])
    sized = [k for k in truths if k.kind == "attr" and not k.round and _is_collection(m, k)]
    measured = [p.args[1] for k in lap.state.dom for p in parts(k) if p.kind == "op" and p.args[0] == "len"]
    for one in dict.fromkeys((*sized, *measured)):
        for other in sized:
            if truths.get(one, True) and not truths[other]:
                yield from _of_one_object(one, other)


def _of_one_object(one: Value, other: Value) -> Iterator[tuple[Value, Value]]:
    if one.kind == other.kind == "attr" and one is not other and one.args[0] is other.args[0]:
        yield one, other


def _is_collection(m: Machine, v: Value) -> bool:
    t = m.type_of(v)
    return t is not None and t.name.rpartition(".")[2] in COLLECTIONS


def _in_step(m: Machine, one: Value, other: Value) -> bool:
    cls = m.owner_of(one)
    if cls is None or m.owner_of(other) is not cls or any(is_others(m, cls, op("len", v)) for v in (one, other)):
        return False
    changed = False
    for text in _methods(m, cls):
        mine, others = _changes(text, one.args[1]), _changes(text, other.args[1])
        if [what for what, _ in mine] != [what for what, _ in others]:
            return False
        places = [at for _, at in (*mine, *others)]
        if places and re.search(r"\bawait\b|\basync\b|\byield\b", text[min(places) : max(places)]):
            return False
        changed |= bool(places)
    return changed


def _methods(m: Machine, cls: ClassInfo) -> Iterator[str]:
    project = m.resolver.project
    for each in family(m, cls):
        for method in each.methods.values():
            yield project.source(method)


def _changes(text: str, name: str) -> list[tuple[tuple[str, str], int]]:
    """What a method does to an attribute, in an order of its own, and where."""
    at, given = rf"\.{re.escape(name)}\b", r"\s*(?::[^=\n]*)?=(?!=)"
    forms = {
        "put": rf"{at}(?:\[([^\]\n]*)\]\s*=(?!=)|\.(?:add|setdefault)\(\s*([^,)\n]*))",
        "take": rf"\bdel\s+\w+{at}\[([^\]\n]*)\]|{at}\.(?:discard|pop|remove)\(\s*([^,)\n]*)",
        "empty": rf"{at}(?:\.clear\(|{given} *{EMPTY})",
        name: rf"{at}(?:\.(?:append|extend|insert|popitem|popleft|update)\(|\s*[-+|&^]=|{given}(?! *{EMPTY}))",
    }
    found = [
        ((what, next(filter(None, place.groups()), "")), place.start())
        for what, form in forms.items()
        for place in re.finditer(form, text, re.MULTILINE)
    ]
    return sorted(found)
