import asyncio
from collections import deque


class Outbox:
    def __init__(self) -> None:
        self.items: deque[str] = deque()
        self.ready = asyncio.Event()
        self.connected = False

    def put(self, item: str) -> None:
        self.items.append(item)
        self.ready.set()

    async def run(self) -> None:
        while True:
            await self.ready.wait()
            if not self.connected:
                continue
            while self.items:
                await self.send(self.items.popleft())
            self.ready.clear()

    async def send(self, item: str) -> None:
        await asyncio.sleep(0.1)

    def set_connected(self, value: bool) -> None:
        self.connected = value
