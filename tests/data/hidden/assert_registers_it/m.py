import asyncio


class Inbox:
    def __init__(self, loop) -> None:
        self._rows: list[str] = []
        assert self.register(self._rows)

    def register(self, rows) -> bool:
        everybody.append(rows)
        return True

    async def step(self) -> None:
        if self._rows:
            return
        await asyncio.sleep(1)

    async def get(self) -> None:
        while self._rows:
            await self.step()


everybody: list[list[str]] = []


def emit(text: str) -> None:
    for rows in everybody:
        rows.append(text)
