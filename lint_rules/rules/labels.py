"""Which rule a spinning lap belongs to: the first that fits, in the order of theory 2.9."""

from __future__ import annotations

from lint_rules.rules import (
    spn101_silent_return,
    spn102_swallowed_raise,
    spn103_end_of_stream,
    spn104_skipped_wait,
    spn105_zero_delay,
    spn106_stale_event,
)
from lint_rules.rules.registry import Rule
from lint_rules.spins import Spin

ORDER = (
    spn105_zero_delay,
    spn102_swallowed_raise,
    spn103_end_of_stream,
    spn106_stale_event,
    spn101_silent_return,
    spn104_skipped_wait,
)


def label(spin: Spin) -> tuple[Rule, str]:
    """The rule and its message."""
    for module in ORDER:
        message = module.find(spin)
        if message is not None:
            return module.RULE, message
    raise AssertionError("the last rule takes every lap")
