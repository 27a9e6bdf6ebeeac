"""Thousands of generated loops are run in every state of their booleans, and the analysis must agree with the runs.

Both directions: what is called certain spins from every state that its witness allows; what spins from some state is
reported. The programs of one seed are always the same, so a disagreement can be printed with `program(seed).source`.
"""

from __future__ import annotations

import ast
import copy
import itertools
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from grid import COUNT, DIMENSIONS, choices, grid_program
from harness import HOOK, Verdict, _lap, count_laps, drive, instrument
from lint_rules.config import Settings
from lint_rules.engine import check
from lint_rules.findings import Finding, Level
from programs import PRELUDE, Program, program

LOOPS = (ast.While, ast.For, ast.AsyncFor)
CHUNK = 250
GRID = 600
LAPS = 130  # more than the 64 states that three booleans and a counter of up to seven can have
SHARE = 0.95  # of the loops that spin must be found
STARTS = tuple(range(6))
ANY_START = range(-1, 8)

LONGEST = 6  # laps after which a state that alternates is looked for; what takes longer is counted as FN_long_period

State = tuple[bool, bool, bool, int]


@dataclass(slots=True)
class Tally:
    """What one comparison counted. The lists hold (seed, line in the program, words) for a human to look at."""

    programs: int = 0
    runs: int = 0
    loops: int = 0
    incomplete: int = 0
    spinning: int = 0
    alternating: int = 0
    missed: list[tuple[int, int, str]] = field(default_factory=list)
    false_certain: list[tuple[int, int, str]] = field(default_factory=list)
    false_likely: list[tuple[int, int, str]] = field(default_factory=list)
    not_reached: list[tuple[int, int, str]] = field(default_factory=list)
    wrong_label: list[tuple[int, int, str]] = field(default_factory=list)
    out_of_reach: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        return 1 - len(self.missed) / max(1, self.spinning)

    def __str__(self) -> str:
        head = f"{self.programs} programs, {self.runs} runs, {self.loops} loops, {self.incomplete} given up"
        found = f"{self.spinning} spin ({self.alternating} only by turns), {self.share:.2%} of them found"
        found += f"; out of reach: {dict(self.out_of_reach)}"
        found += f"; reported: {dict(sorted(self.codes.items()))}"
        parts = [("missed", self.missed), ("false certain", self.false_certain)]
        parts += [("false likely", self.false_likely), ("wrong label", self.wrong_label)]
        parts += [("true of a state that no run came to", self.not_reached)]
        return "\n".join([head, found, *(f"{len(items)} {word}: {items[:12]}" for word, items in parts)])


