"""Calls: who is meant, what running it does. Functions of the project run inline; what is unknown forgets what it may
have changed.
"""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from lint_rules.comparisons import compare
from lint_rules.conditions import assume, is_none, truth
from lint_rules.flow import builtin_calls, containers, functions, guesses, library, names, objects
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import MAX_DEPTH, Args, Keywords, Machine, Raised, Results, lib
from lint_rules.flow.state import State
from lint_rules.flow.values import NONE, Value, fresh, make, op
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.models import lookup
from lint_rules.resolve import Lib
from lint_rules.types import Type

MAX_IMPLEMENTATIONS = 3
QUIET = frozenset({"log", "logger", "logging", "console", "metrics", "stats", "statsd", "tracer", "span", "warnings"})
IMMUTABLE = frozenset({"str", "bytes", "int", "float", "bool", "None", "tuple", "frozenset"})


def call(m: Machine, f: Frame, st: State, node: cst.Call) -> Results:
    func = node.func
    out: Results = []
    if isinstance(func, cst.Attribute):
        from lint_rules.flow.expressions import evaluate

        for s, base in evaluate(m, f, st, func.value):
            for s2, args, keywords in arguments(m, f, s, node):
                out.extend(call_method(m, f, s2, base, func.attr.value, args, keywords, node))
        return out
    from lint_rules.flow.expressions import evaluate

    for s, callee in evaluate(m, f, st, func):
        for s2, args, keywords in arguments(m, f, s, node):
            out.extend(call_value(m, f, s2, callee, args, keywords, node))
    return out


def arguments(m: Machine, f: Frame, st: State, node: cst.Call) -> list[tuple[State, Args, Keywords]]:
    from lint_rules.flow.expressions import evaluate

    states: list[tuple[State, Args, Keywords]] = [(st, (), ())]
    for a in node.args:
        grown: list[tuple[State, Args, Keywords]] = []
        for s, args, keywords in states:
            for s2, v in evaluate(m, f, s, a.value):
                if a.star == "*":
                    items = known_items(s2, v)
                    grown.append(
                        (s2, (*args, *items), keywords) if items is not None else (s2, args, (*keywords, ("*", v)))
                    )
                elif a.star == "**":
                    grown.append((s2, args, (*keywords, ("**", v))))
                elif a.keyword is not None:
                    grown.append((s2, args, (*keywords, (a.keyword.value, v))))
                else:
                    grown.append((s2, (*args, v), keywords))
        states = grown
    return states


def known_items(st: State, v: Value) -> Args | None:
    """The elements of a collection whose elements are all known."""
    if v.kind == "tuple":
        items: Args = v.args[0]
        return items
    held = st.heap.get((st.content(v), "[items]"))
    if held is not None:
        items = held.args[0]
        return items
    return () if v.kind == "fresh" and truth(st, v) is False else None


def call_method(
    m: Machine, f: Frame, st: State, base: Value, name: str, args: Args, keywords: Keywords, node: cst.Call
) -> Results:
    if base.kind in ("module", "class") or (base.kind == "lib" and base.args[1] is None):
        out: Results = []
        for s, callee in names.get_attr(m, f, st, base, name, node):
            unbound = (
                base.kind == "class"
                and callee.kind == "func"
                and callee.args[2] is None
                and _takes_self(callee.args[0])
            )
            if unbound and args:
                callee = make("func", callee.args[0], None, args[0])
                out.extend(call_value(m, f, s, callee, args[1:], keywords, node))
            else:
                out.extend(call_value(m, f, s, callee, args, keywords, node))
        return out
    if base.kind == "super":
        return _call_super(m, f, st, base, name, args, keywords, node)
    if is_none(st, base):
        m.throw(st, Raised(lib(names.ATTRIBUTE_ERROR)))
        return []
    names.require_object(m, st, base)
    t = m.type_of(base)
    cls = m.types.cls(t)
    guesses.note_giver(st, base, t)
    if cls is not None and t is not None:
        return _call_instance(m, f, st, base, t, cls, name, args, keywords, node)
    if t is None or (lookup.find_type(m.models, t.name) is None and not containers.knows(t.name)):
        guess = guesses.guess_type(m, base, name)
        if t is None and guess is not None:
            st.note(f"`{guesses.plain_name(base)}` is a {guess.name}, as its name says")
            t = guess
    quiet = is_quiet(base)
    if quiet:
        return [(st, fresh("env"))]
    held = containers.call(m, f, st, base, t, name, args, keywords, node) if t and containers.knows(t.name) else None
    if held is not None:
        return held
    if t is not None and (
        lookup.find_type(m.models, t.name) is not None or lookup.function(m.models, f"{t.name}.{name}")
    ):
        return library.call_lib(m, f, st, f"{t.name}.{name}", base, args, keywords, node)
    held = containers.call(m, f, st, base, t, name, args, keywords, node)
    if held is not None:
        return held
    return unknown_call(m, f, st, f"{guesses.plain_name(base)}.{name}", base, args, keywords, node)


