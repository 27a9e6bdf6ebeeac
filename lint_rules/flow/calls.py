"""Calls: who is meant, what running it does. Functions of the project run inline; what is unknown forgets what it may
have changed.
"""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from lint_rules.conditions import assume, compare, is_none, truth
from lint_rules.flow import builtin_calls, containers, library, names
from lint_rules.flow.constants import constant_shape
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import (
    MAX_DEPTH,
    MAX_INLINE_STATES,
    MAX_INLINE_STEPS,
    NEXT,
    Machine,
    Raised,
    Results,
    TooBig,
    lib,
)
from lint_rules.flow.state import State
from lint_rules.flow.summaries import forget_written, writes_of
from lint_rules.flow.values import NONE, Value, attr, fresh, is_const, make, op, tup, var
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.models import lookup
from lint_rules.resolve import Lib
from lint_rules.shapes import Shape
from lint_rules.syntax import Unparseable
from lint_rules.types import Type

Args = tuple[Value, ...]
Keywords = tuple[tuple[str, Value], ...]
MAX_IMPLEMENTATIONS = 3
TRANSPARENT = frozenset(
    {
        "staticmethod",
        "classmethod",
        "property",
        "abstractmethod",
        "override",
        "final",
        "wraps",
        "overload",
        "lru_cache",
        "cache",
        "cached_property",
        "contextmanager",
        "asynccontextmanager",
        "no_type_check",
        "deprecated",
    }
)
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
    names.note_giver(st, base, t)
    if cls is not None and t is not None:
        return _call_instance(m, f, st, base, t, cls, name, args, keywords, node)
    if t is None or (lookup.find_type(m.models, t.name) is None and not containers.knows(t.name)):
        guess = names.guess_type(m, base, name)
        if t is None and guess is not None:
            st.note(f"`{names.plain_name(base)}` is a {guess.name}, as its name says")
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
    return unknown_call(m, f, st, f"{names.plain_name(base)}.{name}", base, args, keywords, node)


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
        return call_function(m, f, st, make("func", found, None, me), args, keywords, node)
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
            return call_function(m, f, st, make("func", choices[0][1], None, base), args, keywords, node)
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
    if any(isinstance(c, ClassInfo) and (name in c.attrs or name in c.annotations) for c in m.resolver.mro(cls)):
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
    if isinstance(own, FunctionInfo) and (not (subs and is_stub(m, own)) or not any(name in s.methods for s in subs)):
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
            out.extend(call_function(m, f, s, make("func", method, None, base), args, keywords, node))
    return out


def call_value(
    m: Machine, f: Frame, st: State, callee: Value, args: Args, keywords: Keywords, node: cst.Call
) -> Results:
    kind = callee.kind
    if kind == "func":
        return call_function(m, f, st, callee, args, keywords, node)
    if kind == "class":
        return construct(m, f, st, callee.args[0], args, keywords, node)
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
            return call_function(m, f, st, make("func", method, None, callee), args, keywords, node)
    if is_none(st, callee):
        m.throw(st, Raised(lib("TypeError")))
        return []
    if kind == "attr" and names.is_lib_method(m, callee):
        return call_method(m, f, st, callee.args[0], callee.args[1], args, keywords, node)
    text = names.plain_name(callee)
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


def is_stub(m: Machine, fn: FunctionInfo) -> bool:
    """Whether a body decides nothing: abstract, or a placeholder that somebody overrides."""
    return m.remembered(("is_stub", fn), lambda: _is_stub(m, fn))


def _is_stub(m: Machine, fn: FunctionInfo) -> bool:
    if any(d[-1] == "abstractmethod" for d in fn.decorators):
        return True
    if not fn.stub:
        return False
    if fn.cls is None:
        return False
    cls = m.resolver.class_at(fn)
    if cls is None:
        return fn.stub == "raise"
    overridden = any(fn.name in s.methods for s in m.resolver.subclasses(cls))
    protocol = any(isinstance(b, Lib) and b.name.endswith(("Protocol", ".ABC")) for b in m.resolver.mro(cls))
    return overridden or protocol or fn.stub == "raise" or (cls.abstract and fn.stub != "error")


