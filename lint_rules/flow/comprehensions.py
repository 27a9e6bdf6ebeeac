"""Comprehensions inside a lap: a new collection, empty or of one element.

Invariant: one of several elements is never looked for; it would do what the first one does.
"""

from __future__ import annotations

import libcst as cst

from lint_rules.flow import contexts, library, targets
from lint_rules.flow.frames import Frame
from lint_rules.flow.loops_in import items
from lint_rules.flow.machine import NEXT, Machine, Outcomes, Results
from lint_rules.flow.state import State
from lint_rules.flow.values import Value


def comprehension(
    m: Machine, f: Frame, st: State, node: cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp
) -> Results:
    """A new collection: empty, or of one element."""
    from lint_rules.flow.expressions import collection, evaluate

    kind = {"ListComp": "list", "SetComp": "set", "DictComp": "dict"}.get(type(node).__name__, "list")
    elements = [node.key, node.value] if isinstance(node, cst.DictComp) else [node.elt]

    def made(s: State) -> list[tuple[State, tuple[Value, ...]]]:
        states: list[tuple[State, tuple[Value, ...]]] = [(s, ())]
        for e in elements:
            states = [(s3, (*got, v)) for s2, got in states for s3, v in evaluate(m, f, s2, e)]
        return states

    out: Results = []
    for s, values in _comp_for(m, f, st, node.for_in, made):
        if values is None:
            out.append((s, collection(s, kind, False)))
        else:
            out.append((s, collection(s, kind, True, values[-1:] if kind != "dict" else ())))
    return out


def _comp_for(
    m: Machine, f: Frame, st: State, comp: cst.CompFor, made: object
) -> list[tuple[State, tuple[Value, ...] | None]]:
    from lint_rules.flow.expressions import evaluate

    out: list[tuple[State, tuple[Value, ...] | None]] = []
    for s, it in evaluate(m, f, st, comp.iter):
        if comp.asynchronous is not None or it.kind in ("gen", "agen"):
            out.extend(_async_comp(m, f, s, it, comp))
            continue
        for s2, item in items(m, f, s, it):
            if item is None:
                out.append((s2, None))
                continue
            for s3 in targets.assign(m, f, s2, comp.target, item):
                out.extend(_comp_ifs(m, f, s3, comp, 0, made))
    return out


def _async_comp(
    m: Machine, f: Frame, st: State, it: Value, comp: cst.CompFor
) -> list[tuple[State, tuple[Value, ...] | None]]:
    if comp.asynchronous is not None:
        st.mark("await")
    t = m.type_of(it)
    rows = m.rows(t.name, "async for") if t is not None and m.types.cls(t) is None else ()
    if it.kind == "libcall":
        rows = m.rows(it.args[0], "async for")
    if rows:
        receiver = it.args[1] if it.kind == "libcall" else it
        return [(s, None) for s, _ in library.apply_rows(m, f, st, rows, None, receiver, (), (), comp, "async for")]
    if it.kind in ("gen", "agen"):

        def nothing(s: State, v: Value) -> Outcomes:
            m.prune(s, "takes an item of a generator", f, comp)
            return []

        return [(s, None) for s, outcome in contexts.generator(m, f, st, it, nothing, comp) if outcome is NEXT]
    m.prune(st, "waits for the next item", f, comp)
    return []


def _comp_ifs(
    m: Machine, f: Frame, st: State, comp: cst.CompFor, i: int, made: object
) -> list[tuple[State, tuple[Value, ...] | None]]:
    from lint_rules.flow.expressions import condition

    if i < len(comp.ifs):
        out: list[tuple[State, tuple[Value, ...] | None]] = []
        for s, answer in condition(m, f, st, comp.ifs[i].test):
            out.extend(_comp_ifs(m, f, s, comp, i + 1, made) if answer else [(s, None)])
        return out
    if comp.inner_for_in is not None:
        return _comp_for(m, f, st, comp.inner_for_in, made)
    assert callable(made)
    return list(made(st))
