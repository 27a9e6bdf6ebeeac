import asyncio
import logging

logger = logging.getLogger(__name__)


class Protocol:
    def __init__(self, reader: asyncio.StreamReader) -> None:
        self.reader = reader
        self.is_connected = True
        self.events: list[str] = []

    async def handler(self) -> None:
        while self.is_connected:
            request = None
            buffer = ""
            while self.is_connected:
                try:
                    content = await self.reader.readline()
                    if not content:
                        raise ConnectionError("end of stream")
                    buffer += content.decode("utf-8")
                except Exception as exc:
                    logger.error("cannot read: %s", exc)
                    self.is_connected = False
                    break
                if buffer[-2:] == "\n\n":
                    request = buffer
                    break
            if not request:
                break
            self.events.append(request)

    def stop(self) -> None:
        self.is_connected = False
