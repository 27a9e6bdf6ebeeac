"""A cluster as the place where work is done: `dask://HOST:PORT` is the scheduler of one that runs already.

Invariant: what a worker takes with it when it dies is done again: by another worker, and where the cluster itself gives
up, by this machine. One job at a time runs in a worker process, however many threads it has.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lint_rules import __version__
from lint_rules.executor import Executor, Pending

SCHEME = "dask://"
RETRIES = 3  # times that a job is tried again after an error of the cluster
PATIENCE = 10.0
GLANCE = 1.0
SAMPLE = 20  # files that every worker must be able to see
PROGRAM = f"spinlint {__version__} on Python {sys.version_info.major}.{sys.version_info.minor}"
_one = threading.Lock()


class Unusable(Exception):
    """Why a cluster cannot be used, in one line."""


def address(url: str) -> str:
    """The scheduler's address; raises ValueError, with what is wrong with the URL."""
    host, colon, port = url.removeprefix(SCHEME).rpartition(":")
    if not url.startswith(SCHEME) or not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{url!r} is not {SCHEME}HOST:PORT")
    return url


@contextmanager
def fleet(url: str | None, files: Sequence[Path], patience: float = PATIENCE) -> Iterator[Executor | None]:
    """The cluster at this address, if one is named; every worker must be able to do the work."""
    if url is None:
        yield None
        return
    try:
        import distributed
    except ImportError as exc:
        raise Unusable(f"{url}: `distributed` is not installed; the extra `dask` brings it") from exc
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters of it is said here
    try:
        connect: Any = distributed.Client
        client = connect(url.replace(SCHEME, "tcp://"), timeout=patience, set_as_default=False)
    except (OSError, ValueError) as exc:
        raise Unusable(f"{url}: no scheduler answers") from exc
    try:
        _look(client, url, [str(path) for path in files[:: max(1, len(files) // SAMPLE)]], patience)
        yield Cluster(client)
    finally:
        client.close(timeout=patience)


def _look(client: Any, url: str, files: list[str], patience: float) -> None:
    """Raises `Unusable` where no worker is there, or one has another spinlint or other files."""
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError as exc:
        raise Unusable(f"{url}: the cluster has no worker") from exc
    answers = client.run(sees, files, on_error="return")
    for worker, answer in sorted(answers.items()):
        if isinstance(answer, ImportError):
            raise Unusable(f"{url}: the worker {worker} has no spinlint {__version__}")
        if isinstance(answer, BaseException):
            raise Unusable(f"{url}: the worker {worker} cannot be asked: {type(answer).__name__}")
        program, unseen = answer
        if program != PROGRAM:
            raise Unusable(f"{url}: the worker {worker} has {program}, here it is {PROGRAM}")
        if unseen:
            raise Unusable(f"{url}: the worker {worker} does not see {unseen}; files must have the same paths there")


def sees(files: list[str]) -> tuple[str, str]:
    """On a worker: what it runs, and the first of these files that it cannot read."""
    return PROGRAM, next((file for file in files if not os.access(file, os.R_OK)), "")


class Cluster:
    """The executor of a client; a job whose workers keep dying is given back, as a pool of processes does it."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.pool = client.get_executor(pure=False, retries=RETRIES)

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Pending[Any]:
        try:
            return _Told(self.client, self.pool.submit(alone, function, *args))
        except Exception as exc:
            return _Lost(exc)


class _Told:
    """A job on the cluster. A scheduler that has gone does not say so: its jobs would stay pending for ever."""

    def __init__(self, client: Any, future: Future[Any]) -> None:
        self.client, self.future = client, future

    def result(self) -> Any:
        while not wait([self.future], GLANCE).done:
            if self.client.status != "running":
                raise BrokenExecutor("the scheduler has gone")
        try:
            return self.future.result()
        except (CancelledError, OSError) as exc:
            raise BrokenExecutor(str(exc)) from exc
        except Exception as exc:
            if type(exc).__module__.partition(".")[0] == "distributed":  # KilledWorker, FutureCancelledError, ...
                raise BrokenExecutor(str(exc)) from exc
            raise


class _Lost:
    """A job that the cluster did not take."""

    def __init__(self, why: Exception) -> None:
        self.why = why

    def result(self) -> Any:
        raise BrokenExecutor(str(self.why)) from self.why


def alone(function: Callable[..., Any], *args: Any) -> Any:
    """On a worker: the analysis keeps what it knows by process, so its threads take turns."""
    with _one:
        return function(*args)
