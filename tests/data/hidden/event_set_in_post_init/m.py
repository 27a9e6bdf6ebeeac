import asyncio
from dataclasses import dataclass, field


@dataclass
class Answer:
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.over.set()


class Poller:
    async def given(self) -> Answer:
        return Answer()

    async def poll(self) -> None:
        while True:
            answer = await self.given()
            await answer.over.wait()
