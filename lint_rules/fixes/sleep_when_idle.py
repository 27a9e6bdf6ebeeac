"""A loop that yields on every lap gets its pause where it has nothing to do: work that is there does not wait for it.

Applies where the branch or the handler of the silent path shows itself, apart from the zero delay. It changes the
timing of a loop that did yield: never safe.
"""

from __future__ import annotations

import libcst as cst

from lint_rules.fixes.around import known_at
from lint_rules.fixes.layout import sleep_name
from lint_rules.fixes.logic import residual, sayable
from lint_rules.fixes.places import Place, obstacle
from lint_rules.fixes.proposal import Context, Offers, Refusal
from lint_rules.fixes.real_delay import delay_of
from lint_rules.fixes.sleep_in_loop import KIND as SLEEP
from lint_rules.fixes.sleep_in_loop import pause, shown_places
from lint_rules.resets import path_text
from lint_rules.sites import Mark

KIND = SLEEP


def propose(ctx: Context) -> Offers:
    sleep = sleep_name(ctx)
    if ctx.site.finding.code != "SPN105" or isinstance(sleep, Refusal):
        return
    if any(delay_of(mark) is not None and not _sleeps(mark) for mark in ctx.site.own("library", "sleep")):
        return  # a timeout that is zero: that is to be changed
    blocks = {ctx.tree.before(ctx.tree.statement(m.node)).block for m in ctx.site.own("sleep")}
    for place in shown_places(ctx):
        if place.block is ctx.site.loop.body or place.block in blocks or obstacle(ctx.tree, ctx.site.loop, place):
            continue
        if _handler(ctx, place) or (
            sayable(ctx.site.literals) and not residual(ctx.site.literals, known_at(ctx, place))
        ):
            yield pause(ctx, place, None, *sleep)


def _sleeps(mark: Mark) -> bool:
    call = mark.node.expression if isinstance(mark.node, cst.Await) else None
    return isinstance(call, cst.Call) and (path_text(call.func) or "").rpartition(".")[2] == "sleep"


def _handler(ctx: Context, place: Place) -> bool:
    return isinstance(ctx.tree.parents[place.block], (cst.ExceptHandler, cst.ExceptStarHandler))
