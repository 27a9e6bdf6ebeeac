import asyncio


class Other:
    def __init__(self) -> None:
        self.postbox_item: str | None = None


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


def forget(inbox):
    inbox.postbox_item = None


def one():
    forget(Other())


def all_of(boxes):
    for box in boxes:
        forget(box)
