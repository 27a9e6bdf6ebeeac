import asyncio


class Watch:
    def __init__(self) -> None:
        self.armed = False

    async def run(self) -> None:
        while True:
            if not self.armed:
                await asyncio.sleep(1)
            # only when armed
            if self.armed:
                await asyncio.sleep(1)
                # and again

    def arm(self) -> None:
        self.armed = True
