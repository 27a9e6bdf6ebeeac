import asyncio


class Server:
    ready: asyncio.Event

    def poke(self) -> None:
        self.ready.set()
