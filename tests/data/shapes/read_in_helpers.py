import asyncio


class Ingest:
    def __init__(self) -> None:
        self.reader: asyncio.StreamReader | None = None

    async def _line(self) -> bytes:
        assert self.reader is not None
        return await self.reader.readline()

    async def _message(self) -> dict[str, str] | None:
        raw = await self._line()
        if not raw.strip():
            return None
        return {"raw": raw.decode()}

    async def run(self) -> None:
        while True:
            message = await self._message()
            if message:
                await self.store(message)

    async def store(self, message: dict[str, str]) -> None:
        await asyncio.sleep(0.1)

    def attach(self, reader: asyncio.StreamReader) -> None:
        self.reader = reader
