"""Awaiting: what runs inline, what is ready, what yields; everything else waits and ends the path."""

from __future__ import annotations

from functools import partial

import libcst as cst

from lint_rules.comparisons import compare
from lint_rules.conditions import assume, truth
from lint_rules.flow import library, waiting
from lint_rules.flow.frames import Frame
from lint_rules.flow.knowledge import zero_shape
from lint_rules.flow.machine import CALL_SHARE, Machine, Raised, Results, lib
from lint_rules.flow.state import State
from lint_rules.flow.values import NONE, TRUE, Value, const, fresh, is_const, is_number, number, parts
from lint_rules.models import lookup
from lint_rules.models.schema import FunctionModel, Row

SILENT_LIMIT = 6


def await_value(m: Machine, f: Frame, st: State, v: Value, node: cst.CSTNode) -> Results:
    st.mark("await")
    past = m.suspend(st)
    if past is not None:
        return [(s, waiting.all_done(m, s, v) or given) for s, given in past]
    kind = v.kind
    if kind == "coro":
        return run_coroutine(m, f, st, v, node)
    if kind == "libcall":
        return _await_lib(m, f, st, v, node)
    if kind == "usercall":
        return _await_user(m, f, st, v, node)
    if kind == "task":
        return _await_task(m, f, st, v, node)
    t = m.type_of(v)
    if t is not None:
        cls = m.types.cls(t)
        if cls is None:
            rows = m.rows(t.name, "await")
            if rows:
                return library.apply_rows(m, f, st, rows, None, v, (), (), node, "await")
    m.prune(st, "waits", f, node)
    return []


def run_coroutine(m: Machine, f: Frame, st: State, coro: Value, node: cst.CSTNode) -> Results:
    """Runs inline, as Python does: it suspends only where something inside does."""
    from lint_rules.flow import functions

    callee, args, keywords = coro.args
    fn = callee.args[0]
    if functions.is_stub(m, fn):
        m.prune(st, f"awaits {fn.name}, which is abstract", f, node)
        return []
    st.log("call", f, node, fn.qualname.replace(".<locals>", ""), f.depth)
    before = st.suspension
    mark = len(m.raises[-1])
    nothing: Results = []
    results = m.attempt(CALL_SHARE, fn, partial(functions.invoke, m, f, st, callee, args, keywords, node), nothing)
    for s, _ in results:
        if s.suspension == before or before == 0:
            s.mark("silent")
            s.mark(f"silent:{node_key(f, node)}")
            s.log(
                "return",
                f,
                node,
                f"{fn.name} returns without " + ("waiting" if s.suspension else "suspending"),
                f.depth,
            )
    for s, _ in m.raises[-1][mark:]:
        s.mark("raised")
        s.log("raise", f, node, f"{fn.name} raises without " + ("waiting" if s.suspension else "suspending"), f.depth)
    return results


def node_key(f: Frame, node: cst.CSTNode) -> str:
    return f"{f.fn.qualname}:{id(node)}"


def _await_task(m: Machine, f: Frame, st: State, task: Value, node: cst.CSTNode) -> Results:
    """A task made on this lap: it has not run yet, so awaiting it yields at least once."""
    st.suspension = max(st.suspension, 1)
    st.mark("ready")
    return await_value(m, f, st, task.args[1], node)


def _await_user(m: Machine, f: Frame, st: State, v: Value, node: cst.CSTNode) -> Results:

    from lint_rules.flow import functions

    fn, receiver, args, keywords = v.args
    rows = functions.user_rows(m, fn) or ()
    return library.apply_rows(m, f, st, rows, None, receiver, args, keywords, node, "await")


def _await_lib(m: Machine, f: Frame, st: State, v: Value, node: cst.CSTNode) -> Results:
    name, receiver, args, keywords = v.args
    model = lookup.function(m.models, name)
    combinator = model.combinator if model is not None else None
    if name == "anext":
        m.prune(st, "waits", f, node)
        return []
    if combinator == "sleep" and model is not None:
        return _sleep(m, f, st, name, model, args, keywords, node)
    if combinator in ("wait_for", "shield") and model is not None:
        return _transparent(m, f, st, name, model, args, keywords, node)
    if combinator == "gather":
        return _gather(m, f, st, name, args, keywords, node)
    if combinator == "wait":
        return waiting.wait(m, f, st, name, args, keywords, node)
    if combinator == "predicate":
        return _predicate(m, f, st, args, node)
    rows = m.rows(name, "await")
    if not rows:
        m.prune(st, f"waits in {name}", f, node)
        return []
    return library.apply_rows(m, f, st, rows, model, receiver, args, keywords, node, "await")


