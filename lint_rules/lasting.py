"""States of a library's object that last: the coroutine began them before its loop, and who ends them?

A subscription that was made before the loop is there until it is closed; where no code of the project closes it, "not
subscribed" is the state of no lap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lint_rules.flow.machine import Machine
from lint_rules.flow.values import Value
from lint_rules.models import lookup
from lint_rules.recurrence import Lap


def is_begun(m: Machine, lap: Lap, k: Value) -> bool:
    """Whether a literal is a state that the coroutine brings about before the loop, and no code of the project ends."""
    if k.kind != "op" or k.args[0] != "state" or k.args[2].kind not in ("attr", "var"):
        return False
    _, state, receiver = k.args
    t = m.type_of(receiver) or m.guessed.get(receiver)
    models = list(lookup.lineage(m.models, t.name)) if t is not None else []
    begins = _methods(pair for model in models for pair in model.begun_by if pair[0] == state)
    ends = _methods(pair for model in models for pair in model.ended_by if pair[0] == state)
    text = m.text_of_loop()
    if not begins or text is None:
        return False
    called = rf"(?<!\w){re.escape(receiver.args[1])}\.(?:{{}})\("
    if re.search(called.format(begins), lap.frame.slice.source_before(lap.loop)) is None:
        return False
    end = called.format(ends)
    return not (re.search(end, text) if receiver.kind == "var" else m.resolver.project.matches(end))


def _methods(pairs: Iterable[tuple[str, str]]) -> str:
    return "|".join(name for _, names in pairs for name in names.split())
