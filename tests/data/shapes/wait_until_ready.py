import asyncio


class Waiter:
    def __init__(self) -> None:
        self.ready = False
        self.result = None

    async def wait_ready(self) -> object:
        while not self.ready:
            pass
        return self.result

    def done(self, result: object) -> None:
        self.result = result
        self.ready = True
