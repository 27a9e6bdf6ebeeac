"""Where work is done: in this process, in processes beside it, or on whatever engine a caller brings.

Invariant: what a job gives does not depend on where it runs, on how many run at once, or on their order.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
WORTH_A_PROCESS = 120_000  # bytes of source with candidate loops; less is done before a process is up


class Pending(Protocol[R_co]):
    """A result that is on its way."""

    def result(self) -> R_co: ...


class Executor(Protocol):
    """`concurrent.futures.Executor` is one, and so is a client of a cluster that has `submit`."""

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Pending[Any]: ...


class _Now:
    """A result that is worked out when it is asked for."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.function = function
        self.args = args

    def result(self) -> Any:
        return self.function(*self.args)


class Here:
    """Everything in this process, one after the other."""

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Pending[Any]:
        return _Now(function, args)


def processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processes_for(jobs: int, work: int) -> int:
    """How many processes a run is worth. `jobs` 0: as many as there are processors; `work` in bytes of source."""
    return max(1, min(jobs or processors(), work // WORTH_A_PROCESS))


@contextmanager
def executor(processes: int, given: Executor | None = None) -> Iterator[Executor]:
    """One process needs none beside it. A process that may not have children does the work itself."""
    if given is not None:
        yield given
        return
    if processes <= 1 or _is_daemon():
        yield Here()
        return
    from concurrent.futures import ProcessPoolExecutor

    pool = ProcessPoolExecutor(processes, mp_context=_context())
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _is_daemon() -> bool:
    if "multiprocessing" not in sys.modules:
        return False
    from multiprocessing import current_process

    return current_process().daemon


def forks() -> bool:
    """Whether a new process has all that was loaded before, at no cost; with other threads about that is not safe."""
    return sys.platform == "linux" and threading.active_count() == 1


def _context() -> Any:
    from multiprocessing import get_context

    return get_context("fork" if forks() else None)


def run(pool: Executor, calls: Sequence[tuple[Callable[[Any], R], Any]]) -> Iterator[R | None]:
    """What the calls give, in their order; None where the process died under the call."""
    pending = [pool.submit(function, job) for function, job in calls]
    for each in pending:
        try:
            yield each.result()
        except broken():
            yield None


def broken() -> type[Exception]:
    """`BrokenExecutor`, without loading it where nothing can break."""
    if "concurrent.futures" not in sys.modules:
        return _Never
    from concurrent.futures import BrokenExecutor

    return BrokenExecutor


class _Never(Exception):
    """Raised by nobody."""
