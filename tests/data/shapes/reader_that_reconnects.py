import asyncio
import logging

log = logging.getLogger(__name__)


class Link:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.buffer = b""

    async def read_loop(self) -> None:
        while True:
            try:
                data = await self.reader.read(4096)
                self.buffer += data
                await self.parse()
            except ConnectionError as exc:
                log.warning("lost: %s", exc)
                await self.reconnect()

    async def parse(self) -> None:
        while b"\n" in self.buffer:
            line, _, self.buffer = self.buffer.partition(b"\n")
            await asyncio.sleep(0)

    async def reconnect(self) -> None:
        await asyncio.sleep(1)
        self.reader, self.writer = await asyncio.open_connection("localhost", 1)
