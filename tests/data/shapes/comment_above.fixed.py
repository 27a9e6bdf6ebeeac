"""Docs."""
from __future__ import annotations

import asyncio as aio
import typing as t


class Sink:
    def __init__(self) -> None:
        self.backlog: t.List[int] = []

    async def drain(self) -> None:
        while True:
            if not self.backlog:
                await aio.sleep(1.0)
            # 取出全部積壓
            for number in self.backlog:
                await aio.sleep(number)
            self.backlog = []

    def push(self, number: int) -> None:
        self.backlog.append(number)
