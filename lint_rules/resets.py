"""Counters that a spinning lap resets: the companion of a silent return (SPN201).

A reset sets a variable to a constant, unconditionally and after the silent await, and that variable is changed
elsewhere in the loop and limits it:
an exit tests it, a delay or an index uses it, or a callee that uses it so gets it.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial

import libcst as cst

from lint_rules.candidates import Candidate
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import Event
from lint_rules.index import FunctionInfo
from lint_rules.syntax import Unparseable, visit

DELAYS = frozenset({"sleep", "wait_for", "timeout", "timeout_at", "call_later", "wait"})


@dataclass(frozen=True, slots=True)
class Reset:
    """One assignment: its place, its end and the name of the variable."""

    line: int
    column: int
    end_line: int
    name: str


def resets_of(m: Machine, c: Candidate, frame: Frame, events: list[Event]) -> tuple[Reset, ...]:
    silent = [i for i, e in enumerate(events) if e.kind == "return" and e.frame is frame]
    if not silent:
        return ()
    out: dict[cst.CSTNode, Reset] = {}
    for e in events[silent[0] :]:
        if e.kind == "assign" and e.frame is frame and e.node not in out:
            found = m.remembered(("reset", e.node), partial(_reset_at, m, c, e.node))
            if found is not None:
                out[e.node] = found
    return tuple(out.values())


def _reset_at(m: Machine, c: Candidate, node: cst.CSTNode) -> Reset | None:
    if node not in m.remembered(("unconditional", c.loop), partial(_unconditional, c.loop)):
        return None
    found = None
    for name in _targets(node):
        if (_changed_elsewhere(c.loop, node, name) or _changed_by_callee(m, c, name)) and limits(m, c, name):
            line, column, end = c.slice.place(node)
            found = Reset(line, column, end, name)
    return found


def _targets(node: cst.CSTNode) -> list[str]:
    targets = (
        [t.target for t in node.targets]
        if isinstance(node, cst.Assign)
        else [node.target]
        if isinstance(node, cst.AnnAssign)
        else []
    )
    flat = [e.value for t in targets for e in (t.elements if isinstance(t, cst.Tuple) else [cst.Element(t)])]
    return [name for t in flat if (name := path_text(t)) is not None]


def path_text(node: cst.CSTNode) -> str | None:
    """`tries`, `self.tries`: a variable or an attribute chain."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        base = path_text(node.value)
        return None if base is None else f"{base}.{node.attr.value}"
    if isinstance(node, cst.Subscript) and len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index):
        base, key = path_text(node.value), node.slice[0].slice.value
        return f"{base}[{key.value}]" if base is not None and isinstance(key, cst.SimpleString) else None
    return None


class _Unconditional(cst.CSTVisitor):
    """The assignments with no `if`, `match`, handler or inner loop between them and the loop."""

    def __init__(self, loop: cst.CSTNode) -> None:
        self.loop = loop
        self.found: set[cst.CSTNode] = set()

    def enter(self, node: cst.CSTNode) -> bool:
        return node is self.loop

    visit_While = visit_For = visit_If = visit_Match = visit_FunctionDef = enter
    visit_ExceptHandler = visit_ExceptStarHandler = enter

    def visit_Assign(self, node: cst.Assign) -> None:
        self.found.add(node)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self.found.add(node)


def _unconditional(loop: cst.CSTNode) -> frozenset[cst.CSTNode]:
    visitor = _Unconditional(loop)
    visit(loop, visitor)
    return frozenset(visitor.found)


class _Uses(cst.CSTVisitor):
    """How a loop or a callee uses one variable."""

    def __init__(self, name: str, reset: cst.CSTNode | None = None) -> None:
        self.name = name
        self.reset = reset
        self.changed = False
        self.limits = False
        self.passed: list[tuple[cst.Call, int | str]] = []

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self.changed = self.changed or path_text(node.target) == self.name

    def visit_Assign(self, node: cst.Assign) -> None:
        if node is not self.reset and any(path_text(t.target) == self.name for t in node.targets):
            same = (
                self.reset is not None
                and isinstance(self.reset, cst.Assign)
                and node.value.deep_equals(self.reset.value)
            )
            self.changed = self.changed or not same

    def visit_If(self, node: cst.If) -> None:
        if mentions(node.test, self.name) and leaves_or_waits(node.body):
            self.limits = True

    def visit_While(self, node: cst.While) -> None:
        if mentions(node.test, self.name):
            self.limits = True

    def visit_Subscript(self, node: cst.Subscript) -> None:
        if any(mentions(e, self.name) for e in node.slice):
            self.limits = True

    def visit_Call(self, node: cst.Call) -> None:
        name = (
            node.func.attr.value
            if isinstance(node.func, cst.Attribute)
            else node.func.value
            if isinstance(node.func, cst.Name)
            else ""
        )
        for i, a in enumerate(node.args):
            if not mentions(a.value, self.name):
                continue
            if name in DELAYS:
                self.limits = True
            else:
                self.passed.append((node, a.keyword.value if a.keyword else i))


