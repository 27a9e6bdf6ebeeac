"""What a test says in the words of the witness: properties, short helpers and constants are written out.

Invariant: a name is written out only if it can mean one thing: a method that nobody overrides and that only returns, a
constant that is assigned once.
"""

from __future__ import annotations

import ast

import libcst as cst

from lint_rules.fixes.logic import facts
from lint_rules.fixes.places import source
from lint_rules.fixes.proposal import Context
from lint_rules.index import FunctionInfo
from lint_rules.shapes import Shape

DEPTH = 3


def says(ctx: Context, test: cst.BaseExpression, holds: bool = True) -> frozenset[str]:
    """What is known after a test, as it is written and written out."""
    known = new = facts(source(test), holds)
    for _ in range(DEPTH):
        new = frozenset(said for fact in new for said in _written_out(ctx, fact)) - known
        known |= new
    return known


def _written_out(ctx: Context, fact: str) -> frozenset[str]:
    try:
        text = ast.unparse(_Writer(ctx).visit(ast.parse(fact, mode="eval")))
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    return facts(text)


class _Writer(ast.NodeTransformer):
    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        fn = ctx.site.fn
        self.cls = ctx.resolver.class_at(fn)
        self.me = fn.params[0].name if self.cls is not None and fn.params else ""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        fn: FunctionInfo | None = self.ctx.site.fn
        while fn is not None:
            if node.id in fn.locals or node.id in fn.globals or any(p.name == node.id for p in fn.params):
                return node
            fn = fn.parent
        return _constant(self.ctx.site.module.assigns.get(node.id, [])) or node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if not (isinstance(node.value, ast.Name) and node.value.id == self.me) or self.cls is None:
            return self.generic_visit(node)
        found = self._returned(node.attr, True)
        if found is not None:
            return found
        family = [*self.ctx.resolver.mro(self.cls), *self.ctx.resolver.subclasses(self.cls)]
        return _constant([shape for cls in family for _, shape in getattr(cls, "attrs", {}).get(node.attr, [])]) or node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        func = node.func
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == self.me:
            return (None if node.args or node.keywords else self._returned(func.attr, False)) or node
        return self.generic_visit(node)

    def _returned(self, name: str, is_property: bool) -> ast.expr | None:
        """What a property or a method of the own class returns, in the caller's name for the object."""
        if self.cls is None:
            return None
        fn = self.ctx.resolver.find_method(self.cls, name)
        if not isinstance(fn, FunctionInfo) or fn.is_async or len(fn.params) != 1 or fn.params[0].name != self.me:
            return None
        if [d[-1] for d in fn.decorators] != (["property"] if is_property else []):
            return None
        if any(name in sub.methods for sub in self.ctx.resolver.subclasses(self.cls)):
            return None
        body = self.ctx.resolver.project.slice(fn).functions[fn.ordinal].body.body
        last = body[-1]
        only = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
        if not isinstance(only, cst.Return) or only.value is None or not all(_is_text(stmt) for stmt in body[:-1]):
            return None
        return ast.parse(source(only.value), mode="eval").body


def _is_text(stmt: cst.CSTNode) -> bool:
    line = stmt.body[0] if isinstance(stmt, cst.SimpleStatementLine) else None
    return isinstance(line, cst.Expr) and isinstance(line.value, (cst.SimpleString, cst.ConcatenatedString))


def _constant(shapes: list[Shape]) -> ast.Constant | None:
    if len(shapes) != 1 or shapes[0][0] != "const" or not isinstance(shapes[0][1], (int, float, str)):
        return None
    return ast.Constant(shapes[0][1])
