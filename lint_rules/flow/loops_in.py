"""Loops inside a lap: no round or one round, all rounds of a counted few, more while the test is decided; what would go
on is dropped.

Each inner loop is a candidate by itself, so nothing is lost.
"""

from __future__ import annotations

from functools import partial

import libcst as cst

from lint_rules.comparisons import compare
from lint_rules.conditions import assume, truth
from lint_rules.flow import contexts, guesses, library, targets
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import NEXT, ROUND_SHARE, Machine, Outcomes, Results, lib
from lint_rules.flow.state import State
from lint_rules.flow.values import Value, const, fresh, is_const, is_number, make, number, op, tup
from lint_rules.models import lookup

MAX_ROUNDS = 12
ENDLESS = frozenset({"itertools.count", "itertools.cycle"})


def is_endless(m: Machine, it: Value) -> bool:
    """Whether an iterator never ends: `repeat(x)` without a number of times, `count()`, `cycle(x)`."""
    if it.kind == "libcall":
        return it.args[0] in ENDLESS
    if it.kind == "op":
        return it.args[:2] == ("method", "itertools.repeat") and len(it.args) == 3
    t = m.type_of(it)
    return t is not None and t.name in ENDLESS


def while_loop(m: Machine, f: Frame, st: State, node: cst.While) -> Outcomes:
    from lint_rules.flow.expressions import condition
    from lint_rules.flow.statements import suite

    if m.arrive(st, f, node):
        return []
    some = m.some_round(st, f, node)
    if some is not None:
        return _around(m, f, st, some, node)
    out: Outcomes = []
    ended: list[State] = []
    nothing: Outcomes = []
    states = [(st, True)]
    for rounds in range(MAX_ROUNDS):
        after: list[tuple[State, bool]] = []
        for s, may_go_on in states:
            answers = condition(m, f, s, node.test)
            decided = len(answers) == 1
            for s2, answer in answers:
                s2.log("branch", f, node, str(answer).lower() if rounds == 0 else "false now", f.depth)
                if not answer:
                    ended.append(s2)
                elif (not may_go_on and not decided) or (not may_go_on and is_const(_constant(node.test))):
                    m.prune(s2, "an inner loop goes on", f, node)
                else:
                    for s3, outcome in m.attempt(ROUND_SHARE, node, partial(suite, m, f, s2, node.body), nothing):
                        if outcome[0] in ("next", "continue"):
                            after.append((s3, False))
                        elif outcome[0] == "break":
                            out.append((s3, NEXT))
                        else:
                            out.append((s3, outcome))
        states = [(s, False) for s, _ in m.join([(s, NEXT) for s, _ in after])]
        if not states:
            break
    for s, _ in states:
        m.prune(s, "an inner loop goes on", f, node)
    return _behind(m, f, ended, out, node)


def _around(m: Machine, f: Frame, st: State, some: State, node: cst.While) -> Outcomes:
    """No round, from `st`, or a last one, from what any round may begin with."""
    from lint_rules.flow.expressions import condition
    from lint_rules.flow.statements import suite

    out: Outcomes = []
    nothing: Outcomes = []
    ended = [s for s, answer in condition(m, f, st, node.test) if not answer]
    for s in [s for s, answer in condition(m, f, some, node.test) if answer]:
        for s2, outcome in m.attempt(ROUND_SHARE, node, partial(suite, m, f, s, node.body), nothing):
            if outcome[0] in ("next", "continue"):
                ended += [s3 for s3, answer in condition(m, f, s2, node.test) if not answer]
            else:
                out.append((s2, NEXT if outcome[0] == "break" else outcome))
    return _behind(m, f, ended, out, node)


def _behind(m: Machine, f: Frame, ended: list[State], left: Outcomes, node: cst.While) -> Outcomes:
    """What comes behind a loop: of the paths whose test has failed, its `else`."""
    from lint_rules.flow.statements import suite

    for s, _ in m.join([(s, NEXT) for s in ended]):
        left.extend(suite(m, f, s, node.orelse.body) if node.orelse is not None else [(s, NEXT)])
    return m.join(left)


