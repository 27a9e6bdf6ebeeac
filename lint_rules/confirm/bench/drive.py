"""Runs the loop in an event loop and says whether it came round without waiting.

Invariant: nothing here goes by the clock: the event loop says itself when it has nothing to do but wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lint_rules.confirm.bench.loop import Cut
from lint_rules.confirm.bench.objects import Forbidden, Maker
from lint_rules.confirm.bench.sources import Project
from lint_rules.confirm.bench.stubs import Library, Stub, World

LAPS = 5000
WATCHED = (10, 22)  # from which lap to which its lines are noted; a spin of two or three laps is in it whole


class Stopped(BaseException):
    """The answer is known; a BaseException, since the code under test swallows the rest."""


@dataclass
class Answer:
    """`confirmed`: so many laps, and nothing waited. `yields`: how often the event loop had its turn."""

    verdict: str  # confirmed | not confirmed | cannot run
    laps: int = 0
    yields: int = 0
    why: str = ""
    assumed: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()  # FILE:LINE of what ran on some laps, if that was watched

    def data(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def text(self) -> str:
        if self.verdict != "confirmed":
            return f"{self.verdict}: {self.why}"
        how = (
            "without waiting; it yields, so other tasks run" if self.yields >= self.laps // 2 else "without suspending"
        )
        return f"confirmed: {self.laps} laps {how}"


class Bench:
    """What a state is built with, and the counters of a run."""

    def __init__(self, knowledge: dict[str, Any], root: Path, lap: dict[str, Any]) -> None:
        self.world = World(knowledge)
        self.root, self.lap = root, lap
        self.project = Project(self.world, [root / folder for folder in lap["roots"]], lap["coroutines"], root)
        self.maker = Maker(self.project)
        self.project.hooks = {
            "_lap_": self.count,
            "_stub_": self.stub,
            "_caught_": self.caught,
            "_raised_": self.raised,
        }
        self.laps = self.others = self.yields = self.before = 0
        self.watch = False
        self.passed: dict[str, None] = {}
        self.line = 0
        self.answer: Answer | None = None

    # ------------------------------------------------------------------ making a state

    def stub(self, name: str, **known: Any) -> Any:
        """A thing that nothing is known of: awaited, it waits."""
        return Stub(self.world, name, **known)

    def library(self, type_name: str, states: dict[str, bool] | None = None, **known: Any) -> Any:
        """An object of a library in a state."""
        return Library(self.world, type_name, dict(states or {}), **known)

    def name(self, file: str, qualname: str) -> Any:
        """A class, enumeration member or constant of the project."""
        first, *rest = qualname.split(".")
        found = self.project.module(self.root / file)[first]
        for name in rest:
            found = getattr(found, name)
        return found

    def make(self, file: str, qualname: str, **given: Any) -> Any:
        """An object of a class of the project, made without running `__init__`."""
        return self.maker.make(self.name(file, qualname), **given)

    def put(self, file: str, **given: Any) -> None:
        """Variables of a module."""
        self.project.module(self.root / file).update(given)

    # ------------------------------------------------------------------ what the compiled code calls

    def count(self, line: int) -> bool:
        """A lap of some loop; False, so that the loop's own test is asked next."""
        if self.answer is not None:
            raise Stopped
        frame = sys._getframe(1)
        if line != self.line or frame.f_code.co_name != "_loop_":
            self.others += 1
            if self.others > LAPS:
                self.stop("cannot run", f"the loop on line {line} of {Path(frame.f_code.co_filename).name} spins first")
            return False
        if not self.laps:
            self._look(frame)
            self.before = self.yields
        self.laps += 1
        self.others = 0
        if self.watch and self.laps in WATCHED:
            frame.f_trace = self._trace if self.laps == WATCHED[0] else None
            sys.settrace(frame.f_trace)
        if self.laps > LAPS:
            self.laps -= 1
            if self.world.clumsy:
                self.stop("cannot run", f"a stand-in got in the way: {self.world.clumsy}")
            self.stop("confirmed", "")
        return False

    def _trace(self, frame: Any, event: str, _: object) -> Any:
        self.passed[f"{frame.f_code.co_filename}:{frame.f_lineno}"] = None
        return self._trace

    def _look(self, frame: Any) -> None:
        """The state must be the one that was reported."""
        for text in self.lap["witness"]:
            try:
                holds = eval(text, frame.f_globals, dict(frame.f_locals))
            except Exception:
                continue  # it speaks of what only the analysis can name
            if not holds:
                self.stop("cannot run", f"the state could not be built: `{text}` does not hold")
        self.world.assumed.clear()

    def caught(self, kind: Any) -> Any:
        """What an `except` names, as classes; and whether a stand-in is to blame for what is being handled."""
        error = sys.exc_info()[1]
        if error is not None and type(error).__module__ == "builtins" and self._clumsy(error):
            self.world.clumsy = f"{type(error).__name__}: {error}"
        if isinstance(kind, tuple):
            return tuple(self.caught(each) for each in kind)
        return self.world.exception(kind._name_) if isinstance(kind, Stub) else kind

    def _clumsy(self, error: BaseException) -> bool:
        text = str(error)
        empty = "values to unpack" in text and any(each.endswith("is empty") for each in self.world.assumed)
        return empty or "Stub" in text or "Library" in text

    def raised(self, error: Any) -> Any:
        return self.world.exception(error._name_) if isinstance(error, Stub) else error

    def stop(self, verdict: str, why: str) -> None:
        yields = self.yields - self.before
        self.answer = Answer(verdict, self.laps, yields, why, tuple(self.world.assumed), tuple(self.passed))
        raise Stopped

    # ------------------------------------------------------------------ running

    def run(self, state: Callable[[Bench], dict[str, Any]]) -> Answer:
        """Build the state, run the loop from its header, and say how it goes round."""
        selector = _Selector(self)
        loop = _Loop(selector)
        loop.set_exception_handler(lambda *_: None)
        task = loop.create_task(self._main(state))
        selector.task = task
        try:
            loop.run_until_complete(task)
        except Stopped:
            pass
        except Exception as error:
            self._left(error)
        else:
            self._left(None)
        finally:
            if self.answer is None:
                self.answer = Answer("cannot run", why="it was stopped from outside")
            _drop(loop)
        return self.answer

    async def _main(self, state: Callable[[Bench], dict[str, Any]]) -> None:
        lap = self.lap
        cut = Cut(self.project, (self.root / lap["file"]).resolve(), lap["function"], lap["number"], lap["header"])
        self.line = cut.line
        given = state(self)
        values = {name: given.get(name, cut.values.get(name, self.stub(name))) for name in cut.names}
        running = cut.entry()(**values)
        if hasattr(running, "__aiter__"):
            async for _ in running:
                pass
        else:
            await running

    def _left(self, error: Exception | None) -> None:
        if self.answer is not None:
            return
        if isinstance(error, Forbidden):
            self.answer = Answer("not confirmed", why=f"no object can be in that state: {error}")
            return
        how = "ends" if error is None else f"raises {type(error).__name__}: {error}"
        broken = isinstance(error, (NameError, AttributeError, TypeError, LookupError, SyntaxError)) or self.laps == 0
        if error is not None and (broken or self._clumsy(error)):
            self.answer = Answer("cannot run", self.laps, 0, f"{type(error).__name__}: {error}")
            return
        after = "at once" if self.laps < 2 else f"after {_laps(self.laps - 1)}"
        self.answer = Answer("not confirmed", self.laps, 0, f"leaves the loop {after}: it {how}")

    def waits(self, task: asyncio.Task[None]) -> None:
        """The event loop has nothing to do: find the place where the loop's task stands."""
        if self.answer is None:
            where = _place(task.get_coro())
            when = "" if self.laps < 2 else f" after {_laps(self.laps - 1)}"
            with contextlib.suppress(Stopped):
                self.stop("not confirmed" if self.laps else "cannot run", f"waits at {where}{when}")
        raise Stopped


