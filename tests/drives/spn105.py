"""Drives of fixtures/SPN105: a delay of zero."""

from __future__ import annotations

from typing import Any

from drives.standins import SilentPubSub


async def sleep_zero(m: Any) -> None:
    await m.Download().wait()


async def overdue(m: Any) -> None:
    cron = m.Cron()
    cron.lose_connection()
    await cron.run()


async def spawned_step(m: Any) -> None:
    await m.Pipeline().run()


async def default_interval(m: Any) -> None:
    await m.Monitor().run()


async def configured_interval(m: Any) -> None:
    await m.Heartbeat().run()


async def breathe(m: Any) -> None:
    await m.Game().run()


async def nowait_and_yield(m: Any) -> None:
    await m.Mailer().run()


async def pubsub_poll(m: Any) -> None:
    await m.Subscriber(SilentPubSub()).run()


async def spawned_in_wait(m: Any) -> None:
    diagnostics = m.Diagnostics()
    diagnostics.closing = True
    await diagnostics.wait()
