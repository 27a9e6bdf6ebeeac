"""Typed events, read from dispatch frames.

An event that this module does not know keeps its raw data; a known one with wrong types is a `MalformedFrameError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from qqbot_fixed.errors import MalformedFrameError
from qqbot_fixed.frames import Frame, is_int

GUILDS = 1 << 0
GUILD_MEMBERS = 1 << 1
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGE = 1 << 12
GROUP_AND_C2C_EVENT = 1 << 25
INTERACTION = 1 << 26
PUBLIC_GUILD_MESSAGES = 1 << 30
DEFAULT_INTENTS = DIRECT_MESSAGE | GROUP_AND_C2C_EVENT | INTERACTION | PUBLIC_GUILD_MESSAGES


Kind = Literal["c2c", "group", "channel", "direct"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message."""

    url: str
    content_type: str = ""
    filename: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Ready:
    """A new session has begun; events of the time before it are lost."""

    session_id: str
    user_id: str = ""
    username: str = ""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The old session goes on; missed events came before this one."""


@dataclass(frozen=True, slots=True)
class Message:
    """Somebody wrote to the bot. Reply to `target`, with `id` as `reply_to`."""

    name: str
    id: str
    target: Target
    author: str
    content: str
    timestamp: str
    attachments: tuple[Attachment, ...] = ()
    raw: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Other:
    """Any other dispatch, as it came."""

    name: str
    id: str
    raw: object = None


Event = Ready | Resumed | Message | Other

# event name: kind of target, key of the target's id ("author." looks into the author), keys of the writer's id
_MESSAGES: dict[str, tuple[Kind, str, tuple[str, ...]]] = {
    "C2C_MESSAGE_CREATE": ("c2c", "author.user_openid", ("user_openid", "id")),
    "GROUP_AT_MESSAGE_CREATE": ("group", "group_openid", ("member_openid", "id")),
    "GROUP_MESSAGE_CREATE": ("group", "group_openid", ("member_openid", "id")),
    "AT_MESSAGE_CREATE": ("channel", "channel_id", ("id",)),
    "MESSAGE_CREATE": ("channel", "channel_id", ("id",)),
    "DIRECT_MESSAGE_CREATE": ("direct", "guild_id", ("id",)),
}


def parse(frame: Frame) -> Event:
    """The event of a dispatch frame."""
    if frame.name == "RESUMED":  # its data is an empty string
        return Resumed()
    if frame.name == "READY":
        return _ready(_mapping(frame.data, "READY"))
    if frame.name in _MESSAGES:
        return _message(frame.name, _mapping(frame.data, frame.name))
    return Other(name=frame.name, id=frame.event_id, raw=frame.data)


def identity(event: Event) -> str:
    """What two deliveries of one event have in common; empty if nothing has."""
    return f"{event.name} {event.id}" if isinstance(event, Message | Other) and event.id else ""


def _ready(data: Mapping[str, object]) -> Ready:
    user = data.get("user")
    known = user if isinstance(user, dict) else {}
    return Ready(
        session_id=_text(data, "session_id"),
        user_id=_optional(known, "id"),
        username=_optional(known, "username"),
    )


def _message(name: str, data: Mapping[str, object]) -> Message:
    kind, target_key, author_keys = _MESSAGES[name]
    author = _mapping(data.get("author"), f"author of {name}")
    holder, key = (author, target_key.removeprefix("author.")) if "." in target_key else (data, target_key)
    return Message(
        name=name,
        id=_text(data, "id"),
        target=Target(kind, _text(holder, key)),
        author=next((value for key in author_keys if (value := _optional(author, key))), ""),
        content=_optional(data, "content").strip(),  # in a group it begins with a blank where the mention was
        timestamp=_optional(data, "timestamp"),
        attachments=_attachments(data.get("attachments")),
        raw=data,
    )


def _attachments(value: object) -> tuple[Attachment, ...]:
    found = []
    for item in value if isinstance(value, list) else []:
        if not isinstance(item, dict) or not (url := _optional(item, "url")):
            continue
        size = item.get("size")
        found.append(
            Attachment(
                url=url if "://" in url else "https://" + url.removeprefix("//"),
                content_type=_optional(item, "content_type"),
                filename=_optional(item, "filename"),
                size=size if is_int(size) else 0,
            )
        )
    return tuple(found)


def _mapping(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise MalformedFrameError(f"{what}: data is not an object")
    return value


def _text(data: Mapping[str, object], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise MalformedFrameError(f"field {key!r} is missing or not a string")
    return value


def _optional(data: Mapping[str, object], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""