def call_function(
    m: Machine, f: Frame, st: State, callee: Value, args: Args, keywords: Keywords, node: cst.CSTNode
) -> Results:
    fn: FunctionInfo = callee.args[0]
    m.mentioned(st, fn)
    user = user_rows(m, fn)
    if user is not None:
        return (
            [(st, make("usercall", fn, callee.args[2], args, keywords))]
            if fn.is_async
            else library.apply_rows(m, f, st, user, None, callee.args[2], args, keywords, node)
        )
    wrapped = _decorated(m, f, st, callee, node)
    if wrapped is not None:
        if wrapped.kind == "opaque":
            return unknown_call(m, f, st, fn.name, callee.args[2], args, keywords, node)
        if callee.args[2] is not None:
            args = (callee.args[2], *args)
        return call_value(m, f, st, wrapped, args, keywords, node)  # type: ignore[arg-type]
    if fn.is_async and not fn.is_generator:
        return [(st, make("coro", callee, args, keywords))]
    if fn.is_generator:
        return [(st, make("agen" if fn.is_async else "gen", callee, args, keywords))]
    return run_plain(m, f, st, callee, args, keywords, node)


def run_plain(
    m: Machine, f: Frame, st: State, callee: Value, args: Args, keywords: Keywords, node: cst.CSTNode
) -> Results:
    """A plain function runs inline while that is cheap; else only what it may write is forgotten."""
    fn: FunctionInfo = callee.args[0]
    if fn not in m.too_big:
        before = st.copy()
        raised = [len(r) for r in m.raises]
        pruned = len(m.pruned)
        m.limits.append(min(m.steps + MAX_INLINE_STEPS, *m.limits[-1:], 10**9))
        try:
            results = invoke(m, f, st, callee, args, keywords, node)
            if len(results) <= MAX_INLINE_STATES:
                return results
        except TooBig:
            pass
        finally:
            m.limits.pop()
        m.too_big.add(fn)
        for collected, n in zip(m.raises, raised, strict=True):
            del collected[n:]
        del m.pruned[pruned:]
        st = before
    me = callee.args[2]
    cls = m.types.cls(m.type_of(me)) if me is not None else None
    writes = writes_of(m, fn, cls)
    forget_written(st, writes)
    if writes.takes:
        st.mark("progress")
    if writes.raises:
        st.note(f"`{fn.name}()` returns, and does not raise")
    if writes.anything and me is not None:
        st.kill(me)
    t = m.types.result(fn, cls)
    return [(st, fresh("env", t))]


def user_rows(m: Machine, fn: FunctionInfo) -> tuple[library.Row, ...] | None:
    """What the user's own models say of a function of the project."""
    if not m.models.patterns and f"{fn.module}.{fn.qualname}" not in m.models.origin:
        return None
    cls = m.resolver.class_at(fn)
    bases = [c.full if isinstance(c, ClassInfo) else c.name for c in m.resolver.mro(cls)] if cls else []
    module = m.resolver.module_of(fn.module)
    decorators = []
    for d in fn.decorators:
        entity = m.resolver.resolve(module, d[1] if d[0] == "call" else d)
        if isinstance(entity, Lib):
            decorators.append(entity.name)
        elif isinstance(entity, FunctionInfo):
            decorators.append(f"{entity.module}.{entity.qualname}")
    name = f"{fn.module}.{fn.qualname}"
    own = m.rows(name, "await" if fn.is_async else "call")
    return own or lookup.user_model(m.models, name, bases, decorators)


