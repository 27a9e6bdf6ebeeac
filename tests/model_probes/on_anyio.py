"""States of anyio's objects, on its asyncio backend."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from model_probes.registry import Case, probe

RECEIVER = "anyio.streams.memory.MemoryObjectReceiveStream"
SOCKET = "anyio.abc.SocketStream"


@probe("anyio.sleep", when=("delay<=0",))
@probe("anyio.lowlevel.checkpoint")
@probe("anyio.sleep_forever")
async def sleeps(function: str) -> AsyncIterator[Case]:
    import anyio
    import anyio.lowlevel

    makers = {"sleep": lambda: anyio.sleep(0), "checkpoint": anyio.lowlevel.checkpoint}
    yield Case(makers.get(function, anyio.sleep_forever))


@probe("anyio.sleep", when=("delay>0",))
async def sleep_some(_: str) -> AsyncIterator[Case]:
    import anyio

    yield Case(lambda: anyio.sleep(0.01))


@probe("anyio.move_on_after", "anyio.fail_after", form="with")
async def scopes(function: str) -> AsyncIterator[Case]:
    import anyio

    yield Case(lambda: getattr(anyio, function)(0))


@probe("anyio.create_task_group", form="async with")
async def task_group(_: str) -> AsyncIterator[Case]:
    import anyio

    yield Case(anyio.create_task_group)


@probe("anyio.to_thread.run_sync")
async def to_thread(_: str) -> AsyncIterator[Case]:
    import anyio.to_thread

    yield Case(lambda: anyio.to_thread.run_sync(time.sleep, 0.02))


@probe("anyio.Event.wait", when=("set",))
async def event_set(_: str) -> AsyncIterator[Case]:
    import anyio

    event = anyio.Event()
    event.set()
    yield Case(event.wait, event)


@probe("anyio.Event.is_set", form="call")
async def event_is_set(_: str) -> AsyncIterator[Case]:
    import anyio

    event = anyio.Event()
    event.set()
    yield Case(event.is_set, event, anyio.Event().is_set)


@probe("anyio.Event.set", form="call")
async def event_sets(_: str) -> AsyncIterator[Case]:
    import anyio

    event = anyio.Event()
    yield Case(event.set, event)


def made(kind: str) -> Any:
    import anyio

    return {
        "Lock": anyio.Lock,
        "Semaphore": lambda: anyio.Semaphore(1),
        "CapacityLimiter": lambda: anyio.CapacityLimiter(1),
    }[kind]()


@probe("anyio.Lock", "anyio.Semaphore", "anyio.CapacityLimiter", form="async with", when=("!locked",))
async def lock_free(kind: str) -> AsyncIterator[Case]:
    lock = made(kind)
    yield Case(lambda: lock, lock)


@probe("anyio.Lock.locked", form="call")
async def lock_is_locked(_: str) -> AsyncIterator[Case]:
    lock = made("Lock")
    await lock.acquire()
    yield Case(lock.locked, lock, made("Lock").locked)


def memory_streams() -> tuple[Any, Any]:
    import anyio

    sender, receiver = anyio.create_memory_object_stream[int](5)
    return sender, receiver


@asynccontextmanager
async def receiver_in(state: str) -> AsyncIterator[Any]:
    sender, receiver = memory_streams()
    (receiver if state == "closed" else sender).close()
    yield receiver
    sender.close()
    receiver.close()


def receiver_rows(state: str, when: tuple[str, ...]) -> None:
    @probe(f"{RECEIVER}.receive", when=when)
    async def receive(_: str) -> AsyncIterator[Case]:
        async with receiver_in(state) as receiver:
            yield Case(receiver.receive, receiver)

    @probe(RECEIVER, form="async for", when=when)
    async def iterate(_: str) -> AsyncIterator[Case]:
        async with receiver_in(state) as receiver:
            yield Case(lambda: receiver, receiver)


receiver_rows("closed", ("closed",))
receiver_rows("ended", ("!closed", "ended"))


@probe(f"{RECEIVER}.receive_nowait", form="call", when=("closed",))
async def nowait_closed(_: str) -> AsyncIterator[Case]:
    async with receiver_in("closed") as receiver:
        yield Case(receiver.receive_nowait, receiver)


@probe(f"{RECEIVER}.receive_nowait", form="call", when=("!closed", "empty", "ended"))
async def nowait_ended(_: str) -> AsyncIterator[Case]:
    async with receiver_in("ended") as receiver:
        yield Case(receiver.receive_nowait, receiver)


@probe(f"{RECEIVER}.receive_nowait", form="call", when=("!closed", "empty", "!ended"))
async def nowait_empty(_: str) -> AsyncIterator[Case]:
    sender, receiver = memory_streams()
    with sender, receiver:
        yield Case(receiver.receive_nowait, receiver)


@probe(f"{RECEIVER}.receive_nowait", form="call", when=("!closed", "!empty"))
async def nowait_item(_: str) -> AsyncIterator[Case]:
    sender, receiver = memory_streams()
    with sender, receiver:
        sender.send_nowait(1)
        yield Case(receiver.receive_nowait, receiver)


@probe("anyio.streams.memory.MemoryObjectSendStream.send", when=("!closed", "broken"))
async def sender_broken(_: str) -> AsyncIterator[Case]:
    sender, receiver = memory_streams()
    receiver.close()
    yield Case(lambda: sender.send(1), sender)
    sender.close()


@asynccontextmanager
async def socket_stream(closed: bool) -> AsyncIterator[Any]:
    """A TCP stream that we closed, or whose peer did and whose end was seen."""
    import anyio

    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    stream = await anyio.connect_tcp(*server.sockets[0].getsockname())
    if closed:
        await stream.aclose()
    else:
        for _ in range(2):
            with suppress(anyio.EndOfStream):
                await stream.receive()
    yield stream
    await stream.aclose()
    server.close()


@probe(f"{SOCKET}.receive", when=("!closed", "ended"))
async def socket_ended(_: str) -> AsyncIterator[Case]:
    async with socket_stream(closed=False) as stream:
        yield Case(stream.receive)


@probe(SOCKET, form="async for", when=("!closed", "ended"))
async def iterate_socket_ended(_: str) -> AsyncIterator[Case]:
    async with socket_stream(closed=False) as stream:
        yield Case(lambda: stream)


@probe(f"{SOCKET}.receive", when=("closed",))
async def socket_closed(_: str) -> AsyncIterator[Case]:
    async with socket_stream(closed=True) as stream:
        yield Case(stream.receive)


@probe(f"{SOCKET}.send", when=("closed",))
async def socket_send_closed(_: str) -> AsyncIterator[Case]:
    async with socket_stream(closed=True) as stream:
        yield Case(lambda: stream.send(b"x"))


@asynccontextmanager
async def finished_process() -> AsyncIterator[Any]:
    import anyio

    async with await anyio.open_process([sys.executable, "-c", "pass"]) as process:
        await process.wait()
        try:
            while process.stdout is not None:
                await process.stdout.receive()
        except anyio.EndOfStream:
            pass
        yield process


@probe("anyio.abc.Process.wait", when=("finished",))
async def process_finished(_: str) -> AsyncIterator[Case]:
    async with finished_process() as process:
        yield Case(process.wait, process)


@probe("anyio.abc.ByteReceiveStream.receive", when=("!closed", "ended"))
async def output_ended(_: str) -> AsyncIterator[Case]:
    async with finished_process() as process:
        yield Case(process.stdout.receive)
