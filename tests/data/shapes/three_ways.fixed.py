import asyncio


class Elevator:
    def __init__(self) -> None:
        self.target = 0
        self.floor = 0
        self.power = True

    async def control(self) -> None:
        while self.power:
            if self.floor < self.target:
                await self.up()
            elif self.floor > self.target:
                await self.down()
            else:
                await asyncio.sleep(1.0)

    async def up(self) -> None:
        await asyncio.sleep(1)
        self.floor += 1

    async def down(self) -> None:
        await asyncio.sleep(1)
        self.floor -= 1

    def call(self, floor: int) -> None:
        self.target = floor

    def off(self) -> None:
        self.power = False
