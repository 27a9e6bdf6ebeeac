"""A counter is set back only where something was achieved, together with a pause on the path where nothing was.

By itself this would not end the spin, and it changes what is counted: never alone, never safe.
"""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from lint_rules.findings import Edit
from lint_rules.fixes import sleep_in_loop
from lint_rules.fixes.around import known_at
from lint_rules.fixes.layout import put_in_loop, unit
from lint_rules.fixes.logic import assumed, loose, negation, residual, sayable
from lint_rules.fixes.meaning import says
from lint_rules.fixes.places import Statement
from lint_rules.fixes.proposal import UNSAFE, Context, Offers, Proposal

KIND = "move the reset"


def propose(ctx: Context) -> Offers:
    if ctx.site.finding.code != "SPN101" or not ctx.site.resets or not sayable(ctx.site.literals):
        return
    moved = _moved(ctx)
    if not moved:
        return
    names = ", ".join(dict.fromkeys(reset.name for reset in ctx.site.resets))
    for offer in sleep_in_loop.propose(ctx):
        if isinstance(offer, Proposal):
            title = f"{offer.title}; set {names} back only where that does not hold"
            yield replace(offer, kind=KIND, title=title, safety=UNSAFE, edits=(*offer.edits, *moved))


def _moved(ctx: Context) -> tuple[Edit, ...]:
    """The resets behind the negated witness, one step deeper; none unless they are neighbours, each on a line."""
    stmts = _statements(ctx)
    if not stmts:
        return ()
    place = ctx.tree.before(stmts[0])
    body = place.block.body
    if list(body[place.index : place.index + len(stmts)]) != stmts:
        return ()
    known = known_at(ctx, place)
    left = residual(ctx.site.literals, known)
    if isinstance(ctx.site.loop, cst.While):
        left = residual(left, says(ctx, ctx.site.loop.test)) or left
    if not left or loose([*assumed(known), *left]):
        return ()
    edits = [put_in_loop(ctx, place, f"if {negation(left)}:")]
    step = unit(ctx.tree, place, ctx.lines())
    for stmt in stmts:
        line, column, _ = ctx.site.slice.place(stmt)
        edits.append(Edit(ctx.site.finding.path, line, column, line, column, step))
    return tuple(edits)


def _statements(ctx: Context) -> list[Statement]:
    wanted = {reset.line for reset in ctx.site.resets}
    found: list[Statement] = []
    for node in list(ctx.tree.parents):
        if isinstance(node, cst.SimpleStatementLine) and isinstance(ctx.tree.parents[node], cst.IndentedBlock):
            line, _, end = ctx.site.slice.place(node)
            if line in wanted and line == end:
                found.append(node)
    found.sort(key=lambda node: ctx.site.slice.place(node)[0])
    return found if len(found) == len(wanted) else []
