"""Everything the adapter raises.

A `TransportError` is answered by a pause and a new dial; a `FatalError` ends the adapter and is raised to whoever reads
its events; a `SendError` concerns one message and nothing else.
"""

from __future__ import annotations

from enum import Enum


class Reaction(Enum):
    """What to do about a lost connection before the next dial."""

    RESUME = "resume"  # keep session id and sequence number
    IDENTIFY = "identify"  # forget both
    NEW_TOKEN = "new token"  # keep the session, forget the access token


class QQError(Exception):
    """Root of all errors of this package."""


class MalformedFrameError(QQError):
    """The gateway sent something that is not a frame. It is logged and counted, never raised to the user."""


class FatalError(QQError):
    """Dialling again is pointless."""


class GatewayRefusedError(FatalError):
    """The gateway closed with a code that forbids both resume and identify."""

    def __init__(self, code: int, meaning: str, reason: str = "") -> None:
        super().__init__(f"gateway closed with {code} ({meaning})" + (f": {reason}" if reason else ""))
        self.code = code


class TooManyAttemptsError(FatalError):
    """The cap on attempts without progress is reached."""


class TransportError(QQError):
    """The connection is lost or could not be made. `delay` is the shortest pause, in seconds, before the next dial."""

    reaction = Reaction.RESUME
    delay = 0.0


class ConnectFailedError(TransportError):
    """Token, gateway URL or websocket could not be had."""


class RateLimitedError(ConnectFailedError):
    """The service asks for fewer requests."""

    def __init__(self, message: str, delay: float) -> None:
        super().__init__(message)
        self.delay = delay


class HandshakeTimeoutError(TransportError):
    """Neither READY nor RESUMED came in time."""


class TransportClosedError(TransportError):
    """The websocket has ended, or there is none: the reader must not be entered or left quietly."""

    def __init__(
        self, message: str, *, code: int | None = None, reaction: Reaction = Reaction.RESUME, delay: float = 0.0
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reaction = reaction
        self.delay = delay


class SendError(QQError):
    """The service did not take a message."""

    def __init__(self, message: str, *, status: int = 0, code: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class SendLimitedError(SendError):
    """The service did not take a message because there were too many."""
