"""A protocol describes the very object."""

import asyncio
from typing import Protocol


class HasItem(Protocol):
    postbox_item: str | None


class Inbox:
    def __init__(self) -> None:
        self.postbox_item: str | None = None
        self.postbox_open = asyncio.Event()

    def put(self, item: str) -> None:
        self.postbox_item = item
        self.postbox_open.set()

    async def get(self) -> str:
        while self.postbox_item is None:
            await self.postbox_open.wait()
        item, self.postbox_item = self.postbox_item, None
        self.postbox_open.clear()
        return item


def forget(inbox: HasItem) -> None:
    inbox.postbox_item = None