def _laps(number: int) -> str:
    return "1 lap" if number == 1 else f"{number} laps"


class _Selector(selectors.SelectSelector):
    """Asked with a timeout of 0 the event loop has more to do; with any other it would sleep."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench = bench
        self.task: Any = None

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None or timeout > 0:
            self.bench.waits(self.task)
        self.bench.yields += 1
        return []


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that reaches nothing outside: what would, waits."""

    def create_task(self, coro: Any, **keywords: Any) -> Any:
        return super().create_task(_whole(coro) if isinstance(coro, Stub) else coro, **keywords)

    def _never(self, *_: Any, **__: Any) -> Any:
        return self.create_future()

    run_in_executor: Any = _never
    sock_recv = sock_accept = sock_connect = sock_sendall = getaddrinfo = _never
    create_connection = create_server = create_datagram_endpoint = _never


async def _whole(stub: Any) -> Any:
    return await stub


def _place(coroutine: Any) -> str:
    """The innermost line of the project at which a coroutine stands."""
    frame = None
    while coroutine is not None:
        found = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "ag_frame", None)
        if found is not None and found.f_code.co_filename != __file__ and "_stub_" in found.f_globals:
            frame = found
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "ag_await", None)
    if frame is None:
        return "an unknown place"
    path = Path(frame.f_code.co_filename)
    return (
        f"{path.name}:{frame.f_lineno}: {path.read_text('utf-8', 'replace').splitlines()[frame.f_lineno - 1].strip()}"
    )


def _drop(loop: asyncio.AbstractEventLoop) -> None:
    """Closing a coroutine runs its handlers; every lap from now on raises."""
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        for _ in range(3):
            try:
                task.get_coro().close()
                break
            except (Stopped, Exception):
                continue
    with contextlib.suppress(Exception):
        loop.close()