def is_quiet(base: Value) -> bool:
    """Whether a receiver is a log or the like, by its name."""
    if base.kind not in ("var", "attr", "killed"):
        return base.kind == "lib" and base.args[0].split(".")[0] in ("logging", "warnings", "structlog", "loguru")
    if base.kind == "killed":
        return is_quiet(base.args[0])
    return base.args[1].lower().lstrip("_") in QUIET


def _takes_self(fn: FunctionInfo) -> bool:
    return fn.cls is not None and not any(d[-1] in ("staticmethod", "classmethod") for d in fn.decorators)


def _call_super(
    m: Machine, f: Frame, st: State, base: Value, name: str, args: Args, keywords: Keywords, node: cst.Call
) -> Results:
    after, me = base.args
    owner = m.types.cls(m.type_of(me)) or after
    found = m.resolver.find_method(owner, name, after=after)
    if isinstance(found, FunctionInfo):
        return functions.call_function(m, f, st, make("func", found, None, me), args, keywords, node)
    if found is None or name == "__init__":
        return [(st, NONE)]
    return unknown_call(m, f, st, f"super().{name}", me, args, keywords, node)


def _call_instance(
    m: Machine,
    f: Frame,
    st: State,
    base: Value,
    t: Type,
    cls: ClassInfo,
    name: str,
    args: Args,
    keywords: Keywords,
    node: cst.Call,
) -> Results:
    if not t.exact and (st.content(base), name) not in st.heap:
        choices = _implementations(m, cls, name)
        if choices is None:
            return unknown_call(m, f, st, f"{cls.name}.{name}", base, args, keywords, node)
        if len(choices) > 1:
            return _dispatch(m, f, st, base, choices, name, args, keywords, node)
        if choices:
            if choices[0][0] is not cls:  # the only class that does it: it knows its own attributes
                m.set_type(base, replace(t, name=m.types.of_class(choices[0][0]).name))
            return functions.call_function(m, f, st, make("func", choices[0][1], None, base), args, keywords, node)
    out: Results = []
    for s, callee in names.get_attr(m, f, st, base, name, node):
        if callee.kind == "attr" and callee.args[0] is s.content(base):
            out.extend(_call_missing(m, f, s, base, cls, callee, args, keywords, node))
        else:
            out.extend(call_value(m, f, s, callee, args, keywords, node))
    return out


def _call_missing(
    m: Machine,
    f: Frame,
    st: State,
    base: Value,
    cls: ClassInfo,
    callee: Value,
    args: Args,
    keywords: Keywords,
    node: cst.Call,
) -> Results:
    """A method that no class of the project defines: a callable attribute, or one of a base outside the project."""
    name = callee.args[1]
    if any(
        isinstance(c, ClassInfo) and (name in c.attrs or name in c.annotations) for c in m.resolver.having(cls, name)
    ):
        return call_value(m, f, st, callee, args, keywords, node)
    for c in m.resolver.mro(cls):
        if (
            isinstance(c, Lib)
            and lookup.find_type(m.models, c.name) is not None
            and lookup.has_member(m.models, c.name, name)
        ):
            return library.call_lib(m, f, st, f"{c.name}.{name}", base, args, keywords, node)
    return unknown_call(m, f, st, f"self.{name}", base, args, keywords, node)


def _implementations(m: Machine, cls: ClassInfo, name: str) -> list[tuple[ClassInfo, FunctionInfo]] | None:
    """The (class, method) pairs that a call on a value of this class may mean; None where there are too many."""
    found: list[tuple[ClassInfo, FunctionInfo]] = []
    own = m.resolver.find_method(cls, name)
    subs = m.resolver.subclasses(cls)
    if isinstance(own, FunctionInfo) and (
        not (subs and functions.is_stub(m, own)) or not any(name in s.methods for s in subs)
    ):
        found.append((cls, own))
    for sub in subs:
        if name in sub.methods:
            found.append((sub, sub.methods[name]))
    return found if len(found) <= MAX_IMPLEMENTATIONS else None


