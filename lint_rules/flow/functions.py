"""Functions of the project: run inline, as Python runs them, or replaced by the names of what they may write."""

from __future__ import annotations

import libcst as cst

from lint_rules.flow import calls, library, names
from lint_rules.flow.constants import constant_shape
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import (
    MAX_DEPTH,
    MAX_INLINE_STATES,
    MAX_INLINE_STEPS,
    NEXT,
    Args,
    Keywords,
    Machine,
    Results,
    TooBig,
)
from lint_rules.flow.state import State
from lint_rules.flow.summaries import forget_written, writes_of
from lint_rules.flow.values import NONE, Value, fresh, make, tup, var
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.models import lookup
from lint_rules.models.schema import Row
from lint_rules.resolve import Lib
from lint_rules.shapes import Shape
from lint_rules.syntax import Unparseable
from lint_rules.types import Type

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
            return calls.unknown_call(m, f, st, fn.name, callee.args[2], args, keywords, node)
        if callee.args[2] is not None:
            args = (callee.args[2], *args)
        return calls.call_value(m, f, st, wrapped, args, keywords, node)  # type: ignore[arg-type]
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


def user_rows(m: Machine, fn: FunctionInfo) -> tuple[Row, ...] | None:
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
        return calls.unknown_call(m, f, st, fn.name, callee.args[2], args, keywords, node)
    frame = enter(m, f, st, callee, args, keywords)
    if frame is None:
        if fn.is_async:
            m.prune(st, "cannot be parsed", f, node)
            return []
        return calls.unknown_call(m, f, st, fn.name, callee.args[2], args, keywords, node)
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
