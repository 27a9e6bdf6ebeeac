"""Expressions: left to right, split on truth where Python decides, every await met in its order.

Each function takes (machine, frame, state, node), owns the state, and gives the states that reach the end of the
expression with its value.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import lru_cache

import libcst as cst

from lint_rules.comparisons import negate
from lint_rules.conditions import assume, truth
from lint_rules.flow import awaits, calls, containers, functions, names, objects, subscripts, targets
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine, Raised, Results, lib
from lint_rules.flow.operators import OPERATORS, binary, compare_values
from lint_rules.flow.state import State
from lint_rules.flow.values import (
    FALSE,
    NONE,
    TRUE,
    Value,
    const,
    fresh,
    is_const,
    make,
    op,
    scale,
    tup,
)
from lint_rules.index import FunctionInfo
from lint_rules.types import Type

Evaluate = Callable[..., Results]


def evaluate(m: Machine, f: Frame, st: State, node: cst.BaseExpression) -> Results:
    m.step()
    handler = TABLE.get(type(node).__name__)
    return handler(m, f, st, node) if handler else _opaque(m, f, st, node)


def condition(m: Machine, f: Frame, st: State, node: cst.BaseExpression) -> list[tuple[State, bool]]:
    """The states in which an expression is true and those in which it is false, each with the fact recorded."""
    if isinstance(node, cst.BooleanOperation):
        stop = isinstance(node.operator, cst.Or)
        out: list[tuple[State, bool]] = []
        for s, answer in condition(m, f, st, node.left):
            if answer == stop:
                out.append((s, answer))
            else:
                out.extend(condition(m, f, s, node.right))
        return out
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
        return [(s, not answer) for s, answer in condition(m, f, st, node.expression)]
    if isinstance(node, cst.Comparison) and len(node.comparisons) > 1:
        return [(s, bool(v is TRUE)) for s, v in _chain(m, f, st, node)]
    return [pair for s, v in evaluate(m, f, st, node) for pair in split(m, f, s, v)]


def split(m: Machine, f: Frame, st: State, v: Value) -> list[tuple[State, bool]]:
    """The two ways on from a value whose truth is asked; an object of a project class with `__bool__` or `__len__` is
    asked for it.
    """
    decided = truth(st, v)
    if decided is not None:
        return [(st, decided)]
    special = objects.truth_method(m, f, st, v)
    if special is not None:
        return [pair for s, answer in special for pair in _fork(s, answer)]
    return _fork(st, v)


def _fork(st: State, v: Value) -> list[tuple[State, bool]]:
    other = st.copy()
    out = []
    if assume(st, v, True):
        out.append((st, True))
    if assume(other, v, False):
        out.append((other, False))
    return out


def each(m: Machine, f: Frame, st: State, nodes: Sequence[cst.BaseExpression]) -> list[tuple[State, tuple[Value, ...]]]:
    """Several expressions in order."""
    states: list[tuple[State, tuple[Value, ...]]] = [(st, ())]
    for node in nodes:
        states = [(s2, (*done, v)) for s, done in states for s2, v in evaluate(m, f, s, node)]
    return states


def _opaque(m: Machine, f: Frame, st: State, node: cst.BaseExpression) -> Results:
    return [(st, fresh("env"))]


def _name(m: Machine, f: Frame, st: State, node: cst.Name) -> Results:
    return [(st, names.read_name(m, f, st, node.value))]


def _literal(m: Machine, f: Frame, st: State, node: cst.BaseExpression) -> Results:
    try:
        return [(st, const(_read(node.value)))]  # type: ignore[attr-defined]
    except (ValueError, SyntaxError):
        return [(st, fresh("env", Type("str")))]


@lru_cache(maxsize=4096)
def _read(text: str) -> object:
    """A literal is evaluated on every path that passes it."""
    return ast.literal_eval(text)


def _concatenated(m: Machine, f: Frame, st: State, node: cst.ConcatenatedString) -> Results:
    out: Results = []
    for s, (a, b) in each(m, f, st, [node.left, node.right]):
        same = is_const(a) and is_const(b) and type(a.args[1]) is type(b.args[1])
        out.append((s, const(a.args[1] + b.args[1]) if same else op("text", a, b)))
    return out


def _formatted(m: Machine, f: Frame, st: State, node: cst.FormattedString | cst.TemplatedString) -> Results:
    inner = [p.expression for p in node.parts if hasattr(p, "expression")]
    return [(s, op("text", *values)) for s, values in each(m, f, st, inner)]


def _attribute(m: Machine, f: Frame, st: State, node: cst.Attribute) -> Results:
    out: Results = []
    for s, base in evaluate(m, f, st, node.value):
        out.extend(names.get_attr(m, f, s, base, node.attr.value, node))
    return out


def _boolean(m: Machine, f: Frame, st: State, node: cst.BooleanOperation) -> Results:
    stop = isinstance(node.operator, cst.Or)
    out: Results = []
    for s, left in evaluate(m, f, st, node.left):
        for s2, answer in split(m, f, s, left):
            out.extend([(s2, left)] if answer == stop else evaluate(m, f, s2, node.right))
    return out


def _unary(m: Machine, f: Frame, st: State, node: cst.UnaryOperation) -> Results:
    out: Results = []
    for s, v in evaluate(m, f, st, node.expression):
        if isinstance(node.operator, cst.Not):
            decided = truth(s, v)
            if decided is None and objects.has_truth_method(m, v):
                out.extend((s2, const(not answer)) for s2, answer in split(m, f, s, v))
            else:
                out.append((s, const(not decided) if decided is not None else negate(v)))
        elif isinstance(node.operator, cst.Minus):
            out.append((s, scale(v, -1)))
        elif isinstance(node.operator, cst.Plus):
            out.append((s, v))
        else:
            out.append((s, op("invert", v)))
    return out


def _comparison(m: Machine, f: Frame, st: State, node: cst.Comparison) -> Results:
    if len(node.comparisons) > 1:
        return _chain(m, f, st, node)
    target = node.comparisons[0]
    symbol = OPERATORS[type(target.operator).__name__]
    out: Results = []
    for s, (a, b) in each(m, f, st, [node.left, target.comparator]):
        contains = _contains(m, b) if symbol in ("in", "not in") else None
        if contains is None:
            out.append((s, compare_values(m, s, symbol, a, b)))
            continue
        callee = make("func", contains, None, b)
        for s2, v in functions.invoke(m, f, s, callee, (a,), (), node):
            out.append((s2, negate(v) if symbol == "not in" else v))
    return out


def _contains(m: Machine, v: Value) -> FunctionInfo | None:
    """What says whether something is in an object of the project."""
    cls = m.types.cls(m.type_of(v))
    method = m.resolver.find_method(cls, "__contains__") if cls is not None else None
    return method if isinstance(method, FunctionInfo) and m.stack.count(method) == 0 else None


def _chain(m: Machine, f: Frame, st: State, node: cst.Comparison) -> Results:
    out: Results = []
    todo = [(s, v, 0) for s, v in evaluate(m, f, st, node.left)]
    while todo:
        s, left, i = todo.pop()
        if i == len(node.comparisons):
            out.append((s, TRUE))
            continue
        target = node.comparisons[i]
        symbol = OPERATORS[type(target.operator).__name__]
        for s2, right in evaluate(m, f, s, target.comparator):
            for s3, answer in split(m, f, s2, compare_values(m, s2, symbol, left, right)):
                if answer:
                    todo.append((s3, right, i + 1))
                else:
                    out.append((s3, FALSE))
    return out


def _binary(m: Machine, f: Frame, st: State, node: cst.BinaryOperation) -> Results:
    return [
        (s, binary(m, s, type(node.operator).__name__, a, b)) for s, (a, b) in each(m, f, st, [node.left, node.right])
    ]


def _ifexp(m: Machine, f: Frame, st: State, node: cst.IfExp) -> Results:
    out: Results = []
    for s, answer in condition(m, f, st, node.test):
        out.extend(evaluate(m, f, s, node.body if answer else node.orelse))
    return out


def _walrus(m: Machine, f: Frame, st: State, node: cst.NamedExpr) -> Results:
    out = evaluate(m, f, st, node.value)
    for s, v in out:
        targets.assign(m, f, s, node.target, v)
    return out


def _tuple(m: Machine, f: Frame, st: State, node: cst.Tuple) -> Results:
    return _display(m, f, st, node, "tuple")


def _list(m: Machine, f: Frame, st: State, node: cst.List) -> Results:
    return _display(m, f, st, node, "list")


def _set(m: Machine, f: Frame, st: State, node: cst.Set) -> Results:
    return _display(m, f, st, node, "set")


def _display(m: Machine, f: Frame, st: State, node: cst.Tuple | cst.List | cst.Set, kind: str) -> Results:
    starred = any(isinstance(e, cst.StarredElement) for e in node.elements)
    out: Results = []
    for s, values in each(m, f, st, [e.value for e in node.elements]):
        if starred:
            out.append((s, collection(s, kind, None, values)))
        else:
            out.append((s, tup(values) if kind != "set" or values else collection(s, kind, bool(values), values)))
            if kind == "list":
                out[-1] = (s, collection(s, kind, bool(values), values))
    return out


def collection(st: State, kind: str, filled: bool | None, items: tuple[Value, ...] = ()) -> Value:
    """A new list, set or dict; `filled`: whether it is known to hold anything."""
    v = fresh("object", Type(kind, exact=True))
    if filled is not None:
        st.truth[v] = filled
        st.soft |= {v}
    if items:
        st.heap[(v, "[items]")] = tup(items)
    return v


def _dict(m: Machine, f: Frame, st: State, node: cst.Dict) -> Results:
    parts: list[cst.BaseExpression] = []
    for e in node.elements:
        if isinstance(e, cst.DictElement):
            parts.append(e.key)
        parts.append(e.value)
    starred = any(isinstance(e, cst.StarredDictElement) for e in node.elements)
    return [(s, collection(s, "dict", None if starred else bool(parts))) for s, _ in each(m, f, st, parts)]


def _subscript(m: Machine, f: Frame, st: State, node: cst.Subscript) -> Results:
    out: Results = []
    for s, base in evaluate(m, f, st, node.value):
        indices: list[cst.BaseExpression] = []
        sliced = False
        for e in node.slice:
            if isinstance(e.slice, cst.Index):
                indices.append(e.slice.value)
            elif isinstance(e.slice, cst.Slice):
                sliced = True
                indices += [x for x in (e.slice.lower, e.slice.upper, e.slice.step) if x is not None]
        for s2, keys in each(m, f, s, indices):
            key = keys[0] if len(keys) == 1 and not sliced else tup(keys)
            if not sliced and subscripts.is_beyond(m, s2, base, key):
                m.throw(s2, Raised(lib("IndexError")))
                continue
            if len(keys) == 1 and not sliced:
                containers.may_be_missing(m, s2, base, key)
            out.append(
                (s2, subscripts.slice_value(m, s2, base, keys) if sliced else subscripts.get_item(m, s2, base, key))
            )
    return out


def _await(m: Machine, f: Frame, st: State, node: cst.Await) -> Results:
    out: Results = []
    for s, v in evaluate(m, f, st, node.expression):
        out.extend(awaits.await_value(m, f, s, v, node))
    return out


def _call(m: Machine, f: Frame, st: State, node: cst.Call) -> Results:
    return calls.call(m, f, st, node)


def _lambda(m: Machine, f: Frame, st: State, node: cst.Lambda) -> Results:
    return [(st, make("lambda", node, f))]


def _yield(m: Machine, f: Frame, st: State, node: cst.Yield) -> Results:
    value = node.value
    if isinstance(value, cst.From):
        m.prune(st, "yields from another generator", f, node)
        return []
    given = evaluate(m, f, st, value) if value is not None else [(st, NONE)]
    handler = m.yields[-1]
    out: Results = []
    for s, v in given:
        if handler is None:
            past = m.suspend(s)
            if past is None:
                m.prune(s, "hands over to its consumer", f, node)
            out.extend(past or ())
            continue
        m.yields.append(None)
        try:
            results = handler(s, v)
        finally:
            m.yields.pop()
        out.extend((s2, NONE) for s2, outcome in results if outcome[0] == "next")
    return out


def _comprehension(
    m: Machine, f: Frame, st: State, node: cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp
) -> Results:
    from lint_rules.flow import comprehensions

    return comprehensions.comprehension(m, f, st, node)


TABLE: dict[str, Evaluate] = {
    "Name": _name,
    "Integer": _literal,
    "Float": _literal,
    "SimpleString": _literal,
    "Imaginary": _opaque,
    "ConcatenatedString": _concatenated,
    "FormattedString": _formatted,
    "TemplatedString": _formatted,
    "Attribute": _attribute,
    "BooleanOperation": _boolean,
    "UnaryOperation": _unary,
    "Comparison": _comparison,
    "BinaryOperation": _binary,
    "IfExp": _ifexp,
    "NamedExpr": _walrus,
    "Tuple": _tuple,
    "List": _list,
    "Set": _set,
    "Dict": _dict,
    "Subscript": _subscript,
    "Await": _await,
    "Call": _call,
    "Lambda": _lambda,
    "Yield": _yield,
    "ListComp": _comprehension,
    "SetComp": _comprehension,
    "GeneratorExp": _comprehension,
    "DictComp": _comprehension,
}
