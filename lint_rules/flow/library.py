"""What library calls do, read from the models: one state at a time, and what no row covers waits.

Invariant: a modelled call changes nothing but what its row says.
"""

from __future__ import annotations

import ast
import errno

import libcst as cst

from lint_rules.comparisons import compare, negate
from lint_rules.conditions import assume, truth
from lint_rules.flow import containers, reading
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import (
    EXCEPTIONS,
    TASKS,
    Args,
    Keywords,
    Machine,
    Raised,
    Results,
    caught,
    lib,
    set_state,
    state_symbol,
)
from lint_rules.flow.state import State
from lint_rules.flow.values import FALSE, NONE, TRUE, Value, attr, const, fresh, make, op, tup
from lint_rules.models import lookup
from lint_rules.models.guards import parse_guard
from lint_rules.models.schema import Form, FunctionModel, Row
from lint_rules.types import Type

HEAP = {"heapq.heappush": "append", "heapq.heappop": "pop", "heapq.heapify": "sort"}  # as methods of the list
FORMS: tuple[Form, ...] = ("await", "async for", "async with", "with")
STARTS = frozenset({"asyncio.TaskGroup.start_soon", "asyncio.TaskGroup.start"})  # the other libraries' names for it


def call_lib(
    m: Machine,
    f: Frame,
    st: State,
    name: str,
    receiver: Value | None,
    args: Args,
    keywords: Keywords,
    node: cst.CSTNode,
) -> Results:
    name = lookup.canonical(m.models, name)
    model = lookup.function(m.models, name)
    read = reading.read(m, st, name, args, keywords)
    if read is not None:
        return read
    rows = m.rows(name, "call")
    if rows:
        return apply_rows(m, f, st, rows, model, receiver, args, keywords, node)
    if name in HEAP and args:
        changed = containers.call(m, f, st, args[0], Type("list"), HEAP[name], args[1:], keywords, node)
        return changed if changed is not None else [(st, fresh("env"))]
    if (
        model is not None
        and model.combinator == "spawn"
        and args
        and args[0].kind in ("coro", "libcall", "usercall", "task")
    ):
        task = args[0] if args[0].kind == "task" else make("task", next(m.ids), args[0])
        if receiver is not None:
            held = st.heap.get((st.content(receiver), TASKS))
            st.heap[(st.content(receiver), TASKS)] = tup((*(held.args[0] if held is not None else ()), task))
        return [(st, task)]
    if model is not None and model.combinator is not None:
        return [(st, make("libcall", name, receiver, args, keywords))]
    if model is not None and model.answer == "new":
        v = make("object_new", next(m.ids), m.types.lib_call(name, []))
        new_states(m, st, v, model.returns or "")
        return [(st, v)]
    if model is not None and model.answer:
        return [(st, m.now(name) if model.answer == "clock" else fresh("env", Type("float")))]
    if model is not None and model.pure:
        given = (*((receiver,) if receiver is not None else ()), *args, *(v for _, v in keywords))
        v = op("method", name, *(st.content(a) for a in given))
        t = m.types.lib_call(name, [])
        if t is not None:
            m.set_type(v, t)
        return [(st, v)]
    if any(m.rows(name, form) for form in FORMS) and lookup.find_type(m.models, name) is None:
        return [(st, make("libcall", name, receiver, args, keywords))]
    if lookup.exception_bases(m.models, name) or name == "BaseException":
        v = make("object_new", next(m.ids), Type(name, exact=True))
        if len(args) > 1 and "OSError" in (name, *lookup.exception_bases(m.models, name)):
            st.write(v, "errno", args[0])
        from lint_rules.flow import calls

        inside = calls.known_items(st, args[1]) if len(args) > 1 and name.endswith("ExceptionGroup") else None
        if inside:
            st.heap[(v, EXCEPTIONS)] = tup(inside)
        return [(st, v)]
    return _unmodelled(m, f, st, name, model, receiver, args, keywords, node)


def _unmodelled(
    m: Machine,
    f: Frame,
    st: State,
    name: str,
    model: FunctionModel | None,
    receiver: Value | None,
    args: Args,
    keywords: Keywords,
    node: cst.CSTNode,
) -> Results:
    from lint_rules.flow import calls

    t = m.types.lib_call(name, [m.type_of(a) for a in args[:1]])
    if name in STARTS:
        st.mark("spawned")
        return [(st, fresh("env"))]
    known = lookup.find_type(m.models, name)
    if known is not None and receiver is None:
        v = make("object_new", next(m.ids), t) if known.truth == "always" else fresh("object", t)
        new_states(m, st, v, name)
        if known.truth == "sized" or name in ("collections.deque",):
            st.truth[v] = bool(args)
            st.soft |= {v}
        return [(st, v)]
    if model is not None:
        return [(st, make("libcall", name, receiver, args, keywords))]
    root = name.split(".")[0]
    if root in ("logging", "warnings", "traceback", "structlog", "loguru", "typing", "copy", "dataclasses"):
        return [(st, fresh("env", t))]
    m.may_raise(st)
    if receiver is not None:
        st.kill(receiver)
    calls.forget_arguments(m, st, args, keywords)
    st.note(f"`{name}()` changes nothing that the lap depends on")
    return [(st, fresh("env", t))]


