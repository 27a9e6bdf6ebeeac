import asyncio


class Inbox:
    def __init__(self) -> None:
        self._rows: list[str] = []

    @property
    def sink(self) -> None:
        return None

    @sink.setter
    def sink(self, pump) -> None:
        pump.attach(self._rows)

    async def step(self) -> None:
        if self._rows:
            return
        await asyncio.sleep(1)

    async def get(self) -> None:
        while self._rows:
            await self.step()
