import asyncio


class Limits:
    fast: bool = False


def main() -> None:
    Limits.fast = True
    asyncio.run(Poller().poll())


class Poller:
    async def given(self) -> Limits:
        return Limits()

    async def poll(self) -> None:
        while True:
            if (await self.given()).fast:
                continue
            await asyncio.sleep(1)
