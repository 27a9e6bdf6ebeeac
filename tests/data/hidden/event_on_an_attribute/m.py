import asyncio

from server import Server


async def consume(server: Server, items: list[str]) -> None:
    ready = asyncio.Event()
    server.ready = ready
    while not items:
        await ready.wait()
