import asyncio


class Connection:
    def __init__(self) -> None:
        self._state = "new"

    @property
    def is_open(self) -> bool:
        return self._state == "open"

    async def open(self) -> None:
        await asyncio.sleep(1)
        self._state = "open"

    def close(self) -> None:
        self._state = "closed"

    async def heartbeat(self) -> None:
        while True:
            if not self.is_open:
                await asyncio.sleep(20)
                continue
            await self.ping()
            await asyncio.sleep(20)

    async def ping(self) -> None:
        await asyncio.sleep(0.01)
