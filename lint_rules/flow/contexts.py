"""`with` and `async with`: suppress, locks, timeouts, context managers of the project; an unknown asynchronous one
waits.
"""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from lint_rules.conditions import assume, truth
from lint_rules.flow import guesses, library, targets
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import NEXT, TASKS, Machine, Outcomes, Results, caught, group_of
from lint_rules.flow.state import State
from lint_rules.flow.values import NONE, Value, fresh, make, op, tup
from lint_rules.index import FunctionInfo
from lint_rules.models import lookup
from lint_rules.models.schema import Row

Body = Callable[[State], Outcomes]


def with_statement(m: Machine, f: Frame, st: State, node: cst.With) -> Outcomes:
    return _items(m, f, st, node, 0)


def _items(m: Machine, f: Frame, st: State, node: cst.With, i: int) -> Outcomes:
    from lint_rules.flow.expressions import evaluate
    from lint_rules.flow.statements import suite

    if i == len(node.items):
        return suite(m, f, st, node.body)
    item = node.items[i]
    out: Outcomes = []

    def inside(s: State, entered: Value) -> Outcomes:
        states = [s]
        if item.asname is not None:
            states = targets.assign(m, f, s, item.asname.name, entered)
        return [way for s2 in states for way in _items(m, f, s2, node, i + 1)]

    for s, manager in evaluate(m, f, st, item.item):
        out.extend(_enter(m, f, s, manager, node.asynchronous is not None, inside, item))
    return m.join(out)


Inside = Callable[[State, Value], Outcomes]


def _enter(
    m: Machine, f: Frame, st: State, manager: Value, is_async: bool, inside: Inside, node: cst.CSTNode
) -> Outcomes:
    if is_async:
        st.mark("await")
        past = m.suspend(st)
        if past is not None:
            ways = [way for s, v in past for way in inside(s, v)]
            if _is_lock(m, manager):
                return ways
            return [(s, outcome) for way, outcome in ways for s, _ in m.suspend(way) or ()]
    if manager.kind == "libcall":
        return _library(m, f, st, manager, is_async, inside, node)
    if manager.kind in ("gen", "agen"):
        return generator(m, f, st, manager, inside, node)
    t = m.type_of(manager)
    cls = m.types.cls(t)
    if cls is not None:
        enter = m.resolver.find_method(cls, "__aenter__" if is_async else "__enter__")
        leave = m.resolver.find_method(cls, "__aexit__" if is_async else "__exit__")
        if isinstance(enter, FunctionInfo) and isinstance(leave, FunctionInfo):
            return _project(m, f, st, manager, enter, leave, inside, node)
    if t is None and is_async:
        guess = guesses.guess_type(m, manager, "acquire")
        if guess is not None:
            st.note(f"`{guesses.plain_name(manager)}` is a {guess.name}, as its name says")
            t = guess
    if t is not None:
        combinator = lookup.function(m.models, t.name)
        rows = m.rows(t.name, "async with" if is_async else "with")
        if combinator is not None and combinator.combinator and not rows:
            return _combinator(m, f, st, combinator.combinator, (), inside, node)
        if rows:
            return _rows(m, f, st, t.name, rows, manager, inside, node)
    if is_async:
        m.prune(st, "waits entering a context", f, node)
        return []
    if manager.kind in ("attr", "var"):
        st.kill(manager)
    return inside(st, fresh("env", t))


def _is_lock(m: Machine, manager: Value) -> bool:
    """Whether it is left without a wait, as whatever is entered at once while it is free."""
    t = m.type_of(manager)
    return t is not None and any(row.label == "free" for row in m.rows(t.name, "async with"))


def _library(
    m: Machine, f: Frame, st: State, call: Value, is_async: bool, inside: Inside, node: cst.CSTNode
) -> Outcomes:
    name, receiver, args, keywords = call.args
    model = lookup.function(m.models, name)
    if model is not None and model.combinator is not None:
        return _combinator(m, f, st, model.combinator, args, inside, node)
    rows = m.rows(name, "async with" if is_async else "with")
    if rows:
        results = library.apply_rows(m, f, st, rows, model, receiver, args, keywords, node, "async with")
        return [way for s, v in results for way in inside(s, v)]
    if is_async:
        m.prune(st, f"waits entering {name}", f, node)
        return []
    return inside(st, fresh("env"))


def _combinator(
    m: Machine, f: Frame, st: State, combinator: str, args: tuple[Value, ...], inside: Inside, node: cst.CSTNode
) -> Outcomes:
    if combinator == "suppress":
        return _suppress(m, f, st, args, inside, node)
    if combinator in ("timeout", "nullcontext", "exit_stack"):
        return inside(st, args[0] if combinator == "nullcontext" and args else fresh("object"))
    if combinator == "task_group":
        return _task_group(m, f, st, inside, node)
    m.prune(st, "waits entering a context", f, node)
    return []


def _suppress(
    m: Machine, f: Frame, st: State, classes: tuple[Value, ...], inside: Inside, node: cst.CSTNode
) -> Outcomes:
    m.raises.append([])
    try:
        out = inside(st, NONE)
    finally:
        raised = m.raises.pop()
    for s, exc in raised:
        answer = m.catches(exc, tup(classes))
        if answer:
            s.mark("swallowed")
            s.log("handler", f, node, "suppresses the exception", f.depth)
            out.append((s, NEXT))
        elif answer is False:
            m.throw(s, exc)
        else:
            m.prune(s, "raises an exception whose handler is unknown", f, node)
    return out


