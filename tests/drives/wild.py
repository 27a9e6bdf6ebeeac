"""Drives of fixtures/wild: reductions of bugs that real releases had, in the state that their users met."""

from __future__ import annotations

import asyncio
import inspect
import queue
import sys
from typing import Any

from drives.standins import Session, Socket, ended_reader


async def hermes_qqbot(m: Any) -> None:
    adapter = m.Adapter(Session())
    adapter._ws = Socket(closed=True)
    await adapter.listen()


async def engineio_client(m: Any) -> None:
    await m.Client(Socket(closed=True)).read_loop()


async def engineio_server(m: Any) -> None:
    server = m.Server()
    server.sockets["a"] = m.Socket()
    server.sockets["a"].close()
    await server.service()


async def interactions_ready(m: Any) -> None:
    bot = m.Bot()
    bot.expected.update({1, 2})
    bot.guild_created(1)
    await bot.on_ready()


async def genesis_protocol(m: Any) -> None:
    await m.Protocol(ended_reader(b"Event: heartbeat\n")).handler()


async def langgraph_batch(m: Any) -> None:
    store: Any = asyncio.Queue() if "Queue" in str(inspect.signature(m.serve)) else {}
    await m.serve(store, asyncio.sleep)


async def pytak_worker(m: Any) -> None:
    await m.Worker(asyncio.Queue()).run()


async def aiohomematic_scheduler(m: Any) -> None:
    scheduler = m.Scheduler([m.Job("check_connection", 60), m.Job("refresh", 30)])
    scheduler.connection_issue(True)
    await scheduler.run()


class NormallyClosed:
    """A websocket whose relay said goodbye."""

    async def recv(self) -> str:
        raise sys.modules["websockets.exceptions"].ConnectionClosedOK(None, None)


async def aionostr_relay(m: Any) -> None:
    await m.Relay(NormallyClosed()).receive_messages()


async def nats_read_loop(m: Any) -> None:
    client = m.Client(m.Transport(ended_reader()))
    client.connect()
    await client.read_loop()


async def sinricpro_handle(m: Any) -> None:
    await m.Handler(queue.Queue()).handle()


async def uagents_dispenser(m: Any) -> None:
    await m.Dispenser().run()
