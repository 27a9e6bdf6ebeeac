"""Both commands, really started as processes: the adapter that prints events, and the fake gateway."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from qq_support import until
from qqbot_fixed.fake_gateway import SCENARIOS, Close, Emit, FakeGateway, Script

pytest_plugins = ["qq_fixtures"]

ROOT = Path(__file__).parents[1]
CREDENTIALS = {"QQ_APP_ID": "app", "QQ_CLIENT_SECRET": "secret"}


@asynccontextmanager
async def command(*arguments: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        cwd=ROOT,
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 20)).decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_events_are_json_lines_and_a_signal_ends_it(fake: FakeGateway, number: signal.Signals) -> None:
    fake.scripts.append(Script(on_ready=(Emit(1),)))
    async with command("qqbot_fixed", "--api", fake.http_url, **CREDENTIALS) as process:
        ready, message = json.loads(await line(process)), json.loads(await line(process))
        process.send_signal(number)
        rest, errors = await asyncio.wait_for(process.communicate(), 20)
    assert (ready["event"], ready["session_id"]) == ("ready", "session-1")
    assert (message["event"], message["content"], message["target"]) == ("message", "1", {"kind": "c2c", "id": "user"})
    assert (process.returncode, rest, errors) == (0, b"", b"")
    await until(lambda: fake.closes == [1000])


async def test_the_gateway_can_be_named(fake: FakeGateway) -> None:
    arguments = ["--api", fake.http_url + "/", "--gateway", fake.ws_url, "--intents", "5"]
    async with command("qqbot_fixed", *arguments, **CREDENTIALS) as process:
        assert json.loads(await line(process))["event"] == "ready"
    assert fake.url_requests == []
    assert fake.logins[0].data["intents"] == 5


@pytest.mark.parametrize("given", [{}, {"QQ_APP_ID": "app"}, {"QQ_CLIENT_SECRET": "secret", "QQ_APP_ID": ""}])
async def test_missing_credentials_are_named(given: dict[str, str]) -> None:
    async with command("qqbot_fixed", **given) as process:
        out, errors = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, out) == (2, b"")
    for name in CREDENTIALS:
        assert (name in errors.decode()) == (not given.get(name))
    assert errors.startswith(b"error: set QQ_") and errors.count(b"\n") == 1


async def test_a_fatal_close_is_an_error_line(fake: FakeGateway) -> None:
    fake.scripts.append(Script(on_login=(Close(4914),)))
    async with command("qqbot_fixed", "--api", fake.http_url, **CREDENTIALS) as process:
        out, errors = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, out) == (1, b"")
    assert b"error: gateway closed with 4914" in errors and b"Traceback" not in errors


async def test_a_reader_that_went_away_is_no_traceback(fake: FakeGateway) -> None:
    async with command("qqbot_fixed", "--api", fake.http_url, **CREDENTIALS) as process:
        await line(process)
        assert process.stdout is not None and process.stderr is not None
        process.stdout._transport.close()  # type: ignore[attr-defined]
        ended = asyncio.ensure_future(process.wait())
        for _ in range(200):  # a line may still find the pipe open
            await fake.emit()
            if (await asyncio.wait([ended], timeout=0.1))[0]:
                break
        errors = await asyncio.wait_for(process.stderr.read(), 20)
        assert ended.result() == 0
    assert errors == b""


async def test_the_fake_gateway_is_a_command() -> None:
    fake_command = ["qqbot_fixed.fake_gateway", "--port", "0", "--every", "0.1"]
    async with command(*fake_command) as fake_process:
        url = (await line(fake_process)).split()[-1]
        async with command("qqbot_fixed", "--api", url, **CREDENTIALS) as process:
            assert json.loads(await line(process))["event"] == "ready"
            numbers = [int(json.loads(await line(process))["content"]) for _ in range(3)]
        fake_process.send_signal(signal.SIGINT)
        _, errors = await asyncio.wait_for(fake_process.communicate(), 20)
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert (fake_process.returncode, errors) == (0, b"")


async def test_an_unknown_scenario_is_refused_with_the_known_ones() -> None:
    async with command("qqbot_fixed.fake_gateway", "--scenario", "nonsense") as process:
        _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert all(name in errors.decode() for name in SCENARIOS)
