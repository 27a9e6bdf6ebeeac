"""States of connections of websockets, its asyncio API and its legacy API, against a server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from model_probes.registry import Case, probe

NEW = "websockets.asyncio.connection.Connection"
OLD = "websockets.legacy.protocol.WebSocketCommonProtocol"
ARGUMENTS = {"send": ("x",)}


@asynccontextmanager
async def closed_connection(api: str, clean: bool) -> AsyncIterator[Any]:
    """A connection that the server closed with 1000, or with 1011."""
    if api == NEW:
        from websockets.asyncio.client import connect
        from websockets.asyncio.server import serve
    else:
        from websockets.legacy.client import connect  # type: ignore[assignment]
        from websockets.legacy.server import serve  # type: ignore[assignment]

    async def hang_up(server_side: Any) -> None:
        await server_side.close(1000 if clean else 1011)

    async with serve(hang_up, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = await connect(f"ws://127.0.0.1:{port}")
        await connection.wait_closed()
        await asyncio.sleep(0.01)
        yield connection


def closed_rows(api: str, clean: bool) -> None:
    when = ("closed", "clean" if clean else "!clean")

    @probe(*(f"{api}.{method}" for method in ("recv", "send", "ping")), when=when)
    async def call(method: str) -> AsyncIterator[Case]:
        async with closed_connection(api, clean) as connection:
            yield Case(lambda: getattr(connection, method)(*ARGUMENTS.get(method, ())), connection)

    @probe(api, form="async for", when=when)
    async def iterate(_: str) -> AsyncIterator[Case]:
        async with closed_connection(api, clean) as connection:
            yield Case(lambda: connection, connection)


for each in (NEW, OLD):
    closed_rows(each, clean=True)
    closed_rows(each, clean=False)


@probe(f"{NEW}.close", f"{NEW}.wait_closed", when=("closed",))
async def close_closed(method: str) -> AsyncIterator[Case]:
    async with closed_connection(NEW, clean=True) as connection:
        yield Case(getattr(connection, method), connection)


@probe(f"{OLD}.close", f"{OLD}.wait_closed", when=("closed",))
async def close_closed_legacy(method: str) -> AsyncIterator[Case]:
    async with closed_connection(OLD, clean=True) as connection:
        yield Case(getattr(connection, method), connection)
