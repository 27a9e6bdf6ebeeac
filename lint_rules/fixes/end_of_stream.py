"""The loop ends with its stream: the way that its handler has for a lost connection, else `if not data: break` behind
its last read.

A loop that would read on after an end is changed by it: never safe.
"""

from __future__ import annotations

import re

import libcst as cst

from lint_rules.fixes import raise_in_loop
from lint_rules.fixes.around import deeds, quiet, silent_rest, straight_start, waits
from lint_rules.fixes.catching import type_text
from lint_rules.fixes.layout import put_in_loop
from lint_rules.fixes.logic import conjunction, paths, reason
from lint_rules.fixes.places import Place, leaves, obstacle, source
from lint_rules.fixes.proposal import UNSAFE, Context, Offers, Proposal, Refusal
from lint_rules.resets import path_text
from lint_rules.sites import Mark
from lint_rules.wording import Literal

KIND = "end of stream"
READS = frozenset({"read", "readline", "readuntil", "readexactly", "recv", "receive"})
# Handlers that may make a new connection, by the names of what they take; one for bad data does not.
LOST = re.compile(r"^$|\b(?:Base)?Exception\b|Conn|Clos|Network|Transport|Socket|Lost|OSError|IOError|ClientError|Gone")
ENDED = re.compile(r"^(?!not )[\w.]+\.(?:at_eof\(\)|closed|is_closing\(\)|is_closed\(\)|close_code is not None)$")


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
    data = _data(ctx, reads)
    ended = [literal for literal in site.literals if ENDED.search(literal.text)]
    yield from _raises(ctx, data, reads[-1].node, ended, leaving=False)
    if _goes_on(ctx, reads[-1].node):
        yield Refusal(
            "the loop goes on after a failure; raise what its handler takes when the read gives nothing", True
        )
        return
    yield from _raises(ctx, data, reads[-1].node, [], leaving=True)
    if data is not None and not _needed_later(ctx, data[1]) and not _unread_after(ctx, data):
        yield _leave(ctx, ctx.tree.after(data[0]), f"not {data[1]}")
    yield from raise_in_loop.guards(ctx, leaving=True)
    yield from _by_state(ctx, ended)


def _data(ctx: Context, reads: list[Mark]) -> tuple[cst.CSTNode, str] | None:
    """The statement that reads and the variable that it leaves empty at the end of the stream."""
    for mark in reversed(reads):
        if mark.kind == "call" and not _reads(mark.node):
            continue  # a helper may give nothing for other reasons
        stmt = ctx.tree.statement(mark.node)
        name = _target(stmt, mark.node)
        if name in ctx.site.falsy:
            return stmt, name
    return None


def _reads(node: cst.CSTNode) -> bool:
    call = node.expression if isinstance(node, cst.Await) else None
    return isinstance(call, cst.Call) and (path_text(call.func) or "").rpartition(".")[2] in READS


def _target(stmt: cst.CSTNode, read: cst.CSTNode) -> str:
    """The variable that gets just what was read, decoded or not."""
    line = stmt.body[0] if isinstance(stmt, cst.SimpleStatementLine) and len(stmt.body) == 1 else None
    if isinstance(line, cst.Assign) and len(line.targets) == 1:
        target, value = line.targets[0].target, line.value
    elif isinstance(line, cst.AnnAssign) and line.value is not None:
        target, value = line.target, line.value
    else:
        return ""
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute) and value.func.attr.value == "decode":
        value = value.func.value
    return target.value if isinstance(target, cst.Name) and value is read else ""


def _raises(
    ctx: Context, data: tuple[cst.CSTNode, str] | None, read: cst.CSTNode, ended: list[Literal], leaving: bool
) -> Offers:
    """What a handler of the loop takes, raised behind the read: as the loop does it when the connection is lost."""
    stmt = data[0] if data is not None else ctx.tree.statement(read)
    place = ctx.tree.after(stmt)
    if obstacle(ctx.tree, ctx.site.loop, place):
        return
    guard = f"not {data[1]}" if data is not None else conjunction(ended)
    for node in _tries(ctx, stmt):
        raised = raise_in_loop.raised_for(ctx, node, leaving)
        if raised and guard and (not leaving or any(_parts(handler.body) for handler in node.handlers)):
            what = "end of stream" if data is not None else reason(ended)
            edit = put_in_loop(ctx, place, f"if {guard}:", f'\traise {raised}("{what}")')
            title = f"raise {raised} in {ctx.site.fn.name} when {guard}, which the loop's own handler takes"
            yield Proposal(KIND, title, UNSAFE, (edit,), (ctx.site.fn.name,))
            return


