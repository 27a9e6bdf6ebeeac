"""The driver for trio: counts the values yielded to trio's runner, and the moments in which it was ready to wait."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import trio

from model_probes.driver import PATIENCE, Outcome, Watch


class Meter(trio.abc.Instrument):
    """Tells the watch how long the runner was ready to wait."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def before_io_wait(self, timeout: float) -> None:
        self.watch.saw(timeout)


async def give_up_on_trio(work: Coroutine[Any, Any, Any]) -> Any:
    with trio.fail_after(PATIENCE):
        return await work


def run_on_trio(work: Callable[[Watch], Coroutine[Any, Any, list[Outcome]]]) -> list[Outcome]:
    watch = Watch()

    async def main() -> list[Outcome]:
        with trio.fail_after(30):
            return await work(watch)

    return trio.run(main, instruments=[Meter(watch)])