def _constant(node: cst.BaseExpression) -> Value:
    if isinstance(node, cst.Name) and node.value == "True":
        return const(True)
    if isinstance(node, cst.Integer):
        return const(1)
    return op("test")


def for_loop(m: Machine, f: Frame, st: State, node: cst.For) -> Outcomes:
    from lint_rules.flow.expressions import evaluate

    if m.arrive(st, f, node):
        return []
    out: Outcomes = []
    for s, it in evaluate(m, f, st, node.iter):
        if node.asynchronous is not None:
            s.mark("await")
            out.extend(_async_for(m, f, s, it, node))
        else:
            out.extend(_for(m, f, s, it, node))
    return m.join(out)


def _for(m: Machine, f: Frame, st: State, it: Value, node: cst.For) -> Outcomes:
    if it.kind in ("gen", "agen"):
        return _over_generator(m, f, st, it, node)
    if (numbers := _numbers(it)) is not None:
        return _counted(m, f, st, numbers, node)
    out: Outcomes = []
    for s, item in items(m, f, st, it):
        if item is None:
            s.log("branch", f, node, "nothing to iterate", f.depth)
            out.extend(_else(m, f, s, node))
        else:
            out.extend(m.attempt(ROUND_SHARE, node, partial(_round, m, f, s, item, node), []))
    return out


def _numbers(it: Value) -> range | None:
    """The rounds of a `range` of known numbers."""
    bounds = it.args[1:] if it.kind == "op" and it.args[0] == "range" else ()
    known = [a.args[1] for a in bounds if is_const(a) and type(a.args[1]) is int]
    return range(*known) if known and len(known) == len(bounds) and known[2:] != [0] else None


def _counted(m: Machine, f: Frame, st: State, numbers: range, node: cst.For) -> Outcomes:
    """All rounds of a few; of many, two, where the second leaves everything as the first did."""
    from lint_rules.flow.statements import suite

    few = not numbers[MAX_ROUNDS:]
    given = [const(n) for n in numbers] if few else [fresh("item")] * 2
    out: Outcomes = []
    nothing: Outcomes = []
    states, before = [st], [st]
    for item in given:
        before, after = states, []
        for s in states:
            for s2 in targets.assign(m, f, s.copy(), node.target, item):
                for s3, outcome in m.attempt(ROUND_SHARE, node, partial(suite, m, f, s2, node.body), nothing):
                    if outcome[0] in ("next", "continue"):
                        after.append(s3)
                    else:
                        out.append((s3, NEXT if outcome[0] == "break" else outcome))
        states = [s for s, _ in m.join([(s, NEXT) for s in after])]
    for s in states:
        if few or any(s.truth == b.truth and s.dom == b.dom and s.did_the_same(b) for b in before):
            out.extend(_else(m, f, s, node))
        else:
            m.prune(s, "an inner loop goes on", f, node)
    return out


def _else(m: Machine, f: Frame, st: State, node: cst.For) -> Outcomes:
    from lint_rules.flow.statements import suite

    return suite(m, f, st, node.orelse.body) if node.orelse is not None else [(st, NEXT)]


def _round(m: Machine, f: Frame, st: State, item: Value, node: cst.For) -> Outcomes:
    """One round of the body, then the end of the iteration."""
    from lint_rules.flow.statements import suite

    out: Outcomes = []
    for s in targets.assign(m, f, st, node.target, item):
        for s2, outcome in suite(m, f, s, node.body):
            if outcome[0] in ("next", "continue"):
                out.extend(_else(m, f, s2, node))
            elif outcome[0] == "break":
                out.append((s2, NEXT))
            else:
                out.append((s2, outcome))
    return out


