import asyncio

registry: dict[str, asyncio.Event] = {}


async def consume(items: list[str]) -> None:
    ready = asyncio.Event()
    registry["ready"] = ready
    while not items:
        await ready.wait()
