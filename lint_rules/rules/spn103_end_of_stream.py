"""A read at the end of its stream returns without waiting, and the loop reads on.

What it finds
-------------
A loop that reads from a stream, a websocket, a pipe or an iterator which is closed or at its end, where such a read
returns (`b""`, a `CLOSED` message, `None`) or raises at once and the loop neither leaves nor waits.

Why it is bad
-------------
The end of a stream is not an event that passes: every later read ends at once too. When the peer hangs up, a loop
that served it turns into a busy loop.

Example
-------
bad_line_reader.py

Instead
-------
good_line_reader.py

Fix
---
Test what the read gave and leave the loop (`if not line: break`), or go to the reconnect path, which waits.

Limits
------
Which reads end at once, and how, is known for the libraries that `spinlint models` lists and for what the settings
declare. A receiver whose type is only guessed from its name makes the finding likely, not certain.
"""

from __future__ import annotations

from lint_rules.rules.registry import rule
from lint_rules.spins import Spin

RULE = rule("SPN103")


def find(spin: Spin) -> str | None:
    """The message, or None where the lap is of another kind."""
    if not (spin.has("end")):
        return None
    return "loop can spin without ever yielding: a stream at its end gives nothing at once, for ever"
