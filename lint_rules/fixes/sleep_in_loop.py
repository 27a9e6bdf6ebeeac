"""A real pause on the silent path of the loop only. It ends the burning; the state in which nothing happens stays.

Where the path shows itself (before its `continue`, at the end of its branch, its handler or its body) the pause stands
there, behind what of the witness is not known at that place; else at the top of the body, behind the witness.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from lint_rules.findings import Edit
from lint_rules.fixes.around import deeds, known_at, silent_rest, straight_start
from lint_rules.fixes.delays import delay
from lint_rules.fixes.layout import put_in_loop, sleep_name
from lint_rules.fixes.logic import assumed, conjunction, loose, residual, sayable
from lint_rules.fixes.places import Place, obstacle
from lint_rules.fixes.proposal import SAFE, UNSAFE, Context, Offer, Offers, Proposal, Refusal, doubts
from lint_rules.resets import path_text

KIND = "sleep on the silent path"
CODES = ("SPN101", "SPN102", "SPN104", "SPN105")
NOTE = "only a pause: the state of the loop stays wrong until something else changes it"


def propose(ctx: Context) -> Offers:
    if ctx.site.finding.code not in CODES:
        return
    sleep = sleep_name(ctx)
    if isinstance(sleep, Refusal):
        yield sleep
        return
    texts = frozenset(literal.text for literal in ctx.site.literals)
    whole = sayable(ctx.site.literals)
    plain = []
    for place in _shown(ctx):
        against = obstacle(ctx.tree, ctx.site.loop, place)
        if against:
            yield Refusal(against)
            continue
        if whole and silent_rest(ctx.tree, ctx.site.loop, place, texts):
            yield _pause(ctx, place, True, *sleep)
        if place.block is not ctx.site.loop.body or not _sleeps(ctx):
            plain.append(place)
    yield _at_top(ctx, texts, *sleep)
    for place in plain:
        yield _pause(ctx, place, False, *sleep)


def _at_top(ctx: Context, texts: frozenset[str], name: str, imports: tuple[Edit, ...]) -> Offer:
    if not sayable(ctx.site.literals):
        what = next(literal.shown for literal in ctx.site.literals if not literal.text)
        return Refusal(f"the state in which it spins depends on {what}")
    top = ctx.tree.start(ctx.site.loop.body)
    if top is None:
        return Refusal("the body of the loop stands on the line of its header; give it lines of its own first")
    if not straight_start(ctx.tree, ctx.site.loop, top, texts):
        return Refusal("the header of the loop changes the state in which it spins")
    against = obstacle(ctx.tree, ctx.site.loop, top)
    return Refusal(against) if against else _pause(ctx, top, True, name, imports)


def _pause(ctx: Context, place: Place, guarded: bool, name: str, imports: tuple[Edit, ...]) -> Proposal:
    """A sleep behind what of the witness is not known at a place; without that it is not safe."""
    known = known_at(ctx.tree, ctx.site.loop, place)
    left = residual(ctx.site.literals, known) if guarded else []
    safe = guarded and not doubts(ctx) and not loose([*assumed(known), *left])
    guard, seconds = conjunction(left), delay(ctx)
    pause = f"await {name}({seconds})"
    edit = put_in_loop(ctx, place, *([f"if {guard}:", f"\t{pause}"] if guard else [pause]))
    title = f"sleep {seconds} s in {ctx.site.fn.name} " + (
        f"when {guard}" if guard else "on the path that does not wait"
    )
    return Proposal(KIND, title, SAFE if safe else UNSAFE, (*imports, edit), (ctx.site.fn.name,), NOTE)


def _sleeps(ctx: Context) -> bool:
    """Whether the loop sleeps on some path of its own: then not every lap is to sleep once more."""
    return any((path_text(call.func) or "").split(".")[-1] == "sleep" for call in deeds(ctx.site.loop).calls)


def _shown(ctx: Context) -> Iterator[Place]:
    """The places that belong to the silent path, the most telling first."""
    continues = [m.node for m in ctx.site.own("continue")]
    if continues and ctx.site.own("continue", "header")[-1].kind == "continue":
        stmt = ctx.tree.statement(continues[-1])
        if isinstance(stmt, cst.SimpleStatementLine) and len(stmt.body) == 1:
            yield ctx.tree.before(stmt)
        return
    for mark in ctx.site.own("handler")[-1:]:
        if isinstance(mark.node, (cst.With, cst.WithItem)):
            yield ctx.tree.after(ctx.tree.statement(mark.node))
        elif isinstance(mark.node, (cst.ExceptHandler, cst.ExceptStarHandler)):
            yield from _end(ctx, mark.node.body)
        return
    yield from _branch_end(ctx)
    yield from _body_end(ctx)


def _branch_end(ctx: Context) -> Iterator[Place]:
    """The end of the branch that the lap took, where that is the last thing of the body."""
    last = ctx.site.loop.body.body[-1]
    for mark in ctx.site.own("branch"):
        if mark.node is not last or not isinstance(last, cst.If):
            continue
        if mark.text == "true":
            yield from _end(ctx, last.body)
        elif isinstance(last.orelse, cst.Else):
            yield from _end(ctx, last.orelse.body)


def _body_end(ctx: Context) -> Iterator[Place]:
    """The end of the body, where nothing but the witness has to hold there or the lap is made of nothing else."""
    for place in _end(ctx, ctx.site.loop.body):
        left = residual(ctx.site.literals, known_at(ctx.tree, ctx.site.loop, place))
        if not left or (ctx.site.finding.code == "SPN104" and not sayable(left)):
            yield place


def _end(ctx: Context, block: cst.BaseSuite) -> Iterator[Place]:
    place = ctx.tree.end(block)
    if place is not None:
        yield place
