import asyncio
import contextlib


class Beacon:
    def __init__(self) -> None:
        self.sock = None

    async def shout(self) -> None:
        if self.sock is None:
            raise OSError("no socket")
        await self.sock.send(b"hello")
        await asyncio.sleep(2)

    async def run(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                await self.shout()

    def bind(self, sock: object) -> None:
        self.sock = sock
