"""What one coroutine does until it first waits: its outcomes, the conditions of each, what it reads and writes, with
lines. Asked by `spinlint effects`.

Invariant: a line is said only where the path or the text shows it. A condition has the line of the first branch of its
path that speaks of it; one that no branch speaks of (`None` has no attributes) has none.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst

from lint_rules.candidates import owner_of
from lint_rules.config import Settings
from lint_rules.flow import values
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import GaveUp, Machine
from lint_rules.flow.state import Event, State
from lint_rules.flow.statements import body_of
from lint_rules.flow.values import var
from lint_rules.index import FunctionInfo
from lint_rules.render import source, witness
from lint_rules.session import NotFound, Session
from lint_rules.source import project_root
from lint_rules.syntax import Slice
from lint_rules.uses import uses

CALLED = re.compile(rb"\basync[ \t]+def[ \t]+(\w+)")
WORD = re.compile(r"[A-Za-z_]\w*")
GRAMMAR = frozenset({"not", "is", "in", "None", "True", "False", "self", "isinstance", "len", "next", "iter"})


@dataclass(frozen=True, slots=True)
class Way:
    """One path: what comes of it, where, and what it wrote before."""

    what: str
    state: State
    writes: tuple[str, ...]


class _Watching(Machine):
    """Keeps the whole state of the paths that wait."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.types, session.settings.targets)
        self.declared_versions = session.declared
        self.waiting: list[tuple[State, str, Frame, cst.CSTNode]] = []

    def prune(self, st: State, reason: str, frame: Frame, node: cst.CSTNode) -> None:
        self.waiting.append((st.copy(), reason, frame, node))


def effects(target: str, settings: Settings) -> list[str]:
    """What the analysis believes about one coroutine: a qualified name (its end will do) or FILE:LINE."""
    file, _, line = target.rpartition(":")
    path = Path(file).absolute() if file else Path.cwd() / "pyproject.toml"
    root = settings.root or project_root(path)
    session = Session(root if root.is_dir() or file else Path.cwd(), settings, {})
    fn = _at(session, path, int(line)) if file else _named(session, target)
    return list(_told(session, fn))


def _at(session: Session, path: Path, line: int) -> FunctionInfo:
    """The innermost coroutine around a line."""
    found = [
        fn
        for fn in session.module(path).all_functions
        if fn.is_async and fn.first <= line <= fn.last and fn.line <= line <= _last(session, fn)
    ]
    if not found:
        raise NotFound("no coroutine stands on this line")
    return max(found, key=lambda fn: fn.line)


def _last(session: Session, fn: FunctionInfo) -> int:
    part = session.project.slice(fn)
    return part.place(part.functions[fn.ordinal])[2]


def _named(session: Session, target: str) -> FunctionInfo:
    name = target.rpartition(".")[2].encode()
    found: list[FunctionInfo] = []
    others: set[str] = set()
    for path in session.project.files():
        names = set(CALLED.findall(session.project.data(path)))
        module = session.project.module(path) if name in names else None
        others |= {each.decode(errors="replace") for each in names}
        for fn in module.all_functions if module else ():
            if fn.is_async and any(f".{each}".endswith(f".{target}") for each in _names(session, path, fn)):
                found.append(fn)
    if len(found) == 1:
        return found[0]
    if found:
        names_of = ", ".join(f"{_shown(session, fn)}:{fn.line}" for fn in found[:5])
        raise NotFound(f"{len(found)} coroutines are called so: {names_of}{', …' if len(found) > 5 else ''}")
    near = difflib.get_close_matches(name.decode(), sorted(others - {name.decode()}), n=1)
    raise NotFound("no such coroutine in this project" + (f"; did you mean {near[0]!r}?" if near else ""))


def _names(session: Session, path: Path, fn: FunctionInfo) -> Iterator[str]:
    """By module and, since folders need not be packages, by file."""
    name = fn.qualname.replace(".<locals>", "")
    yield f"{fn.module}.{name}"
    if path.is_relative_to(session.project.root):
        yield ".".join([*path.relative_to(session.project.root).with_suffix("").parts, name])


def _shown(session: Session, fn: FunctionInfo) -> str:
    path, root = session.project.path_of(fn.module), session.project.root
    inside = path != root and path.is_relative_to(root)  # a file without a project is its own root
    return path.relative_to(root).as_posix() if inside else path.name


