"""An event is cleared directly behind the wait for it, so that the next lap waits for the next `set()`.

Nothing can run between the two. Safe only where this wait is the only use of the event but `set()` in the project, and
the loop never ends.
"""

from __future__ import annotations

import re

import libcst as cst

from lint_rules.fixes.around import deeds
from lint_rules.fixes.callers import mentioning
from lint_rules.fixes.layout import put_in_loop
from lint_rules.fixes.places import obstacle, source
from lint_rules.fixes.proposal import SAFE, UNSAFE, Context, Offers, Proposal, Refusal, doubts

KIND = "clear the event"


def propose(ctx: Context) -> Offers:
    site = ctx.site
    if site.finding.code != "SPN106":
        return
    events = [event for event in (_event(m.node) for m in site.own("library", "call", "sleep")) if event]
    if not events or not any("is_set()" in literal.shown for literal in site.literals):
        yield Refusal(
            "what it waits for is over for ever; take it out, or wait for something that can happen again", True
        )
        return
    node, event = events[-1]
    if clears(ctx, event):
        return  # not on this path, and for a reason: what it stands for is still to be done
    stmt = ctx.tree.statement(node)
    if not isinstance(stmt, cst.SimpleStatementLine):
        yield Refusal(f"the wait is part of a larger statement; call `{event}.clear()` behind it by hand")
        return
    place = ctx.tree.after(stmt)
    against = obstacle(ctx.tree, site.loop, place)
    if against:
        yield Refusal(f"{against}")
        return
    edit = put_in_loop(ctx, place, f"{event}.clear()")
    stays = not deeds(site.loop).leaves and not doubts(ctx)
    safety = SAFE if stays and _only_waiter(ctx, event) else UNSAFE
    yield Proposal(KIND, f"clear {event} behind the wait for it", safety, (edit,), (site.fn.name,))


def clears(ctx: Context, event: str) -> bool:
    return any(source(call.func) == f"{event}.clear" for call in deeds(ctx.site.loop).calls)


def event_of(ctx: Context) -> str:
    """The event that the lap waits for and that is set already, or ""."""
    found = [each for each in (_event(m.node) for m in ctx.site.own("library", "call", "sleep")) if each]
    return found[-1][1] if found else ""


def _event(node: cst.CSTNode) -> tuple[cst.CSTNode, str] | None:
    """`await E.wait()` or `await asyncio.wait_for(E.wait(), …)`."""
    inner = node.expression if isinstance(node, cst.Await) else None
    if isinstance(inner, cst.Call) and source(inner.func).endswith("wait_for") and inner.args:
        inner = inner.args[0].value
    if isinstance(inner, cst.Call) and isinstance(inner.func, cst.Attribute) and inner.func.attr.value == "wait":
        text = source(inner.func.value)
        return (node, text) if re.fullmatch(r"[A-Za-z_][\w.]*", text) else None
    return None


def _only_waiter(ctx: Context, event: str) -> bool:
    name = event.rpartition(".")[2]
    if not (ctx.resolver.project.root.is_dir() or name.startswith("_")):
        return False  # of one file only, nobody knows who else waits
    waits = 0
    for path in mentioning(ctx.resolver, name):
        text = ctx.resolver.project.text(path).text
        for use in re.finditer(rf"\b{re.escape(name)}\b(?P<rest>[^\n]*)", text):
            rest = use["rest"]
            waits += rest.startswith(".wait(")
            if not re.match(r"\.(?:wait|set)\(|\s*(?::[^=]*)?=[^=]", rest):
                return False
    return waits == 1
