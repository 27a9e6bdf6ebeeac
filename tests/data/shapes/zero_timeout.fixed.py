import asyncio


class Q:
    def __init__(self) -> None:
        self.q: asyncio.Queue[int] = asyncio.Queue()

    async def run(self) -> None:
        while True:
            try:
                item = await asyncio.wait_for(self.q.get(), timeout=1.0)
            except asyncio.TimeoutError:
                continue
            print(item)