def _parts(body: cst.BaseSuite) -> bool:
    """Whether a handler does more than to tell and to leave: then a plain `break` would leave it out."""
    done = deeds(body)
    return done.waits or bool(done.writes) or not all(quiet(call) for call in done.calls)


def _tries(ctx: Context, stmt: cst.CSTNode) -> list[cst.Try]:
    """The `try` statements of the loop around a statement, the innermost first."""
    around = [stmt, *ctx.tree.ancestors(stmt)]
    inner = around[: around.index(ctx.site.loop)]
    return [node for node in inner if isinstance(node, cst.Try) and node.body in around]


def _goes_on(ctx: Context, read: cst.CSTNode) -> bool:
    """Whether a handler around the read waits and goes on when a connection fails: to leave would be no repair."""
    handlers = [h for node in _tries(ctx, ctx.tree.statement(read)) for h in node.handlers]
    return any(LOST.search(type_text(h)) and waits(h.body) and not leaves(h.body.body[-1]) for h in handlers)


def _leave(ctx: Context, place: Place, guard: str) -> Proposal:
    process = re.search(r"([\w.]+)\.returncode is None", conjunction(ctx.site.literals))
    reaped = [f"\tawait {process[1]}.wait()"] if process is not None else []  # else its code stays unknown
    if not reaped and _relied_on(ctx):
        edit = put_in_loop(ctx, place, f"if {guard}:", '\traise ConnectionError("end of stream")')
        title = f"raise ConnectionError in {ctx.site.fn.name} when {guard}: its result would not be whole"
        return Proposal(KIND, title, UNSAFE, (edit,), (ctx.site.fn.name,))
    edit = put_in_loop(ctx, place, f"if {guard}:", *reaped, "\tbreak")
    title = f"leave the loop of {ctx.site.fn.name} when {guard}"
    return Proposal(KIND, title, UNSAFE, (edit,), (ctx.site.fn.name,))


def _relied_on(ctx: Context) -> bool:
    """Whether the function returns what the header of the loop waits for: half of it is not what a caller expects."""
    if not isinstance(ctx.site.loop, cst.While):
        return False
    last = ctx.site.slice.place(ctx.site.loop)[2]
    returns = [n.value for n in ctx.tree.parents if isinstance(n, cst.Return) and n.value is not None]
    behind = [source(value) for value in returns if ctx.site.slice.place(value)[0] > last]
    own = frozenset({ctx.site.fn.params[0].name}) if ctx.site.fn.cls and ctx.site.fn.params else frozenset()
    return any((paths(source(ctx.site.loop.test)) & paths(text)) - own for text in behind)


def _unread_after(ctx: Context, data: tuple[cst.CSTNode, str]) -> bool:
    """Whether a `break` behind the read would miss this loop, stand badly, or pass over a second read."""
    place = ctx.tree.after(data[0])
    inner = any(isinstance(n, (cst.While, cst.For)) for n in ctx.tree.path_to(ctx.site.loop, place.block)[1:])
    return inner or bool(obstacle(ctx.tree, ctx.site.loop, place)) or _reads_on(ctx, place)


def _needed_later(ctx: Context, name: str) -> bool:
    """Whether the function uses the variable behind the loop."""
    last = ctx.site.slice.place(ctx.site.loop)[2]
    uses = [node for node in ctx.tree.parents if isinstance(node, cst.Name) and node.value == name]
    return any(ctx.site.slice.place(use)[0] > last for use in uses)


def _reads_on(ctx: Context, place: Place) -> bool:
    return any(waits(stmt) and "read" in ctx.site.slice.source(stmt) for stmt in place.block.body[place.index :])


def _by_state(ctx: Context, ended: list[Literal]) -> Offers:
    """`if <ended>: break` where the next lap would come anyway: at the end of the body, else at its start."""
    site = ctx.site
    if not ended:
        yield Refusal("what the read gives is not tested as it is")
        return
    texts = frozenset(literal.text for literal in ended)
    end, start = ctx.tree.end(site.loop.body), ctx.tree.start(site.loop.body)
    for place, fits in ((end, silent_rest), (start, straight_start)):
        if place is None or obstacle(ctx.tree, site.loop, place) or not fits(ctx.tree, site.loop, place, texts):
            continue
        yield _leave(ctx, place, conjunction(ended))
