"""A thousand connections, one after the other: nothing grows, nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
import gc
import logging

import psutil
import pytest

from qq_support import adapter, following, until
from qqbot_fixed import Message
from qqbot_fixed.fake_gateway import Close, Drop, Emit, FakeGateway, Reconnect, Script

pytest_plugins = ["qq_fixtures"]

CYCLES = 1000
WARM = 200
ENDS = [(Drop(),), (Close(4009),), (Reconnect(), Close(4009)), (Close(1001),), (Emit(1, repeat=True), Drop())]


def own_tasks() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if "qqbot" in task.get_name()]


async def test_a_thousand_connections(fake: FakeGateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "qqbot_fixed")  # pytest keeps every record, and with it the error it names
    fake.scripts.extend(Script(on_ready=(Emit(2), *ENDS[number % len(ENDS)])) for number in range(CYCLES))
    fake.scripts.append(Script(on_ready=(Emit(1),)))
    heard: list[str] = []
    process = psutil.Process()
    marks: list[tuple[int, int, int, int]] = []

    def mark() -> None:
        gc.collect()
        marks.append((process.memory_info().rss, process.num_fds(), len(own_tasks()), len(gc.get_objects())))

    async with adapter(fake, delays=(0.01,), max_attempts=None) as bot:
        for until_dials in (WARM, CYCLES + 1):
            while len(fake.dials) < until_dials or len(heard) < len(fake.emitted):
                event = await following(bot)
                if isinstance(event, Message):
                    heard.append(event.content)
            mark()
        assert bot.stats.malformed == 0
        assert bot.stats.duplicates >= CYCLES // len(ENDS)
    assert len(fake.dials) == CYCLES + 1
    assert {login.kind for login in fake.logins[1:]} == {"resume"}
    assert heard == fake.emitted and len(heard) == 2 * CYCLES + 1
    (memory, files, tasks, objects), (memory_after, files_after, tasks_after, objects_after) = marks
    print(f"memory {memory} -> {memory_after}, files {files} -> {files_after}, objects {objects} -> {objects_after}")
    assert memory_after - memory < 8_000_000
    assert files_after - files <= 4
    assert max(tasks, tasks_after) <= 2, "the listener and one heartbeat"
    # the fake keeps every login, dial and frame: measured: 2.5 objects for each cycle
    assert objects_after - objects < 4 * (CYCLES - WARM)
    await until(lambda: own_tasks() == [])
