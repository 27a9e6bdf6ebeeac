import asyncio


class Light:
    def __init__(self) -> None:
        self.mode = "off"

    async def run(self) -> None:
        while True:
            if self.mode == "blink":
                await asyncio.sleep(0.5)
            elif self.mode == "pulse":
                await asyncio.sleep(0.1)

    def set(self, mode: str) -> None:
        self.mode = mode
