"""Drives of fixtures/SPN102: an await that raises at once, and the error is swallowed."""

from __future__ import annotations

from typing import Any

from drives.standins import ClosingWriter, EndedProcess, Raises


async def not_ready(m: Any) -> None:
    await m.StatusPoller("https://example.org").run()


async def suppressed_ping(m: Any) -> None:
    await m.Keepalive(ClosingWriter()).run()


async def base_class_handler(m: Any) -> None:
    await m.Publisher().run()


async def swallowing_guard(m: Any) -> None:
    await m.Uploader().run()


async def reconnect_raises(m: Any) -> None:
    await m.Session(host=None).run()


async def queue_poll(m: Any) -> None:
    await m.Collector().run()


async def lost_process(m: Any) -> None:
    runner = m.Runner(EndedProcess())
    runner.stop()
    await runner.watch()


async def closed_websocket(m: Any) -> None:
    await m.receive(Raises(ConnectionError("closed")), [])


async def exit_by_kind(m: Any) -> None:
    await m.Link().ping()


async def wrong_setting(m: Any) -> None:
    await m.Cleaner("soon").run()
