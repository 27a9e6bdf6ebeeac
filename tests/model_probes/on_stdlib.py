"""States of the standard library's objects beside asyncio: queues, events and locks of threads, futures, processes."""

from __future__ import annotations

import concurrent.futures
import contextlib
import queue
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator

from model_probes.registry import Case, probe

BLOCKED = 0.05


@probe("contextlib.nullcontext", form="async with")
async def nullcontext(_: str) -> AsyncIterator[Case]:
    yield Case(contextlib.nullcontext)


@probe("contextlib.AsyncExitStack", form="async with")
async def exit_stack(_: str) -> AsyncIterator[Case]:
    yield Case(contextlib.AsyncExitStack)


def filled(items: int, size: int = 0) -> queue.Queue[int]:
    made: queue.Queue[int] = queue.Queue(size)
    for item in range(items):
        made.put(item)
    return made


@probe("queue.Queue.get", "queue.Queue.get_nowait", form="call", when=("!empty",))
async def get_item(method: str) -> AsyncIterator[Case]:
    made = filled(1)
    yield Case(getattr(made, method), made)


@probe("queue.Queue.get", form="call", when=("empty", "block truthy"))
async def get_blocks(_: str) -> AsyncIterator[Case]:
    made = filled(0)
    threading.Timer(BLOCKED, made.put, [1]).start()
    yield Case(made.get, made)


@probe("queue.Queue.get", form="call", when=("empty", "block falsy"))
async def get_without_blocking(_: str) -> AsyncIterator[Case]:
    made = filled(0)
    yield Case(lambda: made.get(block=False), made)


@probe("queue.Queue.get_nowait", form="call", when=("empty",))
async def get_nowait_empty(_: str) -> AsyncIterator[Case]:
    made = filled(0)
    yield Case(made.get_nowait, made)


@probe("queue.Queue.put", "queue.Queue.put_nowait", form="call", when=("!full",))
async def put_item(method: str) -> AsyncIterator[Case]:
    made = filled(0)
    yield Case(lambda: getattr(made, method)(1), made)


@probe("queue.Queue.put_nowait", form="call", when=("full",))
async def put_nowait_full(_: str) -> AsyncIterator[Case]:
    made = filled(1, 1)
    yield Case(lambda: made.put_nowait(1), made)


@probe("queue.Queue.empty", form="call")
async def is_empty(_: str) -> AsyncIterator[Case]:
    yield Case(filled(0).empty, None, filled(1).empty)


@probe("queue.Queue.full", form="call")
async def is_full(_: str) -> AsyncIterator[Case]:
    yield Case(filled(1, 1).full, None, filled(1, 2).full)


def event(is_set: bool) -> threading.Event:
    made = threading.Event()
    if is_set:
        made.set()
    return made


@probe("threading.Event.wait", form="call", when=("set",))
async def event_wait(_: str) -> AsyncIterator[Case]:
    made = event(True)
    yield Case(made.wait, made)


@probe("threading.Event.wait", form="call", when=("!set",))
async def event_wait_blocks(_: str) -> AsyncIterator[Case]:
    made = event(False)
    threading.Timer(BLOCKED, made.set).start()
    yield Case(made.wait, made)


@probe("threading.Event.is_set", form="call")
async def event_is_set(_: str) -> AsyncIterator[Case]:
    yield Case(event(True).is_set, None, event(False).is_set)


@probe("threading.Event.set", "threading.Event.clear", form="call")
async def event_changes(method: str) -> AsyncIterator[Case]:
    made = event(method == "clear")
    yield Case(getattr(made, method), made)


@probe("threading.Lock", form="with", when=("!locked",))
async def lock_free(_: str) -> AsyncIterator[Case]:
    lock = threading.Lock()
    yield Case(lambda: lock, lock)


@probe("threading.Lock", form="with", when=("locked",))
async def lock_taken(_: str) -> AsyncIterator[Case]:
    lock = threading.Lock()
    lock.acquire()
    threading.Timer(BLOCKED, lock.release).start()
    yield Case(lambda: lock, lock)


@probe("threading.Lock.locked", form="call")
async def lock_is_locked(_: str) -> AsyncIterator[Case]:
    lock = threading.Lock()
    lock.acquire()
    yield Case(lock.locked, lock, threading.Lock().locked)


def future(value: object = None) -> concurrent.futures.Future[object]:
    made: concurrent.futures.Future[object] = concurrent.futures.Future()
    made.set_result(value)
    return made


@probe("concurrent.futures.Future.done", form="call")
async def future_is_done(_: str) -> AsyncIterator[Case]:
    pending: concurrent.futures.Future[object] = concurrent.futures.Future()
    yield Case(future().done, None, pending.done)


@probe("concurrent.futures.Future.result", form="call", when=("done", "!failed"))
async def future_result(_: str) -> AsyncIterator[Case]:
    made = future(7)
    yield Case(made.result, made)


@probe("concurrent.futures.Future.result", form="call", when=("!done",))
async def future_blocks(_: str) -> AsyncIterator[Case]:
    made: concurrent.futures.Future[object] = concurrent.futures.Future()
    threading.Timer(BLOCKED, made.set_result, [1]).start()
    yield Case(made.result, made)


@probe("subprocess.Popen.wait", "subprocess.Popen.communicate", form="call", when=("!finished",))
async def process_runs(method: str) -> AsyncIterator[Case]:
    process = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({BLOCKED})"])
    yield Case(getattr(process, method), process)


@probe("time.sleep", form="call", when=("secs>0",))
async def sleep_blocks(_: str) -> AsyncIterator[Case]:
    yield Case(lambda: time.sleep(BLOCKED))


@probe("time.sleep", form="call", when=("secs<=0",))
async def sleep_zero(_: str) -> AsyncIterator[Case]:
    yield Case(lambda: time.sleep(0))
