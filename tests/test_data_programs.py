"""Hundreds of random coroutines over lists, tables, sets and counts, each run from every one of its states.

What is called certain spins from some state; what spins from some state is reported. A claim about a local variable is
left out where no state denies it: whether a variable ever gets that value is not followed (docs/limits.md).
"""

from __future__ import annotations

import asyncio
import itertools
import re
import types
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from data_programs import PRELUDE, source
from lint_rules.config import Settings
from lint_rules.engine import check
from lint_rules.findings import Finding, Level

LAPS = 40
WAITS = 4
MOST = 250  # elements, or a count: what grows past it does not come back to its state
SHARE = 0.95
LOCALS = re.compile(r"\b(?:local|v|k)\b")
FIELDS: tuple[tuple[Any, ...], ...] = (
    ([], [0], [2, 1]),
    ({}, {1: 2}, {5: 6}),
    (False, True),
    (False, True),
    (-1, 0, 1, 3),
    ((), (1,), (2,)),
    (None, 1),
)  # items, table, flag, conn, n, seen, last
STATES = list(itertools.product(*FIELDS))


class Spins(BaseException):
    pass


class Grows(BaseException):
    pass


@types.coroutine
def _yield(waits: bool) -> Generator[bool, None, None]:
    yield waits


async def _sleep(delay: float) -> None:
    await _yield(delay > 0)


def spins(namespace: dict[str, Any], seed: int, state: tuple[Any, ...], ticks: list[int]) -> bool:
    """Whether the coroutine goes round without waiting from this state, or from one that it comes to."""
    items, table, flag, conn, n, seen, last = state
    s = namespace["State"](list(items), dict(table), flag, namespace["Conn"]() if conn else None, n)
    s.seen, s.last = set(seen), last
    coroutine = namespace[f"f{seed}"](s)
    ticks[0] = 0
    try:
        for _ in range(WAITS):
            while not coroutine.send(None):
                pass
            ticks[0] = 0
    except Spins:
        return True
    except (StopIteration, Grows, LookupError, RuntimeError, TypeError):
        return False
    finally:
        coroutine.close()
    return False


def compare(seeds: range, folder: Path) -> tuple[int, list[int], list[tuple[int, Finding]]]:
    """How many spin, which of them were missed, and what was certain of one that does not spin."""
    ticks = [0]
    reached: set[int] = set()

    def tick(s: Any) -> None:
        ticks[0] += 1
        reached.add(current)
        if len(s.items) > MOST or abs(s.n) > MOST:
            raise Grows
        if ticks[0] > LAPS:
            raise Spins

    namespace: dict[str, Any] = {"tick": tick}
    code = PRELUDE + "\n\n".join(source(seed, counted=True) for seed in seeds)
    exec(compile_(code), namespace)
    namespace["asyncio"] = types.SimpleNamespace(sleep=_sleep)
    file = folder / "programs.py"
    file.write_text(PRELUDE + "\n\n".join(source(seed) for seed in seeds), encoding="utf-8")
    found = by_seed(file)
    spinning, missed, false = 0, [], []
    for seed in seeds:
        current = seed
        spun = any(spins(namespace, seed, state, ticks) for state in STATES)
        certain = [f for f in found.get(seed, []) if f.level is Level.CERTAIN]
        spinning += spun
        if spun and not certain:
            missed.append(seed)
        elif not spun and seed in reached:
            false += [(seed, f) for f in certain if not any(LOCALS.search(w) for w in f.witness)]
    return spinning, missed, false


def compile_(code: str) -> types.CodeType:
    return compile(code, "programs", "exec")


def by_seed(file: Path) -> dict[int, list[Finding]]:
    report = check([file], Settings(root=file.parent, level=Level.POSSIBLE, cache=False, select=("SPN1",)))
    out: dict[int, list[Finding]] = {}
    for f in report.findings:
        out.setdefault(int(f.function.removeprefix("f")), []).append(f)
    return out


def test_the_sleep_of_the_runs_tells_a_wait_from_a_yield() -> None:
    assert asyncio.sleep is not _sleep
    assert [c.send(None) for c in (_sleep(1), _sleep(0))] == [True, False]


@pytest.mark.parametrize("start", [0, 300])
def test_the_analysis_agrees_with_the_runs(start: int, tmp_path: Path) -> None:
    spinning, missed, false = compare(range(start, start + 300), tmp_path)
    print(f"\n300 coroutines, {300 * len(STATES)} runs: {spinning} spin, missed {missed}")
    assert [(seed, f.code, f.witness) for seed, f in false] == []
    assert len(missed) <= (1 - SHARE) * spinning, missed