def items(m: Machine, f: Frame, st: State, it: Value) -> list[tuple[State, Value | None]]:
    """The ways to iterate: over nothing (None), or over one item."""
    if it.kind == "op" and it.args[0] == "range":
        return _range_items(m, st, it)
    if is_endless(m, it):
        return [(st, fresh("item"))]
    if it.kind == "op" and it.args[0] == "calls":
        return [(st, fresh("item"))]
    held = st.heap.get((st.content(it), "[items]"))
    if it.kind == "tuple":
        held = it
    if held is not None and held.args[0]:
        return [(st, held.args[0][0])]
    source = _source(it)
    out: list[tuple[State, Value | None]] = []
    empty = st.copy()
    if assume(empty, source, False):
        out.append((empty, None))
    if assume(st, source, True):
        out.append((st, _item(m, st, it, source)))
    return out


def _source(it: Value) -> Value:
    """The collection that a view or a copy shows."""
    while it.kind == "op" and it.args[0] == "copy":
        it = it.args[1]
    return it


def _item(m: Machine, st: State, it: Value, source: Value) -> Value:
    now = st.content(source)
    if source.kind == "fresh" or (is_const(source)):
        return fresh("item", m.types.element(m.type_of(source)))
    view = it.args[2] if it.kind == "op" and it.args[0] == "copy" and len(it.args) > 2 else ""
    t = m.type_of(source)
    value = make("item", now, make("each", view))
    if any(truth(st, op("state", s, now)) for s in ("holds_finished", "all_finished")):  # a round is of a finished task
        value = make("item", now, make("each", "finished"))
    element = m.types.element(t)
    if t is not None and t.name == "dict" and element is not None and len(t.args) > 1:
        if view == "items":
            return tup((make("item", now, make("each", "key")), _typed(m, value, t.args[1])))
        _typed(m, value, t.args[1] if view == "values" else t.args[0])
        return value
    if view == "items":
        return tup((make("item", now, make("each", "key")), value))
    if view == "enumerate":
        return tup((const(0), _typed(m, value, element)))
    if view == "zip":
        return fresh("item")
    return _typed(m, value, element)


def _typed(m: Machine, v: Value, t: object) -> Value:
    from lint_rules.types import Type

    if isinstance(t, Type):
        m.set_type(v, t)
    return v


def _range_items(m: Machine, st: State, it: Value) -> list[tuple[State, Value | None]]:
    args = it.args[1:]
    low = args[0] if len(args) > 1 else const(0)
    high = args[1] if len(args) > 1 else args[0] if args else const(0)
    runs = compare("<", low, high)
    out: list[tuple[State, Value | None]] = []
    if is_number(low) and number(low) == 0 and high.kind in ("var", "attr"):
        assume(st, compare(">=", high, low), True, soft=True)  # nobody counts to less than nothing
    empty = st.copy()
    if assume(empty, runs, False) and not (high.kind in ("var", "attr") and m.is_positive_name(high)):
        out.append((empty, None))
    if assume(st, runs, True):
        out.append(
            (st, low if is_number(low) and is_number(high) and number(high) - number(low) <= 1 else fresh("item"))
        )
    return out


def _async_for(m: Machine, f: Frame, st: State, it: Value, node: cst.For) -> Outcomes:
    past = m.suspend(st)
    if past is not None:
        return [way for s, item in past for way in (*_else(m, f, s.copy(), node), *_waiting_round(m, f, s, item, node))]
    if it.kind in ("agen", "gen"):
        return _over_generator(m, f, st, it, node)
    name, receiver, args, keywords = it.args if it.kind == "libcall" else ("", it, (), ())
    t = m.type_of(it) if it.kind != "libcall" else None
    model = lookup.function(m.models, name) if name else None
    if t is None and it.kind != "libcall":
        t = guesses.guess_type(m, it, "__aiter__")
        if t is not None:
            st.note(f"`{guesses.plain_name(it)}` is a {t.name}, as its name says")
    cls = m.types.cls(t)
    rows = (
        m.rows(name or (t.name if t is not None and cls is None else ""), "async for") if name or t is not None else ()
    )
    if cls is not None:
        return _project_iterator(m, f, st, it, node)
    if not rows:
        m.prune(st, "waits for the next item", f, node)
        return []
    out: Outcomes = []
    for s, _ in library.apply_rows(m, f, st, rows, model, receiver, args, keywords, node, "async for"):
        out.extend(_else(m, f, s, node))
    return out


