import asyncio
import logging

logger = logging.getLogger(__name__)


class Sub:
    def __init__(self) -> None:
        self.conn = None
        self.stopping = False

    async def _listen(self) -> None:
        if self.conn is None:
            return
        async for item in self.conn:
            logger.info(item)

    async def run(self) -> None:
        while not self.stopping:
            try:
                try:
                    await self._listen()
                finally:
                    logger.debug("listen ended")
            except asyncio.CancelledError:
                raise
            except Exception as e:
                logger.warning("failed: %s", e)
                await asyncio.sleep(3)

    def connect(self, conn: object) -> None:
        self.conn = conn

    def stop(self) -> None:
        self.stopping = True
