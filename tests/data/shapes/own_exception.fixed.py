import asyncio
import logging

logger = logging.getLogger(__name__)


class LinkDown(Exception):
    """The link is gone."""


class Modem:
    def __init__(self) -> None:
        self.link = None
        self.retries = 0

    async def exchange(self) -> None:
        if self.link is None:
            return
        await self.link.poll()
        await asyncio.sleep(0.5)

    async def run(self) -> None:
        while True:
            try:
                await self.exchange()
                if self.link is None:
                    raise LinkDown("no link")
                self.retries = 0
            except LinkDown:
                self.retries += 1
                logger.warning("link down, try %d", self.retries)
                await asyncio.sleep(min(self.retries, 30))
                self.dial()

    def dial(self) -> None:
        self.link = object()

    def hang_up(self) -> None:
        self.link = None