def _decorated(m: Machine, f: Frame, st: State, callee: Value, node: cst.CSTNode) -> Value | None:
    """What a function's decorators make of it; None if they change nothing, `opaque` if they are unknown."""
    fn: FunctionInfo = callee.args[0]
    if len(callee.args) > 3:
        return None
    todo = [d for d in fn.decorators if (d[1][-1] if d[0] == "call" else d[-1]) not in TRANSPARENT]
    if not todo:
        return None
    value = make("func", fn, callee.args[1], None, "plain")
    module = m.resolver.module_of(fn.module)
    for shape in reversed(todo):
        target = m.resolver.resolve(module, shape[1] if shape[0] == "call" else shape)
        if not isinstance(target, FunctionInfo) or target.is_async or m.stack.count(target) > 0:
            return make("opaque")
        results: Results = [(st, make("func", target, None, None))]
        if shape[0] == "call":
            given = tuple(_decorator_argument(m, f, st, s) for s in shape[2])
            named = tuple((k, _decorator_argument(m, f, st, s)) for k, s in shape[3])
            results = invoke(m, f, st, results[0][1], given, named, node)
        if len(results) != 1:
            return make("opaque")
        maker = results[0][1]
        if maker.kind != "func":
            return make("opaque")
        made = invoke(m, f, st, maker, (value,), (), node)
        if len(made) != 1 or made[0][0] is not st or made[0][1].kind != "func":
            return make("opaque")
        value = made[0][1]
        value = make("func", value.args[0], value.args[1], value.args[2], "plain")
    return value


def _decorator_argument(m: Machine, f: Frame, st: State, shape: Shape) -> Value:
    known = constant_shape(m, f.module, shape)
    if known is not None:
        return known
    entity = m.resolver.resolve(f.module, shape)
    return names.entity_value(m, f, st, entity) if entity is not None else fresh("env")


def invoke(
    m: Machine, f: Frame, st: State, callee: Value, args: Args, keywords: Keywords, node: cst.CSTNode
) -> Results:
    """Run a function's body. A path that returns gives its value; one that raises goes to the handler around the
    call.
    """
    from lint_rules.flow.statements import body_of

    fn: FunctionInfo = callee.args[0]
    if f.depth >= MAX_DEPTH or m.stack.count(fn) > 1 or (is_stub(m, fn) and not fn.is_async):
        if fn.is_async:
            m.prune(st, "calls too deep", f, node)
            return []
        return unknown_call(m, f, st, fn.name, callee.args[2], args, keywords, node)
    frame = enter(m, f, st, callee, args, keywords)
    if frame is None:
        if fn.is_async:
            m.prune(st, "cannot be parsed", f, node)
            return []
        return unknown_call(m, f, st, fn.name, callee.args[2], args, keywords, node)
    m.stack.append(fn)
    m.yields.append(None)
    try:
        outcomes = body_of(m, frame, st)
    finally:
        m.stack.pop()
        m.yields.pop()
    out: Results = []
    for s, (kind, value) in m.join(outcomes):
        if kind in ("return", NEXT[0]):
            leave(s, frame)
            out.append((s, value if value is not None else NONE))
    return out


def leave(st: State, frame: Frame) -> None:
    if not frame.fn.nested:
        for key in [k for k in st.env if k[0] == frame.id]:
            del st.env[key]


def enter(m: Machine, f: Frame, st: State, callee: Value, args: Args, keywords: Keywords) -> Frame | None:
    """A new frame with its parameters bound."""
    fn: FunctionInfo = callee.args[0]
    try:
        part = m.resolver.project.slice(fn)
    except (Unparseable, OSError):
        return None
    if fn.ordinal >= len(part.functions):
        return None
    module = m.resolver.module_of(fn.module)
    frame = Frame(
        next(m.ids),
        fn,
        part.functions[fn.ordinal],
        part,
        module,
        m.resolver.class_at(fn),
        None,
        callee.args[1],
        f.depth + 1,
    )
    me = callee.args[2]
    given = (me, *args) if me is not None else args
    named = dict(keywords)
    positional = [p for p in fn.params if p.kind == "positional"]
    for p, v in zip(positional, given, strict=False):
        st.env[(frame.id, p.name)] = v
    if me is not None and fn.params:
        frame.me = me
    rest = given[len(positional) :]
    for p in fn.params:
        if (frame.id, p.name) in st.env:
            continue
        if p.name in named and p.kind in ("positional", "keyword"):
            st.env[(frame.id, p.name)] = named[p.name]
        elif p.kind == "*args":
            st.env[(frame.id, p.name)] = tup(rest) if "*" not in named else fresh("env", Type("tuple", exact=True))
        elif p.kind == "**kwargs":
            st.env[(frame.id, p.name)] = fresh("env", Type("dict", exact=True))
        else:
            st.env[(frame.id, p.name)] = _default(m, frame, st, p.default, p.name)
    return frame


