import asyncio


class Parser:
    def __init__(self, reader: asyncio.StreamReader) -> None:
        self.reader = reader
        self.buf = bytearray()

    async def frames(self) -> bytes:
        while len(self.buf) < 4:
            self.buf += await self.reader.read(1024)
        return bytes(self.buf[:4])
