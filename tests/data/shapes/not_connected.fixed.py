import asyncio
import logging

log = logging.getLogger(__name__)


class NotConnected(Exception):
    pass


class Driver:
    def __init__(self) -> None:
        self.conn = None
        self.on = True

    async def fetch(self) -> bytes:
        if self.conn is None:
            raise NotConnected("no connection")
        return await self.conn.read()

    async def run(self) -> None:
        while self.on:
            try:
                data = await self.fetch()
            except NotConnected:
                log.debug("not connected yet")
                if self.on and self.conn is None:
                    await asyncio.sleep(5)
                continue
            except Exception:
                log.exception("read failed")
                await asyncio.sleep(5)
                continue
            await self.handle(data)

    async def handle(self, data: bytes) -> None:
        await asyncio.sleep(0.01)

    def attach(self, conn: object) -> None:
        self.conn = conn

    def off(self) -> None:
        self.on = False
