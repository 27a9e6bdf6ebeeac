import asyncio


class Printer:
    def __init__(self) -> None:
        self.queue: asyncio.Queue[str] = asyncio.Queue()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(0)
            try:
                page = self.queue.get_nowait()
            except asyncio.QueueEmpty:
                continue
            await self.print(page)

    async def print(self, page: str) -> None:
        await asyncio.sleep(0.2)
