"""What a library gives to a function that it calls back is what the models say, seen on loopback."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from lint_rules.models.load import load_models

MODELS = load_models()
CALLING = {name: model.callback for name, model in MODELS.functions.items() if model.callback}
Seen = Callable[..., Awaitable[None]]


async def by_port(seen: Seen, _: Path) -> None:
    server = await asyncio.start_server(seen, "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    writer.close()


async def by_path(seen: Seen, folder: Path) -> None:
    await asyncio.start_unix_server(seen, folder / "socket")
    _, writer = await asyncio.open_unix_connection(folder / "socket")
    writer.close()


def websocket(module: str, client: str) -> Callable[[Seen, Path], Awaitable[None]]:
    async def connect(seen: Seen, _: Path) -> None:
        serve = pytest.importorskip(module).serve
        server = await serve(seen, "127.0.0.1", 0)
        host, port = next(iter(server.sockets)).getsockname()[:2]
        await importlib.import_module(client).connect(f"ws://{host}:{port}")

    return connect


CONNECT: dict[str, Callable[[Seen, Path], Awaitable[None]]] = {
    "asyncio.start_server": by_port,
    "asyncio.start_unix_server": by_path,
    "websockets.asyncio.server.serve": websocket("websockets.asyncio.server", "websockets.asyncio.client"),
    "websockets.legacy.server.serve": websocket("websockets.legacy.server", "websockets.legacy.client"),
}


def test_every_callback_is_tried() -> None:
    assert CALLING.keys() == CONNECT.keys()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CONNECT)
def test_a_library_calls_back_with_what_the_models_say(name: str, tmp_path: Path) -> None:
    async def run() -> list[str]:
        given: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()

        async def seen(*args: Any) -> None:
            given.set_result(args)

        await CONNECT[name](seen, tmp_path)
        return [f"{type(a).__module__}.{type(a).__qualname__}" for a in await asyncio.wait_for(given, 10)]

    said = [MODELS.alias.get(kind, kind) for kind in CALLING[name][1:]]
    real = [MODELS.alias.get(kind, kind).replace("asyncio.streams.", "asyncio.") for kind in asyncio.run(run())]
    assert real == said
