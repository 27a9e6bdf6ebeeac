"""Drives of fixtures/SPN101: a coroutine that returns without waiting."""

from __future__ import annotations

import asyncio
from typing import Any

from drives.standins import Session, Socket


async def feed_reader(m: Any) -> None:
    feed = m.PriceFeed(Session(), "wss://prices")
    feed._ws = Socket(closed=True)
    await feed.run()


async def idle_worker(m: Any) -> None:
    await m.Worker().run()


async def watchdog(m: Any) -> None:
    await m.watch(m.Watched())


async def disabled_schedule(m: Any) -> None:
    await m.Scheduler(m.Config(enabled=False)).run()


async def empty_gather(m: Any) -> None:
    await m.Cluster().replicate()


async def poll_result(m: Any) -> None:
    await m.Poller("https://example.org").run()


async def own_generator(m: Any) -> None:
    await m.Broadcaster().run()


async def closure(m: Any) -> None:
    await m.serve(m.Link(open=False), [])


async def requeue(m: Any) -> None:
    prompts = m.Prompts()
    prompts.waiting.append("hello")
    prompts.begin(True)
    await prompts.drain()


async def two_files_feed(m: Any) -> None:
    await m.Feed(m.Reader(Socket(closed=True))).run()


async def inherited_pollers(m: Any) -> None:
    poller = m.CachedPoller(asyncio.Queue())
    poller.answer = "42"
    await poller.run()


async def fn_stepper_from_registry(m: Any) -> None:
    await m.FN_stepper("idle")
