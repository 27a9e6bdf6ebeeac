import asyncio

from server import Server


async def consume(server: Server, items: list[str]) -> None:
    ready = server.ready = asyncio.Event()
    while not items:
        await ready.wait()
