"""What the tests of the QQ adapter share: a policy in milliseconds, and waiting for a fact.

Nothing here sleeps a fixed time and hopes; `until` polls a condition and fails when it does not come true.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable
from typing import Any

from qqbot_fixed import Event, Message, Policy, QQAdapter, Ready, Resumed
from qqbot_fixed.fake_gateway import FakeGateway

FAST = Policy(
    delays=(0.02, 0.04, 0.08),
    jitter=0.0,
    min_life=0.0,
    quick_limit=100,
    rate_limit_delay=0.3,
    invalid_session_delay=0.1,
    handshake_timeout=0.3,
    heartbeat_floor=0.02,
    close_timeout=0.2,
)


def assert_paced(gateway: FakeGateway, shortest: float = 0.01) -> None:
    """Never two dials closer together than the shortest pause (less a clock tick)."""
    gaps = [later - earlier for earlier, later in zip(gateway.dials, gateway.dials[1:], strict=False)]
    assert all(gap >= shortest - 0.002 for gap in gaps), gaps


def adapter(fake: FakeGateway, policy: Policy = FAST, **changes: Any) -> QQAdapter:
    """An adapter that knows the fake; keywords that `Policy` has change the policy."""
    fields = {field.name for field in dataclasses.fields(Policy)}
    policy = dataclasses.replace(policy, **{key: changes.pop(key) for key in list(changes) if key in fields})
    return QQAdapter("app", "secret", api_url=fake.http_url, token_url=fake.token_url, policy=policy, **changes)


async def until(condition: Callable[[], object], limit: float = 10.0) -> None:
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "the awaited fact did not come true"
        await asyncio.sleep(0.002)


async def following(bot: QQAdapter, kind: type[Event] | None = None) -> Event:
    """The next event, or the next one of a kind."""
    while True:
        event = await asyncio.wait_for(bot.__anext__(), 10)
        if kind is None or isinstance(event, kind):
            return event


async def texts(bot: QQAdapter, count: int) -> list[str]:
    """The contents of the next messages; READY and RESUMED are passed over."""
    found: list[str] = []
    while len(found) < count:
        event = await following(bot)
        assert isinstance(event, Message | Ready | Resumed)
        if isinstance(event, Message):
            found.append(event.content)
    return found
