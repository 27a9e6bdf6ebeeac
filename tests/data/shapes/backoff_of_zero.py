import asyncio
import random


class Retrier:
    def __init__(self) -> None:
        self.failures = 0
        self.peer = None

    async def run(self) -> None:
        while True:
            try:
                await self.call()
            except ConnectionError:
                await asyncio.sleep(self.failures * 2)

    async def call(self) -> None:
        if self.peer is None:
            raise ConnectionError("no peer")
        await self.peer.call()
        await asyncio.sleep(1)

    def set_peer(self, peer: object) -> None:
        self.peer = peer
