"""States of aiohttp's objects, client and server, against a server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import aiohttp
from aiohttp import web

from model_probes.registry import Case, probe

RECEIVES = ("receive_str", "receive_bytes", "receive_json")
SENDS = {"send_str": ("x",), "send_bytes": (b"x",), "send_json": ({},), "ping": (), "pong": ()}
REQUESTS = ("get", "post", "put", "patch", "delete", "head", "options")
Handler = Callable[[web.Request], object]


@asynccontextmanager
async def serving(handler: object) -> AsyncIterator[str]:
    """A server on loopback that answers every path with the handler; gives its address."""
    app = web.Application()
    app.router.add_get("/", handler)  # type: ignore[arg-type]
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/"
    finally:
        await runner.cleanup()


async def hold_socket(request: web.Request) -> web.WebSocketResponse:
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    async for _ in ws:
        pass
    return ws


@asynccontextmanager
async def client_socket(closed_by: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A client's socket that was closed by us, by the peer politely, or by a reset."""

    async def hang_up(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        if closed_by == "reset":
            assert request.transport is not None
            request.transport.abort()
        else:
            await ws.close()
        return ws

    handler = hold_socket if closed_by == "us" else hang_up
    async with serving(handler) as url, aiohttp.ClientSession() as session:
        ws = await session.ws_connect(url)
        if closed_by == "us":
            await ws.close()
        for _ in range(3):
            if not ws.closed:
                await ws.receive()
        yield ws


@probe("aiohttp.ClientWebSocketResponse.receive", when=("closed",))
async def receive_closed(_: str) -> AsyncIterator[Case]:
    async with client_socket("peer") as ws:
        yield Case(ws.receive, ws)


@probe(*(f"aiohttp.ClientWebSocketResponse.{method}" for method in RECEIVES), when=("closed",))
async def receive_kind_closed(method: str) -> AsyncIterator[Case]:
    async with client_socket("reset") as ws:
        yield Case(getattr(ws, method), ws)


@probe("aiohttp.ClientWebSocketResponse", form="async for", when=("closed",))
async def iterate_closed(_: str) -> AsyncIterator[Case]:
    async with client_socket("us") as ws:
        yield Case(lambda: ws, ws)


@probe(*(f"aiohttp.ClientWebSocketResponse.{method}" for method in SENDS), when=("closed",))
async def send_closed(method: str) -> AsyncIterator[Case]:
    async with client_socket("peer") as ws:
        yield Case(lambda: getattr(ws, method)(*SENDS[method]), ws)


@probe("aiohttp.ClientWebSocketResponse.close", when=("closed",))
async def close_closed(_: str) -> AsyncIterator[Case]:
    async with client_socket("reset") as ws:
        yield Case(ws.close, ws)


@probe("aiohttp.ClientSession", form="async with")
async def session(_: str) -> AsyncIterator[Case]:
    yield Case(aiohttp.ClientSession)


async def closed_session() -> aiohttp.ClientSession:
    made = aiohttp.ClientSession()
    await made.close()
    return made


@probe("aiohttp.ClientSession.close", when=("closed",))
async def close_session_again(_: str) -> AsyncIterator[Case]:
    made = await closed_session()
    yield Case(made.close, made)


async def request_closed(method: str) -> AsyncIterator[Case]:
    made = await closed_session()
    arguments = ("GET", "http://127.0.0.1:9/") if method == "request" else ("http://127.0.0.1:9/",)
    yield Case(lambda: getattr(made, method)(*arguments), made)


for form_of_request in ("await", "async with"):
    names = [f"aiohttp.ClientSession.{method}" for method in (*REQUESTS, "request", "ws_connect")]
    probe(*names, form=form_of_request, when=("closed",))(request_closed)  # type: ignore[arg-type]


@asynccontextmanager
async def body(text: bytes = b"", cut: bool = False) -> AsyncIterator[aiohttp.StreamReader]:
    """The body of a response, read to its end, or cut off in the middle."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = len(text) + 100 * cut
        await response.prepare(request)
        await response.write(text)
        if cut:
            assert request.transport is not None
            request.transport.abort()
        return response

    async with serving(answer) as url, aiohttp.ClientSession() as session, session.get(url) as response:
        with suppress(aiohttp.ClientError):
            await response.content.read()
        if not cut:
            await response.content.readchunk()
        yield response.content


CONTENT_ARGUMENTS = {"readexactly": (5,), "iter_chunked": (10,)}
CONTENT_READS = ("read", "readany", "readline", "readuntil", "readchunk", "readexactly")


@probe(*(f"aiohttp.StreamReader.{method}" for method in CONTENT_READS), when=("at_eof", "!failed"))
async def content_at_eof(method: str) -> AsyncIterator[Case]:
    async with body(b"line\n") as content:
        yield Case(lambda: getattr(content, method)(*CONTENT_ARGUMENTS.get(method, ())), content)


@probe(
    *(f"aiohttp.StreamReader.{method}" for method in ("read", "readany", "readline", "readexactly")), when=("failed",)
)
async def content_failed(method: str) -> AsyncIterator[Case]:
    async with body(b"line\n", cut=True) as content:
        yield Case(lambda: getattr(content, method)(*CONTENT_ARGUMENTS.get(method, ())), content)


@probe("aiohttp.StreamReader", form="async for", when=("at_eof", "!failed"))
async def iterate_content(_: str) -> AsyncIterator[Case]:
    async with body(b"line\n") as content:
        yield Case(lambda: content, content)


ITERATORS = ("iter_any", "iter_chunked", "iter_chunks")


@probe(*(f"aiohttp.StreamReader.{method}" for method in ITERATORS), form="async for", when=("at_eof", "!failed"))
async def iterate_content_by(method: str) -> AsyncIterator[Case]:
    async with body(b"line\n") as content:
        yield Case(lambda: getattr(content, method)(*CONTENT_ARGUMENTS.get(method, ())), content)


@probe("aiohttp.StreamReader.at_eof", form="call")
async def content_is_at_eof(_: str) -> AsyncIterator[Case]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="line")

    async with (
        body(b"line") as over,
        serving(answer) as url,
        aiohttp.ClientSession() as session,
        session.get(url) as response,
    ):
        yield Case(over.at_eof, over, response.content.at_eof)


@asynccontextmanager
async def server_socket() -> AsyncIterator[web.WebSocketResponse]:
    """A server's socket whose client hung up, and that was read five times since."""
    found: asyncio.Future[web.WebSocketResponse] = asyncio.get_running_loop().create_future()
    finished = asyncio.Event()

    async def handler(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        with suppress(RuntimeError):
            for _ in range(10):
                await ws.receive()
        found.set_result(ws)
        await finished.wait()
        return ws

    async with serving(handler) as url, aiohttp.ClientSession() as session:
        ws = await session.ws_connect(url)
        await ws.close()
        yield await found
        finished.set()


@probe(*(f"aiohttp.web.WebSocketResponse.{method}" for method in ("receive", *RECEIVES)), when=("closed",))
async def server_receive_closed(method: str) -> AsyncIterator[Case]:
    async with server_socket() as ws:
        yield Case(getattr(ws, method), ws)


@probe("aiohttp.web.WebSocketResponse", form="async for", when=("closed",))
async def server_iterate_closed(_: str) -> AsyncIterator[Case]:
    async with server_socket() as ws:
        yield Case(lambda: ws, ws)


@probe(*(f"aiohttp.web.WebSocketResponse.{method}" for method in SENDS), when=("closed",))
async def server_send_closed(method: str) -> AsyncIterator[Case]:
    async with server_socket() as ws:
        yield Case(lambda: getattr(ws, method)(*SENDS[method]), ws)


@probe("aiohttp.web.WebSocketResponse.close", when=("closed",))
async def server_close_closed(_: str) -> AsyncIterator[Case]:
    async with server_socket() as ws:
        yield Case(ws.close, ws)
