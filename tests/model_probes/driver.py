"""Runs what a row speaks of and counts what it yields to the loop, and whether the loop could block meanwhile."""

from __future__ import annotations

import asyncio
import selectors
import time
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from model_probes.registry import Case

REPETITIONS = 50
PATIENCE = 0.3


@dataclass(slots=True)
class Outcome:
    """One repetition: the suspension class, and what came of it."""

    suspends: str
    value: object = None
    error: BaseException | None = None
    items: int = 0


@dataclass(slots=True)
class Tally:
    """What one repetition did to its loop."""

    yields: int = 0
    waits: int = 0


@dataclass(slots=True)
class Watch:
    """Counts the moments in which a loop had nothing to do but wait."""

    waits: int = 0

    def saw(self, timeout: float | None) -> None:
        if timeout is None or timeout > 0:
            self.waits += 1


class WatchedSelector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """A selector that tells the watch how long the loop was ready to wait."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.watch = watch

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.watch.saw(timeout)
        return super().select(timeout)


@types.coroutine
def counted(work: Coroutine[Any, Any, Any], tally: Tally) -> Generator[Any, Any, Any]:
    """Await `work`, forwarding and counting each value that it yields."""
    sent: Any = None
    error: BaseException | None = None
    while True:
        try:
            got = work.throw(error) if error is not None else work.send(sent)
        except StopIteration as stop:
            return stop.value
        tally.yields += 1
        sent, error = None, None
        try:
            sent = yield got
        except BaseException as raised:
            error = raised


async def perform(form: str, attempt: Callable[[], object]) -> tuple[object, int]:
    """Do what the form says; gives the value and the number of items."""
    made = attempt()
    if form == "await":
        assert isinstance(made, Awaitable), f"{made!r} cannot be awaited"
        return await made, 0
    if form == "async for":
        items = 0
        async for _ in made:  # type: ignore[attr-defined]
            items += 1
        return None, items
    if form == "async with":
        assert isinstance(made, AbstractAsyncContextManager) or hasattr(made, "__aenter__")
        async with made:
            return None, 0
    if form == "with":
        with made:  # type: ignore[attr-defined]
            return None, 0
    return made, 0


async def give_up_on_asyncio(work: Coroutine[Any, Any, Any]) -> Any:
    return await asyncio.wait_for(work, PATIENCE)


async def repeat(
    case: Case, form: str, watch: Watch, times: int, patiently: Callable[[Any], Awaitable[Any]] | None
) -> list[Outcome]:
    """Run the attempt so many times; `patiently` gives up what is expected to wait, after a moment."""
    outcomes = []
    for _ in range(times):
        tally = Tally()
        before = watch.waits
        outcome = Outcome("none")
        work = counted(perform(form, case.attempt), tally)
        try:
            outcome.value, outcome.items = await (patiently(work) if patiently else work)
        except asyncio.CancelledError as error:
            outcome.error = error
        except Exception as error:
            outcome.error = error
        if tally.yields:
            outcome.suspends = "wait" if watch.waits > before else "yield"
        outcomes.append(outcome)
    return outcomes


class SlowExecutor(ThreadPoolExecutor):
    """Threads that take their time, so that a loop that depends on one must wait for it."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        def slowly() -> Any:
            time.sleep(0.02)
            return function(*args, **kwargs)

        return super().submit(slowly)


def new_loop(watch: Watch) -> asyncio.AbstractEventLoop:
    loop = asyncio.SelectorEventLoop(WatchedSelector(watch))
    loop.set_default_executor(SlowExecutor())
    return loop


def run_on_asyncio(work: Callable[[Watch], Coroutine[Any, Any, list[Outcome]]]) -> list[Outcome]:
    """Run to the end on a watched loop, then close it, whatever is left on it."""
    watch = Watch()
    loop = new_loop(watch)
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(asyncio.wait_for(work(watch), 30))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
            loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()
