"""Drives of fixtures/SPN106: an event, future or task that is done for ever."""

from __future__ import annotations

import asyncio
from typing import Any


async def never_cleared(m: Any) -> None:
    flusher = m.Flusher()
    flusher.add("row")
    await flusher.run()


async def wait_for_event(m: Any) -> None:
    replica = m.Replica()
    replica.change()
    await replica.follow()


async def finished_in_set(m: Any) -> None:
    supervisor = m.Supervisor()
    supervisor.tasks.add(asyncio.create_task(asyncio.sleep(0)))
    await supervisor.run()


async def finished_beside(m: Any) -> None:
    bridge = m.Bridge()
    bridge.lines.put_nowait(b"hello")
    await bridge.run()


async def resolved_future(m: Any) -> None:
    approvals = m.Approvals()
    approvals.approve()
    await approvals.collect()


async def finished_task(m: Any) -> None:
    modem = m.Modem()
    modem.inbox.put_nowait(200)
    await modem.run()
