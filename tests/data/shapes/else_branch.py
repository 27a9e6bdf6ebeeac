import asyncio


class Uploader:
    def __init__(self) -> None:
        self._stop = asyncio.Event()
        self.outbox: list[bytes] = []
        self.online = False

    async def run(self) -> None:
        while not self._stop.is_set():
            if self.online:
                while self.outbox:
                    await self.send(self.outbox.pop(0))
                await asyncio.sleep(1)

    async def send(self, data: bytes) -> None:
        await asyncio.sleep(0.2)

    def set_online(self, online: bool) -> None:
        self.online = online
