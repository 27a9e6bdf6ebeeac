import asyncio


class Refresher:
    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.stopping = False

    def notify(self) -> None:
        self.changed.set()

    def stop(self) -> None:
        self.stopping = True
        self.changed.set()

    async def run(self) -> None:
        while not self.stopping:
            try:
                await asyncio.wait_for(self.changed.wait(), timeout=30)
            except asyncio.TimeoutError:
                pass
            self.refresh()

    def refresh(self) -> None:
        print("refresh")
