"""What a plain function may write, when running it inline would cost too much: names of attributes written, names of
collections changed.

Invariant: an over-approximation by names, whatever the receiver; what the function answers is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

from lint_rules.flow.machine import Machine
from lint_rules.flow.mentions import mentions_of
from lint_rules.flow.state import State
from lint_rules.flow.values import fresh
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.resolve import Entity

MAX_FOLLOWED = 60


@dataclass(frozen=True, slots=True)
class Writes:
    """`attrs` are written, `contents` changed; `anything`: the object itself was handed to something unseen."""

    attrs: frozenset[str]
    contents: frozenset[str]
    anything: bool = False
    takes: bool = False
    raises: bool = False


def writes_of(m: Machine, fn: FunctionInfo, cls: ClassInfo | None) -> Writes:
    """Of a function and of all that it calls and that can be found."""
    key = ("writes", fn.module, fn.first, fn.ordinal, cls.full if cls else "")
    return m.resolver.project.recall(key, lambda: _writes_of(m, fn, cls))


def _writes_of(m: Machine, fn: FunctionInfo, cls: ClassInfo | None) -> Writes:
    attrs: set[str] = set()
    contents: set[str] = set()
    anything = takes = raises = False
    todo, seen = [fn], {id(fn)}
    while todo:
        at = todo.pop()
        found = mentions_of(m.resolver.project, at)
        if found is None:
            anything = True
            continue
        attrs |= found.attrs
        contents |= found.contents
        anything = anything or found.anything
        takes = takes or found.takes
        raises = raises or found.raises
        for callee in _callees(m, at, cls, found.calls):
            if id(callee) not in seen:
                seen.add(id(callee))
                todo.append(callee)
        if len(seen) > MAX_FOLLOWED:
            anything = True
            break
    return Writes(frozenset(attrs), frozenset(contents - {"", "self"}), anything, takes, raises)


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