def new_states(m: Machine, st: State, v: Value, name: str) -> None:
    """A new object is in its initial states: an event unset, a queue empty, a lock free."""
    for model in lookup.lineage(m.models, name):
        initial = dict(model.initial)
        asked = [*(s for s, _ in model.states), *(s.lstrip("!") for _, s in model.attributes)]
        for state in (*asked, "locked"):
            set_state(st, v, state, const(initial.get(state) == "True"))


def parameter(model: FunctionModel | None, name: str, args: Args, keywords: Keywords) -> Value | None:
    """The argument that a call gives for a parameter, or its default."""
    named = dict(keywords)
    if name in named:
        return named[name]
    if model is not None and name in model.parameters:
        at = model.parameters.index(name)
        if at < len(args):
            return args[at]
    default = dict(model.defaults).get(name) if model is not None else None
    if default is None:
        return None
    try:
        return const(ast.literal_eval(default))
    except (ValueError, SyntaxError, TypeError):
        return None


def guard_value(
    m: Machine,
    st: State,
    text: str,
    model: FunctionModel | None,
    receiver: Value | None,
    args: Args,
    keywords: Keywords,
) -> Value | None:
    """A guard of a row as a value whose truth is asked; None where the call does not say (an argument not given)."""
    guard = parse_guard(text)
    if guard is None:
        return None
    if guard.is_state:
        asked = parameter(model, guard.argument, args, keywords) if guard.argument else receiver
        if asked is None:
            return None
        owner = dict(model.given).get(guard.argument) if model is not None else None
        if owner is not None and m.type_of(asked) is None:
            m.guessed.setdefault(asked, Type(owner))
        symbol = state_symbol(st, asked, guard.state)
        return negate(symbol) if guard.test == "!" else symbol
    v = parameter(model, guard.subject, args, keywords)
    if v is None:
        return None
    if guard.test == "is None":
        return op("none", v) if v is not NONE else TRUE
    if guard.test == "is not None":
        return negate(op("none", v)) if v is not NONE else FALSE
    if guard.test == "<=0":
        return FALSE if v is NONE else compare("<=", v, const(0))
    if guard.test == ">0":
        return FALSE if v is NONE else compare(">", v, const(0))
    if guard.test == "falsy":
        return negate(v)
    if guard.test == "truthy":
        return v
    return None


def apply_rows(
    m: Machine,
    f: Frame,
    st: State,
    rows: tuple[Row, ...],
    model: FunctionModel | None,
    receiver: Value | None,
    args: Args,
    keywords: Keywords,
    node: cst.CSTNode,
    form: str = "call",
) -> Results:
    """One way on for each row whose guards may hold; what no row covers waits (an await) or does something unknown (a
    call).
    """
    out: Results = []
    rest: State | None = st.copy()
    for row in rows:
        s = st.copy()
        if not _holds(m, s, row, model, receiver, args, keywords):
            continue
        if rest is not None:
            rest = _without(m, rest, row, model, receiver, args, keywords)
        out.extend(_apply(m, f, s, row, model, receiver, args, keywords, node))
    if form != "call":
        if rest is not None:
            m.prune(rest, f"waits in {rows[0].name if rows else 'a call'}", f, node)
        return out
    if rest is not None:
        from lint_rules.flow import calls

        calls.forget_arguments(m, rest, args, keywords)
        if receiver is not None:
            rest.kill(receiver)
        t = m.types.lib_call(rows[0].name, [])
        out.append((rest, fresh("env", t)))
    return out


def _holds(
    m: Machine, st: State, row: Row, model: FunctionModel | None, receiver: Value | None, args: Args, keywords: Keywords
) -> bool:
    for text in row.when:
        v = guard_value(m, st, text, model, receiver, args, keywords)
        if v is None or not assume(st, v, True):
            return False
    if row.versions:
        _version_note(m, st, row)
    return True


def _version_note(m: Machine, st: State, row: Row) -> None:
    library = m.models.library_of.get(row.name, "")
    declared = m.declared_versions.get(library)
    if declared is not None and not lookup.row_holds(row, declared):
        st.note(f"`{row.name}` behaves as in {library} {row.versions}")


