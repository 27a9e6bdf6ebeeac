"""The subcommands of `spinlint`, one file each: `add` declares the options, `run` does the work and gives the exit
code.

Invariant: a command prints and decides on the exit code; it analyses nothing itself.
"""

from __future__ import annotations

CLEAN, FINDINGS, TROUBLE = 0, 1, 2


class UsageError(Exception):
    """Something in the command line that cannot be done."""


def internal_error(error: Exception) -> str:
    return f"internal error: {type(error).__name__}: {error} (set SPINLINT_TRACEBACK=1 to see where)"