def _default(m: Machine, frame: Frame, st: State, shape: tuple[object, ...] | None, name: str) -> Value:
    if shape is not None:
        known = constant_shape(m, frame.module, shape)
        if known is not None:
            return known
        entity = m.resolver.resolve(frame.module, shape)
        if entity is not None:
            return names.entity_value(m, frame, st, entity)
    return var(frame, name)


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


# ---------------------------------------------------------------------- objects


def construct(
    m: Machine, f: Frame, st: State, cls: ClassInfo, args: Args, keywords: Keywords, node: cst.CSTNode
) -> Results:
    """A new object of a project class; its `__init__` runs."""
    t = m.types.of_class(cls, exact=True)
    v = make("object_new", next(m.ids), t)
    if m.truth_kind(v) != "always":
        v = fresh("object", t)
    if "BaseException" in m.exception_names(make("class", cls)):
        for i, a in enumerate(args):
            st.heap[(v, f"arg{i}")] = a
        _exception_fields(m, f, st, v, cls, args, keywords, node)
        return [(st, v)]
    init = m.resolver.find_method(cls, "__init__")
    if isinstance(init, FunctionInfo):
        return [(s, v) for s, _ in invoke(m, f, st, make("func", init, None, v), args, keywords, node)]
    for (name, _), a in zip(cls.annotations.items(), args, strict=False):
        st.heap[(v, name)] = a
    for name, a in keywords:
        st.heap[(v, name)] = a
    return [(st, v)]


def _exception_fields(
    m: Machine, f: Frame, st: State, v: Value, cls: ClassInfo, args: Args, keywords: Keywords, node: cst.CSTNode
) -> None:
    init = m.resolver.find_method(cls, "__init__")
    if isinstance(init, FunctionInfo):
        invoke(m, f, st, make("func", init, None, v), args, keywords, node)


def has_truth_method(m: Machine, v: Value) -> bool:
    cls = m.types.cls(m.type_of(v))
    return cls is not None and (m.resolver.has_member(cls, "__bool__") or m.resolver.has_member(cls, "__len__"))


def truth_method(m: Machine, f: Frame, st: State, v: Value) -> Results | None:
    """What `__bool__` or `__len__` of a project class answers; None where there is none."""
    if v.kind in ("op", "const", "lin", "tuple"):
        return None
    t = m.type_of(v)
    cls = m.types.cls(t)
    if cls is None or t is None:
        return None
    for name in ("__bool__", "__len__"):
        method = m.resolver.find_method(cls, name)
        if isinstance(method, FunctionInfo) and m.stack.count(method) == 0:
            if t.optional or v.kind == "attr":
                return _optional_truth(m, f, st, v, method)
            return invoke(m, f, st, make("func", method, None, v), (), (), f.node)
    return None


def _optional_truth(m: Machine, f: Frame, st: State, v: Value, method: FunctionInfo) -> Results:
    none = st.copy()
    out: Results = []
    if assume(none, op("none", v), True):
        out.append((none, NONE))
    if assume(st, op("none", v), False):
        out.extend(invoke(m, f, st, make("func", method, None, v), (), (), f.node))
    return out


__all__ = ["attr", "is_const"]