def _task_group(m: Machine, f: Frame, st: State, inside: Inside, node: cst.CSTNode) -> Outcomes:
    """Leaving waits for what was spawned inside; with nothing spawned it does not suspend. What is raised inside comes
    out in a group.
    """
    from lint_rules.types import Type

    group = make("object_new", next(m.ids), Type("asyncio.TaskGroup", exact=True))
    out: Outcomes = []
    m.raises.append([])
    try:
        for s, outcome in inside(st, group):
            spawned = _spawned(s, group)
            if spawned is None:
                m.prune(s, "waits for its tasks", f, node)
                continue
            from lint_rules.flow.awaits import await_value

            states = [s]
            for task in spawned:
                states = [s3 for s2 in states for s3, _ in await_value(m, f, s2, task, node)]
            out.extend((s2, outcome) for s2 in states)
    finally:
        raised = m.raises.pop()
    for s, exc in raised:
        if _spawned(s, group) != ():
            s.suspension = max(s.suspension, 1)  # the others are cancelled, and awaited
        m.throw(s, group_of(exc))
    return out


def _spawned(st: State, group: Value) -> tuple[Value, ...] | None:
    """The tasks of a group; None where others may have spawned some, too."""
    if "spawned" in st.marks or st.content(group) is not group:
        return None
    held = st.heap.get((group, TASKS))
    return held.args[0] if held is not None else ()


def _rows(
    m: Machine,
    f: Frame,
    st: State,
    name: str,
    rows: tuple[Row, ...],
    manager: Value,
    inside: Inside,
    node: cst.CSTNode,
) -> Outcomes:
    """A library object: entered in a state in which it does not wait; a lock is free again when it is left."""
    from lint_rules.flow.machine import set_state, state_symbol

    out: Outcomes = []
    model = lookup.function(m.models, f"{name}.__aenter__")
    before = {
        state: state_symbol(st, manager, state) for row in rows for text in row.sets for state in [text.lstrip("!")]
    }
    for s, v in library.apply_rows(m, f, st, rows, model, manager, (), (), node, "async with"):
        was = {state: truth(s, symbol) for state, symbol in before.items()}
        m.raises.append([])
        try:
            ways = inside(s, v if model is not None and model.returns else manager)
        finally:
            raised = m.raises.pop()
        for s2 in [w[0] for w in ways] + [r[0] for r in raised]:
            for state, symbol in before.items():
                known = was[state]
                set_state(s2, manager, state, symbol if known is None else make("const", "bool", known))
        for s2, exc in raised:
            m.throw(s2, exc)
        out.extend(ways)
    return out


def _project(
    m: Machine,
    f: Frame,
    st: State,
    manager: Value,
    enter: FunctionInfo,
    leave: FunctionInfo,
    inside: Inside,
    node: cst.CSTNode,
) -> Outcomes:
    """`__enter__`, body, `__exit__`; a true answer of `__exit__` swallows the exception."""
    out: Outcomes = []
    for s, entered in _run(m, f, st, manager, enter, (), node):
        m.raises.append([])
        try:
            ways = inside(s, entered)
        finally:
            raised = m.raises.pop()
        for s2, outcome in ways:
            out.extend((s3, outcome) for s3, _ in _run(m, f, s2, manager, leave, (NONE, NONE, NONE), node))
        for s2, exc in raised:
            given = (exc.cls or fresh("env"), caught(exc), fresh("env"))
            assume(s2, op("none", given[0]), False, soft=True)
            for s3, answer in _run(m, f, s2, manager, leave, given, node):
                for s4, swallowed in _truths(s3, answer):
                    if swallowed:
                        s4.mark("swallowed")
                        s4.log("handler", f, node, f"{leave.qualname} swallows the exception", f.depth)
                        out.append((s4, NEXT))
                    else:
                        m.throw(s4, exc)
    return out


def _truths(st: State, v: Value) -> list[tuple[State, bool]]:
    known = truth(st, v)
    if known is not None:
        return [(st, known)]
    other = st.copy()
    return [(s, want) for s, want in ((st, True), (other, False)) if assume(s, v, want)]


def _run(
    m: Machine, f: Frame, st: State, manager: Value, fn: FunctionInfo, args: tuple[Value, ...], node: cst.CSTNode
) -> Results:
    from lint_rules.flow import functions
    from lint_rules.flow.awaits import await_value

    out: Results = []
    for s, v in functions.call_function(m, f, st, make("func", fn, None, manager), args, (), node):
        out.extend(await_value(m, f, s, v, node) if v.kind == "coro" else [(s, v)])
    return out


def generator(m: Machine, f: Frame, st: State, call: Value, inside: Inside, node: cst.CSTNode) -> Outcomes:
    """A generator function of the project as context manager or as iterable: the caller's block runs at its `yield`."""
    from lint_rules.flow import functions
    from lint_rules.flow.statements import body_of

    callee, args, keywords = call.args
    fn: FunctionInfo = callee.args[0]
    if functions.is_stub(m, fn):
        m.prune(st, f"iterates over {fn.name}, which is abstract", f, node)
        return []
    if f.depth >= 5 or m.stack.count(fn) > 0:
        m.prune(st, "calls too deep", f, node)
        return []
    frame = functions.enter(m, f, st, callee, args, keywords)
    if frame is None:
        m.prune(st, "cannot be parsed", f, node)
        return []
    left: Outcomes = []

    def at_yield(s: State, v: Value) -> Outcomes:
        ways = inside(s, v)
        out: Outcomes = []
        for s2, outcome in ways:
            if outcome[0] in ("next", "continue"):
                out.append((s2, NEXT))
            else:
                left.append((s2, outcome))
        return out

    m.stack.append(fn)
    m.yields.append(at_yield)
    try:
        outcomes = body_of(m, frame, st)
    finally:
        m.yields.pop()
        m.stack.pop()
    done: Outcomes = [(s, NEXT) for s, (kind, _) in outcomes if kind in ("next", "return")]
    return [*done, *left]
