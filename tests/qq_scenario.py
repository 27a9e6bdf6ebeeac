"""The incident that started it all, against a real loopback gateway, for any adapter.

1 the adapter starts, 2 name resolution fails, 3 it recovers, 4 the adapter connects, 5 the gateway closes at once,
6 the reconnect fails in name resolution, 7 a closed socket that is not None may be left, 8 everything works again: does
the adapter notice? As a command it prints what the repaired adapter spent, in a process of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from qqbot_fixed import Message, Policy, QQAdapter
from qqbot_fixed.fake_gateway import Close, FakeGateway, Script

FIXTURES = Path(__file__).parents[1] / "fixtures" / "SPN101"
LIMIT = 10_000
HOST = "gateway.test"


class Starved(BaseException):
    """Raised from inside a spin; a BaseException, since the loop swallows the rest."""


class FailingResolver(AbstractResolver):
    """Fails before the first connection and once more after it; otherwise the loopback address."""

    def __init__(self, fake: FakeGateway) -> None:
        self.fake = fake
        self.failures = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        assert host == HOST
        if self.failures == min(len(self.fake.dials), 1):
            self.failures += 1
            raise OSError(socket.EAI_AGAIN, "Temporary failure in name resolution")
        found = ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0)
        return [found]

    async def close(self) -> None:
        """Nothing is held."""


@dataclass(slots=True)
class Scene:
    """The stage: a gateway that closes its first connection at once, and an HTTP session with a failing resolver."""

    fake: FakeGateway
    http: aiohttp.ClientSession
    resolver: FailingResolver
    api_url: str


async def on_stage(play: Callable[[Scene], Awaitable[Any]]) -> Any:
    async with FakeGateway([Script(before_hello=(Close(4009),)), Script()]) as fake:
        resolver = FailingResolver(fake)
        connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True)
        headers = {"Authorization": f"QQBot {fake.token}"}  # the twins have no token of their own
        async with aiohttp.ClientSession(connector=connector, headers=headers) as http:
            return await play(Scene(fake, http, resolver, fake.http_url.replace("127.0.0.1", HOST)))


def load_twin(name: str) -> ModuleType:
    """A fixture as a module, with its back-off in milliseconds."""
    spec = importlib.util.spec_from_file_location(name, FIXTURES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.BACKOFF = (0.01, 0.02)  # type: ignore[attr-defined]
    return module


@dataclass(slots=True)
class TwinRun:
    """How a twin went: reader entries since another task last had a turn, and the state at the end."""

    entries: int
    attempt: int
    socket_closed: bool
    frames: int


async def run_twin(scene: Scene, module: ModuleType) -> TwinRun:
    """Runs a twin until it reads on or has entered its reader `LIMIT` times while no other task had a turn."""
    turns = entries = turns_seen = 0
    base: Any = module.QQAdapter

    class Counted(base):
        async def _read_events(self) -> None:
            nonlocal entries, turns_seen
            if turns != turns_seen:
                entries, turns_seen = 0, turns
            entries += 1
            if entries > LIMIT:
                raise Starved
            await super()._read_events()

    twin = Counted(scene.http, scene.api_url)
    task = asyncio.create_task(_caught(twin._listen_loop()))
    while not task.done() and not twin.frames:
        turns += 1
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.wait([task])
    return TwinRun(entries, twin._attempt, twin._ws is not None and twin._ws.closed, len(twin.frames))


async def _caught(running: Awaitable[None]) -> None:
    """A BaseException that leaves a task would stop the whole event loop."""
    with contextlib.suppress(Starved):
        await running


async def run_fixed(scene: Scene, policy: Policy, seconds: float = 0.0) -> dict[str, Any]:
    """Runs the adapter until it has read messages after the incident, and `seconds` in all."""
    start, cpu = time.monotonic(), time.process_time()
    bot = QQAdapter(
        "app",
        "secret",
        api_url=scene.api_url,
        token_url=f"{scene.api_url}/app/getAppAccessToken",
        http=scene.http,
        policy=policy,
    )
    heard: list[str] = []
    async with bot:
        async for event in bot:
            if isinstance(event, Message):
                heard.append(event.content)
                if len(heard) >= 5 and time.monotonic() - start >= seconds:
                    break
            await asyncio.sleep(0.2 if seconds else 0)
            await scene.fake.emit()
    wall = time.monotonic() - start
    return {
        "wall": wall,
        "cpu": time.process_time() - cpu,
        "dials": [at - start for at in scene.fake.dials],
        "failures": scene.resolver.failures,
        "heard": heard,
        "emitted": scene.fake.emitted[: len(heard)],
    }


async def _measure(scene: Scene) -> dict[str, Any]:
    return await run_fixed(scene, Policy(), seconds=float(sys.argv[1]))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(on_stage(_measure))))
