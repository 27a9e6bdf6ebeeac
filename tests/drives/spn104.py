"""Drives of fixtures/SPN104: a path round the only wait."""

from __future__ import annotations

from typing import Any


async def continue_before_sleep(m: Any) -> None:
    await m.Prober().run()


async def empty_for(m: Any) -> None:
    await m.Server().ping_all()


async def free_lock(m: Any) -> None:
    await m.Pool().reap()


async def one_branch(m: Any) -> None:
    exporter = m.Exporter()
    exporter.disable()
    await exporter.run()


async def busy_flag(m: Any) -> None:
    await m.Startup().wait_ready()


async def match_idle(m: Any) -> None:
    await m.Machine().run()


async def endless_for(m: Any) -> None:
    sampler = m.Sampler()
    sampler.pause()
    await sampler.run()


async def short_circuit(m: Any) -> None:
    await m.Saver().run()


async def alternating(m: Any) -> None:
    pendulum = m.Pendulum()
    pendulum.mute(True)
    await pendulum.run()


async def reset_counter(m: Any) -> None:
    await m.Batcher().run()


async def copied_flag(m: Any) -> None:
    await m.Relay(True, True, False).keep()
