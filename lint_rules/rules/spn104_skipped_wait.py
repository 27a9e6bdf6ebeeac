"""A branch goes round the only wait of the loop.

What it finds
-------------
A loop whose wait is skipped on some lap: by a `continue`, a branch, an inner loop over nothing, or a lock that was
free; nothing on that lap changes the state that chose it.

Why it is bad
-------------
The loop looks as if it waited, and in tests it does. In the state that takes the shortcut it polls without a pause,
and no other task can change that state, since none gets a turn.

Example
-------
bad_continue_before_sleep.py

Instead
-------
good_continue_before_sleep.py

Fix
---
Put the wait where every lap passes (usually to the top of the body), or wait in the branch that skips it.

Limits
------
A deadline tested against a clock bounds the spin and is reported at level possible only.
"""

from __future__ import annotations

from lint_rules.rules.registry import rule
from lint_rules.spins import Spin

RULE = rule("SPN104")


def find(spin: Spin) -> str | None:
    """The message, or None where the lap is of another kind."""
    if not spin.awaits:
        return "loop can spin without ever yielding: nothing on this way round is awaited"
    return "loop can spin without ever yielding: this way round skips the wait"
