"""Text frames of the gateway: one JSON shape both ways.

Whatever arrives is either a `Frame` whose fields have the promised types or a `MalformedFrameError`, and nothing else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeGuard

from qqbot_fixed.errors import MalformedFrameError


class Op(IntEnum):
    """Opcodes of the websocket."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    RECONNECT = 7
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


@dataclass(frozen=True, slots=True)
class Frame:
    """What one text frame says. `seq` and `name` mean something with `DISPATCH` only."""

    op: Op
    data: object = None
    seq: int | None = None
    name: str = ""
    event_id: str = ""


def decode(text: str) -> Frame:
    """Reads a frame and checks the types of its envelope."""
    try:
        raw: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedFrameError(f"not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise MalformedFrameError("not a JSON object")
    op, seq, name, event_id = raw.get("op"), raw.get("s"), raw.get("t"), raw.get("id")
    if not is_int(op) or op not in set(Op):
        raise MalformedFrameError(f"unknown op {shorten(repr(op))}")
    if seq is not None and not (is_int(seq) and seq >= 0):
        raise MalformedFrameError("sequence number is not a natural number")
    if op == Op.DISPATCH and not (isinstance(name, str) and name):
        raise MalformedFrameError("dispatch without a name")
    return Frame(
        op=Op(op),
        data=raw.get("d"),
        seq=seq,
        name=name if isinstance(name, str) else "",
        event_id=event_id if isinstance(event_id, str) else "",
    )


def is_int(value: object) -> TypeGuard[int]:
    """JSON's true and false are integers to Python, but not to the gateway."""
    return isinstance(value, int) and not isinstance(value, bool)


def encode(op: Op, data: object) -> str:
    """The text of an outgoing frame."""
    return json.dumps({"op": int(op), "d": data}, ensure_ascii=False)


def shorten(text: str, limit: int = 120) -> str:
    """For log lines: a hostile frame must not fill the log."""
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"
