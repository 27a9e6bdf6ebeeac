import asyncio
from collections import deque


class Bus:
    def __init__(self) -> None:
        self.pending: deque[str] = deque()
        self.on = True

    async def pump(self) -> None:
        while self.on:
            if not self.pending:
                await asyncio.sleep(0)
                continue
            item = self.pending.popleft()
            await self.deliver(item)

    async def deliver(self, item: str) -> None:
        await asyncio.sleep(0.001)

    def put(self, item: str) -> None:
        self.pending.append(item)

    def off(self) -> None:
        self.on = False
