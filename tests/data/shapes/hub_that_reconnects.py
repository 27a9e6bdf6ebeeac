import asyncio
import logging

import aiohttp

_LOGGER = logging.getLogger(__name__)


class Hub:
    """Home assistant like hub."""

    def __init__(self, session: aiohttp.ClientSession, host: str) -> None:
        self._session = session
        self._host = host
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._closing = False

    async def run_forever(self) -> None:
        while not self._closing:
            try:
                if self._ws is None:
                    self._ws = await self._session.ws_connect(self._host)
                msg = await self._ws.receive()
                if msg.type == aiohttp.WSMsgType.TEXT:
                    self._dispatch(msg.json())
                elif msg.type == aiohttp.WSMsgType.ERROR:
                    _LOGGER.error("ws error")
            except (aiohttp.ClientError, asyncio.TimeoutError) as err:
                _LOGGER.warning("Connection failed: %s", err)
                self._ws = None
                await asyncio.sleep(10)

    def _dispatch(self, data: dict) -> None:
        _LOGGER.debug("%s", data)

    def close(self) -> None:
        self._closing = True
