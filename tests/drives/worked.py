"""Drives of fixtures/worked: the worked examples, each in the state of its verdict."""

from __future__ import annotations

import asyncio
from typing import Any

from drives.standins import ClosingWriter, Socket, ended_reader


async def e01_shared_guard(m: Any) -> None:
    await m.Feed(Socket(closed=True)).run()


async def e02_contradiction(m: Any) -> None:
    await m.Pump().run()


async def e03_same_constant(m: Any) -> None:
    await m.Sender(ClosingWriter()).run()


async def e04_bounded_tries(m: Any) -> None:
    await m.Client(None).run()


async def e04b_logged_tries(m: Any) -> None:
    await m.Client(None).run()


async def e05_suppressed_sleep(m: Any) -> None:
    await m.Pinger(ClosingWriter()).run()


async def e06_end_of_stream(m: Any) -> None:
    await m.Lines(ended_reader(b"one\ntwo\n")).run()


async def e06b_end_leaves(m: Any) -> None:
    await m.Lines(ended_reader(b"one\ntwo\n")).run()


async def e07_gather_of_nothing(m: Any) -> None:
    await m.Cluster([]).run()


async def e08_wait_for_inline(m: Any) -> None:
    await m.Jobs([]).run()


class OnePool:
    """A pool that gives a closed socket first and an open one after it."""

    def __init__(self) -> None:
        self.sockets = [Socket(closed=True)]

    def pick(self) -> Socket:
        return self.sockets.pop() if self.sockets else Socket(closed=False)


async def e09_replaced_socket(m: Any) -> None:
    await m.Reader(OnePool()).run()


async def e10_never_cleared(m: Any) -> None:
    flusher = m.Flusher(asyncio.Queue())
    flusher.add("text")
    await flusher.run()


async def e10b_cleared(m: Any) -> None:
    flusher = m.Flusher(asyncio.Queue())
    flusher.add("text")
    await flusher.run()


async def e11_per_class(m: Any) -> None:
    worker = m.Cached("key")
    worker.cache["key"] = "KEY"
    await worker.run()


async def e12_free_lock(m: Any) -> None:
    await m.Pool([]).run()


async def e13_draining(m: Any) -> None:
    emitter = m.Emitter()
    for item in (None, "a", None):
        emitter.q.put_nowait(item)
    await emitter.run()


async def e13b_polling(m: Any) -> None:
    await m.Emitter().run()


async def e14_deadline(m: Any) -> None:
    await m.Starter().run(10)