class _Mentions(cst.CSTVisitor):
    def __init__(self, name: str) -> None:
        self.name = name
        self.found = False

    def visit_Name(self, node: cst.Name) -> None:
        self.found = self.found or node.value == self.name

    def visit_Subscript(self, node: cst.Subscript) -> bool:
        self.found = self.found or path_text(node) == self.name
        return not self.found

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        if path_text(node) == self.name:
            self.found = True
            return False
        return True


def mentions(node: cst.CSTNode, name: str) -> bool:
    visitor = _Mentions(name)
    visit(node, visitor)
    return visitor.found


class _Leaves(cst.CSTVisitor):
    def __init__(self) -> None:
        self.found = False

    def visit_Break(self, node: cst.Break) -> None:
        self.found = True

    def visit_Return(self, node: cst.Return) -> None:
        self.found = True

    def visit_Raise(self, node: cst.Raise) -> None:
        self.found = True

    def visit_Await(self, node: cst.Await) -> None:
        self.found = True


def leaves_or_waits(body: cst.CSTNode) -> bool:
    visitor = _Leaves()
    visit(body, visitor)
    return visitor.found


def _changed_elsewhere(loop: cst.CSTNode, reset: cst.CSTNode, name: str) -> bool:
    uses = _Uses(name, reset)
    visit(loop, uses)
    return uses.changed


def _changed_by_callee(m: Machine, c: Candidate, name: str) -> bool:
    """An attribute that a method called in the loop changes."""
    return (
        any(_uses_in(m, method, name).changed for method in _methods_called(m, c))
        if name.startswith("self.")
        else False
    )


def _uses_in(m: Machine, fn: FunctionInfo, name: str) -> _Uses:
    uses = _Uses(name)
    with contextlib.suppress(Unparseable, OSError):
        visit(m.resolver.project.slice(fn).functions[fn.ordinal].body, uses)
    return uses


def _methods_called(m: Machine, c: Candidate) -> list[FunctionInfo]:
    if c.cls is None:
        return []
    called = _Called()
    visit(c.loop, called)
    found = [m.resolver.find_method(c.cls, name) for name in called.names]
    return [fn for fn in found if isinstance(fn, FunctionInfo)]


def limits(m: Machine, c: Candidate, name: str) -> bool:
    """Whether the loop, or a callee that gets the variable, bounds or delays itself by it."""
    uses = _Uses(name)
    visit(c.loop, uses)
    if uses.limits or _derived(c.loop, name):
        return True
    if name.startswith("self.") and _attribute_limits(m, c, name):
        return True
    return any(_callee_limits(m, c, call, where) for call, where in uses.passed)


class _Derived(cst.CSTVisitor):
    """`delay = min(2 ** tries, 60)` passes the limit on to another variable."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[str] = []

    def visit_Assign(self, node: cst.Assign) -> None:
        if mentions(node.value, self.name):
            self.found += [
                t for target in node.targets if (t := path_text(target.target)) is not None and t != self.name
            ]


def _derived(loop: cst.CSTNode, name: str) -> bool:
    visitor = _Derived(name)
    visit(loop, visitor)
    for other in visitor.found:
        uses = _Uses(other)
        visit(loop, uses)
        if uses.limits:
            return True
    return False


def _attribute_limits(m: Machine, c: Candidate, name: str) -> bool:
    """A counter kept on the object: some method that the loop calls uses it."""
    return any(_function_limits(m, method, name) for method in _methods_called(m, c))


class _Called(cst.CSTVisitor):
    def __init__(self) -> None:
        self.names: list[str] = []

    def visit_Call(self, node: cst.Call) -> None:
        if isinstance(node.func, cst.Attribute) and path_text(node.func.value) == "self":
            self.names.append(node.func.attr.value)


def _callee_limits(m: Machine, c: Candidate, call: cst.Call, where: int | str) -> bool:
    fn = _callee(m, c, call)
    if fn is None:
        return False
    params = [p for p in fn.params if p.kind in ("positional", "keyword")]
    if isinstance(where, int):
        at = where + (1 if fn.cls is not None and isinstance(call.func, cst.Attribute) else 0)
        name = params[at].name if at < len(params) else None
    else:
        name = where
    return name is not None and _function_limits(m, fn, name)


def _function_limits(m: Machine, fn: FunctionInfo, name: str) -> bool:
    return _uses_in(m, fn, name).limits


def _callee(m: Machine, c: Candidate, call: cst.Call) -> FunctionInfo | None:
    if isinstance(call.func, cst.Attribute) and path_text(call.func.value) == "self" and c.cls is not None:
        found = m.resolver.find_method(c.cls, call.func.attr.value)
        return found if isinstance(found, FunctionInfo) else None
    if isinstance(call.func, cst.Name):
        nested = c.fn.nested.get(call.func.value)
        entity = nested or m.resolver.lookup(m.resolver.module_of(c.fn.module), call.func.value)
        return entity if isinstance(entity, FunctionInfo) else None
    return None
