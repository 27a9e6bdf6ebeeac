import asyncio
from typing import Any


class Opened:
    def __init__(self) -> None:
        self._xz_file: Any = None
        self._xz_eof = False

    async def open(self, resource: Any) -> None:
        await asyncio.sleep(0.1)
        self._xz_file = resource

    async def swap(self, other: "Opened") -> None:
        self._xz_file, other._xz_file = other._xz_file, self._xz_file

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
