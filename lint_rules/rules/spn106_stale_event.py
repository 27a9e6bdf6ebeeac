"""The loop waits for what has already happened and is never cleared.

What it finds
-------------
A loop that waits for an `Event`, a `Future`, a `Task` or `asyncio.wait(...)` which is set or done already and stays
so: no code that can run on the lap clears it or takes it out.

Why it is bad
-------------
A wait for what has happened returns at once without suspending. The first signal works; from then on the loop spins.

Example
-------
bad_never_cleared.py

Instead
-------
good_never_cleared.py

Fix
---
Clear the event directly after the wait (`self.wake.clear()`), make a new future each lap, drop finished tasks from
the set that is waited for, or leave the loop when the event means stop.

Limits
------
An event that code of the project clears anywhere makes the finding possible, not certain: another task may clear it
in time.
"""

from __future__ import annotations

from lint_rules.rules.registry import rule
from lint_rules.spins import Spin

RULE = rule("SPN106")


def find(spin: Spin) -> str | None:
    """The message, or None where the lap is of another kind."""
    if not (spin.has("ready") or spin.has("stale")):
        return None
    if spin.yields:
        return "loop can burn the CPU: a finished task is waited for again on every round"
    return "loop can spin without ever yielding: it waits for what has already happened"
