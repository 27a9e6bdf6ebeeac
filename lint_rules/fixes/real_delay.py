"""A delay that can be zero becomes a real one. It changes the timing of a loop that did yield: never safe."""

from __future__ import annotations

import libcst as cst

from lint_rules.findings import Edit
from lint_rules.fixes.callers import mentioning
from lint_rules.fixes.delays import delay
from lint_rules.fixes.places import source
from lint_rules.fixes.proposal import UNSAFE, Context, Offers, Proposal, Refusal
from lint_rules.fixes.sleep_in_loop import NOTE
from lint_rules.resets import path_text
from lint_rules.sites import Mark

KIND = "real delay"


def propose(ctx: Context) -> Offers:
    site = ctx.site
    if site.finding.code != "SPN105":
        return
    for mark in [m for m in site.marks if m.kind in ("sleep", "library")][-1:]:
        value = delay_of(mark)
        if value is None:
            yield from _timeout(ctx, mark)
            continue
        if not mark.own and not _only_caller(ctx, mark):
            yield Refusal(
                f"`{mark.fn.name}` has other callers; give the loop a pause of its own, or an event to wait for"
            )
            continue
        value = _floor(ctx, mark, value)
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


def delay_of(mark: Mark) -> cst.BaseExpression | None:
    """The delay of an awaited `sleep(d)`, or the zero timeout of another call."""
    call = mark.node.expression if isinstance(mark.node, cst.Await) else None
    if not isinstance(call, cst.Call) or not call.args or any(a.star for a in call.args):
        return None
    if mark.kind == "sleep":
        named = [a for a in call.args if a.keyword is not None and a.keyword.value in ("delay", "seconds", "timeout")]
        return (named or list(call.args))[0].value
    timeouts = (a.value for a in call.args if a.keyword is None or a.keyword.value == "timeout")
    return next((value for value in timeouts if "timeout" in mark.text and _zero(value)), None)


def _timeout(ctx: Context, mark: Mark) -> Offers:
    """A timeout for a call that has none and whose own is 0."""
    call = mark.node.expression if isinstance(mark.node, cst.Await) else None
    if "timeout<=0" not in mark.text or not mark.own or not isinstance(call, cst.Call):
        return
    if any(a.star or a.keyword is None or a.keyword.value == "timeout" for a in call.args):
        return
    line, column, end = mark.slice.place(call)
    if end != line:
        yield Refusal("the call is written over several lines; give it a timeout by hand", True)
        return
    at = column + len(mark.slice.source(call).rstrip()) - 1
    text = f"{', ' if call.args else ''}timeout={delay(ctx)}"
    edit = Edit(mark.path, line, at, line, at, text)
    yield Proposal(KIND, f"wait with {text.lstrip(', ')} in {mark.fn.name}", UNSAFE, (edit,), (mark.fn.name,))


def _floor(ctx: Context, mark: Mark, value: cst.BaseExpression) -> cst.BaseExpression:
    """The `0` in `max(0, due - now)`, also inside `min(limit, ...)` or behind a variable; else the whole."""
    name = source(value.func) if isinstance(value, cst.Call) else ""
    if isinstance(value, cst.Call) and name == "max":
        return next((a.value for a in value.args if _zero(a.value)), value)
    if isinstance(value, cst.Call) and name == "min":
        return next((found for a in value.args if (found := _floor(ctx, mark, a.value)) is not a.value), value)
    if isinstance(value, cst.Name) and mark.own:
        given = [n for n in ctx.tree.parents if isinstance(n, cst.Assign) and _gives(n, value.value)]
        if len(given) == 1 and ctx.site.loop in ctx.tree.ancestors(given[0]):
            found = _floor(ctx, mark, given[0].value)
            return value if found is given[0].value else found
    return value


def _gives(node: cst.Assign, name: str) -> bool:
    return len(node.targets) == 1 and path_text(node.targets[0].target) == name


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
