"""The frame in which a loop runs, as it is when its header is reached, and what the loop writes of it.

Invariant: a variable that the loop assigns nowhere is the same on every lap.
"""

from __future__ import annotations

from functools import partial

import libcst as cst

from lint_rules.candidates import Candidate
from lint_rules.entry import is_in_a_loop
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine
from lint_rules.flow.values import var
from lint_rules.index import FunctionInfo
from lint_rules.syntax import visit


def header_frame(m: Machine, c: Candidate) -> Frame:
    """The frame in which the loop runs: what the lap has not written is a header symbol."""
    m.loop_function = c.fn.name
    m.text_of_loop = partial(_text_until, c)
    frame = _header(m, c, c.fn, c.function, _outer_frame(m, c, c.fn.parent))
    return at_header(frame, c.loop)


def _text_until(c: Candidate) -> str | None:
    """The text of the function up to the end of the loop; None where another loop leads back to it."""
    return None if is_in_a_loop(c.function, c.loop) else c.slice.source_until(c.loop)


def at_header(frame: Frame, loop: cst.CSTNode) -> Frame:
    """The same frame, known to run this loop."""
    written = _Written()
    visit(loop, written)
    frame.header = True
    frame.written = frozenset(written.names)
    frame.counted = frozenset(name for name, steps in written.steps.items() if len(steps) == 1 and steps != {0})
    return frame


def written_in(loop: cst.CSTNode) -> set[str]:
    """The variables that a loop assigns anywhere in it."""
    written = _Written()
    visit(loop, written)
    return written.names


def _outer_frame(m: Machine, c: Candidate, fn: FunctionInfo | None) -> Frame | None:
    if fn is None:
        return None
    parent = _outer_frame(m, c, fn.parent)
    return _header(m, c, fn, c.slice.functions[fn.ordinal], parent)


def _header(m: Machine, c: Candidate, fn: FunctionInfo, node: cst.FunctionDef, parent: Frame | None) -> Frame:
    frame = Frame(
        next(m.ids),
        fn,
        node,
        c.slice,
        m.resolver.module_of(fn.module),
        m.resolver.class_at(fn),
        None,
        parent,
        0,
        True,
    )
    plain = any(d[-1] == "staticmethod" for d in fn.decorators)
    if fn.cls is not None and fn.params and c.cls is not None and not plain:
        frame.me = var(frame, fn.params[0].name)
        m.set_type(frame.me, m.types.of_class(c.cls, exact=True))
    return frame


class _Written(cst.CSTVisitor):
    """What a loop assigns; `steps` has the signs by which a name is counted on, 0 for any other assignment."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.steps: dict[str, set[int]] = {}

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self.names.add(node.name.value)
        for inner in node.body.body:
            if isinstance(inner, cst.SimpleStatementLine):
                for small in inner.body:
                    if isinstance(small, cst.Nonlocal):
                        self.names.update(item.name.value for item in small.names)
        return True

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return False

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self.target(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self.target(node.target)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        number = isinstance(node.value, cst.Integer) and node.value.evaluated_value > 0
        sign = isinstance(node.operator, cst.AddAssign) - isinstance(node.operator, cst.SubtractAssign)
        self.target(node.target, sign if number else 0)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self.target(node.target)

    def visit_For(self, node: cst.For) -> None:
        self.target(node.target)

    def visit_AsName(self, node: cst.AsName) -> None:
        self.target(node.name)

    def visit_Del(self, node: cst.Del) -> None:
        self.target(node.target)

    def visit_MatchAs(self, node: cst.MatchAs) -> None:
        if node.name is not None:
            self.names.add(node.name.value)
            self.steps.setdefault(node.name.value, set()).add(0)

    def target(self, node: cst.BaseExpression, step: int = 0) -> None:
        if isinstance(node, cst.Name):
            self.names.add(node.value)
            self.steps.setdefault(node.value, set()).add(step)
        elif isinstance(node, (cst.Tuple, cst.List)):
            for element in node.elements:
                self.target(element.value)
