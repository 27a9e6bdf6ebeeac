import asyncio
import time


class Auth:
    REFRESH_INTERVAL = 300

    def __init__(self) -> None:
        self.token: str | None = None
        self.expires = 0.0

    async def refresh_loop(self) -> None:
        while True:
            delay = max(0, self.expires - time.time())
            await asyncio.sleep(delay)
            if self.token is None:
                continue
            await self.refresh()

    async def refresh(self) -> None:
        await asyncio.sleep(1)
        self.expires = time.time() + 3600

    def login(self, token: str) -> None:
        self.token = token
