"""Close codes of the gateway and the right reaction to each, as data.

A code that stops everything has no reaction. What the table does not name resumes below 4000 (codes of the transport)
and identifies above.
"""

from __future__ import annotations

from dataclasses import dataclass

from qqbot_fixed.errors import GatewayRefusedError, QQError, Reaction, TransportClosedError


@dataclass(frozen=True, slots=True)
class CloseRule:
    """One row: `reaction` None means that dialling again is pointless."""

    meaning: str
    reaction: Reaction | None
    rate_limited: bool = False


RULES: dict[int, CloseRule] = {
    4000: CloseRule("unknown error", Reaction.IDENTIFY),
    4001: CloseRule("bad opcode", None),
    4002: CloseRule("bad payload", None),
    4003: CloseRule("not authenticated", Reaction.IDENTIFY),
    4004: CloseRule("authentication failed", Reaction.NEW_TOKEN),
    4005: CloseRule("authenticated twice", Reaction.IDENTIFY),
    4006: CloseRule("session no longer valid", Reaction.IDENTIFY),
    4007: CloseRule("bad sequence number", Reaction.IDENTIFY),
    4008: CloseRule("payloads sent too fast", Reaction.RESUME, rate_limited=True),
    4009: CloseRule("connection expired", Reaction.RESUME),
    4010: CloseRule("bad shard", None),
    4011: CloseRule("too many guilds for the shards", None),
    4012: CloseRule("bad version", None),
    4013: CloseRule("bad intent", None),
    4014: CloseRule("intent not permitted", None),
    **{code: CloseRule("internal error", Reaction.IDENTIFY) for code in range(4900, 4914)},
    4914: CloseRule("bot taken down, sandbox only", None),
    4915: CloseRule("bot banned", None),
}
TRANSPORT = CloseRule("connection lost", Reaction.RESUME)
UNKNOWN = CloseRule("unknown code", Reaction.IDENTIFY)


def rule_for(code: int | None) -> CloseRule:
    """The row of a code; None is an end without a close frame."""
    if code is None or code < 4000:
        return TRANSPORT
    return RULES.get(code, UNKNOWN)


def closed(code: int | None, reason: str, rate_limit_delay: float) -> QQError:
    """The error that says what a close code asks for."""
    rule = rule_for(code)
    if rule.reaction is None:
        return GatewayRefusedError(code or 0, rule.meaning, reason)
    shown = f"{rule.meaning}, code {code}" + (f": {reason}" if reason else "")
    return TransportClosedError(
        shown, code=code, reaction=rule.reaction, delay=rate_limit_delay if rule.rate_limited else 0.0
    )
