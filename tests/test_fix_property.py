"""A safe fix never changes a run that waited or ended: generated loops are run in every state before and after it.

The trace of a run is every write to the object's state and every sleep. Where the original waited or ended, the fixed
program must give the same trace, sleep for sleep; where the original span and the fix took hold, it must not spin.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import pytest

from harness import HOOK, Verdict, _lap, drive, instrument
from lint_rules.config import Settings
from lint_rules.findings import Finding, Level
from lint_rules.fixes.repair import Repaired, Workshop
from programs import FLAGS, PRELUDE, Program, program

LAPS = 130
WAITS = 6
STARTS = (0, 1, 3)
REAL_SLEEP = asyncio.sleep
Trace = list[tuple[str, object]]


@dataclass(slots=True)
class Tally:
    """What the runs of many programs showed; the lists name a seed and the state in which a fix did wrong."""

    repaired: int = 0
    refused: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    runs: int = 0
    cured: int = 0
    changed: list[tuple[int, object, str]] = field(default_factory=list)
    still: list[tuple[int, object, str]] = field(default_factory=list)

    def __str__(self) -> str:
        head = f"{self.repaired} programs repaired {self.kinds}, {self.refused} refused"
        wrong = f"changed {len(self.changed)}: {self.changed[:8]}\nstill {len(self.still)}: {self.still[:8]}"
        return f"{head}, {self.runs} runs, {self.cured} cured\n{wrong}"


def reconnecting(seed: int) -> Program:
    """A loop with a failure path, as gateways have it: its reader raises in one state and falls through in another."""
    rng = Random(seed)

    def test() -> str:
        one, two = rng.sample(FLAGS, 2)
        one, two = (rng.choice(("", "not ")) + flag for flag in (one, two))
        return rng.choice((one, one, f"{one} and {two}", f"{one} or {two}"))

    def some(*lines: str) -> list[str]:
        return [line for line in lines if rng.random() < 0.4]

    def assign() -> str:
        return f"{rng.choice(FLAGS)} = {rng.choice(('True', 'False'))}"

    raised = rng.choice(("Lost", "Gone", "ConnectionError", "RuntimeError"))
    handler = rng.choice((raised, "Exception", "Exception", "Lost", "(Lost, RuntimeError)"))
    guard = test()
    body = [
        *some(assign()),
        "try:",
        *_deeper(some("print(end='')", assign()), ["await self.step()"]),
        *_deeper(some("self.n = 0", assign(), f"if {test()}: self.n = 1")),
        f"except {handler}:",
        *_deeper(["self.n += 1"], some("await asyncio.sleep(self.n)")),
        *_deeper(some(assign(), f"if {test()}: return", "await asyncio.sleep(2)")),
        *some(f"if {test()}: continue", assign()),
    ]
    step = [
        f"if {rng.choice((test(), f'not ({guard})'))}:",
        f"    raise {raised}" + rng.choice(("", "('gone')")),
        *([f"if {test()}:", "    return"] if rng.random() < 0.3 else []),
        f"while {rng.choice((test(), f'({guard}) and {test()}'))}:",
        *_deeper(["await asyncio.sleep(1)"], some(assign(), assign())),
        *some("await asyncio.sleep(3)")[:1],
    ]
    lines = [
        f"class P{seed}:",
        "    def __init__(self, a, b, c, n=0):",
        "        self.a, self.b, self.c, self.n = a, b, c, n",
        "    async def run(self):",
        f"        while {guard}:",
        *_deeper(_deeper(_deeper(body))),
        "    async def step(self):",
        *_deeper(_deeper(step)),
    ]
    return Program(f"P{seed}", "\n".join(lines), "")


def _deeper(*blocks: list[str]) -> list[str]:
    return ["    " + line for block in blocks for line in block]


def repair(path: Path, text: str, unsafe: bool = False) -> tuple[str, list[Repaired]]:
    """The text with every loop repaired that can be, as `spinlint fix` does it."""
    shop = Workshop(path, Settings(root=path.parent), {path: text.encode()})
    found: list[Finding] = [s.finding for s in shop.sites(shop.texts, path) if s.finding.level >= Level.LIKELY]
    results = []
    for loop, codes in shop.loops(path, found):
        done = shop.repair(path, loop, codes, unsafe)
        if done is not None:
            results.append(done)
            shop.texts = dict(done.texts) if done.proposals else shop.texts
    return shop.texts[path].decode(), results


def run(text: str, made: Program, state: tuple[Any, ...]) -> tuple[Verdict, Trace]:
    trace: Trace = []
    names: dict[str, Any] = {HOOK: functools.partial(_lap, made.name), "__name__": made.name}
    exec(instrument(text, made.name), names)

    def note(self: object, name: str, value: object) -> None:
        if name != "lock":
            trace.append((name, value))
        object.__setattr__(self, name, value)

    async def sleep(seconds: float) -> None:
        trace.append(("sleep", seconds))
        await REAL_SLEEP(seconds)

    cls = names[made.name]
    cls.__setattr__ = note
    with mock.patch.object(asyncio, "sleep", sleep):
        result = drive(lambda: cls(*state).run(), LAPS, WAITS)
    return result.verdict, trace


def compare(seeds: range, folder: Path, make: Callable[[int], Program] = program) -> Tally:
    tally = Tally()
    for seed in seeds:
        made = make(seed)
        text = f"{PRELUDE}\n\n{made.source}\n"
        path = folder / str(seed) / "made.py"
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
        fixed, results = repair(path, text)
        done = [r for r in results if r.proposals]
        tally.refused += len(results) - len(done)
        if not done:
            continue
        tally.repaired += 1
        for kind in {p.kind for r in done for p in r.proposals}:
            tally.kinds[kind] = tally.kinds.get(kind, 0) + 1
        assert all(r.safety == "safe" for r in done)
        title = "; ".join(r.title for r in done)
        for flags in itertools.product((True, False), repeat=3):
            for number in STARTS if made.counter else (0,):
                state = (*flags, number)
                before, after = run(text, made, state), run(fixed, made, state)
                tally.runs += 1
                if not before[0].spins and before != after:
                    tally.changed.append((seed, state, title))
                if before[0].spins and not after[0].spins:
                    tally.cured += 1
                if after[0].spins and len(done) == len(results):
                    tally.still.append((seed, state, title))
    return tally


@pytest.mark.parametrize("start", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(500, 10_000, 500))])
def test_a_safe_fix_changes_no_run_that_waited_or_ended(
    start: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = compare(range(start, start + 500), tmp_path)
    with capsys.disabled():
        print(f"\n{tally}")
    assert tally.repaired > 60
    assert tally.cured > 200
    assert tally.changed == []


def test_a_raise_changes_no_run_that_waited_or_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tally = compare(range(600), tmp_path, reconnecting)
    with capsys.disabled():
        print(f"\n{tally}")
    assert min(tally.kinds.get(kind, 0) for kind in ("raise at entry", "raise in the loop")) >= 10, tally
    assert tally.changed == []
