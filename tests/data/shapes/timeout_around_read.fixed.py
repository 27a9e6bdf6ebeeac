import asyncio


class Reader:
    def __init__(self, reader: asyncio.StreamReader) -> None:
        self.reader = reader
        self.total = 0

    async def loop(self) -> None:
        while True:
            try:
                async with asyncio.timeout(5):
                    chunk = await self.reader.read(1024)
            except TimeoutError:
                continue
            self.total += len(chunk)
            if self.reader.at_eof():
                break
