"""Drives of fixtures/limits: what the analysis cannot see, and what it sees wrongly."""

from __future__ import annotations

import asyncio
from typing import Any

from drives.standins import Raises


class Countdown:
    """Each look at it counts down."""

    def __init__(self, laps: int) -> None:
        self._left = laps

    @property
    def more(self) -> bool:
        self._left -= 1
        return self._left > 0

    def __bool__(self) -> bool:
        return self.more


async def fn_unknown_await_fails(m: Any) -> None:
    await m.FN_consume(Raises(ConnectionError("gone")), [])


async def fn_callback_chain(m: Any) -> None:
    await m.Ticker().FN_run()


async def fp_attribute_with_effect(m: Any) -> None:
    assert await m.FP_drain(Countdown(20)) == 19


async def fp_truth_with_effect(m: Any) -> None:
    assert await m.FP_burn(Countdown(20)) == 19


async def fp_more_than_were_counted(m: Any) -> None:
    turn = m.Turn()
    turn.accepted = [asyncio.create_task(asyncio.sleep(0.01, n)) for n in range(3)]
    assert await m.FP_take(turn) == [0, 1, 2]


async def fp_kept_in_step(m: Any) -> None:
    runtime = m.Runtime()
    assert await runtime.FP_ready() is asyncio.get_running_loop()
    runtime.stop_if_idle()
    assert await runtime.FP_ready() is asyncio.get_running_loop()


async def fn_generator_in_itself(m: Any) -> None:
    await m.Pairs().FN_compare()


async def fn_whole_remainder(m: Any) -> None:
    await m.Wheel().FN_turn()
