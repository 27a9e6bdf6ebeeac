"""States of httpx's client and response; no request leaves the process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from model_probes.registry import Case, probe

URL = "http://127.0.0.1:9/"
METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "request")


async def closed_client() -> Any:
    import httpx

    client = httpx.AsyncClient()
    await client.aclose()
    return client


def arguments(method: str) -> tuple[str, ...]:
    return ("GET", URL) if method in ("request", "stream") else (URL,)


@probe(*(f"httpx.AsyncClient.{method}" for method in METHODS), when=("closed",))
@probe("httpx.AsyncClient.stream", form="async with", when=("closed",))
async def request_closed(method: str) -> AsyncIterator[Case]:
    client = await closed_client()
    yield Case(lambda: getattr(client, method)(*arguments(method)), client)


@probe("httpx.AsyncClient.aclose", when=("closed",))
async def close_closed(_: str) -> AsyncIterator[Case]:
    client = await closed_client()
    yield Case(client.aclose, client)


@probe("httpx.Response.aiter_raw", form="async for", when=("consumed",))
async def consumed(_: str) -> AsyncIterator[Case]:
    import httpx

    class Body(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"x"

    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Body()))
    async with httpx.AsyncClient(transport=transport) as client, client.stream("GET", URL) as response:
        await response.aread()
        yield Case(response.aiter_raw, response)
