"""States of trio's objects."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from model_probes.registry import Case
from model_probes.registry import probe as any_probe

probe = partial(any_probe, backend="trio")
CHANNEL = "trio.MemoryReceiveChannel"
SOCKET = "trio.SocketStream"


@probe("trio.sleep", when=("seconds<=0",))
@probe("trio.lowlevel.checkpoint")
@probe("trio.sleep_forever")
async def sleeps(function: str) -> AsyncIterator[Case]:
    import trio

    makers = {"sleep": lambda: trio.sleep(0), "checkpoint": trio.lowlevel.checkpoint}
    yield Case(makers.get(function, trio.sleep_forever))


@probe("trio.sleep", when=("seconds>0",))
async def sleep_some(_: str) -> AsyncIterator[Case]:
    import trio

    yield Case(lambda: trio.sleep(0.01))


@probe("trio.move_on_after", "trio.fail_after", form="with")
async def scopes(function: str) -> AsyncIterator[Case]:
    import trio

    yield Case(lambda: getattr(trio, function)(0))


@probe("trio.open_nursery", form="async with")
async def nursery(_: str) -> AsyncIterator[Case]:
    import trio

    yield Case(trio.open_nursery)


@probe("trio.Event.wait", when=("set",))
async def event_set(_: str) -> AsyncIterator[Case]:
    import trio

    event = trio.Event()
    event.set()
    yield Case(event.wait, event)


@probe("trio.Event.is_set", form="call")
async def event_is_set(_: str) -> AsyncIterator[Case]:
    import trio

    event = trio.Event()
    event.set()
    yield Case(event.is_set, event, trio.Event().is_set)


@probe("trio.Event.set", form="call")
async def event_sets(_: str) -> AsyncIterator[Case]:
    import trio

    event = trio.Event()
    yield Case(event.set, event)


@probe("trio.Lock", form="async with", when=("!locked",))
async def lock_free(_: str) -> AsyncIterator[Case]:
    import trio

    lock = trio.Lock()
    yield Case(lambda: lock, lock)


@probe("trio.Lock.locked", form="call")
async def lock_is_locked(_: str) -> AsyncIterator[Case]:
    import trio

    lock = trio.Lock()
    await lock.acquire()
    yield Case(lock.locked, lock, trio.Lock().locked)
    lock.release()


def channel(state: str) -> Any:
    import trio

    sender, receiver = trio.open_memory_channel[int](5)
    (receiver if state == "closed" else sender).close()
    return receiver


@probe(f"{CHANNEL}.receive", when=("closed",))
async def channel_closed(_: str) -> AsyncIterator[Case]:
    receiver = channel("closed")
    yield Case(receiver.receive, receiver)


@probe(f"{CHANNEL}.receive", when=("!closed", "ended"))
async def channel_ended(_: str) -> AsyncIterator[Case]:
    receiver = channel("ended")
    yield Case(receiver.receive, receiver)


@probe(CHANNEL, form="async for", when=("!closed", "ended"))
async def iterate_channel_ended(_: str) -> AsyncIterator[Case]:
    receiver = channel("ended")
    yield Case(lambda: receiver, receiver)


@asynccontextmanager
async def socket_stream(closed: bool) -> AsyncIterator[Any]:
    """A TCP stream that we closed, or whose peer did and whose end was seen."""
    import trio

    async def hang_up(stream: trio.SocketStream) -> None:
        await stream.aclose()

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, hang_up, 0, host="127.0.0.1"))
        stream = await trio.open_tcp_stream(*listeners[0].socket.getsockname())
        await (stream.aclose() if closed else stream.receive_some())
        yield stream
        nursery.cancel_scope.cancel()


@probe(f"{SOCKET}.receive_some", when=("!closed", "ended"))
async def socket_ended(_: str) -> AsyncIterator[Case]:
    async with socket_stream(closed=False) as stream:
        yield Case(stream.receive_some)


@probe(SOCKET, form="async for", when=("!closed", "ended"))
async def iterate_socket_ended(_: str) -> AsyncIterator[Case]:
    async with socket_stream(closed=False) as stream:
        yield Case(lambda: stream)


@probe(f"{SOCKET}.receive_some", when=("closed",))
async def socket_closed(_: str) -> AsyncIterator[Case]:
    async with socket_stream(closed=True) as stream:
        yield Case(stream.receive_some, stream)


@probe("trio.Process.wait", when=("finished",))
async def process_finished(_: str) -> AsyncIterator[Case]:
    import trio

    process = await trio.lowlevel.open_process([sys.executable, "-c", "pass"])
    await process.wait()
    yield Case(process.wait, process)
