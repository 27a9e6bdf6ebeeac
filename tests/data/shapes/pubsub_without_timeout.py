from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import redis.asyncio as redis


class Listener:
    def __init__(self, client: redis.Redis) -> None:
        self.pubsub = client.pubsub()
        self.count = 0

    async def listen(self) -> None:
        await self.pubsub.subscribe("news")
        while True:
            message = await self.pubsub.get_message(ignore_subscribe_messages=True)
            if message is not None:
                self.count += 1
                await self.dispatch(message)

    async def dispatch(self, message: dict) -> None:
        await asyncio.sleep(0.01)
