"""An awaited coroutine can return without waiting, and the loop goes round.

What it finds
-------------
A loop in a coroutine that awaits a coroutine of the project, where the callee has a path that returns without
suspending and without raising, nothing else on the lap waits or leaves, and the state in which that happens is the
same after the lap. The report names that state (the witness) and every step of the lap, through the callee.

Why it is bad
-------------
`await` hands control to the event loop only if something inside really suspends. A callee that returns at once turns
the loop into a busy loop that never gives the event loop a turn: one core burns, no other task runs, no timer fires,
and not even `cancel()` arrives. It happens in the state that nobody tries by hand: the connection is closed, the list
is empty, the feature is switched off.

Example
-------
bad_watchdog.py

Instead
-------
good_watchdog.py

Fix
---
Make the silent path loud: raise in the callee (`raise ConnectionError("socket is closed")`) where the loop already
handles failures with a growing delay, or leave the loop, or wait for the state to change. Never add `await
asyncio.sleep(0)`: that keeps the core burning.

Limits
------
The loop is judged in the state that the report names, not in every state; whether the program can get there is for
the reader to say. Threads and signal handlers that change the state from outside are not seen. What cannot be
resolved is taken to wait.
"""

from __future__ import annotations

from lint_rules.rules.registry import rule
from lint_rules.spins import Spin

RULE = rule("SPN101")


def find(spin: Spin) -> str | None:
    """The message, or None where the lap is of another kind."""
    if not (spin.awaits and spin.has("silent")):
        return None
    who = f"`{spin.calls[0]}()`" if spin.calls else "what it awaits"
    return f"loop can spin without ever yielding: {who} returns without suspending"
