"""What a plain function may write, when running it inline would cost too much: names of attributes written, names of
collections changed.

Invariant: an over-approximation by names, whatever the receiver; what the function answers is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from lint_rules.flow.containers import ADDS, DROPS, EXTENDS, KEEPS, READS, TAKES
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import State
from lint_rules.flow.values import fresh
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.resolve import Entity
from lint_rules.syntax import Unparseable, visit

MAX_FOLLOWED = 60
MUTATORS = ADDS | EXTENDS | TAKES | DROPS | KEEPS | {"clear", "setdefault", "set", "put_nowait", "get_nowait"}


@dataclass(frozen=True, slots=True)
class Writes:
    """`attrs` are written, `contents` changed; `anything`: the object itself was handed to something unseen."""

    attrs: frozenset[str]
    contents: frozenset[str]
    anything: bool = False
    takes: bool = False
    raises: bool = False


class _Visitor(cst.CSTVisitor):
    def __init__(self) -> None:
        self.attrs: set[str] = set()
        self.contents: set[str] = set()
        self.calls: list[tuple[str, str]] = []
        self.anything = False
        self.takes = False
        self.raises = False

    def visit_Raise(self, node: cst.Raise) -> None:
        self.raises = True

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self.target(node.target)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self.target(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self.target(node.target)

    def visit_For(self, node: cst.For) -> None:
        self.target(node.target)

    def visit_Del(self, node: cst.Del) -> None:
        self.target(node.target)

    def visit_Global(self, node: cst.Global) -> None:
        self.attrs.update(item.name.value for item in node.names)

    def visit_Nonlocal(self, node: cst.Nonlocal) -> None:
        self.anything = True

    def target(self, node: cst.BaseExpression) -> None:
        if isinstance(node, cst.Attribute):
            self.attrs.add(node.attr.value)
        elif isinstance(node, cst.Subscript):
            self.contents.add(_last(node.value))
        elif isinstance(node, (cst.Tuple, cst.List)):
            for element in node.elements:
                self.target(element.value)

    def visit_Call(self, node: cst.Call) -> None:
        func = node.func
        if isinstance(func, cst.Attribute):
            name, base = func.attr.value, _last(func.value)
            self.calls.append((base, name))
            if base not in ("self", "cls", "super") and name not in READS:
                self.contents.add(base)
        elif isinstance(func, cst.Name):
            self.calls.append(("", func.value))
            self.anything = self.anything or func.value == "setattr"
            self.takes = self.takes or func.value == "next"
        for a in node.args:
            if isinstance(a.value, cst.Attribute):
                self.contents.add(a.value.attr.value)


def _last(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, (cst.Call, cst.Subscript)):
        return _last(node.func if isinstance(node, cst.Call) else node.value)
    return ""


def writes_of(m: Machine, fn: FunctionInfo, cls: ClassInfo | None) -> Writes:
    """Of a function and of all that it calls and that can be found."""
    key = (fn.module, fn.qualname, cls.full if cls else "")
    if key not in m.summaries:
        attrs: set[str] = set()
        contents: set[str] = set()
        anything = takes = raises = False
        todo, seen = [fn], {id(fn)}
        while todo:
            at = todo.pop()
            visitor = _visit(m, at)
            if visitor is None:
                anything = True
                continue
            attrs |= visitor.attrs
            contents |= visitor.contents
            anything = anything or visitor.anything
            takes = takes or visitor.takes
            raises = raises or visitor.raises
            for found in _callees(m, at, cls, visitor.calls):
                if id(found) not in seen:
                    seen.add(id(found))
                    todo.append(found)
            if len(seen) > MAX_FOLLOWED:
                anything = True
                break
        m.summaries[key] = Writes(frozenset(attrs), frozenset(contents - {"", "self"}), anything, takes, raises)
    found_writes = m.summaries[key]
    assert isinstance(found_writes, Writes)
    return found_writes


def _visit(m: Machine, fn: FunctionInfo) -> _Visitor | None:
    project = m.resolver.project
    known = project.noted(fn)
    if isinstance(known, _Visitor):
        return known
    try:
        part = project.slice(fn)
    except (Unparseable, OSError):
        return None
    visitor = _Visitor()
    visit(part.functions[fn.ordinal].body, visitor)
    project.note(fn, visitor)
    return visitor


def _callees(m: Machine, fn: FunctionInfo, cls: ClassInfo | None, calls: list[tuple[str, str]]) -> list[FunctionInfo]:
    out: list[FunctionInfo] = []
    module = m.resolver.module_of(fn.module)
    for base, name in calls:
        found: Entity | None = None
        if base in ("self", "cls", "super") and cls is not None:
            found = m.resolver.find_method(cls, name)
        elif base == "":
            found = fn.nested.get(name) or m.resolver.lookup(module, name)
        else:
            entity = m.resolver.lookup(module, base)
            if entity is not None and not isinstance(entity, FunctionInfo):
                found = m.resolver.member(entity, name)
        if isinstance(found, FunctionInfo):
            out.append(found)
    return out


def forget_written(st: State, writes: Writes) -> None:
    """Make unknown what the function may have written."""
    for base, name in list(st.heap):
        if name in writes.attrs:
            st.heap[(base, name)] = fresh("env")
    for name in sorted(writes.attrs):
        st.renewed = {**st.renewed, name: (*st.renewed.get(name, ()), (None, fresh("env")))}
    for v in list(st.gen):
        if v.kind in ("attr", "var") and v.args[1] in writes.contents:
            st.gen[v] = fresh("content")
    if writes.contents:
        new = fresh("content")
        st.lost = {**st.lost, **dict.fromkeys(sorted(writes.contents), new)}
