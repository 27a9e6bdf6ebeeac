import asyncio
from typing import IO, Any


class Opened:
    def __init__(self) -> None:
        self._xz_file: Any | None = None
        self._xz_eof = False

    def _set(self, resource: Any | None) -> None:
        self._xz_file = resource

    async def open(self, resource: Any) -> None:
        await asyncio.sleep(0.1)
        self._set(resource)

    def close(self) -> None:
        self._set(None)

    async def _fill(self) -> None:
        if self._xz_file is None:
            return
        await asyncio.sleep(0.1)
        self._xz_eof = not await self._xz_file.read()

    async def seek(self) -> None:
        if self._xz_file is None:
            raise ValueError("not opened")
        while not self._xz_eof:
            await self._fill()
