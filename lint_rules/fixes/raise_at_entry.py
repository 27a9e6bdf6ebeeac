"""The callee that returns silently raises instead, beside the condition for which it raises already.

Applies only where that is harmless: every caller handles the exception, nobody overrides the callee, and the new
condition is what the witness says beyond what the loop and the callee have tested before.
"""

from __future__ import annotations

import ast
import re

import libcst as cst

from lint_rules.fixes.around import deeds, known_at, quiet, straight_start, waits
from lint_rules.fixes.callers import public, uncaught
from lint_rules.fixes.catching import handler_of
from lint_rules.fixes.layout import put
from lint_rules.fixes.logic import assumed, conjunction, facts, loose, paths, reason, residual, sayable
from lint_rules.fixes.places import LEAVES, Place, Tree, source
from lint_rules.fixes.proposal import SAFE, UNSAFE, Context, Offers, Proposal, Refusal, doubts
from lint_rules.sites import Callee
from lint_rules.wording import Literal

KIND = "raise at entry"


def propose(ctx: Context) -> Offers:
    site, callee = ctx.site, ctx.site.callee
    if callee is None or site.finding.code not in ("SPN101", "SPN105") or not sayable(site.literals):
        return
    if not site.every_class:
        return
    if callee.decorated or callee.overridden:
        yield Refusal(f"`{callee.fn.name}` is overridden or decorated")
        return
    sibling = _sibling(callee)
    call = ctx.tree.statement(callee.call)
    texts = frozenset(literal.text for literal in site.literals)
    if (
        sibling is None
        or public(ctx.resolver, callee)
        or not straight_start(ctx.tree, site.loop, ctx.tree.before(call), texts)
    ):
        return
    tree, place, raised, tests = sibling
    names = _names(ctx, callee)
    literals = [_moved(literal, names) for literal in site.literals]
    known = frozenset(_text(fact, names) for fact in known_at(ctx, ctx.tree.before(call)))
    for test in tests:
        known |= facts(test, False)
    left = residual(literals, known)
    if not left or not sayable(left) or loose([*assumed(known), *left]):
        return
    if handler_of(ctx.tree, site.loop, call, raised, site.module) is None:
        return
    where = uncaught(ctx.resolver, callee, raised)
    if where:
        yield Refusal(f"`{callee.fn.name}` could raise {raised}, but {where}")
        return
    guard = conjunction(left)
    lines = ctx.resolver.project.text(callee.path.absolute()).lines
    edit = put(callee.path, lines, tree, place, f"if {guard}:", f"\traise {_raise(callee, raised, left)}")
    title = f"raise {raised} in {callee.fn.name} when {guard}"
    yield Proposal(KIND, title, UNSAFE if doubts(ctx) else SAFE, (edit,), (callee.fn.name,))


def _sibling(callee: Callee) -> tuple[Tree, Place, str, list[str]] | None:
    """Behind the last guard of the callee's entry that raises: the place, the class, and the tests of all guards."""
    tree = Tree(callee.slice, callee.node)
    tests: list[str] = []
    found: tuple[Place, str, int] | None = None
    for number, stmt in enumerate(callee.node.body.body):
        if isinstance(stmt, cst.If) and stmt.orelse is None and not waits(stmt.test):
            last = stmt.body.body[-1]
            last = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
            if not isinstance(last, LEAVES):
                break
            tests.append(source(stmt.test))
            raised = _class_of(last) if isinstance(last, cst.Raise) else ""
            if raised:
                found = Place(callee.node.body, number + 1), raised, len(tests)
        elif not (isinstance(stmt, cst.SimpleStatementLine) and _plain(stmt)):
            break
    if found is None or not isinstance(callee.node.body, cst.IndentedBlock):
        return None
    return tree, found[0], found[1], tests[: found[2]]


def _plain(stmt: cst.SimpleStatementLine) -> bool:
    """A docstring or a log."""
    done = deeds(stmt)
    return not (done.waits or done.leaves or done.writes) and all(quiet(call) for call in done.calls)


def _class_of(node: cst.Raise) -> str:
    """The class of `raise X` or `raise X("text")`; "" for any other way to make the exception."""
    exc = node.exc
    if isinstance(exc, cst.Call):
        texts = [a.value for a in exc.args if isinstance(a.value, (cst.SimpleString, cst.FormattedString))]
        return source(exc.func) if len(texts) == len(exc.args) <= 1 else ""
    return source(exc) if isinstance(exc, (cst.Name, cst.Attribute)) and source(exc)[:1].isupper() else ""


def _names(ctx: Context, callee: Callee) -> dict[str, str]:
    """What the caller writes, by the parameter that it is in the callee."""
    node = callee.call.expression if isinstance(callee.call, cst.Await) else None
    if not isinstance(node, cst.Call) or any(arg.star for arg in node.args):
        return {}
    params = [p.name for p in callee.fn.params if p.kind in ("positional", "keyword")]
    given: dict[str, str] = {}
    if callee.fn.cls is not None and isinstance(node.func, cst.Attribute) and params:
        given[source(node.func.value)] = params.pop(0)
    for number, arg in enumerate(node.args):
        name = arg.keyword.value if arg.keyword is not None else params[number] if number < len(params) else ""
        if name in params:
            given.setdefault(source(arg.value), name)
    written = deeds(ctx.site.loop).writes
    return {text: name for text, name in given.items() if not written & paths(text)}


class _Move(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self.left: set[str] = set()

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node) in self.names:
            return ast.Name(self.names[ast.unparse(node)])
        if isinstance(node, ast.Name):
            self.left.add(node.id)
        return super().generic_visit(node)


def _text(text: str, names: dict[str, str]) -> str:
    """A condition of the loop as the callee says it, or "" where it cannot."""
    mover = _Move(names)
    try:
        moved = ast.unparse(mover.visit(ast.parse(text, mode="eval")))
    except (SyntaxError, ValueError):
        return ""
    return "" if mover.left else moved


def _moved(literal: Literal, names: dict[str, str]) -> Literal:
    also = _text(literal.also, names) if literal.also else ""
    return Literal(_text(literal.text, names), literal.shown, also, tuple(_text(base, names) for base in literal.loose))


def _raise(callee: Callee, raised: str, left: list[Literal]) -> str:
    """The exception in the callee's own words, if it has some for this state."""
    states = [word for literal in left for word in re.findall(r"[A-Za-z_]+", literal.text) if len(word) > 3][-1:]
    for node in _raises(callee.node):
        exc = node.exc
        if isinstance(exc, cst.Call) and source(exc.func) == raised and len(exc.args) == 1:
            value = exc.args[0].value
            if isinstance(value, cst.SimpleString) and any(word in source(value).lower() for word in states):
                return source(exc)
    return f'{raised}("{reason(left)}")'


def _raises(node: cst.CSTNode) -> list[cst.Raise]:
    found = [node] if isinstance(node, cst.Raise) else []
    return [*found, *(r for child in node.children for r in _raises(child))]
