from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection


class Feed:
    def __init__(self, ws: ClientConnection) -> None:
        self.ws = ws

    async def run(self) -> None:
        while True:
            async for message in self.ws:
                await self.on_message(message)
            if self.ws.close_code is not None:
                break

    async def on_message(self, message: str) -> None:
        await asyncio.sleep(0.1)
