"""Runs an asyncio loop and says how it goes round: the oracle that every claim of the analysis is held against.

No time-outs: a starved loop runs no timer. The loader puts a call in front of the test of every loop; that call counts
laps, and a stop is raised from there, outside the `try` statements of the loop's own body. Time stands still and jumps
to the next timer when nothing is ready, so "it waited" means that the event loop really had nothing to do.
"""

from __future__ import annotations

import ast
import asyncio
import copy
import functools
import importlib.machinery
import importlib.util
import itertools
import selectors
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any
from unittest import mock

HOOK = "_lap_"
LAPS = 300  # more than any loop of the fixtures takes to drain what a drive put in
WAITS = 12


class Verdict(Enum):
    FROZEN = "frozen"  # goes round and never gives control back
    HOT = "hot"  # goes round, yields, and nothing ever waits (no header: callbacks, not a loop)
    WAITS = "waits"
    ENDS = "ends"

    @property
    def spins(self) -> bool:
        return self in (Verdict.FROZEN, Verdict.HOT)


class Stopped(BaseException):
    """Raised by the harness; a BaseException, since the code under test swallows the rest."""


Header = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Run:
    """How one run went. `header` is the loop that span; `seen` counts the visits of every header over the whole run."""

    verdict: Verdict
    header: Header | None
    waits: int
    seen: Counter[Header]
    error: BaseException | None = None


@dataclass(slots=True)
class _Entry:
    header: Header
    frame: FrameType
    laps: int
    yields: int


@dataclass(slots=True)
class _Recorder:
    """Laps since the last wait, per task, as a stack: a lap of an outer loop starts the inner counts anew.

    A loop whose function is no longer running has ended: the next call of that function counts from nothing, or a loop
    that is passed on every lap of another one would be taken for the one that spins.
    """

    limit: int
    most_waits: int
    between: Callable[[], None] | None = None
    now: float = 1000.0
    waits: int = 0
    yields: int = 0
    turns: int = 0
    over: bool = False
    spun: _Entry | None = None
    seen: Counter[Header] = field(default_factory=Counter)
    stacks: dict[object, list[_Entry]] = field(default_factory=dict)

    def lap(self, file: str, line: int, frame: FrameType) -> None:
        if self.over:
            raise Stopped
        header = (file, line)
        self.seen[header] += 1
        stack = self.stacks.setdefault(_task(), [])
        running = _running(frame)
        stack[:] = [entry for entry in stack if entry.frame in running]
        for depth, entry in enumerate(stack):
            if entry.header == header and entry.frame is frame:
                del stack[depth + 1 :]
                break
        else:
            entry = _Entry(header, frame, 0, self.yields)
            stack.append(entry)
        if entry.laps in (0, self.limit // 2):  # a loop that stops yielding after a while is frozen
            entry.yields = self.yields
        entry.laps += 1
        if entry.laps > self.limit:
            self.spun, self.over = entry, True
            raise Stopped

    def turn(self, timeout: float | None) -> None:
        """The event loop asks the selector: with a timeout of 0 it has more to do, else it would sleep."""
        if self.over:
            raise Stopped
        if timeout is not None and timeout <= 0:
            self.yields += 1
            self.turns += 1
            if self.turns > 20 * self.limit:  # callbacks that schedule each other
                self.over = True
                raise Stopped
            return
        self.turns = 0
        self.waits += 1
        if timeout is None or self.waits >= self.most_waits:
            self.over = True
            raise Stopped
        self.now += timeout
        for stack in self.stacks.values():
            for entry in stack:
                entry.laps = 0
        if self.between:
            self.between()


def _running(frame: FrameType) -> set[FrameType]:
    """The frame and those that called or await it, up to where its task begins."""
    found: set[FrameType] = set()
    at: FrameType | None = frame
    while at is not None and at.f_code is not _main.__code__:
        found.add(at)
        at = at.f_back
    return found


def _task() -> object:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


_current: _Recorder | None = None


def _lap(file: str, line: int, frame: FrameType | None = None) -> None:
    if _current is not None:
        _current.lap(file, line, frame or sys._getframe(1))


class _Laps(ast.NodeTransformer):
    def _call(self, node: ast.While | ast.For | ast.AsyncFor) -> ast.Call:
        call = ast.Call(ast.Name(HOOK, ast.Load()), [ast.Constant(node.lineno)], [])
        return ast.fix_missing_locations(ast.copy_location(call, node))

    def visit_While(self, node: ast.While) -> ast.AST:
        self.generic_visit(node)
        node.test = ast.copy_location(ast.BoolOp(ast.Or(), [self._call(node), node.test]), node.test)
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, ast.copy_location(ast.Expr(self._call(node)), node.body[0]))
        return node

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, ast.copy_location(ast.Expr(self._call(node)), node.body[0]))
        return node