class Batch:
    """Some programs in one file: its text, and how to run each of them."""

    def __init__(self, seeds: Sequence[int], make: Callable[[int], Program] = program) -> None:
        self.programs = {seed: make(seed) for seed in seeds}
        self.text = PRELUDE + "".join("\n\n" + made.source for made in self.programs.values())
        self.first: dict[int, int] = {}
        line = PRELUDE.count("\n") + 3
        for seed, made in self.programs.items():
            self.first[seed] = line
            line += made.source.count("\n") + 2
        self._trail: list[tuple[int, tuple[bool, bool, bool], object]] = []
        self._names: dict[str, Any] = {HOOK: self._lap, "__name__": "batch"}
        exec(instrument(self.text, "batch"), self._names)
        tree = ast.parse(self.text)
        self._loops = {node.lineno: node for node in ast.walk(tree) if isinstance(node, LOOPS)}
        self._alone: dict[int, Any] = {}

    def _lap(self, line: int) -> None:
        """Note the state at each header before the harness counts the lap."""
        frame = sys._getframe(1)
        names = frame.f_locals
        me = names["self"]
        self._trail.append((line, (me.a, me.b, me.c), names.get("n", me.n)))
        _lap("batch", line, frame)

    def headers(self, seed: int) -> tuple[int, set[int]]:
        """The line of the loop in `run`, and all lines that stand for it (its endless generator's loop too)."""
        lines = self.programs[seed].source.split("\n")
        run = next(n for n, line in enumerate(lines) if line == "    async def run(self):")
        outer = next(
            n
            for n in range(run, len(lines))
            if lines[n].startswith(("        while", "        for", "        async for"))
        )
        same = {outer}
        if "self.ticks()" in lines[outer]:
            ticks = next(n for n, line in enumerate(lines) if line == "    async def ticks(self):")
            same.add(ticks + 1)
        return self.first[seed] + outer, {self.first[seed] + n for n in same}

    def run(self, seed: int, state: State) -> tuple[Verdict, int | None]:
        """Run the program from a state: how it goes, and the line of the loop that spins."""
        cls = self._names[f"P{seed}"]
        self._trail.clear()
        result = drive(lambda: cls(*state).run(), LAPS, waits=6)
        return result.verdict, result.header[1] if result.header else None

    def run_alone(self, seed: int, line: int, state: State) -> Verdict:
        """How the loop on this line goes, by itself and entered in this state; another loop that spins is no spin."""
        made = self._names[f"P{seed}"](*state)
        made.start = state[3]
        started = self._only(line)(made)

        async def consume() -> None:
            async for _ in started:
                pass

        result = drive(consume if isinstance(started, AsyncGenerator) else lambda: started, LAPS, waits=1)
        outer, same = self.headers(seed)
        own = same if line == outer else {line}
        elsewhere = result.header is None or result.header[1] not in own
        return Verdict.ENDS if result.verdict.spins and elsewhere else result.verdict

    def _only(self, line: int) -> Any:
        """A method that holds nothing but one loop of a program, on the line where it stands in the program."""
        if line not in self._alone:
            tree = ast.parse("async def only(self):\n    n = self.start\n    del n")
            function = tree.body[0]
            assert isinstance(function, ast.AsyncFunctionDef)
            loop = copy.copy(self._loops[line])
            loop.orelse = []  # it may leave a loop outside, and a loop that spins never comes to it
            function.body[1:] = [loop]
            names = self._names
            exec(compile(count_laps(tree), "batch", "exec"), names)
            self._alone[line] = names.pop("only")
        return self._alone[line]

    def starts(self, seed: int) -> range | tuple[int, ...]:
        """The numbers that the counter may have at a loop; one that no loop writes is still 0."""
        made = self.programs[seed]
        written = any(
            isinstance(node, ast.Name) and node.id == "n" and isinstance(node.ctx, ast.Store)
            for node in ast.walk(self._loops[self.headers(seed)[0]])
        )
        return ANY_START if made.counter == "self" or written else (0,)

    def period(self, line: int) -> int:
        """After how many laps of the loop that span last its state came back. A number that only grows is no state."""
        seen = [(flags, n) for at, flags, n in self._trail if at == line][-40:]
        if len({n for _, n in seen}) == len(seen):
            seen = [(flags, None) for flags, _ in seen]
        return next((p for p in range(1, 20) if seen[-20:] == seen[-20 - p : -p]), 20)


def states(made: Program, numbers: tuple[int, ...] | range = STARTS) -> list[State]:
    return [(*flags, n) for flags in itertools.product((True, False), repeat=3) for n in numbers]


def compare(seeds: Sequence[int], folder: Path, make: Callable[[int], Program] = program) -> Tally:
    """Run and analyse the programs of some seeds."""
    tally = Tally()
    for first in range(0, len(seeds), CHUNK):
        batch = Batch(seeds[first : first + CHUNK], make)
        file = folder / f"batch_{first}.py"
        file.write_text(batch.text)
        report = check([file], Settings(root=folder, cache=False))
        assert not report.errors, report.errors
        tally.loops += report.loops
        tally.incomplete += len(report.incomplete)
        by_line: dict[int, list[Finding]] = {}
        for finding in report.findings:
            by_line.setdefault(finding.line, []).append(finding)
        for seed in batch.programs:
            _compare_one(batch, seed, by_line, tally)
    return tally


def _compare_one(batch: Batch, seed: int, by_line: dict[int, list[Finding]], tally: Tally) -> None:
    made, first = batch.programs[seed], batch.first[seed]
    spins: dict[int, set[Verdict]] = {}
    periods: dict[int, int] = {}
    outer, same = batch.headers(seed)
    tally.programs += 1
    for state in states(made, STARTS if made.counter == "self" else (0,)):
        tally.runs += 1
        verdict, line = batch.run(seed, state)
        if verdict.spins and line is not None:
            loop = outer if line in same else line
            spins.setdefault(loop, set()).add(verdict)
            periods[loop] = min(batch.period(line), periods.get(loop, 20))
    found: dict[int, list[Finding]] = {}
    for line in range(first, first + made.source.count("\n") + 1):
        for finding in by_line.get(line, ()):
            if finding.level >= Level.LIKELY and finding.code != "SPN201":
                found.setdefault(outer if line in same else line, []).append(finding)
                tally.codes[f"{finding.code} {finding.level.word}"] += 1
    for line in [line for line, period in periods.items() if period > LONGEST and line not in found]:
        tally.out_of_reach["FN_long_period"] += 1
        del spins[line], periods[line]
    tally.spinning += len(spins)
    tally.alternating += sum(period > 1 for period in periods.values())
    tally.missed += [(seed, line - first, f"period {periods[line]}") for line in spins if line not in found]
    for line, findings in found.items():
        for finding in findings:
            wrong = _objection(batch, seed, finding)
            if wrong:
                kind = tally.false_certain if finding.level is Level.CERTAIN else tally.false_likely
                kind.append((seed, line - first, wrong))
            elif not _label_fits(batch, seed, finding):
                tally.wrong_label.append((seed, line - first, finding.code))
            elif line not in spins:
                tally.not_reached.append((seed, line - first, f"{finding.code} {finding.witness}"))


