import asyncio
import logging

import aiohttp

_LOGGER = logging.getLogger(__name__)
UPDATE_INTERVAL = 30


class Coordinator:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.active = True

    async def update(self) -> None:
        while self.active:
            try:
                async with self.session.get("http://localhost") as resp:
                    await resp.json()
                await asyncio.sleep(UPDATE_INTERVAL)
            except (aiohttp.ClientError, RuntimeError) as err:
                _LOGGER.warning("update failed: %s", err)

    def deactivate(self) -> None:
        self.active = False
