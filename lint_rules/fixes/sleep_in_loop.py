"""A real pause on the silent path of the loop only. It ends the burning; the state in which nothing happens stays.

Where the path shows itself (before its `continue`, at the end of its branch, its handler or its body) the pause stands
there, behind what of the witness is not known at that place; else at the top of the body, behind the witness.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from lint_rules.findings import Edit
from lint_rules.fixes.around import deeds, known_at, silent_rest, straight_start, touches, waits
from lint_rules.fixes.clear_event import clears, event_of
from lint_rules.fixes.delays import delay
from lint_rules.fixes.guards import LONGEST, Guard, guard_at, negated_guard
from lint_rules.fixes.layout import put_in_loop, sleep_name
from lint_rules.fixes.logic import facts, residual, sayable
from lint_rules.fixes.places import Place, obstacle, source
from lint_rules.fixes.proposal import SAFE, UNSAFE, Context, Offer, Offers, Proposal, Refusal
from lint_rules.resets import path_text

KIND = "sleep on the silent path"
CODES = ("SPN101", "SPN102", "SPN104", "SPN105")
NOTE = "only a pause: the state of the loop stays wrong until something else changes it"


def propose(ctx: Context) -> Offers:
    event = event_of(ctx) if ctx.site.finding.code == "SPN106" else ""
    if ctx.site.finding.code not in CODES and not (event and clears(ctx, event)):
        return
    sleep = sleep_name(ctx)
    if isinstance(sleep, Refusal):
        yield sleep
        return
    plain = []
    for place in shown_places(ctx):
        against = obstacle(ctx.tree, ctx.site.loop, place)
        if against:
            yield from _as_inner(ctx, place)
            yield Refusal(against)
            continue
        texts = frozenset(literal.text for literal in ctx.site.literals)
        if sayable(ctx.site.literals) and silent_rest(ctx.tree, ctx.site.loop, place, texts):
            yield pause(ctx, place, guard_at(ctx, place, silent_rest), *sleep)
        if place.block is not ctx.site.loop.body or not _sleeps(ctx):
            plain.append(place)
    yield from _else(ctx, *sleep)
    yield _at_top(ctx, *sleep)
    for place in plain:
        yield pause(ctx, place, None, *sleep)
    yield from _every_lap(ctx, *sleep)


def _at_top(ctx: Context, name: str, imports: tuple[Edit, ...]) -> Offer:
    literals = ctx.site.literals
    if not sayable(literals):
        what = next(literal.shown for literal in literals if not literal.text)
        return Refusal(f"the state in which it spins depends on {what}")
    top = ctx.tree.start(ctx.site.loop.body)
    if top is None:
        return Refusal("the body of the loop stands on the line of its header; give it lines of its own first")
    if not straight_start(ctx.tree, ctx.site.loop, top, frozenset(literal.text for literal in literals)):
        return Refusal("the header of the loop changes the state in which it spins")
    against = obstacle(ctx.tree, ctx.site.loop, top)
    if against:
        return Refusal(against)
    guard = guard_at(ctx, top, straight_start)
    if guard.tests > LONGEST:
        return Refusal("the state in which it spins takes too many conditions to say")
    return pause(ctx, top, guard, name, imports)


def pause(ctx: Context, place: Place, guard: Guard | None, name: str, imports: tuple[Edit, ...]) -> Proposal:
    """A sleep behind a guard; without one it is not safe."""
    seconds = delay(ctx)
    line = f"await {name}({seconds})"
    text = guard.text if guard is not None else ""
    edit = put_in_loop(ctx, place, *([f"if {text}:", f"\t{line}"] if text else [line]))
    edit = edit if text else _for_pass(ctx, place, line) or edit
    title = f"sleep {seconds} s in {ctx.site.fn.name} " + (f"when {text}" if text else "on the path that does not wait")
    safety = SAFE if guard is not None and guard.safe else UNSAFE
    return Proposal(KIND, title, safety, (*imports, edit), (ctx.site.fn.name,), NOTE)


def _else(ctx: Context, name: str, imports: tuple[Edit, ...]) -> Offers:
    """An `else` for the `if` at the end of the body, whose failure is just what makes the loop spin."""
    chain = _chain(ctx.site.loop.body.body[-1])
    place = ctx.tree.end(ctx.site.loop.body)
    if not chain or not isinstance(chain[-1].body, cst.IndentedBlock):
        return
    if place is None or obstacle(ctx.tree, ctx.site.loop, place) or _comment_below(ctx, chain[0]):
        return
    against = negated_guard(ctx, ctx.tree.before(chain[0]), [each.test for each in chain])
    if against is None:
        return
    seconds = delay(ctx)
    edit = put_in_loop(ctx, place, "else:", f"\tawait {name}({seconds})")
    failing = [fact for each in chain for fact in sorted(facts(source(each.test), False))]
    title = f"sleep {seconds} s in {ctx.site.fn.name} when {' and '.join(failing)}"
    safety = SAFE if against.safe else UNSAFE
    yield Proposal(KIND, title, safety, (*imports, edit), (ctx.site.fn.name,), NOTE)


def _chain(stmt: cst.CSTNode) -> list[cst.If]:
    """An `if` and its `elif`s, if no `else` ends them."""
    chain: list[cst.If] = []
    at: cst.CSTNode | None = stmt
    while isinstance(at, cst.If):
        chain.append(at)
        at = at.orelse
    return chain if at is None else []


def _comment_below(ctx: Context, stmt: cst.CSTNode) -> bool:
    """Whether a comment stands behind the last line of a statement and belongs to its block."""
    _, column, end = ctx.site.slice.place(stmt)
    for line in ctx.lines()[end:]:
        if line.strip() and not line.lstrip().startswith("#"):
            return False
        if line.strip() and len(line) - len(line.lstrip()) >= column:
            return True
    return False


def _for_pass(ctx: Context, place: Place, line: str) -> Edit | None:
    """The pause in the place of a `pass` that is all there is in a block."""
    only = place.block.body[0]
    if len(place.block.body) > 1 or not isinstance(only, cst.SimpleStatementLine) or source(only) != "pass":
        return None
    at, column, _ = ctx.site.slice.place(only)
    return Edit(ctx.site.finding.path, at, column, at, column + len("pass"), line)


def _as_inner(ctx: Context, place: Place) -> Offers:
    """An inner loop that sleeps for its items, but not for some: these get the same sleep, before the `continue`."""
    inner = next(n for n in ctx.tree.ancestors(place.block) if isinstance(n, (cst.While, cst.For)))
    if inner is ctx.site.loop or ctx.tree.end(inner.body) is None or obstacle(ctx.tree, inner, place):
        return
    for stmt in inner.body.body:
        if not isinstance(stmt, cst.SimpleStatementLine) or not isinstance(stmt.body[0], cst.Expr):
            continue
        text, node = source(stmt), stmt.body[0].value
        call = node.expression if isinstance(node, cst.Await) else None
        sleeps = isinstance(call, cst.Call) and (path_text(call.func) or "").split(".")[-1] == "sleep"
        if sleeps and len(stmt.body) == 1 and not touches(deeds(inner).writes, frozenset({text.removeprefix("await")})):
            title = f"`{text}` in {ctx.site.fn.name} also before its `continue`"
            yield Proposal(KIND, title, UNSAFE, (put_in_loop(ctx, place, text),), (ctx.site.fn.name,), NOTE)


def _every_lap(ctx: Context, name: str, imports: tuple[Edit, ...]) -> Offers:
    """The last resort: a pause at the end of the body, for laps that did wait as well. Never where a lap takes one
    message or one chunk: it would only take one in a second.
    """
    place = ctx.tree.end(ctx.site.loop.body)
    if (
        place is None
        or any(_waits_itself(stmt) for stmt in ctx.site.loop.body.body)
        or ctx.site.finding.code == "SPN105"
        or obstacle(ctx.tree, ctx.site.loop, place)
    ):
        return
    seconds = delay(ctx)
    title = f"sleep {seconds} s in {ctx.site.fn.name} at the end of every lap"
    line = f"await {name}({seconds})"
    edit = _for_pass(ctx, place, line) or put_in_loop(ctx, place, line)
    yield Proposal(KIND, title, UNSAFE, (*imports, edit), (ctx.site.fn.name,), NOTE)


def _waits_itself(node: cst.CSTNode) -> bool:
    """Whether something is awaited outside inner loops."""
    if isinstance(node, (cst.Await, cst.With)) and waits(node):
        return True
    if isinstance(node, (cst.For, cst.While, cst.FunctionDef, cst.Lambda)):
        return isinstance(node, cst.For) and node.asynchronous is not None
    return any(_waits_itself(child) for child in node.children)


def _sleeps(ctx: Context) -> bool:
    """Whether the loop sleeps on some path of its own: then not every lap is to sleep once more."""
    return any((path_text(call.func) or "").split(".")[-1] == "sleep" for call in deeds(ctx.site.loop).calls)


def shown_places(ctx: Context) -> Iterator[Place]:
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
        left = residual(ctx.site.literals, known_at(ctx, place))
        if not left or (ctx.site.finding.code == "SPN104" and not sayable(left)):
            yield place


def _end(ctx: Context, block: cst.BaseSuite) -> Iterator[Place]:
    place = ctx.tree.end(block)
    if place is not None:
        yield place