def _objection(batch: Batch, seed: int, finding: Finding) -> str:
    """Why a finding is false: its witness allows no state, or one that does not spin. Empty if it holds."""
    allowed = [state for state in states(batch.programs[seed], batch.starts(seed)) if _holds(finding, state)]
    if not allowed:
        return f"no state satisfies {finding.witness}"
    quiet = [state for state in allowed if not batch.run_alone(seed, finding.line, state).spins]
    if len(quiet) == len(allowed) or (quiet and finding.level is Level.CERTAIN):
        return f"{finding.code} {finding.witness} allows {quiet[0]}, which does not spin"
    return ""


def _label_fits(batch: Batch, seed: int, finding: Finding) -> bool:
    """SPN105 is the label of laps that yield, and of no others."""
    allowed = (state for state in states(batch.programs[seed], batch.starts(seed)) if _holds(finding, state))
    wanted = Verdict.HOT if finding.code == "SPN105" else Verdict.FROZEN
    return any(batch.run_alone(seed, finding.line, state) is wanted for state in allowed)


def _holds(finding: Finding, state: State) -> bool:
    """Is the witness true in a state? A literal over anything else than the state is taken to hold."""
    a, b, c, n = state
    lock = SimpleNamespace(locked=lambda: False)
    names = {"self": SimpleNamespace(a=a, b=b, c=c, n=n, lock=lock), "n": n}
    for literal in finding.witness:
        try:
            if not eval(literal, {"bool": bool}, names):
                return False
        except (NameError, AttributeError, SyntaxError):
            continue
    return True


def test_programs_run_and_many_spin() -> None:
    batch = Batch(range(200))
    verdicts = Counter(
        batch.run(seed, state)[0] for seed, made in batch.programs.items() for state in states(made, (0,))
    )
    assert set(verdicts) == set(Verdict), verdicts
    assert min(verdicts.values()) > 30, verdicts


def test_the_same_seed_gives_the_same_program() -> None:
    assert [program(seed) for seed in range(50)] == [program(seed) for seed in range(50)]
    assert len({program(seed).source.partition("\n")[2] for seed in range(500)}) > 450


@pytest.mark.parametrize("start", [0, 1000, 2000, 3000])
def test_analysis_agrees_with_the_runs(start: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tally = compare(range(start, start + 1000), tmp_path)
    with capsys.disabled():
        print(f"\n{tally}")
    assert tally.false_certain == []
    assert tally.wrong_label == []
    assert tally.share >= SHARE
    assert len(tally.false_likely) <= tally.spinning // 50


def drawn(count: int, seed: int = 11) -> list[int]:
    return sorted(Random(seed).sample(range(COUNT), count))


def test_every_two_choices_meet() -> None:
    """In the programs that the next test runs: each value of a dimension with each value of every other one."""
    seen = [choices(number) for number in drawn(GRID)]
    for one, two in itertools.combinations(DIMENSIONS, 2):
        met = {(has[one], has[two]) for has in seen}
        assert met == set(itertools.product(DIMENSIONS[one], DIMENSIONS[two])), (one, two)


def _agree_along(dimensions: list[int], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tally = compare(dimensions, folder, grid_program)
    with capsys.disabled():
        print(f"\n{tally}")
    assert (tally.false_certain, tally.wrong_label) == ([], [])
    assert tally.share >= SHARE
    assert len(tally.false_likely) <= tally.spinning // 50


def test_analysis_agrees_along_every_dimension(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _agree_along(drawn(GRID), tmp_path, capsys)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_analysis_agrees_along_more(seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _agree_along(drawn(2000, seed), tmp_path, capsys)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(10_000, 210_000, 10_000))
def test_analysis_agrees_with_many_more_runs(start: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tally = compare(range(start, start + 10_000), tmp_path)
    with capsys.disabled():
        print(f"\n{tally}")
    assert tally.false_certain == []
    assert tally.share >= SHARE
