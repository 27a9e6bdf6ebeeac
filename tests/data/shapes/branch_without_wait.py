import asyncio


class Door:
    def __init__(self) -> None:
        self.locked = True
        self.opened = 0

    async def watch(self) -> None:
        while True:
            if self.locked:
                self.opened = 0
            else:
                self.opened += 1
                await asyncio.sleep(1)

    def unlock(self) -> None:
        self.locked = False
