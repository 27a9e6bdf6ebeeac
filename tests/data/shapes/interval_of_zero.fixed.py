import asyncio


class Metrics:
    def __init__(self, interval: float = 0) -> None:
        self.interval = interval
        self.samples = 0

    async def run(self) -> None:
        while True:
            self.samples += 1
            await asyncio.sleep(max(self.interval, 1.0))
