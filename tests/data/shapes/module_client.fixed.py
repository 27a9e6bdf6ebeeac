import asyncio

import aiohttp

POLL_INTERVAL = 10
_client: aiohttp.ClientSession | None = None


def set_client(client: aiohttp.ClientSession) -> None:
    global _client
    _client = client


async def poll_once() -> None:
    if _client is None or _client.closed:
        return
    async with _client.get("http://localhost/") as response:
        await response.text()
    await asyncio.sleep(POLL_INTERVAL)


async def main_loop() -> None:
    while True:
        if _client is None or _client.closed:
            await asyncio.sleep(POLL_INTERVAL)
        await poll_once()
