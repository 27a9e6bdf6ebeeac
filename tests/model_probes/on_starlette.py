"""States of starlette's WebSocket and Request, spoken to as an ASGI server would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from model_probes.registry import Case, probe

SOCKET = "starlette.websockets.WebSocket"
REQUEST = "starlette.requests.Request"


async def disconnected_socket() -> Any:
    """A socket that was accepted and whose disconnect was received."""
    from starlette.websockets import WebSocket

    messages = iter(["websocket.connect", *["websocket.disconnect"] * 10])

    async def receive() -> dict[str, object]:
        return {"type": next(messages), "code": 1000}

    async def send(_: object) -> None:
        pass

    socket = WebSocket({"type": "websocket", "headers": [], "path": "/"}, receive, send)  # type: ignore[arg-type]
    await socket.accept()
    await socket.receive()
    return socket


@probe(
    *(f"{SOCKET}.{method}" for method in ("receive", "receive_text", "receive_bytes", "receive_json")),
    when=("disconnected",),
)
async def receive_disconnected(method: str) -> AsyncIterator[Case]:
    socket = await disconnected_socket()
    yield Case(getattr(socket, method), socket)


@probe(
    *(f"{SOCKET}.{method}" for method in ("iter_text", "iter_bytes", "iter_json")),
    form="async for",
    when=("disconnected",),
)
async def iterate_disconnected(method: str) -> AsyncIterator[Case]:
    socket = await disconnected_socket()
    yield Case(getattr(socket, method), socket)


def request(gone: bool) -> Any:
    from starlette.requests import Request

    async def receive() -> dict[str, object]:
        if not gone:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http", "headers": [], "method": "GET", "path": "/"}, receive)  # type: ignore[arg-type]


@probe(f"{REQUEST}.is_disconnected", when=("!disconnected",))
async def still_connected(_: str) -> AsyncIterator[Case]:
    made = request(gone=False)
    yield Case(made.is_disconnected, made)


@probe(f"{REQUEST}.is_disconnected", when=("disconnected",))
async def client_gone(_: str) -> AsyncIterator[Case]:
    made = request(gone=True)
    await made.is_disconnected()
    yield Case(made.is_disconnected, made)
