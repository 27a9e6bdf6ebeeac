import asyncio


class Subscriber:
    def __init__(self, claim_pause: float = 0) -> None:
        self._claim_pause = claim_pause
        self._over = False

    async def run(self) -> None:
        loops = [self._consume()]
        if self._claim_pause > 0:
            loops.append(self._claim())
        await asyncio.gather(*loops)

    async def _consume(self) -> None:
        await asyncio.sleep(1)

    async def _claim(self) -> None:
        while not self._over:
            await asyncio.sleep(self._claim_pause)


async def claim_only(s: Subscriber) -> None:
    await s._claim()
