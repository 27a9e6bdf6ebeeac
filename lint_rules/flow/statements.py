"""Statements: exact `finally`, `else`, `with` and `match`, since Python is structured.

A block gives (state, outcome) pairs, outcome being next, break, continue or return; a path that raises goes to the
machine's current collector.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import libcst as cst

from lint_rules.conditions import truth
from lint_rules.flow import contexts, loops_in, patterns, targets
from lint_rules.flow.expressions import condition, evaluate
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import BREAK, CONTINUE, EXCEPTIONS, NEXT, Machine, Outcomes, Raised, caught, group_of, lib
from lint_rules.flow.operators import binary
from lint_rules.flow.state import State
from lint_rules.flow.values import NONE, Value, fresh, make

Execute = Callable[..., Outcomes]


def body_of(m: Machine, f: Frame, st: State) -> Outcomes:
    assert isinstance(f.node, cst.FunctionDef)
    return suite(m, f, st, f.node.body)


def suite(m: Machine, f: Frame, st: State, node: cst.BaseSuite) -> Outcomes:
    return block(m, f, [st], node.body)


def block(m: Machine, f: Frame, states: list[State], body: Sequence[cst.CSTNode]) -> Outcomes:
    done: Outcomes = []
    for stmt in body:
        if not states:
            break
        ways: Outcomes = []
        for st in states:
            ways.extend(execute(m, f, st, stmt))
        ways = m.join(ways)
        states = []
        for s, outcome in ways:
            if outcome is NEXT:
                states.append(s)
            else:
                done.append((s, outcome))
    return [*done, *((s, NEXT) for s in states)]


def execute(m: Machine, f: Frame, st: State, node: cst.CSTNode) -> Outcomes:
    m.step()
    handler = TABLE.get(type(node).__name__)
    return handler(m, f, st, node) if handler else [(st, NEXT)]


def _line(m: Machine, f: Frame, st: State, node: cst.SimpleStatementLine) -> Outcomes:
    return block(m, f, [st], node.body)


def _expr(m: Machine, f: Frame, st: State, node: cst.Expr) -> Outcomes:
    return [(s, NEXT) for s, _ in evaluate(m, f, st, node.value)]


def _assign(m: Machine, f: Frame, st: State, node: cst.Assign) -> Outcomes:
    out: Outcomes = []
    for s, v in evaluate(m, f, st, node.value):
        states = [s]
        for target in node.targets:
            states = [s3 for s2 in states for s3 in targets.assign(m, f, s2, target.target, v)]
        for s2 in states:
            _log_assign(m, f, s2, node, v)
            out.append((s2, NEXT))
    return out


def _log_assign(m: Machine, f: Frame, st: State, node: cst.CSTNode, v: Value) -> None:
    """Only constants are told: they are what a counter reset is."""
    if v.kind in ("const", "member", "tuple"):
        st.log("assign", f, node, "", f.depth)
        if f.header and f.depth == 0 and "silent" in st.marks:
            st.mark("reset")


def _ann_assign(m: Machine, f: Frame, st: State, node: cst.AnnAssign) -> Outcomes:
    if node.value is None:
        return [(st, NEXT)]
    out: Outcomes = []
    for s, v in evaluate(m, f, st, node.value):
        for s2 in targets.assign(m, f, s, node.target, v):
            _log_assign(m, f, s2, node, v)
            out.append((s2, NEXT))
    return out


def _aug_assign(m: Machine, f: Frame, st: State, node: cst.AugAssign) -> Outcomes:
    operator = type(node.operator).__name__.removesuffix("Assign")
    out: Outcomes = []
    for s, old in evaluate(m, f, st, node.target):
        for s2, v in evaluate(m, f, s, node.value):
            t = m.type_of(old)
            if operator == "Add" and t is not None and t.name in ("list", "collections.deque", "bytearray", "set"):
                if truth(s2, v) is not False:
                    s2.kill(old)
                out.append((s2, NEXT))
                continue
            if operator == "Add" and v.kind == "fresh" and truth(s2, v) is False:
                out.append((s2, NEXT))
                continue
            new = binary(m, s2, operator, old, v)
            if new is not old and t is not None:
                m.set_type(new, t) if new.kind == "op" else None
            out.extend((s3, NEXT) for s3 in targets.assign(m, f, s2, node.target, new))
    return out


def _pass(m: Machine, f: Frame, st: State, node: cst.CSTNode) -> Outcomes:
    return [(st, NEXT)]


def _break(m: Machine, f: Frame, st: State, node: cst.CSTNode) -> Outcomes:
    st.log("leave", f, node, "leaves the loop", f.depth)
    return [(st, BREAK)]


def _continue(m: Machine, f: Frame, st: State, node: cst.CSTNode) -> Outcomes:
    st.log("continue", f, node, "goes round", f.depth)
    return [(st, CONTINUE)]


def _return(m: Machine, f: Frame, st: State, node: cst.Return) -> Outcomes:
    given = evaluate(m, f, st, node.value) if node.value is not None else [(st, NONE)]
    out: Outcomes = []
    for s, v in given:
        s.log("returned", f, node, "", f.depth)
        out.append((s, ("return", v)))
    return out


def _raise(m: Machine, f: Frame, st: State, node: cst.Raise) -> Outcomes:
    if node.exc is None:
        m.throw(st, m.handling[-1] if m.handling else Raised(None))
        return []
    for s, v in evaluate(m, f, st, node.exc):
        s.log("raised", f, node, "raises", f.depth)
        held = s.heap.get((v, EXCEPTIONS))
        inside = tuple(raised_of(m, each) for each in held.args[0]) if held is not None else ()
        m.throw(s, replace(raised_of(m, v), inside=inside) if inside else raised_of(m, v))
    return []


def raised_of(m: Machine, v: Value) -> Raised:
    if v.kind in ("class", "lib"):
        return Raised(v, v)
    if v.kind == "caught":
        known: Raised = v.args[0]
        return known
    t = m.type_of(v)
    cls = m.types.cls(t)
    if cls is not None:
        return Raised(make("class", cls), v)
    return Raised(lib(t.name), v) if t is not None else Raised(None, v)


def _assert(m: Machine, f: Frame, st: State, node: cst.Assert) -> Outcomes:
    out: Outcomes = []
    for s, answer in condition(m, f, st, node.test):
        if answer:
            out.append((s, NEXT))
        else:
            s.log("raised", f, node, "fails", f.depth)
            m.throw(s, Raised(lib("AssertionError")))
    return out


def _del(m: Machine, f: Frame, st: State, node: cst.Del) -> Outcomes:
    target = node.target
    out: Outcomes = []
    if isinstance(target, cst.Subscript):
        for s, base in evaluate(m, f, st, target.value):
            s.kill(base)
            s.mark("progress") if base.kind in ("op",) else None
            out.append((s, NEXT))
        return out
    states = targets.assign(m, f, st, target, fresh("env"))
    return [(s, NEXT) for s in states]


def _if(m: Machine, f: Frame, st: State, node: cst.If) -> Outcomes:
    out: Outcomes = []
    for s, answer in condition(m, f, st, node.test):
        s.log("branch", f, node, str(answer).lower(), f.depth)
        if answer:
            out.extend(suite(m, f, s, node.body))
        elif node.orelse is None:
            out.append((s, NEXT))
        else:
            out.extend(execute(m, f, s, node.orelse))
    return m.join(out)


def _else(m: Machine, f: Frame, st: State, node: cst.Else) -> Outcomes:
    return suite(m, f, st, node.body)


def _try(m: Machine, f: Frame, st: State, node: cst.Try | cst.TryStar) -> Outcomes:
    if node.finalbody is None:
        return _try_handlers(m, f, st, node)
    m.raises.append([])
    try:
        outcomes = _try_handlers(m, f, st, node)
    finally:
        raised = m.raises.pop()
    out: Outcomes = []
    for s, outcome in outcomes:
        for s2, after in suite(m, f, s, node.finalbody.body):
            out.append((s2, outcome if after is NEXT else after))
    for s, exc in raised:
        for s2, after in suite(m, f, s, node.finalbody.body):
            if after is NEXT:
                m.throw(s2, exc)
            else:
                s2.mark("swallowed")
                out.append((s2, after))
    return out


def _try_handlers(m: Machine, f: Frame, st: State, node: cst.Try | cst.TryStar) -> Outcomes:
    m.raises.append([])
    m.expected.append(_expected(node))
    try:
        outcomes = suite(m, f, st, node.body)
    finally:
        raised = m.raises.pop()
        m.expected.pop()
    out: Outcomes = []
    for s, outcome in outcomes:
        if outcome is NEXT and node.orelse is not None:
            out.extend(suite(m, f, s, node.orelse.body))
        else:
            out.append((s, outcome))
    for s, exc in raised:
        handle = _handle if isinstance(node, cst.Try) else _handle_group
        out.extend(handle(m, f, s, exc, node))
    return m.join(out)


def _expected(node: cst.Try | cst.TryStar) -> frozenset[str]:
    """The exceptions that the handlers name: who writes `except KeyError` says that a key may be missing."""
    types = [h.type for h in node.handlers if h.type is not None]
    flat = [e.value for t in types if isinstance(t, cst.Tuple) for e in t.elements]
    names = [t.attr if isinstance(t, cst.Attribute) else t for t in (*types, *flat)]
    return frozenset(t.value for t in names if isinstance(t, cst.Name))


def _handle_group(m: Machine, f: Frame, st: State, exc: Raised, node: cst.Try | cst.TryStar) -> Outcomes:
    """`except*`: each handler takes its part, in their order; what is left goes on in a group."""
    ways: list[tuple[State, tuple[Raised, ...]]] = [(st, exc.inside or (exc,))]
    for handler in node.handlers:
        found = evaluate(m, f, st, handler.type) if handler.type is not None else []
        if len(found) != 1:
            return []
        grown: list[tuple[State, tuple[Raised, ...]]] = []
        for s, left in ways:
            answers = {each: m.catches(each, found[0][1]) for each in left}
            if None in answers.values() and not m.both_ways:
                m.prune(s, "raises an exception whose handler is unknown", f, handler)
                continue
            if None in answers.values():
                grown.append((s.copy(), left))
            taken = tuple(each for each in left if answers[each] is not False)
            rest = tuple(each for each in left if answers[each] is False)
            if taken:
                ran = _run_handler(m, f, s, group_of(*taken), handler)
                grown.extend((s2, rest) for s2, outcome in ran if outcome is NEXT)
            else:
                grown.append((s, rest))
        ways = grown
    out: Outcomes = []
    for s, left in ways:
        if not left:
            out.append((s, NEXT))
        else:
            m.throw(s, group_of(*left) if exc.inside or left != (exc,) else exc)
    return out


def _handle(m: Machine, f: Frame, st: State, exc: Raised, node: cst.Try | cst.TryStar) -> Outcomes:
    """The first handler that takes the exception. Where a match is unknown the path is left, or goes both ways."""
    out: Outcomes = []
    for handler in node.handlers:
        wanted: Value | None = None
        if handler.type is not None:
            found = evaluate(m, f, st, handler.type)
            if len(found) != 1:
                return []
            wanted = found[0][1]
        answer = m.catches(exc, wanted)
        if answer:
            return [*out, *_run_handler(m, f, st, exc, handler)]
        if answer is None and m.both_ways:
            out.extend(_run_handler(m, f, st.copy(), exc, handler))
        elif answer is None:
            m.prune(st, "raises an exception whose handler is unknown", f, handler)
            return []
    m.throw(st, exc)
    return out


def _run_handler(
    m: Machine, f: Frame, st: State, exc: Raised, handler: cst.ExceptHandler | cst.ExceptStarHandler
) -> Outcomes:
    if handler.name is not None and isinstance(handler.name.name, cst.Name):
        targets.write_name(m, f, st, handler.name.name.value, caught(exc))
    st.log("handler", f, handler, "swallows the exception", f.depth)
    m.handling.append(exc)
    try:
        outcomes = suite(m, f, st, handler.body)
    finally:
        m.handling.pop()
    for s, _ in outcomes:
        s.mark("swallowed")
    return outcomes


def _match(m: Machine, f: Frame, st: State, node: cst.Match) -> Outcomes:
    out: Outcomes = []
    for s, subject in evaluate(m, f, st, node.subject):
        left = [s]
        for case in node.cases:
            rest: list[State] = []
            for s2 in left:
                for s3, answer in patterns.matches(m, f, s2, case.pattern, subject):
                    if not answer:
                        rest.append(s3)
                    elif case.guard is None:
                        out.extend(suite(m, f, s3, case.body))
                    else:
                        for s4, ok in condition(m, f, s3, case.guard):
                            if ok:
                                out.extend(suite(m, f, s4, case.body))
                            else:
                                rest.append(s4)
            left = [s for s, _ in m.join([(s, NEXT) for s in rest])]
        out.extend((s2, NEXT) for s2 in left)
    return m.join(out)


def _def(m: Machine, f: Frame, st: State, node: cst.FunctionDef) -> Outcomes:
    fn = f.fn.nested.get(node.name.value)
    if fn is not None:
        st.env[(f.id, node.name.value)] = make("func", fn, f, None)
    return [(st, NEXT)]


def _import(m: Machine, f: Frame, st: State, node: cst.CSTNode) -> Outcomes:
    return [(st, NEXT)]


TABLE: dict[str, Execute] = {
    "SimpleStatementLine": _line,
    "IndentedBlock": lambda m, f, st, n: suite(m, f, st, n),
    "SimpleStatementSuite": lambda m, f, st, n: suite(m, f, st, n),
    "Expr": _expr,
    "Assign": _assign,
    "AnnAssign": _ann_assign,
    "AugAssign": _aug_assign,
    "Pass": _pass,
    "Break": _break,
    "Continue": _continue,
    "Return": _return,
    "Raise": _raise,
    "Assert": _assert,
    "Del": _del,
    "If": _if,
    "Else": _else,
    "Try": _try,
    "TryStar": _try,
    "While": loops_in.while_loop,
    "For": loops_in.for_loop,
    "With": contexts.with_statement,
    "Match": _match,
    "FunctionDef": _def,
    "Import": _import,
    "ImportFrom": _import,
    "Global": _pass,
    "Nonlocal": _pass,
    "ClassDef": _pass,
    "TypeAlias": _pass,
}
