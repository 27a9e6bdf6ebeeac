import asyncio
import attrs


@attrs.define
class Answer:
    again: bool = False

    def __attrs_post_init__(self) -> None:
        self.again = True


class Poller:
    async def given(self) -> Answer:
        return Answer()

    async def poll(self) -> None:
        while True:
            answer = await self.given()
            if answer.again:
                continue
            await asyncio.sleep(1)
