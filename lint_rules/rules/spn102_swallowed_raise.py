"""An await can raise without waiting, and the loop swallows it.

What it finds
-------------
A loop with an await that raises before anything suspends, and a handler, a `contextlib.suppress` or an `__aexit__`
inside the loop that swallows the exception without a delay; the state in which it raises is the same on the next lap.

Why it is bad
-------------
The error that the handler meant to survive comes back at once, for ever: the loop retries as fast as the processor
can, usually writing a log line each time, and no other task gets a turn.

Example
-------
bad_closed_websocket.py

Instead
-------
good_closed_websocket.py

Fix
---
Wait in the handler (`await asyncio.sleep(delay)`, with a delay that grows), or limit the attempts and re-raise, or
leave the loop when the error is permanent.

Limits
------
Only raises that are visible in the project's source or known of a library count. An unknown call that may fail at
once is reported at level possible only.
"""

from __future__ import annotations

from lint_rules.rules.registry import rule
from lint_rules.spins import Spin

RULE = rule("SPN102")


def find(spin: Spin) -> str | None:
    """The message, or None where the lap is of another kind."""
    if not (spin.has("swallowed")):
        return None
    what = f"`{spin.raisers[0]}()` raises" if spin.raisers else "an exception is raised"
    return f"loop can spin without ever yielding: {what} without suspending, and the loop swallows it"
