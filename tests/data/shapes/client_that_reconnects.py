import asyncio
import logging

import aiohttp

log = logging.getLogger(__name__)


class FeedClient:
    """Aiohttp websocket client with reconnect."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url
        self.ws: aiohttp.ClientWebSocketResponse | None = None
        self.running = True
        self.backoff = 1

    async def connect(self) -> None:
        self.ws = await self.session.ws_connect(self.url)

    async def run(self) -> None:
        await self.connect()
        while self.running:
            try:
                await self._pump()
                self.backoff = 1
            except aiohttp.ClientError as exc:
                log.warning("connection lost: %s", exc)
                await asyncio.sleep(self.backoff)
                self.backoff = min(self.backoff * 2, 60)
                await self.connect()

    async def _pump(self) -> None:
        assert self.ws is not None
        async for msg in self.ws:
            if msg.type == aiohttp.WSMsgType.TEXT:
                log.info("got %s", msg.data)

    def stop(self) -> None:
        self.running = False
