"""Each safeguard is needed: with it the loop waits in its worst state, without it the loop really spins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness import Run, Verdict, drive, load
from qq_safeguards import SAFEGUARDS, Safeguard, copy_without
from qqbot_fixed import Policy
from qqbot_fixed.errors import TransportError

BY_NAME = {guard.name: guard for guard in SAFEGUARDS}
ENDLESS = Policy(max_attempts=None, jitter=0.0)


class Socket:
    """A websocket of which only the state matters."""

    def __init__(self, closed: bool) -> None:
        self.closed = closed


async def nothing(*_: object) -> None:
    """Stands for a step that succeeds at once."""


def running(module: ModuleType) -> Any:
    bot = module.QQAdapter("app", "secret", policy=ENDLESS)
    bot._running = True
    return bot


async def closed_socket(module: ModuleType) -> None:
    bot = running(module)
    bot._ws = Socket(closed=True)
    bot._open_ws = nothing
    await bot._listen_loop()


async def closed_session(module: ModuleType) -> None:
    bot = running(module)
    await bot._reconnect(TransportError("lost"))


async def silent_gateway(module: ModuleType) -> None:
    await running(module)._heartbeat_loop(Socket(closed=False), module.Link())


async def nobody_connected(module: ModuleType) -> None:
    module.FakeGateway.__aexit__ = nothing
    module.FakeGateway.__aenter__ = _itself
    await module._serve(0, "good", 0.0)


async def _itself(gateway: object) -> object:
    return gateway


STATES: dict[str, Callable[[ModuleType], Awaitable[None]]] = {
    "closed-socket guard": closed_socket,
    "pause before a dial": closed_session,
    "pause between heartbeats": silent_gateway,
    "pause between messages of the fake": nobody_connected,
}


def run_in_its_state(name: str, missing: bool, folder: Path) -> Run:
    guard = BY_NAME[name]
    module = load(copy_without(guard if missing else None, folder) / guard.file)
    return drive(lambda: STATES[name](module))


@pytest.mark.parametrize("name", STATES)
def test_with_its_safeguard_the_loop_waits(name: str, tmp_path: Path) -> None:
    run = run_in_its_state(name, False, tmp_path)
    assert run.verdict is Verdict.WAITS and run.waits > 5, run


@pytest.mark.parametrize("name", STATES)
def test_without_its_safeguard_the_loop_spins(name: str, tmp_path: Path) -> None:
    run = run_in_its_state(name, True, tmp_path)
    assert run.verdict is Verdict.FROZEN, run
    assert run.header is not None and Path(run.header[0]).name == BY_NAME[name].file


def failures_before_each_dial(guard: Safeguard | None, folder: Path) -> list[int]:
    module = load(copy_without(guard, folder) / "adapter.py")
    bots: list[Any] = []
    seen: list[int] = []

    async def start() -> None:
        bots.append(running(module))
        await bots[0]._reconnect(TransportError("lost"))

    drive(start, waits=6, between=lambda: seen.append(bots[0]._failures))
    return seen


def test_without_proof_of_progress_the_backoff_is_lost(tmp_path: Path) -> None:
    assert failures_before_each_dial(None, tmp_path / "whole") == [1, 2, 3, 4, 5]
    assert failures_before_each_dial(BY_NAME["proof of progress"], tmp_path / "without") == [1, 1, 1, 1, 1]


def test_every_safeguard_is_run() -> None:
    assert {*STATES, "proof of progress"} == set(BY_NAME)