def _told(session: Session, fn: FunctionInfo) -> Iterator[str]:
    part = session.project.slice(fn)
    values.forget()
    m = _Watching(session)
    cls = owner_of(session.resolver, fn)
    frame = _frame(m, part, fn)
    yield f"{fn.qualname} in {_shown(session, fn)}, line {fn.line}" + (f" (for the class {cls.name})" if cls else "")
    m.raises.append([])
    try:
        ways = body_of(m, frame, State(m))
    except GaveUp:
        yield "  gave up: the budget of steps is spent"
        return
    told: list[Way] = []
    for st, (_, value) in m.join(ways):
        what = source(m, value) if value is not None else "None"
        told.append(_way(m, frame, st, f"returns {what} {_class(st)}", "returned"))
    for st, raised in m.raises.pop():
        name = source(m, raised.cls) if raised.cls is not None else "an exception"
        told.append(_way(m, frame, st, f"raises {name} {_class(st)}", "raise"))
    told += [
        Way(f"{what}, at {_place(m, frame, f, node)}", st, _writes(m, frame, st)) for st, what, f, node in m.waiting
    ]
    yield from _lines(m, frame, told)
    yield from (f"  gave up: {reason}" for reason in dict.fromkeys(m.gave_up))
    yield from uses(m.resolver, frame)


def _frame(m: Machine, part: Slice, fn: FunctionInfo) -> Frame:
    """As if the coroutine began now: what it has not written is as it was at its beginning."""
    parent = _frame(m, part, fn.parent) if fn.parent is not None else None
    cls = m.resolver.class_at(fn)
    module = m.resolver.module_of(fn.module)
    frame = Frame(next(m.ids), fn, part.functions[fn.ordinal], part, module, cls, parent=parent, header=True)
    plain = any(d[-1] == "staticmethod" for d in fn.decorators)
    if fn.cls is not None and fn.params and cls is not None and not plain:
        frame.me = var(frame, fn.params[0].name)
        m.set_type(frame.me, m.types.of_class(cls, exact=True))
    return frame


def _class(st: State) -> str:
    return "after a bare yield" if st.suspension else "without suspending"


def _way(m: Machine, frame: Frame, st: State, what: str, kind: str) -> Way:
    """A path that ends; the last event is its end, or the last place of it that is known."""
    last = st.trace.event if st.trace is not None else None
    if last is not None:
        ends = last.kind.startswith(kind) or (last.kind == "library" and " raises " in last.text)
        what += f", {'at' if ends else 'after'} {_place(m, frame, last.frame, last.node)}"
    return Way(what, st, _writes(m, frame, st))


def _place(m: Machine, home: Frame, frame: Frame, node: cst.CSTNode) -> str:
    line = frame.slice.place(node)[0]
    return (
        f"line {line}"
        if frame.module is home.module
        else f"{m.resolver.project.path_of(frame.module.name).name}:{line}"
    )


def _writes(m: Machine, frame: Frame, st: State) -> tuple[str, ...]:
    """The attributes and globals that the path has written."""
    out = []
    for e in st.trace or ():
        if e.kind == "write" and (isinstance(e.node, cst.Attribute) or e.text in e.frame.fn.globals):
            out.append(f"{e.frame.slice.source(e.node)} ({_place(m, frame, e.frame, e.node)})")
    return tuple(dict.fromkeys(out))


def _lines(m: Machine, frame: Frame, ways: Iterable[Way]) -> Iterator[str]:
    """Each outcome once, with its conditions; those that decide nothing are left out."""
    groups: dict[tuple[str, tuple[str, ...]], list[State]] = {}
    for way in ways:
        groups.setdefault((way.what, way.writes), []).append(_conditions_only(way.state))
    for (what, writes), states in groups.items():
        yield f"  {what}"
        found = dict.fromkeys(_when(m, frame, st) for st, _ in m.join([(st, ("next", None)) for st in states]))
        for number, when in enumerate(found):
            if when:
                yield f"    {'or ' if number else ''}when {when}"
        if writes:
            yield f"    having written {', '.join(writes)}"


def _conditions_only(st: State) -> State:
    """Two paths to one outcome differ in what they assumed only."""
    bare = State(st.world)
    bare.truth, bare.dom, bare.soft = st.truth, st.dom, st.soft
    bare.suspension, bare.trace = st.suspension, st.trace
    return bare


def _when(m: Machine, frame: Frame, st: State) -> str:
    branches = [
        (e, _words(e.frame.slice.source(_test(e.node))))
        for e in st.trace or ()
        if e.kind == "branch" or isinstance(e.node, cst.Assert)
    ]
    return ", ".join(f"{text}{_decided(m, frame, text, branches)}" for text in witness(m, st))


def _test(node: cst.CSTNode) -> cst.CSTNode:
    test = getattr(node, "test", None) or getattr(node, "iter", None)
    return test if isinstance(test, cst.CSTNode) else node


def _words(text: str) -> set[str]:
    return set(WORD.findall(text)) - GRAMMAR


def _decided(m: Machine, home: Frame, text: str, branches: list[tuple[Event, set[str]]]) -> str:
    words = _words(text)
    for e, said in branches:
        if words and words <= said:
            return f" ({_place(m, home, e.frame, e.node)})"
    return ""
