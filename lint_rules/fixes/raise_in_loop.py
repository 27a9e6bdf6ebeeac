"""The loop takes its own failure path where it would go round: a guard raises what a handler of the loop waits for.

Applies where the loop has a handler that takes the exception and waits. Behind the await, if what follows it is plain;
else at the start of the `try`.
"""

from __future__ import annotations

import libcst as cst

from lint_rules.fixes.around import deeds, silent_rest, straight_start, waits
from lint_rules.fixes.catching import Handler, first_taking, raisable, reads_exception
from lint_rules.fixes.guards import LONGEST, Fits, guard_at
from lint_rules.fixes.layout import put_in_loop
from lint_rules.fixes.logic import reason, residual, sayable
from lint_rules.fixes.meaning import says
from lint_rules.fixes.places import Place, leaves, obstacle
from lint_rules.fixes.proposal import SAFE, UNSAFE, Context, Offers, Proposal

KIND = "raise in the loop"


def propose(ctx: Context) -> Offers:
    return guards(ctx, leaving=False)


def guards(ctx: Context, leaving: bool) -> Offers:
    """A raise for a handler that waits; `leaving`: for one that leaves the loop."""
    site = ctx.site
    if site.finding.code not in ("SPN101", "SPN103", "SPN105") or not site.literals or not sayable(site.literals):
        return
    awaits = site.own("library") or site.own("call") if site.finding.code == "SPN103" else site.own("call", "library")
    if not awaits:
        return
    stmt = ctx.tree.statement(awaits[-1].node)
    around = [stmt, *ctx.tree.ancestors(stmt)]
    for node in around[: around.index(site.loop)]:
        raised = raised_for(ctx, node, leaving) if isinstance(node, cst.Try) and node.body in around else ""
        if not isinstance(node, cst.Try) or not raised:
            continue
        for place, fits in _places(ctx, node, stmt):
            guard = guard_at(ctx, place, fits)
            if not guard.text or guard.tests > LONGEST or obstacle(ctx.tree, site.loop, place):
                continue
            safe = guard.safe and not leaving
            test = says(ctx, site.loop.test) if isinstance(site.loop, cst.While) else frozenset()
            why = reason(residual(guard.left, test) or guard.left)
            edit = put_in_loop(ctx, place, f"if {guard.text}:", f'\traise {raised}("{why}")')
            title = f"raise {raised} in {site.fn.name} when {guard.text}, which the loop's own handler takes"
            yield Proposal(KIND, title, SAFE if safe else UNSAFE, (edit,), (site.fn.name,))


def _places(ctx: Context, node: cst.Try, stmt: cst.CSTNode) -> list[tuple[Place, Fits]]:
    texts = frozenset(literal.text for literal in ctx.site.literals)
    found: list[tuple[Place, Fits]] = []
    if ctx.tree.parents[stmt] is node.body:
        place = ctx.tree.after(stmt)
        if silent_rest(ctx.tree, ctx.site.loop, place, texts):
            found.append((place, silent_rest))
    start = ctx.tree.start(node.body)
    if start is not None and straight_start(ctx.tree, ctx.site.loop, start, texts):
        found.append((start, straight_start))
    return found


def raised_for(ctx: Context, node: cst.Try, leaving: bool) -> str:
    """An exception for which there is such a handler, which asks nothing special of it; else ""."""
    for name in raisable(ctx.resolver, ctx.site.module, node.handlers):
        handler, _ = first_taking(node.handlers, name, ctx.site.module)
        if (
            handler is not None
            and not reads_exception(handler)
            and leaving is (_leaves(handler) and not _waits(handler))
        ):
            return name
    return ""


def _leaves(handler: Handler) -> bool:
    return deeds(handler.body).leaves


def _waits(handler: Handler) -> bool:
    """Whether the handler waits and goes on: what it awaits before it leaves is only its farewell."""
    return waits(handler.body) and not leaves(handler.body.body[-1])
