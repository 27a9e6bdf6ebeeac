"""The loop yields but never waits: its delay can be zero.

What it finds
-------------
A loop whose laps give the event loop a turn and nothing more: `asyncio.sleep(0)`, a delay that can be zero or
negative for ever (`max(0, due - now)` with a past due time), a task that is done at once, a poll with a time-out of
zero.

Why it is bad
-------------
Other tasks run, so nothing hangs and nobody notices: one core is at 100 %, batteries and bills pay for it, and every
other task is late.

Example
-------
bad_overdue.py

Instead
-------
good_overdue.py

Fix
---
Sleep for a time that has a floor above zero (`max(0.05, due - now)`), or wait for the event, queue or future that the
loop polls.

Limits
------
A delay that nothing bounds is taken to be positive. A loop that yields on purpose to be fair among tasks still spins
when it is the only one with work; silence it on its header.
"""

from __future__ import annotations

from lint_rules.rules.registry import rule
from lint_rules.spins import Spin

RULE = rule("SPN105")


def find(spin: Spin) -> str | None:
    """The message, or None where the lap is of another kind."""
    if not spin.yields or spin.has("stale"):
        return None
    return "loop can burn the CPU: it yields but never waits on this way round"