def _predicate(m: Machine, f: Frame, st: State, args: tuple[Value, ...], node: cst.CSTNode) -> Results:
    """`Condition.wait_for(predicate)` asks first, and returns at once where the answer is true."""
    from lint_rules.flow.calls import call_value
    from lint_rules.flow.expressions import split

    out: Results = []
    call = node.expression if isinstance(node, cst.Await) else node
    if args and isinstance(call, cst.Call):
        for s, v in call_value(m, f, st, args[0], (), (), call):
            for s2, answer in split(m, f, s, v):
                if answer:
                    s2.mark("ready")
                    s2.log("library", f, node, "wait_for() returns at once, the predicate is true", f.depth)
                    out.append((s2, v))
                else:
                    m.prune(s2, "waits for the predicate", f, node)
    return out


# ---------------------------------------------------------------------- sleeping


def _sleep(
    m: Machine,
    f: Frame,
    st: State,
    name: str,
    model: FunctionModel,
    args: tuple[Value, ...],
    keywords: tuple[tuple[str, Value], ...],
    node: cst.CSTNode,
) -> Results:
    delay = library.parameter(model, model.parameters[0] if model.parameters else "delay", args, keywords)
    if delay is None:
        m.prune(st, f"waits in {name}", f, node)
        return []
    out: Results = []
    for s, why in zero_delays(m, f, st, delay):
        why = why or passed(delay)
        s.suspension = max(s.suspension, 1)
        s.mark("zero")
        if why:
            s.note(why)
        s.log("sleep", f, node, "the delay is not positive: yields, does not wait", f.depth)
        out.append((s, NONE))
    m.prune(st, "sleeps", f, node)
    return out


def passed(delay: Value) -> str:
    """The assumption in a delay that is reckoned from a clock."""
    by_clock = any(p.kind == "fresh" and p.args[1] == "time" for p in parts(delay))
    return "the time that the delay counts to has passed" if by_clock else ""


def _times_out(m: Machine, f: Frame, st: State, why: str, node: cst.CSTNode) -> None:
    st.suspension = max(st.suspension, 1)
    st.mark("zero")
    if why:
        st.note(why)
    st.log("sleep", f, node, "the timeout is not positive: raises TimeoutError without running anything", f.depth)
    m.throw(st, Raised(lib("TimeoutError")))


def zero_delays(m: Machine, f: Frame, st: State, delay: Value) -> list[tuple[State, str]]:
    """The states in which a delay is not positive, each with the assumption that it needs."""
    if is_number(delay):
        return [(st.copy(), "")] if number(delay) <= 0 else []
    if delay is NONE:
        return []
    wanted = compare("<=", delay, const(0))
    known = truth(st, wanted)
    if known is not None:
        return [(st.copy(), "")] if known else []
    if delay.kind == "op" and delay.args[0] in ("max", "min", "num", "pick"):
        return _zero_of_operation(m, f, st, delay)
    if delay.kind == "lin":
        return _zero_of_difference(m, st, delay)
    if delay.kind == "op" and delay.args[0] == "mul":
        return [pair for part in delay.args[1:] for pair in zero_delays(m, f, st, part)]
    return _zero_setting(m, st, delay)


def _zero_of_operation(m: Machine, f: Frame, st: State, delay: Value) -> list[tuple[State, str]]:
    name, parts = delay.args[0], delay.args[1:]
    if name == "num":
        return zero_delays(m, f, st, parts[0])
    if name == "pick":
        out = []
        for i, item in enumerate(parts[0].args[0]):
            s = st.copy()
            if is_number(item) and number(item) <= 0 and assume(s, compare("==", parts[1], const(i)), True):
                out.append((s, ""))
        return out
    if name == "min":
        return [pair for part in parts for pair in zero_delays(m, f, st, part)]
    states: list[tuple[State, str]] = [(st, "")]
    for part in parts:
        states = [(s2, why2 or why) for s, why in states for s2, why2 in zero_delays(m, f, s, part)]
    return states


def _zero_of_difference(m: Machine, st: State, delay: Value) -> list[tuple[State, str]]:
    """`due - now`: once the time has passed it stays past, unless the lap moves `due`."""
    clocks = [(s, factor) for s, factor in delay.args[0] if s.kind == "fresh" and s.args[1] == "time"]
    if len(clocks) != 1 or clocks[0][1] >= 0 or len(delay.args[0]) < 2:
        return []
    others = [s for s, _ in delay.args[0] if s is not clocks[0][0]]
    if any(s.round for s in others):
        return []
    s = st.copy()
    return (
        [(s, "the time that the delay counts to has passed")] if assume(s, compare("<=", delay, const(0)), True) else []
    )


