"""What holds of parameters and unwritten variables whenever the loop runs: the guards that a path passes on its way
to it, or to the function that it stands in.

Only facts about variables that nothing in the loop assigns are kept (of an enclosing function: that are given once): an
attribute may have changed since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst

from lint_rules.candidates import Candidate
from lint_rules.flow.constants import is_changed
from lint_rules.flow.expressions import condition
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import State
from lint_rules.flow.values import Value, parts
from lint_rules.nothing import is_none_at_first

LEAVES = (cst.Return, cst.Raise, cst.Continue, cst.Break)


Keeps = Callable[[Machine, Frame, Value], bool]


def assume_entry(m: Machine, frame: Frame, st: State, c: Candidate) -> None:
    """Record the facts in `st`."""
    _assume(m, frame, st, _guards(c.function.body, c.loop), _stays)
    inner: cst.CSTNode = c.function
    outer = frame.parent
    while outer is not None and isinstance(outer.node, cst.FunctionDef):
        _assume(m, outer, st, _guards(outer.node.body, inner), _given_once)
        inner, outer = outer.node, outer.parent


def _assume(m: Machine, frame: Frame, st: State, guards: list[tuple[cst.BaseExpression, bool]], keeps: Keeps) -> None:
    for test, want in guards:
        scratch = st.copy()
        m.raises.append([])
        try:
            found = [s for s, answer in condition(m, frame, scratch, test) if answer == want]
        finally:
            raised = m.raises.pop()
            followed = not raised and not m.pruned
            m.pruned.clear()
        if not found:
            m.barred |= followed
            continue
        _note_doubts(m, found)
        first, *rest = found
        for k, truth in first.truth.items():
            if keeps(m, frame, k) and all(s.truth.get(k) == truth for s in rest):
                st.truth.setdefault(k, truth)
        for k, d in first.dom.items():
            if keeps(m, frame, k) and all(s.dom.get(k) == d for s in rest):
                st.dom[k] = d


def _note_doubts(m: Machine, found: list[State]) -> None:
    """What a guard said of attributes that no code of the project writes, and of elements of a collection: a witness
    that denies it is doubtful.
    """
    if m.doubts is None:
        m.doubts = State(m)
    first, *rest = found
    for k, truth in first.truth.items():
        if (_is_kept(m, k) or _has_begun(m, k, truth)) and all(s.truth.get(k) == truth for s in rest):
            m.doubts.truth.setdefault(k, truth)
    for k, d in first.dom.items():
        if _is_kept(m, k) and all(s.dom.get(k) == d for s in rest):
            m.doubts.dom.setdefault(k, d)


def _is_kept(m: Machine, v: Value) -> bool:
    """Whether what a guard said of an attribute, or of the elements of a collection, most likely still holds."""
    return _seldom_written(m, v) or _is_of_elements(v)


def _has_begun(m: Machine, k: Value, want: bool) -> bool:
    """Whether a literal says that an attribute is something already, which it then stays."""
    v = k.args[1] if k.kind == "op" and k.args[0] == "none" else k
    return v.kind == "attr" and want is (v is k) and is_none_at_first(m, v)


def _is_of_elements(v: Value) -> bool:
    """Whether a literal speaks of what a variable holds that the loop does not assign, and of no attribute."""
    found = list(parts(v))
    names = [p.args for p in found if p.kind == "var"]
    items = [p.args[1] for p in found if p.kind == "item"]
    if v.round or not items or any(p.kind in ("attr", "killed") for p in found):
        return False
    if not all(isinstance(key, Value) and key.kind == "each" for key in items):
        return False
    return all(isinstance(at, Frame) and name not in at.written for at, name in names)


def _seldom_written(m: Machine, v: Value) -> bool:
    """Whether a literal speaks of an attribute, and of none that its class, or where that is unknown any code of the
    project, assigns after its object was made.
    """
    attributes = [p for p in parts(v) if p.kind == "attr"]
    return bool(attributes) and not v.round and not any(_is_assigned(m, p) for p in attributes)


def _is_assigned(m: Machine, p: Value) -> bool:
    owner = m.owner_of(p)
    if owner is None:
        return m.resolver.project.calls(f".{p.args[1]} = ")
    if is_changed(m, m.resolver.module_of(owner.module), p.args[1]):
        return True
    return any(where not in ("", "__init__", "__post_init__") for where, _ in m.shapes_of(p))


def _stays(m: Machine, frame: Frame, v: Value) -> bool:
    """Whether a value is made only of variables that the loop does not assign."""
    if v.round:
        return False
    for p in parts(v):
        if p.kind in ("item", "killed") or (p.kind == "attr" and not _never_written(m, p)):
            return False
        if p.kind == "op" and p.args[0] in ("state", "method", "builtin", "len", "in"):
            return False
        if p.kind == "var" and isinstance(p.args[0], Frame) and p.args[1] in p.args[0].written:
            return False
    return True


def _given_once(m: Machine, frame: Frame, v: Value) -> bool:
    """Whether a value is made only of what variables hold that are given once, as a parameter or by one assignment."""
    found = [p.args for p in parts(v) if p.kind == "var"]
    if not found or not _stays(m, frame, v) or any(p.kind == "attr" for p in parts(v)):
        return False
    return all(isinstance(at, Frame) and _times_given(at, name) == 1 for at, name in found)


def _times_given(frame: Frame, name: str) -> int:
    return len(frame.fn.locals.get(name, ())) + sum(p.name == name for p in frame.fn.params)


def _never_written(m: Machine, v: Value) -> bool:
    """An attribute that is given only when its object is made."""
    owner = m.owner_of(v)
    shapes = m.shapes_of(v)
    given = bool(shapes) or (owner is not None and v.args[1] in owner.annotations)
    later = any(where not in ("", "__init__", "__post_init__") for where, _ in shapes)
    return given and not later and not m.resolver.project.foreign_writes(v.args[1])


def _guards(body: cst.BaseSuite, loop: cst.CSTNode) -> list[tuple[cst.BaseExpression, bool]]:
    out: list[tuple[cst.BaseExpression, bool]] = []
    _descend(body.body, loop, out)
    return out


def _descend(stmts: Sequence[cst.CSTNode], loop: cst.CSTNode, out: list[tuple[cst.BaseExpression, bool]]) -> bool:
    mark = len(out)
    for stmt in stmts:
        if stmt is loop:
            return True
        if _inside(stmt, loop, out):
            return True
        if isinstance(stmt, cst.If) and stmt.orelse is None and _leaves(stmt.body):
            out.append((stmt.test, False))
    del out[mark:]
    return False


def _inside(stmt: cst.CSTNode, loop: cst.CSTNode, out: list[tuple[cst.BaseExpression, bool]]) -> bool:
    if isinstance(stmt, cst.If):
        out.append((stmt.test, True))
        if _descend(stmt.body.body, loop, out):
            return True
        out[-1] = (stmt.test, False)
        if stmt.orelse is not None and (
            _inside(stmt.orelse, loop, out)
            if isinstance(stmt.orelse, cst.If)
            else _descend(stmt.orelse.body.body, loop, out)
        ):
            return True
        out.pop()
        return False
    blocks: list[cst.BaseSuite] = []
    if isinstance(stmt, (cst.Try, cst.TryStar)):
        blocks = [stmt.body, *(h.body for h in stmt.handlers)]
        blocks += [part.body for part in (stmt.orelse, stmt.finalbody) if part is not None]
    elif isinstance(stmt, (cst.With, cst.While, cst.For)):
        blocks = [stmt.body]
        if not isinstance(stmt, cst.With) and stmt.orelse is not None:
            blocks.append(stmt.orelse.body)
    elif isinstance(stmt, cst.Match):
        blocks = [case.body for case in stmt.cases]
    return any(_descend(b.body, loop, out) for b in blocks)


def _leaves(body: cst.BaseSuite) -> bool:
    """Whether a block ends the way to the loop, whatever stands behind the statement that does."""
    lines = [each.body if isinstance(each, cst.SimpleStatementLine) else (each,) for each in body.body]
    return any(isinstance(each, LEAVES) or _both_leave(each) for line in lines for each in line)


def _both_leave(stmt: cst.CSTNode) -> bool:
    """`if` and `else` alike, or an `if True` alone."""
    if not isinstance(stmt, cst.If) or not _leaves(stmt.body):
        return False
    if isinstance(stmt.orelse, cst.Else):
        return _leaves(stmt.orelse.body)
    always = isinstance(stmt.test, cst.Name) and stmt.test.value == "True"
    return always or (stmt.orelse is not None and _both_leave(stmt.orelse))


def guarded(function: cst.CSTNode, loop: cst.CSTNode) -> bool:
    """Whether a handler or a suppressing `with` stands around the loop in its function."""
    for child in function.children:
        if child is loop:
            return False
        if holds(child, loop):
            handles = isinstance(child, (cst.Try, cst.TryStar)) and bool(child.handlers) and holds(child.body, loop)
            return handles or isinstance(child, cst.With) or guarded(child, loop)
    return False


def is_in_a_loop(function: cst.CSTNode, loop: cst.CSTNode) -> bool:
    """Whether another loop stands around a loop in its function, so that what is behind it is before it, too."""
    for child in function.children:
        if child is not loop and holds(child, loop):
            return isinstance(child, (cst.While, cst.For)) or is_in_a_loop(child, loop)
    return False


def holds(node: cst.CSTNode, part: cst.CSTNode) -> bool:
    return node is part or any(holds(child, part) for child in node.children)
