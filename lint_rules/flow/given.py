"""Functions that the project's calls hand to a parameter or, by a constructor, to an attribute: `retry(self.fetch)`.

Invariant: who hands a function over is noted as an assumption, since others may hand over another one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import libcst as cst

from lint_rules import callers
from lint_rules.callers import Site
from lint_rules.flow.frames import Frame
from lint_rules.flow.knowledge import Knowledge, zero_by_option
from lint_rules.flow.machine import Machine
from lint_rules.flow.names import bound_method, is_partial
from lint_rules.flow.state import State
from lint_rules.flow.values import Value, attr, const, make, var
from lint_rules.index import ClassInfo, FunctionInfo, Param
from lint_rules.resolve import Lib
from lint_rules.shapes import Shape
from lint_rules.syntax import Unparseable, visit

MAX_GIVEN = 4
CALLABLES = frozenset({"Callable", "Coroutine", "Awaitable", "CoroutineFunction", "Any"})
Given = tuple[Value, str]  # a function, and the words that say where it is from


def starts(m: Machine, frame: Frame, st: State) -> list[State]:
    """One state for each function that the parameters of the frame, and of those around it, may be."""
    states = [st]
    at: Frame | None = frame
    while at is not None:
        for p in at.fn.params:
            wanted = _may_be_called(p) and p.name not in at.written and _is_called(m, at.fn, p.name)
            found = parameter(m, at, p) if wanted else []
            if found[1:] and found[0][0].kind == "class":
                continue  # which exception goes with which function is not known
            if found:
                states = [_with(s, at, p.name, each) for s in states for each in found][:MAX_GIVEN]
        at = at.parent
    return states


def _with(st: State, frame: Frame, name: str, given: Given) -> State:
    s = st.copy()
    s.env[(frame.id, name)] = given[0]
    s.note(f"`{name}` is {given[1]}")
    return s


def from_outside(m: Machine, v: Value) -> bool:
    """Whether a value is a parameter of a function that no code of the project calls: who gives it is not known."""
    if v.kind != "var" or not isinstance(v.args[0], Frame):
        return False
    fn = v.args[0].fn
    return any(p.name == v.args[1] for p in fn.params) and not callers.sites(m.resolver, m.types, fn)


def shapes(m: Knowledge, v: Value) -> Iterator[Shape]:
    """What the project's calls give to a parameter, or by a constructor to an attribute, as expressions."""
    owner = m.owner_of(v)
    for where, shape in m.shapes_of(v):
        if shape[0] != "param":
            continue
        fn: FunctionInfo | None = v.args[0].fn if owner is None else owner.methods.get(where)
        if fn is not None:
            for site in callers.sites(m.resolver, m.types, fn):
                given = callers.given(fn, site, shape[1])
                if given is not None:
                    yield from _through(m, site, given)


def _through(m: Knowledge, site: Site, shape: Shape, hands: int = 1) -> Iterator[Shape]:
    """What is handed on is what the caller itself is given: by a default, on the command line, or by its callers."""
    p = next((p for p in site.fn.params if shape == ("name", p.name)), None) if site.fn is not None else None
    if p is None or site.fn is None:
        yield shape
        return
    yield ("const", 0) if zero_by_option(site.fn, p.name) else ("param", p.name, p.annotation, p.default)
    for outer in callers.sites(m.resolver, m.types, site.fn) if hands and p.default is None else ():
        given = callers.given(site.fn, outer, p.name)
        if given is not None:
            yield from _through(m, outer, given, hands - 1)


def _may_be_called(p: Param) -> bool:
    """Without annotation, or with one that says that it is a function."""
    if p.kind not in ("positional", "keyword") or p.name in ("self", "cls"):
        return False
    a = p.annotation
    while a is not None and a[0] == "sub":
        a = a[1]
    return a is None or a[-1] in CALLABLES


def _is_called(m: Knowledge, fn: FunctionInfo, name: str) -> bool:
    """Whether the text calls a name, hands it on or catches it. Others are not worth a search for who gives them."""
    word = re.escape(name)
    body = m.resolver.project.source(fn).partition(":\n")[2]
    return re.search(rf"\b{word}\s*[(,)]|except {word}\b", body) is not None


def parameter(m: Machine, frame: Frame, p: Param) -> list[Given]:
    receiver = var(frame, f"{p.name}.__self__")
    return _distinct(_functions(m, frame.fn, p, receiver))


def attribute(m: Machine, cls: ClassInfo, base: Value, name: str, shape: Shape) -> Given | None:
    """The function that every constructor call of the project gives to `self._fn = fn`."""
    init = cls.methods.get("__init__")
    p = next((p for p in init.params if p.name == shape[1]), None) if init is not None else None
    if init is None or p is None or not _may_be_called(p):
        return None
    found = _distinct(_functions(m, init, p, attr(base, f"{name}.__self__")))
    return found[0] if len(found) == 1 else None


