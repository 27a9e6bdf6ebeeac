"""A client of the QQ Bot gateway that never spins.

Everything a user needs is here; the other modules may change.
"""

from __future__ import annotations

from qqbot_fixed.adapter import QQAdapter
from qqbot_fixed.api import Sent
from qqbot_fixed.errors import (
    FatalError,
    GatewayRefusedError,
    QQError,
    SendError,
    SendLimitedError,
    TooManyAttemptsError,
)
from qqbot_fixed.events import Attachment, Event, Message, Other, Ready, Resumed, Target
from qqbot_fixed.policy import Policy

__all__ = [
    "Attachment",
    "Event",
    "FatalError",
    "GatewayRefusedError",
    "Message",
    "Other",
    "Policy",
    "QQAdapter",
    "QQError",
    "Ready",
    "Resumed",
    "SendError",
    "SendLimitedError",
    "Sent",
    "Target",
    "TooManyAttemptsError",
]