def _without(
    m: Machine, st: State, row: Row, model: FunctionModel | None, receiver: Value | None, args: Args, keywords: Keywords
) -> State | None:
    """The states that this row does not cover; None where it covers all."""
    if not row.when:
        return None
    if len(row.when) > 1:
        open_ = [
            v
            for text in row.when
            if (v := guard_value(m, st, text, model, receiver, args, keywords)) is not None and truth(st, v) is None
        ]
        if len(open_) == 1 and assume(st, open_[0], False):
            return st
        return None if not open_ else st
    v = guard_value(m, st, row.when[0], model, receiver, args, keywords)
    return st if v is None or assume(st, v, False) else None


def _apply(
    m: Machine,
    f: Frame,
    st: State,
    row: Row,
    model: FunctionModel | None,
    receiver: Value | None,
    args: Args,
    keywords: Keywords,
    node: cst.CSTNode,
) -> Results:
    suspends = m.weakest(row.suspends)
    if suspends in ("wait", "block"):
        m.prune(st, f"{'waits' if suspends == 'wait' else 'blocks'} in {row.name}", f, node)
        return []
    if suspends == "yield":
        st.suspension = max(st.suspension, 1)
    if row.label:
        st.mark(row.label)
    if not row.persists and not (row.fills and receiver is not None and m.never_full(receiver)):
        st.mark("progress")
    if row.consumes:
        if receiver is None or not any((g := parse_guard(t)) is not None and g.is_state for t in row.when):
            st.mark("progress")
        if receiver is not None:
            st.kill(receiver)
    for text in row.sets:
        if receiver is not None:
            set_state(st, receiver, text.lstrip("!"), const(not text.startswith("!")))
    _log(m, f, st, row, receiver, node)
    if row.raises:
        raised = Raised(lib(lookup.canonical(m.models, row.raises)))
        for name, value in row.fields:
            st.heap[(caught(raised), name)] = literal(m, value)
        if raised.cls is not None and "OSError" in m.exception_names(
            raised.cls
        ):  # Python goes on by itself where a signal interrupted (PEP 475)
            number = attr(caught(raised), "errno")
            assume(st, compare("==", number, const(errno.EINTR)), False, soft=True)
        m.throw(st, raised)
        return []
    return [(st, result(m, st, row, model, receiver, args, keywords))]


def _log(m: Machine, f: Frame, st: State, row: Row, receiver: Value | None, node: cst.CSTNode) -> None:
    if row.form == "call":
        return
    what = (
        f"raises {row.raises.rsplit('.', 1)[-1]}" if row.raises else "ends at once" if row.ends else "returns at once"
    )
    how = "after one bare yield" if st.suspension and m.weakest(row.suspends) == "yield" else "without suspending"
    short = row.name.rsplit(".", 1)[-1]
    who = f"the {short}" if lookup.find_type(m.models, row.name) is not None else f"{short}()"
    st.log("library", f, node, f"{who} {what}, {how}" + (f" ({', '.join(row.when)})" if row.when else ""), f.depth)


def result(
    m: Machine, st: State, row: Row, model: FunctionModel | None, receiver: Value | None, args: Args, keywords: Keywords
) -> Value:
    """What a row gives: a literal, the truth of a state, an enum member, or an object with known fields."""
    text = row.returns
    if text is not None:
        if text.startswith("state:"):
            if receiver is None:
                return fresh("env")
            state = text[6:]
            symbol = state_symbol(st, receiver, state.lstrip("!"))
            return negate(symbol) if state.startswith("!") else symbol
        if text in ("[]", "{}", "set()"):
            from lint_rules.flow.expressions import collection

            return collection(st, {"[]": "list", "{}": "dict"}.get(text, "set"), False)
        return literal(m, text)
    t = m.types.parse(model.returns) if model is not None and model.returns else None
    if t is None and model is not None and model.parameters and model.parameters[0] in ("arg", "fut"):
        t = None
    if row.label == "ready" and row.persists and receiver is not None and not row.fields:
        v = op("outcome", st.content(receiver))  # of what is over: the same whenever it is asked
        if t is not None:
            m.set_type(v, t)
        return v
    v = fresh("result", t)
    for name, value in row.fields:
        st.heap[(v, name)] = literal(m, value)
    return v


def literal(m: Machine, text: str) -> Value:
    from lint_rules.flow.constants import enum_member

    member = enum_member(m, lookup.canonical(m.models, text))
    if member is not None:
        return member
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return lib(lookup.canonical(m.models, text))
    if isinstance(value, tuple):
        return make("tuple", tuple(const(v) for v in value))
    return const(value) if isinstance(value, (str, bytes, int, float, bool, type(None))) else fresh("result")
