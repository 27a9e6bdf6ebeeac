import asyncio


class Opts:
    again: bool = False

    def __new__(cls):
        me = super().__new__(cls)
        me.again = True
        return me


class Poller:
    async def given(self) -> Opts:
        return Opts()

    async def poll(self) -> None:
        while True:
            answer = await self.given()
            if answer.again:
                continue
            await asyncio.sleep(1)