def _dispatch(
    m: Machine,
    f: Frame,
    st: State,
    base: Value,
    choices: list[tuple[ClassInfo, FunctionInfo]],
    name: str,
    args: Args,
    keywords: Keywords,
    node: cst.Call,
) -> Results:
    out: Results = []
    for cls, method in choices:
        s = st.copy()
        if assume(s, compare("==", op("classof", base), make("member", cls.full)), True):
            out.extend(functions.call_function(m, f, s, make("func", method, None, base), args, keywords, node))
    return out


def call_value(
    m: Machine, f: Frame, st: State, callee: Value, args: Args, keywords: Keywords, node: cst.Call
) -> Results:
    kind = callee.kind
    if kind == "func":
        return functions.call_function(m, f, st, callee, args, keywords, node)
    if kind == "class":
        return objects.construct(m, f, st, callee.args[0], args, keywords, node)
    if kind == "lambda":
        return _call_lambda(m, f, st, callee, args, keywords)
    if kind == "partial":
        return call_value(m, f, st, callee.args[0], (*callee.args[1], *args), (*callee.args[2], *keywords), node)
    if kind == "lib":
        name = callee.args[0]
        if name in ("functools.partial", "functools.partialmethod") and args:
            return [(st, make("partial", args[0], args[1:], keywords))]
        if callee.args[1] is None and builtin_calls.knows(name):
            return builtin_calls.call(m, f, st, name, args, keywords, node)
        return library.call_lib(m, f, st, name, callee.args[1], args, keywords, node)
    t = m.type_of(callee)
    cls = m.types.cls(t)
    if cls is not None:
        method = m.resolver.find_method(cls, "__call__")
        if isinstance(method, FunctionInfo):
            return functions.call_function(m, f, st, make("func", method, None, callee), args, keywords, node)
    if is_none(st, callee):
        m.throw(st, Raised(lib("TypeError")))
        return []
    if kind == "attr" and names.is_lib_method(m, callee):
        return call_method(m, f, st, callee.args[0], callee.args[1], args, keywords, node)
    text = guesses.plain_name(callee)
    return unknown_call(m, f, st, text, callee if kind in ("attr", "var") else None, args, keywords, node)


def unknown_call(
    m: Machine,
    f: Frame,
    st: State,
    text: str,
    receiver: Value | None,
    args: Args,
    keywords: Keywords,
    node: cst.CSTNode,
) -> Results:
    """A call of something unseen: it may have changed its receiver and its arguments, and nothing else."""
    m.may_raise(st)
    if receiver is not None:
        st.kill(receiver)
    forget_arguments(m, st, args, keywords)
    st.note(f"`{text}()` changes nothing that the lap depends on")
    return [(st, fresh("env"))]


def forget_arguments(m: Machine, st: State, args: Args, keywords: Keywords) -> None:
    for v in (*args, *(value for _, value in keywords)):
        t = m.type_of(v)
        if t is not None and t.name in IMMUTABLE and v.kind != "tuple":
            continue
        if v.kind in ("fresh", "op", "lin", "func", "lambda", "partial", "libcall", "coro", "lib", "member"):
            if v.kind == "fresh" and v.args[1] == "object":
                st.kill(v)
            continue
        st.kill(v)


# ---------------------------------------------------------------------- functions of the project


def _call_lambda(m: Machine, f: Frame, st: State, callee: Value, args: Args, keywords: Keywords) -> Results:
    from lint_rules.flow.expressions import evaluate

    node, home = callee.args
    if f.depth >= MAX_DEPTH:
        return [(st, fresh("env"))]
    frame = Frame(next(m.ids), home.fn, node, home.slice, home.module, home.cls, home.me, home, f.depth + 1)
    named = dict(keywords)
    frame.written = frozenset(p.name.value for p in (*node.params.params, *node.params.kwonly_params))
    for p, v in zip(node.params.params, args, strict=False):
        st.env[(frame.id, p.name.value)] = v
    for p in (*node.params.params, *node.params.kwonly_params):
        if p.name.value in named:
            st.env[(frame.id, p.name.value)] = named[p.name.value]
        elif (frame.id, p.name.value) not in st.env:
            st.env[(frame.id, p.name.value)] = fresh("env")
    return evaluate(m, frame, st, node.body)
