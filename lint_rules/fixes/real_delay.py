"""A delay that can be zero becomes a real one. It changes the timing of a loop that did yield: never safe."""

from __future__ import annotations

import libcst as cst

from lint_rules.findings import Edit
from lint_rules.fixes.callers import mentioning
from lint_rules.fixes.delays import delay
from lint_rules.fixes.places import source
from lint_rules.fixes.proposal import UNSAFE, Context, Offers, Proposal, Refusal
from lint_rules.fixes.sleep_in_loop import NOTE
from lint_rules.sites import Mark

KIND = "real delay"


def propose(ctx: Context) -> Offers:
    site = ctx.site
    if site.finding.code != "SPN105":
        return
    for mark in [m for m in site.marks if m.kind in ("sleep", "library")][-1:]:
        value = _delay_of(mark)
        if value is None:
            continue
        if not mark.own and not _only_caller(ctx, mark):
            yield Refusal(
                f"`{mark.fn.name}` has other callers; give the loop a pause of its own, or an event to wait for"
            )
            continue
        value = _floor(value)
        seconds = delay(ctx) if mark.own else repr(ctx.settings.delay)
        new = seconds if _zero(value) else f"max({source(value)}, {seconds})"
        line, column, end = mark.slice.place(value)
        if end != line:
            yield Refusal("the delay is written over several lines")
            continue
        text = source(value)
        edit = Edit(mark.path, line, column, line, column + len(text), new)
        title = f"sleep {new} s instead of {text} in {mark.fn.name}"
        yield Proposal(KIND, title, UNSAFE, (edit,), (mark.fn.name,), NOTE)


def _delay_of(mark: Mark) -> cst.BaseExpression | None:
    """The delay of an awaited `sleep(d)`, or the zero timeout of another call."""
    call = mark.node.expression if isinstance(mark.node, cst.Await) else None
    if not isinstance(call, cst.Call) or not call.args or any(a.star for a in call.args):
        return None
    if mark.kind == "sleep":
        named = [a for a in call.args if a.keyword is not None and a.keyword.value in ("delay", "seconds", "timeout")]
        return (named or list(call.args))[0].value
    return next((a.value for a in call.args if a.keyword and a.keyword.value == "timeout" and _zero(a.value)), None)


def _floor(value: cst.BaseExpression) -> cst.BaseExpression:
    """The `0` in `max(0, due - now)`, also inside `min(limit, ...)`; else the whole."""
    if isinstance(value, cst.Call) and source(value.func) == "max":
        return next((a.value for a in value.args if _zero(a.value)), value)
    if isinstance(value, cst.Call) and source(value.func) == "min":
        return next((found for a in value.args if (found := _floor(a.value)) is not a.value), value)
    return value


def _zero(value: cst.BaseExpression) -> bool:
    try:
        return float(source(value)) <= 0
    except ValueError:
        return False


def _only_caller(ctx: Context, mark: Mark) -> bool:
    """Whether the function that sleeps is called once in the project, so that its delay is this loop's."""
    name = mark.fn.name.encode()
    calls = sum(ctx.resolver.project.data(path).count(name + b"(") for path in mentioning(ctx.resolver, mark.fn.name))
    return calls == 2