def _zero_setting(m: Machine, st: State, delay: Value) -> list[tuple[State, str]]:
    """A delay that the project's own text sets to zero somewhere. On the path of `delay or 1.0` on which it is true it
    is not zero.
    """
    if truth(st, delay):
        return []
    by_default = (
        delay.kind == "op" and delay.args[:2] == ("method", "get") and len(delay.args) == 5 and _is_zero(delay.args[4])
    )
    if not (by_default or _of_a_table(m, delay) or (delay.kind in ("attr", "var") and m.may_be_zero(delay))):
        return []
    s = st.copy()
    return [(s, "the delay is configured as 0")] if assume(s, compare("<=", delay, const(0)), True) else []


def _of_a_table(m: Machine, delay: Value) -> bool:
    """`DELAYS[mode]` or `DELAYS.get(mode)` of a table that is written out and has a zero; which entry is not known."""
    if delay.kind == "item":
        table, keys = delay.args
    elif delay.kind == "op" and delay.args[:2] == ("method", "get") and len(delay.args) > 3:
        table, keys = delay.args[2:4]
    else:
        return False
    if isinstance(keys, Value) and is_const(keys):
        return False
    shapes = m.shapes_of(table) if table.kind in ("attr", "var") else []
    return len(shapes) == 1 and shapes[0][1][0] == "dict" and any(zero_shape(s) for s in shapes[0][1][1])


def _is_zero(v: Value) -> bool:
    return is_number(v) and number(v) <= 0


# ---------------------------------------------------------------------- combinators


def _row(m: Machine, name: str, test: str) -> Row | None:
    """The row of a combinator for arguments that are silent, done or empty."""
    for row in m.rows(name, "await"):
        if (
            row.when
            and row.when[0].endswith(f" {test}")
            and not any(g.endswith(("is None", "<=0")) for g in row.when[1:])
        ):
            return row
    return None


def suspend(m: Machine, st: State, name: str, test: str, fallback: str = "none") -> None:
    row = _row(m, name, test)
    suspends = m.weakest(row.suspends) if row is not None else fallback
    if suspends == "yield":
        st.suspension = max(st.suspension, 1)
    if test == "done":
        st.mark("ready")


def _transparent(
    m: Machine,
    f: Frame,
    st: State,
    name: str,
    model: FunctionModel,
    args: tuple[Value, ...],
    keywords: tuple[tuple[str, Value], ...],
    node: cst.CSTNode,
) -> Results:
    """`wait_for(x, t)` and `shield(x)` wait as long as x does; what they add depends on the Python version."""
    inner = library.parameter(model, model.parameters[0], args, keywords)
    if inner is None:
        m.prune(st, f"waits in {name}", f, node)
        return []
    timeout = library.parameter(model, "timeout", args, keywords) if model.combinator == "wait_for" else None
    if timeout is not None and timeout is not NONE and inner.kind in ("coro", "libcall", "usercall"):
        for s, why in zero_delays(m, f, st, timeout):
            _times_out(m, f, s, why or passed(timeout), node)
        if is_number(timeout) and number(timeout) <= 0:
            return []
    done = inner.kind not in ("coro", "libcall", "usercall")
    results = await_value(m, f, st, inner, node)
    for s, _ in results:
        if timeout is not NONE or model.combinator == "shield":
            suspend(m, s, name, "done" if done else "silent")
    return results


def _gather(
    m: Machine,
    f: Frame,
    st: State,
    name: str,
    args: tuple[Value, ...],
    keywords: tuple[tuple[str, Value], ...],
    node: cst.CSTNode,
) -> Results:
    from lint_rules.flow.expressions import collection

    if any(k in ("*", "**") for k, _ in keywords):
        starred = [v for k, v in keywords if k == "*"]
        out: Results = []
        empty = st.copy()
        if not args and starred and all(assume(empty, v, False) for v in starred):
            empty.mark("silent")
            empty.log("library", f, node, "gather() of nothing returns at once, without suspending", f.depth)
            out.append((empty, collection(empty, "list", False)))
        m.prune(st, f"waits in {name}", f, node)
        return out
    if not args:
        st.mark("silent")
        st.log("library", f, node, "gather() of nothing returns at once, without suspending", f.depth)
        return [(st, collection(st, "list", False))]
    states: list[tuple[State, tuple[Value, ...]]] = [(st, ())]
    swallow = dict(keywords).get("return_exceptions") is TRUE
    for a in args[:SILENT_LIMIT]:
        grown: list[tuple[State, tuple[Value, ...]]] = []
        for s, done in states:
            if swallow:
                m.raises.append([])
            grown.extend((s2, (*done, v)) for s2, v in await_value(m, f, s, a, node))
            if swallow:
                for s2, _ in m.raises.pop():
                    s2.mark("swallowed")
                    grown.append((s2, (*done, fresh("result"))))
        states = grown
    out = []
    for s, values in states:
        coroutines = any(a.kind in ("coro", "libcall", "usercall", "task") for a in args)
        suspend(m, s, name, "silent" if coroutines else "done", "yield")
        out.append((s, collection(s, "list", True, values)))
    return out
