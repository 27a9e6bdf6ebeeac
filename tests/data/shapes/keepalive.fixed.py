import asyncio
import logging

log = logging.getLogger(__name__)


class Keepalive:
    PING_INTERVAL = 25

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer

    async def run(self) -> None:
        while True:
            if self.writer.is_closing():
                log.debug("closing, no ping")
                await asyncio.sleep(self.PING_INTERVAL)
            else:
                self.writer.write(b"ping\n")
                await self.writer.drain()
                await asyncio.sleep(self.PING_INTERVAL)
