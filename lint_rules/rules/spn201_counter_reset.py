"""A retry counter is reset on a lap that made no progress.

What it finds
-------------
On a lap that spins (a finding SPN1xx), an assignment of a constant, made unconditionally after the await that did not
wait, to a variable that limits the loop elsewhere: one that an exit tests, that a delay or a time-out is computed
from, that indexes a list of delays, or that a callee uses so. It is reported on the assignment, once for each.

Why it is bad
-------------
The reset says "that worked" when nothing was tried. It disarms the backoff and the limit of attempts, which would
have slowed or ended the loop: with it the loop spins for ever, without it only a few times.

Example
-------
bad_reconnect_counter.py

Instead
-------
good_reconnect_counter.py

Fix
---
Reset the counter where success is proved (a message arrived, a session was resumed), not after a call that merely
returned. The silent return needs its own repair: moving the reset alone does not end the spin.

Limits
------
Without a lap that spins, a reset after a silent return is reported at level possible only.
"""

from __future__ import annotations

from lint_rules.resets import Reset
from lint_rules.rules.registry import rule

RULE = rule("SPN201")


def message(reset: Reset) -> str:
    return f"`{reset.name}` is reset although the await before it can return without having done anything"
