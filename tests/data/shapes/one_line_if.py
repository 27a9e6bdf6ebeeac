import asyncio


class Tick:
    def __init__(self) -> None:
        self.on = False

    async def run(self) -> None:
        while True:
            if not self.on: continue
            await asyncio.sleep(1)

    def start(self) -> None:
        self.on = True
