import asyncio


class Base:
    def __init__(self) -> None:
        self.closed = False
        self.peer = None

    async def receive(self) -> None:
        if self.closed:
            return
        await asyncio.sleep(1)

    def close(self) -> None:
        self.closed = True


class Child(Base):
    async def receive(self) -> None:
        await super().receive()
        self.after()

    def after(self) -> None:
        print("after")

    async def loop(self) -> None:
        while True:
            try:
                await self.receive()
            except Exception:
                print("error")
                await asyncio.sleep(3)
