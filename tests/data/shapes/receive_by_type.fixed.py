import asyncio

import aiohttp


class Chat:
    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.seen = 0

    async def listen(self) -> None:
        while True:
            msg = await self.ws.receive()
            if msg.type is aiohttp.WSMsgType.TEXT:
                self.seen += 1
                await self.handle(msg.data)
            elif msg.type is aiohttp.WSMsgType.PING:
                await self.ws.pong()
            if self.ws.closed:
                break

    async def handle(self, data: str) -> None:
        await asyncio.sleep(0.01)
