import asyncio
import queue


class Bridge:
    def __init__(self) -> None:
        self.inbox: queue.Queue[str] = queue.Queue()
        self.active = True

    async def pump(self) -> None:
        while self.active:
            try:
                item = self.inbox.get_nowait()
            except queue.Empty:
                await asyncio.sleep(1.0)
            else:
                await self.handle(item)
            await asyncio.sleep(0)

    async def handle(self, item: str) -> None:
        await asyncio.sleep(0.01)

    def stop(self) -> None:
        self.active = False
