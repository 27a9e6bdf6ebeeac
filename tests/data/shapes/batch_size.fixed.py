import asyncio


class Batcher:
    def __init__(self) -> None:
        self.buffer: list[int] = []
        self.size = 10

    async def run(self) -> None:
        while True:
            if len(self.buffer) < self.size:
                await asyncio.sleep(1.0)
                continue
            chunk, self.buffer = self.buffer[: self.size], self.buffer[self.size :]
            await self.send(chunk)

    async def send(self, chunk: list[int]) -> None:
        await asyncio.sleep(0.1)

    def add(self, number: int) -> None:
        self.buffer.append(number)
