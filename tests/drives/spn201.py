"""Drives of fixtures/SPN201: a counter that is set back on a lap that does not wait."""

from __future__ import annotations

from typing import Any

from drives.standins import Session, Socket


async def reconnect_counter(m: Any) -> None:
    subscription = m.Subscription(Session(), "wss://events")
    subscription._ws = Socket(closed=True)
    await subscription.run()


async def attempt_limit(m: Any) -> None:
    await m.Bot().run()


async def backoff_attribute(m: Any) -> None:
    await m.Consumer().run()


async def two_counters(m: Any) -> None:
    await m.Gateway().run()


async def possible_waiting_lap(m: Any) -> None:
    await m.Feed().run()
