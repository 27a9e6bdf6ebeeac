"""States of a library's object that no code of the project brings about, or that another state rules out.

Invariant: which states those are, and what brings them about, is said by the models.
"""

from __future__ import annotations

import re

from lint_rules.flow import given
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import State
from lint_rules.flow.values import Value, op
from lint_rules.models import lookup
from lint_rules.recurrence import Lap
from lint_rules.relations import is_private


def never_brought_about(m: Machine, lap: Lap, k: Value) -> bool:
    """A state that only a call of one method brings about, where no code of the project calls it or hands it on."""
    t = m.type_of(k.args[2]) or m.guessed.get(k.args[2])
    if t is None:
        return False
    methods = [
        method for model in lookup.lineage(m.models, t.name) for state, method in model.only_by if state == k.args[1]
    ]
    receiver = k.args[2].args[1].lstrip("_") if k.args[2].kind in ("attr", "var") else ""
    if not methods or not receiver or given.from_outside(m, k.args[2]):
        return False
    project = m.resolver.project
    path = project.path_of(lap.frame.module.name)
    here = project.text(path).text
    names = {receiver, *re.findall(rf"(\w+) = [\w.]*\b_*{re.escape(receiver)}$", here, re.MULTILINE)}
    asked = [f"^{name.lstrip('_')}" for name in sorted(names)]
    if re.search(
        rf"(?<!nonlocal )\b_*{re.escape(receiver)}[,)]", here
    ):  # handed on: others call it what it is, an event anything
        asked.append("" if t.name.endswith("Event") else t.name.rpartition(".")[2].lower())
    elif is_private(m, lap, k.args[2]) or (k.args[2].kind == "var" and _is_kept(here, k.args[2].args[1])):
        return not any(each.lstrip("_") in names for method in methods for each in project.called_on(path, method))
    return not any(project.calls(f"{name}.{method}(") for name in asked for method in methods)


def _is_kept(text: str, name: str) -> bool:
    """Whether a file does nothing with a variable but give it something and call its methods."""
    name = re.escape(name)
    plain = re.compile(
        rf"^\s*(?:nonlocal\b[^\n]*|{name}(?:: *[\w.]+)? = (?![^\n]*\b{name}\b)[^\n]*)$|\b{name}\.\w+\(", re.MULTILINE
    )
    return re.search(rf"\b{name}\b", plain.sub("", text)) is None


def excluded(m: Machine, k: Value, held: list[Value]) -> bool:
    """Whether another state that holds rules this one out: a queue is not full and empty at once."""
    t = m.type_of(k.args[2]) or m.guessed.get(k.args[2])
    pairs = [pair for model in lookup.lineage(m.models, t.name) for pair in model.never_both] if t is not None else []
    others = {o.args[1] for o in held if o.args[2] is k.args[2]}
    return any(k.args[1] == one and other in others for one, other in pairs)


def denies_what_follows(m: Machine, st: State, k: Value) -> bool:
    """Whether a response is open whose content is at its end: it closes itself there."""
    _, state, holder = k.args
    if holder.kind != "attr":
        return False
    t = m.type_of(holder.args[0]) or m.guessed.get(holder.args[0])
    models = lookup.lineage(m.models, t.name) if t is not None else ()
    follows = [own for model in models for inner, own in model.follows if inner == f"{holder.args[1]}.{state}"]
    return any(st.truth.get(op("state", own, holder.args[0])) is False for own in follows)
