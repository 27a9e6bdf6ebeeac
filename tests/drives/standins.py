"""Stand-ins for library objects, in the state a drive wants. Each behaves as the library was measured to behave."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

CLOSED = 257  # aiohttp.WSMsgType.CLOSED


class Socket:
    """aiohttp's client websocket: closed it answers at once, for ever; open it waits."""

    def __init__(self, closed: bool = True) -> None:
        self.closed = closed

    async def receive(self) -> Any:
        if not self.closed:
            await asyncio.Event().wait()
        return SimpleNamespace(type=CLOSED, data=None)

    def __aiter__(self) -> Socket:
        return self

    async def __anext__(self) -> Any:
        if not self.closed:
            await asyncio.Event().wait()
        raise StopAsyncIteration


class Session:
    """aiohttp's session towards a host that cannot be reached."""

    async def ws_connect(self, url: str) -> Any:
        await asyncio.sleep(0.1)
        raise OSError(f"cannot connect to {url}")


class ClosingWriter:
    """A stream writer whose connection is lost."""

    def is_closing(self) -> bool:
        return True


class EndedProcess:
    """A process whose pipe is closed and which has not been reaped."""

    returncode = None

    async def wait(self) -> int:
        await asyncio.Event().wait()
        return 0


class SilentPubSub:
    """redis: a subscription without messages. The timeout is the time it waits; 0 only yields."""

    async def get_message(self, timeout: float = 0.0) -> None:
        await asyncio.sleep(timeout)


class Raises:
    """Any object whose coroutine methods raise at once."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        async def method(*_: object) -> None:
            raise self._error

        return method


def ended_reader(data: bytes = b"") -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


@contextlib.contextmanager
def stub_websockets() -> Iterator[None]:
    """The exceptions of websockets, with their real hierarchy, where the library is not installed."""
    if importlib.util.find_spec("websockets"):
        yield
        return
    exceptions: Any = ModuleType("websockets.exceptions")
    closed = type("ConnectionClosed", (Exception,), {})
    exceptions.ConnectionClosed = closed
    exceptions.ConnectionClosedError = type("ConnectionClosedError", (closed,), {})
    exceptions.ConnectionClosedOK = type("ConnectionClosedOK", (closed,), {})
    package: Any = ModuleType("websockets")
    package.exceptions = exceptions
    with mock.patch.dict(sys.modules, {"websockets": package, "websockets.exceptions": exceptions}):
        yield
