import asyncio
import logging

logger = logging.getLogger(__name__)
RETRY_DELAYS = (1, 2, 5, 10)


class Uplink:
    def __init__(self) -> None:
        self.session = None
        self.attempt = 0

    async def send_loop(self) -> None:
        while True:
            try:
                await self.flush()
                self.attempt = 0
            except OSError as exc:
                logger.warning("uplink failed: %s", exc)
                await asyncio.sleep(RETRY_DELAYS[min(self.attempt, 3)])
                self.attempt += 1

    async def flush(self) -> None:
        if self.session is None:
            return
        await self.session.post()
        await asyncio.sleep(1)

    def open(self, session: object) -> None:
        self.session = session
