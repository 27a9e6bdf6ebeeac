import asyncio

MAX_TRIES = 5


class Client:
    def __init__(self) -> None:
        self.sock = None

    async def session(self) -> None:
        if not self.sock:
            return
        await self.sock.run()

    async def run(self) -> None:
        tries = 0
        while tries < MAX_TRIES:
            try:
                await self.session()
                tries = 0
            except OSError:
                tries += 1
                await asyncio.sleep(2 ** tries)

    def bind(self, sock: object) -> None:
        self.sock = sock