def _waiting_round(m: Machine, f: Frame, st: State, item: Value, node: cst.For) -> Outcomes:
    """One round of the body, the wait for the next item, then the end of the iteration."""
    from lint_rules.flow.statements import suite

    out: Outcomes = []
    for s in targets.assign(m, f, st, node.target, item):
        for s2, outcome in suite(m, f, s, node.body):
            if outcome[0] in ("next", "continue"):
                out.extend(way for s3, _ in m.suspend(s2) or () for way in _else(m, f, s3, node))
            else:
                out.append((s2, NEXT if outcome[0] == "break" else outcome))
    return out


def _project_iterator(m: Machine, f: Frame, st: State, it: Value, node: cst.For) -> Outcomes:
    """An object with `__aiter__` that is an async generator method; another kind waits."""
    from lint_rules.flow import functions
    from lint_rules.index import FunctionInfo

    cls = m.types.cls(m.type_of(it))
    method = m.resolver.find_method(cls, "__aiter__") if cls is not None else None
    if isinstance(method, FunctionInfo):
        out: Outcomes = []
        for s, v in functions.call_function(m, f, st, make("func", method, None, it), (), (), node):
            if v.kind in ("agen", "gen"):
                out.extend(_over_generator(m, f, s, v, node))
            else:
                out.extend(_one_item(m, f, s, v, node))
        return out
    m.prune(st, "waits for the next item", f, node)
    return []


def next_item(m: Machine, f: Frame, st: State, it: Value, node: cst.For) -> tuple[Results, list[State]]:
    """What `__anext__` of a project class gives without waiting, and the states in which the iteration ends."""
    from lint_rules.flow import functions
    from lint_rules.flow.awaits import await_value
    from lint_rules.index import FunctionInfo

    cls = m.types.cls(m.type_of(it))
    method = m.resolver.find_method(cls, "__anext__") if cls is not None else None
    if not isinstance(method, FunctionInfo):
        m.prune(st, "waits for the next item", f, node)
        return [], []
    m.raises.append([])
    try:
        given: Results = []
        for s, v in functions.call_function(m, f, st, make("func", method, None, it), (), (), node):
            given.extend(await_value(m, f, s, v, node) if v.kind == "coro" else [(s, v)])
    finally:
        raised = m.raises.pop()
    ended = []
    for s, exc in raised:
        if m.catches(exc, lib("StopAsyncIteration")):
            ended.append(s)
        else:
            m.throw(s, exc)
    return given, ended


def _one_item(m: Machine, f: Frame, st: State, it: Value, node: cst.For) -> Outcomes:
    """No item, or one; what would go on is a candidate by itself."""
    from lint_rules.flow.statements import suite

    given, ended = next_item(m, f, st, it, node)
    out: Outcomes = []
    for s in ended:
        s.mark("silent")
        out.extend(_else(m, f, s, node))
    for s, item in given:
        for s2 in targets.assign(m, f, s, node.target, item):
            for s3, outcome in suite(m, f, s2, node.body):
                if outcome[0] not in ("next", "continue"):
                    out.append((s3, NEXT if outcome[0] == "break" else outcome))
    return out


def _over_generator(m: Machine, f: Frame, st: State, call: Value, node: cst.For) -> Outcomes:
    from lint_rules.flow.statements import suite

    def inside(s: State, v: Value) -> Outcomes:
        return [way for s2 in targets.assign(m, f, s, node.target, v) for way in suite(m, f, s2, node.body)]

    out: Outcomes = []
    for s, outcome in contexts.generator(m, f, st, call, inside, node):
        if outcome is NEXT:
            s.mark("silent")
            out.extend(_else(m, f, s, node))
        else:
            out.append((s, NEXT if outcome[0] == "break" else outcome))
    return out
