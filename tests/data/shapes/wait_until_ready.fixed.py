import asyncio


class Waiter:
    def __init__(self) -> None:
        self.ready = False
        self.result = None

    async def wait_ready(self) -> object:
        while not self.ready:
            await asyncio.sleep(1.0)
        return self.result

    def done(self, result: object) -> None:
        self.result = result
        self.ready = True
