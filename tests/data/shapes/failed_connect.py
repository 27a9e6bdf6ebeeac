import asyncio
import logging

log = logging.getLogger(__name__)
RECONNECT_DELAY = 5


class Mqtt:
    def __init__(self) -> None:
        self.client = None

    async def connect(self) -> bool:
        if self.client is None:
            log.error("not configured")
            return False
        await self.client.connect()
        return True

    async def run(self) -> None:
        while True:
            if not await self.connect():
                continue
            await self.client.loop()
            await asyncio.sleep(RECONNECT_DELAY)

    def configure(self, client: object) -> None:
        self.client = client