def instrument(source: str | bytes, filename: str) -> CodeType:
    """Compile with a counted call per lap; the function behind `HOOK` must be among the module's globals."""
    return compile(count_laps(ast.parse(source, filename)), filename, "exec")


def count_laps(tree: ast.Module) -> ast.Module:
    """A copy of the tree in which every loop counts its laps."""
    counted: ast.Module = ast.fix_missing_locations(_Laps().visit(copy.deepcopy(tree)))
    return counted


class _Loader(importlib.machinery.SourceFileLoader):
    def path_stats(self, path: str) -> Any:
        raise OSError("never use or write byte code: it would hide the counting")

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:
        return instrument(data, str(path))

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__[HOOK] = functools.partial(_lap, self.path)
        super().exec_module(module)


class _Finder:
    """Modules of a package that the harness loaded are counted too."""

    roots: frozenset[str] = frozenset()

    @classmethod
    def find_spec(cls, name: str, path: Sequence[str] | None = None, target: object = None) -> Any:
        if path is None or name.partition(".")[0] not in cls.roots:
            return None
        finders = (importlib.machinery.FileFinder(folder, (_Loader, [".py"])) for folder in path)
        return next(filter(None, (finder.find_spec(name) for finder in finders)), None)


sys.meta_path.insert(0, _Finder)
_serial = itertools.count()


def load(path: Path) -> ModuleType:
    """A fresh module whose laps are counted. Packages above it are loaded first, under a name of their own."""
    parts, folder = [path.stem], path.parent
    while (folder / "__init__.py").exists():
        parts.append(folder.name)
        folder = folder.parent
    if len(parts) == 1:
        return _load(f"_spin_{next(_serial)}_{path.stem}", path, None)
    top = f"_spin_{next(_serial)}_{parts.pop()}"
    _Finder.roots |= {top}
    package = folder / top.removeprefix("_spin_").partition("_")[2]
    _load(top, package / "__init__.py", [str(package)])
    return importlib.import_module(".".join([top, *reversed(parts)]))


def _load(name: str, path: Path, search: list[str] | None) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        name, path, loader=_Loader(name, str(path)), submodule_search_locations=search
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class _Selector(selectors.SelectSelector):
    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def select(self, timeout: float | None = None) -> list[Any]:
        self._recorder.turn(timeout)
        return []


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, recorder: _Recorder) -> None:
        self._recorder = recorder
        super().__init__(_Selector(recorder))

    def time(self) -> float:
        return self._recorder.now


Start = Callable[[], Awaitable[object]]


async def _main(start: Start) -> None:
    await start()


def drive(start: Start, laps: int = LAPS, waits: int = WAITS, between: Callable[[], None] | None = None) -> Run:
    """Run what `start` gives, inside a running loop, until it spins, waits for ever, has waited `waits` times, or ends.

    `between` stands for the other tasks: it is called at every wait and may change the state.
    """
    global _current
    recorder = _Recorder(laps, waits, between)
    loop = _Loop(recorder)
    loop.set_exception_handler(lambda *_: None)
    error: BaseException | None = None
    before, _current = _current, recorder
    with ExitStack() as stack:
        for clock in ("monotonic", "time", "perf_counter"):
            stack.enter_context(mock.patch.object(time, clock, lambda: recorder.now))
        main = loop.create_task(_main(start))
        try:
            loop.run_until_complete(main)
        except Stopped:
            pass
        except Exception as raised:
            error = raised
        finally:
            recorder.over = True
            _close(loop)
            _current = before
    spun = recorder.spun
    if spun:
        verdict = Verdict.HOT if recorder.yields > spun.yields else Verdict.FROZEN
    elif recorder.turns > 20 * laps:
        verdict = Verdict.HOT
    else:
        verdict = Verdict.ENDS if main.done() and not main.cancelled() and not _was_stopped(main) else Verdict.WAITS
    return Run(verdict, spun.header if spun else None, recorder.waits, recorder.seen, error)


def _was_stopped(task: asyncio.Task[None]) -> bool:
    return isinstance(task.exception(), Stopped)


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Drop what still runs: closing a coroutine runs its handlers, and every lap from now on raises."""
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        coroutine = task.get_coro()
        for _ in range(3):
            try:
                coroutine.close()  # type: ignore[union-attr]
                break
            except (Stopped, Exception):
                continue
    loop.close()


def headers(path: Path) -> list[int]:
    """The lines of all loop headers of a file."""
    tree = ast.parse(path.read_bytes())
    return [node.lineno for node in ast.walk(tree) if isinstance(node, (ast.While, ast.For, ast.AsyncFor))]
