import asyncio
import logging


class Bus:
    def __init__(self) -> None:
        self.sinks: list[list[str]] = []

    def log(self, sink: list[str]) -> None:
        self.sinks.append(sink)

    def emit(self, text: str) -> None:
        for sink in self.sinks:
            sink.append(text)


class Inbox:
    def __init__(self, bus: Bus) -> None:
        self._rows: list[str] = []
        bus.log(self._rows)

    async def step(self) -> None:
        if self._rows:
            return
        await asyncio.sleep(1)

    async def get(self) -> None:
        while self._rows:
            await self.step()
