"""How long a new pause is: as the loop itself sleeps, else as the module backs off, else as the settings say.

Invariant: never zero, and never a value that is not there when the pause is taken.
"""

from __future__ import annotations

import re

from lint_rules.fixes.around import deeds
from lint_rules.fixes.places import source
from lint_rules.fixes.proposal import Context
from lint_rules.resets import path_text
from lint_rules.shapes import Shape

NAMES = (re.compile(r"BACKOFF|RECONNECT|RETRY"), re.compile(r"DELAY|INTERVAL|PAUSE|SLEEP|POLL"))
NOT_DELAYS = re.compile(r"MAX|COUNT|LIMIT|ATTEMPT|SIZE|TIMEOUT|THRESHOLD|FACTOR|TIMES|TRIES")
LONGEST = 60


def delay(ctx: Context) -> str:
    """The seconds of a pause, as Python text. Where a delay of the loop is zero, its own sleeps are no example."""
    own = _own(ctx) if ctx.site.finding.code != "SPN105" else ""
    return own or _constant(ctx) or repr(ctx.settings.delay)


def _own(ctx: Context) -> str:
    """The argument of a sleep of the loop, if it means the same wherever in the loop it stands."""
    done = deeds(ctx.site.loop)
    for call in reversed(done.calls):
        if (path_text(call.func) or "").split(".")[-1] != "sleep" or len(call.args) != 1 or call.args[0].star:
            continue
        value = call.args[0].value
        if _positive(source(value)):
            return source(value)
        path = path_text(value)
        if path is None or path in done.writes:
            continue
        head, _, rest = path.partition(".")
        if not rest and _module_number(ctx, path):
            return path
        if rest and "." not in rest and ctx.site.fn.cls and ctx.site.fn.params and head == ctx.site.fn.params[0].name:
            return path
    return ""


def _positive(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False


def _module_number(ctx: Context, name: str) -> bool:
    shapes = ctx.site.module.assigns.get(name, [])
    return len(shapes) == 1 and _seconds(shapes[0])


def _seconds(shape: Shape) -> bool:
    value = shape[1] if shape[0] == "const" else None
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= LONGEST


def _constant(ctx: Context) -> str:
    for pattern in NAMES:
        for name, shapes in ctx.site.module.assigns.items():
            if not name.isupper() or not pattern.search(name) or NOT_DELAYS.search(name) or len(shapes) != 1:
                continue
            if _seconds(shapes[0]):
                return name
            if shapes[0][0] in ("tuple", "list") and shapes[0][1] and _seconds(shapes[0][1][0]):
                return f"{name}[0]"
    return ""