def _distinct(found: Iterator[Given]) -> list[Given]:
    by_value: dict[Value, str] = {}
    for value, words in found:
        by_value.setdefault(value, words)
    return list(by_value.items())


def _functions(m: Machine, fn: FunctionInfo, p: Param, receiver: Value) -> Iterator[Given]:
    for site in callers.sites(m.resolver, m.types, fn):
        shape = callers.given(fn, site, p.name)
        value = _value(m, site, shape, receiver) if shape is not None else None
        if value is not None and shape is not None:
            yield value, f"`{_words(shape)}`, as `{site.name}` gives it"


def _words(shape: Shape) -> str:
    if shape[0] == "lambda":
        return str(shape[1])
    if shape[0] == "decorated":
        return str(shape[1].name)
    if is_partial(shape):
        return f"partial({_words(shape[2][0])}, …)"
    return f"{_words(shape[1])}.{shape[2]}" if shape[0] == "attr" else str(shape[-1])


def _value(m: Machine, site: Site, shape: Shape, receiver: Value) -> Value | None:
    """The function that an expression at a call is; None where it is none, or not known."""
    if is_partial(shape):
        inner = _value(m, site, shape[2][0], receiver)
        given = [_bound(m, site, s) for s in shape[2][1:]]
        named = [(k, _bound(m, site, s)) for k, s in shape[3]]
        if inner is None or None in given or any(v is None for _, v in named):
            return None
        return make("partial", inner, tuple(given), tuple(named))
    if shape[0] == "decorated":
        return make("func", shape[1], None, None, "plain")
    if shape[0] == "lambda":
        return _lambda(m, site, shape[1])
    return _named(m, site, shape, receiver) if shape[0] in ("attr", "name") else None


def _bound(m: Machine, site: Site, shape: Shape) -> Value | None:
    """What a `partial` is given: a constant, or a variable of the function that makes it."""
    if shape[0] == "const":
        return const(shape[1])
    fn = site.fn
    if shape[0] != "name" or fn is None or not (shape[1] in fn.locals or any(p.name == shape[1] for p in fn.params)):
        return None
    home = caller_frame(m, fn)
    return var(home, shape[1]) if home is not None else None


def _named(m: Machine, site: Site, shape: Shape, receiver: Value) -> Value | None:
    if shape[0] == "name":
        at = site.fn
        while at is not None:
            if shape[1] in at.nested:
                home = caller_frame(m, at)
                return make("func", at.nested[shape[1]], home, None) if home is not None else None
            at = at.parent
    entity = m.resolver.resolve(site.module, shape)
    if isinstance(entity, FunctionInfo) and entity.cls is None:
        return make("func", entity, None, None)
    if isinstance(entity, ClassInfo) and "BaseException" in m.exception_names(make("class", entity)):
        return make("class", entity)
    if isinstance(entity, Lib) or shape[0] != "attr":
        return None
    owner = _owner(m, site.fn)
    return bound_method(m, receiver, m.types.of_shape(site.module, shape[1], site.fn, owner), shape[2])


def _owner(m: Machine, fn: FunctionInfo | None) -> ClassInfo | None:
    while fn is not None and fn.parent is not None and fn.cls is None:
        fn = fn.parent
    return m.resolver.class_at(fn) if fn is not None else None


def caller_frame(m: Machine, fn: FunctionInfo) -> Frame | None:
    """Where a call stands, as it is when the loop runs: its variables are what they were when the lap began."""
    try:
        part = m.resolver.project.slice(fn)
    except (Unparseable, OSError):
        return None
    if fn.ordinal >= len(part.functions):
        return None
    parent = caller_frame(m, fn.parent) if fn.parent is not None else None
    owner, module = m.resolver.class_at(fn), m.resolver.module_of(fn.module)
    node = part.functions[fn.ordinal]
    frame = Frame(next(m.ids), fn, node, part, module, owner, None, parent, 0, True, frozenset())
    if owner is not None and fn.params and not any(d[-1] == "staticmethod" for d in fn.decorators):
        frame.me = var(frame, fn.params[0].name)
        m.set_type(frame.me, m.types.of_class(owner))
    return frame


class _Lambdas(cst.CSTVisitor):
    def __init__(self) -> None:
        self.found: list[cst.Lambda] = []

    def visit_Lambda(self, node: cst.Lambda) -> None:
        self.found.append(node)


def _lambda(m: Machine, site: Site, text: str) -> Value | None:
    """A lambda at a call is found again by its text."""
    home = caller_frame(m, site.fn) if site.fn is not None else None
    if home is None:
        return None
    visitor = _Lambdas()
    visit(home.node, visitor)
    for node in visitor.found:
        try:
            same = ast.unparse(ast.parse(home.slice.source(node).strip(), mode="eval").body) == text
        except (SyntaxError, ValueError):
            continue
        if same:
            return make("lambda", node, home)
    return None
