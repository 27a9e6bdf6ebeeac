"""How patient the adapter is, as data.

Jitter only ever lengthens a pause, so `delays` is a lower bound on the time between two dials.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds, unless said otherwise."""

    delays: tuple[float, ...] = (2.0, 5.0, 10.0, 30.0, 60.0)  # before the first, second, ... dial without progress
    jitter: float = 0.25  # at most this share is added to a pause
    max_attempts: int | None = 100  # dials without progress before giving up; None: never give up
    min_life: float = 5.0  # a connection that did not live so long after the dial is no progress
    quick_limit: int = 3  # so many connections in a row without progress are treated as a rate limit
    resume_limit: int = 3  # so many failed resumes in a row end the session
    rate_limit_delay: float = 60.0
    invalid_session_delay: float = 3.0
    handshake_timeout: float = 30.0  # from the open socket to READY or RESUMED
    heartbeat_floor: float = 5.0  # a shorter interval asked for by the gateway is not obeyed
    missed_acks: int = 2  # so many unanswered heartbeats are a dead link
    close_timeout: float = 2.0  # for the closing handshake
    queue_size: int = 1000  # events that wait for the reader's user; a full queue stops the reader

    def delay(self, failures: int) -> float:
        """The pause before the dial that follows this many failures in a row."""
        base = self.delays[min(max(failures, 1), len(self.delays)) - 1]
        return base * (1.0 + self.jitter * random.random())


DEFAULT_POLICY = Policy()
