"""The loop ends with its stream: `if not data: break` behind its last read, or the way out that its handler has.

A loop that would read on after an end is changed by it: never safe.
"""

from __future__ import annotations

import re

import libcst as cst

from lint_rules.fixes import raise_in_loop
from lint_rules.fixes.around import silent_rest, straight_start, waits
from lint_rules.fixes.layout import put_in_loop
from lint_rules.fixes.logic import conjunction
from lint_rules.fixes.places import Place, obstacle
from lint_rules.fixes.proposal import UNSAFE, Context, Offers, Proposal, Refusal

KIND = "end of stream"
ENDED = re.compile(r"^(?!not )[\w.]+\.(?:at_eof\(\)|closed|is_closing\(\)|is_closed\(\)|state\.name == 'CLOSED')$")


def propose(ctx: Context) -> Offers:
    site = ctx.site
    if site.finding.code != "SPN103":
        return
    if site.loop.orelse is not None:
        yield Refusal("the loop has an `else`")
        return
    reads = site.own("library", "call")
    if not reads:
        yield Refusal("the read is not in the loop itself")
        return
    stmt = ctx.tree.statement(reads[-1].node)
    name = _target(stmt, reads[-1].node)
    if reads[-1].kind == "library" and name in site.falsy and not _needed_later(ctx, name):
        place = ctx.tree.after(stmt)
        inner = any(isinstance(n, (cst.While, cst.For)) for n in ctx.tree.path_to(site.loop, place.block)[1:])
        if not inner and not obstacle(ctx.tree, site.loop, place) and not _reads_on(ctx, place):
            edit = put_in_loop(ctx, place, f"if not {name}:", "\tbreak")
            title = f"leave the loop of {site.fn.name} when not {name}"
            yield Proposal(KIND, title, UNSAFE, (edit,), (site.fn.name,))
    yield from raise_in_loop.guards(ctx, leaving=True)
    yield from _by_state(ctx)


def _target(stmt: cst.CSTNode, read: cst.CSTNode) -> str:
    """The variable that gets just what was read."""
    line = stmt.body[0] if isinstance(stmt, cst.SimpleStatementLine) and len(stmt.body) == 1 else None
    if isinstance(line, cst.Assign) and len(line.targets) == 1 and line.value is read:
        target = line.targets[0].target
    elif isinstance(line, cst.AnnAssign) and line.value is read:
        target = line.target
    else:
        return ""
    return target.value if isinstance(target, cst.Name) else ""


def _needed_later(ctx: Context, name: str) -> bool:
    """Whether the function uses the variable behind the loop."""
    last = ctx.site.slice.place(ctx.site.loop)[2]
    end = ctx.site.slice.place(ctx.site.function)[2]
    return re.search(rf"\b{re.escape(name)}\b", "\n".join(ctx.lines()[last:end])) is not None


def _reads_on(ctx: Context, place: Place) -> bool:
    return any(waits(stmt) and "read" in ctx.site.slice.source(stmt) for stmt in place.block.body[place.index :])


def _by_state(ctx: Context) -> Offers:
    """`if <ended>: break` where the next lap would come anyway: at the end of the body, else at its start."""
    site = ctx.site
    ended = [literal for literal in site.literals if ENDED.search(literal.text)]
    if not ended:
        yield Refusal("what the read gives is not tested as it is")
        return
    texts = frozenset(literal.text for literal in ended)
    end, start = ctx.tree.end(site.loop.body), ctx.tree.start(site.loop.body)
    for place, fits in ((end, silent_rest), (start, straight_start)):
        if place is None or obstacle(ctx.tree, site.loop, place) or not fits(ctx.tree, site.loop, place, texts):
            continue
        guard = conjunction(ended)
        edit = put_in_loop(ctx, place, f"if {guard}:", "\tbreak")
        title = f"leave the loop of {site.fn.name} when {guard}"
        yield Proposal(KIND, title, UNSAFE, (edit,), (site.fn.name,))
