"""What the text of one coroutine reads and writes of things that outlive it, with lines.

Invariant: only syntax is looked at, so that what stands behind a wait is seen as well; local variables are nobody
else's business.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from lint_rules.flow.frames import Frame
from lint_rules.flow.mentions import MUTATORS
from lint_rules.index import FunctionInfo
from lint_rules.resolve import GlobalName, Resolver
from lint_rules.syntax import visit


class _Uses(cst.CSTVisitor):
    """Chains of names with their nodes; functions inside are left out. `skipped` are nodes that read nothing: what is
    only written, called or the name of an attribute or argument.
    """

    def __init__(self) -> None:
        self.reads: list[tuple[str, cst.CSTNode]] = []
        self.writes: list[tuple[str, cst.CSTNode]] = []
        self.skipped: set[int] = set()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return False

    def visit_Global(self, node: cst.Global) -> bool:
        return False

    def visit_Nonlocal(self, node: cst.Nonlocal) -> bool:
        return False

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self.target(node.target)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self.target(node.target, reads=True)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        if node.value is not None:
            self.target(node.target)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self.target(node.target)

    def visit_For(self, node: cst.For) -> None:
        self.target(node.target)

    def visit_Del(self, node: cst.Del) -> None:
        self.target(node.target)

    def target(self, node: cst.BaseExpression, reads: bool = False) -> None:
        if isinstance(node, (cst.Tuple, cst.List)):
            for element in node.elements:
                self.target(element.value)
        elif isinstance(node, (cst.Attribute, cst.Name)) and dotted(node):
            self.writes.append((dotted(node), node))
            if not reads:
                self.skipped.add(id(node))
        elif isinstance(node, cst.Subscript) and dotted(node.value):
            self.writes.append((f"{dotted(node.value)}[…]", node))

    def visit_Call(self, node: cst.Call) -> None:
        func = node.func
        self.skipped.add(id(func))
        if isinstance(func, cst.Attribute) and func.attr.value in MUTATORS and dotted(func.value):
            self.writes.append((f"{dotted(func)}()", node))

    def visit_Arg(self, node: cst.Arg) -> None:
        self.skipped.add(id(node.keyword))

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        self.skipped.add(id(node.attr))
        text = dotted(node)
        if text and id(node) not in self.skipped:
            self.reads.append((text, node))
            return False
        return True

    def visit_Name(self, node: cst.Name) -> None:
        if id(node) not in self.skipped:
            self.reads.append((node.value, node))


def dotted(node: cst.BaseExpression) -> str:
    """`a.b.c`; "" for what is no plain chain of names."""
    if isinstance(node, cst.Name):
        return node.value
    base = dotted(node.value) if isinstance(node, cst.Attribute) else ""
    return f"{base}.{node.attr.value}" if isinstance(node, cst.Attribute) and base else ""


def uses(resolver: Resolver, frame: Frame) -> Iterator[str]:
    """One line for what is read, one for what is written."""
    found = _Uses()
    visit(frame.node.body, found)
    for word, places in (("reads", found.reads), ("writes", found.writes)):
        lines: dict[str, list[int]] = {}
        for text, node in places:
            if _outlives(resolver, frame, text):
                lines.setdefault(text, []).append(frame.slice.place(node)[0])
        if lines:
            each = (f"{text} ({', '.join(map(str, dict.fromkeys(at)))})" for text, at in sorted(lines.items()))
            yield f"  its own text {word} {', '.join(each)}"


def _outlives(resolver: Resolver, frame: Frame, text: str) -> bool:
    """Whether a path leads to something that is still there when the coroutine has ended."""
    root = text.partition(".")[0].removesuffix("[…]")
    fn: FunctionInfo | None = frame.fn
    if fn is not None and root in fn.globals | fn.nonlocals:
        return True
    while fn is not None:
        if root in fn.locals or any(p.name == root for p in fn.params):
            return root != text or fn is not frame.fn
        fn = fn.parent
    return isinstance(resolver.lookup(frame.module, root), GlobalName)
