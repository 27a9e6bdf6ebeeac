"""Findings are confirmed by running them: every bad fixture and variant is, no good twin is."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from drives import FIXTURES
from expectations import expected
from lint_rules.config import Settings
from lint_rules.confirm.bench.drive import LAPS, Answer
from lint_rules.confirm.plan import Plan, plans
from lint_rules.confirm.run import confirm, run

VARIANTS = Path(__file__).parent / "data" / "variants"
BAD = sorted(path for path in FIXTURES.glob("**/bad_*.py") if ".fixed" not in path.name and expected(path))
WORKED = sorted(path for path in (FIXTURES / "worked").glob("*.py") if ".fixed" not in path.name and expected(path))
# What the mended twin has is another thing: a queue where the bad one, and so the state, has a dict or a list.
OTHER_KIND = {"good_langgraph_batch.py", "good_uagents_dispenser.py"}


def spinning_variants() -> list[Path]:
    return [path for path in sorted(VARIANTS.glob("variant_*.py")) if "# expect: spins" in path.read_text()]


def lines_of(path: Path) -> list[int]:
    """The headers that are reported; a counter's reset has the lap of its loop."""
    if path.parent == VARIANTS:
        return [n for n, text in enumerate(path.read_text().splitlines(), 1) if text.endswith("# [loop]")]
    return sorted({item.line for item in expected(path)})


@cache
def found(path: Path, line: int) -> list[Plan]:
    return plans(path, line, Settings(root=VARIANTS if path.parent == VARIANTS else FIXTURES, cache=False))


CASES = [(path, line) for path in (*BAD, *WORKED, *spinning_variants()) for line in lines_of(path)]


def name(value: object) -> str:
    return value.stem if isinstance(value, Path) else str(value)


@pytest.mark.parametrize(("path", "line"), CASES, ids=name)
def test_what_is_reported_is_confirmed(path: Path, line: int) -> None:
    plan, answer = confirm(found(path, line))
    assert answer.verdict == "confirmed", answer.text
    assert answer.laps == LAPS
    if plan.finding.code in ("SPN101", "SPN102", "SPN103", "SPN104", "SPN106") and "yields" not in plan.finding.message:
        frozen = "burn" not in plan.finding.message
        assert (answer.yields == 0) is frozen or _by_version(path), answer.text
    assert "without " in answer.text


def _by_version(path: Path) -> bool:
    """`wait_for` makes a task up to Python 3.11, which costs a yield."""
    return "wait_for" in path.read_text()


def forged(plan: Plan) -> Plan:
    """The witness of the bad twin, held against the good one."""
    lap = json.loads(json.dumps(plan.lap).replace("bad_", "good_"))
    return replace(plan, lap=lap, state=tuple(text.replace("bad_", "good_") for text in plan.state))


TWINS = [
    (path, line)
    for path, line in CASES
    if path.name.startswith("bad_") and path.with_name(path.name.replace("bad_", "good_", 1)).exists()
]


@pytest.mark.parametrize(("path", "line"), TWINS, ids=name)
def test_a_good_twin_is_not_confirmed_in_the_state_of_the_bad_one(path: Path, line: int) -> None:
    good = forged(found(path, line)[0])
    answer = run(good)
    wanted = "cannot run" if good.lap["file"].endswith(tuple(OTHER_KIND)) else "not confirmed"
    assert answer.verdict == wanted, answer.text
    if wanted == "not confirmed":
        assert answer.why.startswith(("waits at ", "leaves the loop ", "no object can be in that state")), answer.why


def test_enough_is_tried() -> None:
    assert len({path for path, _ in CASES}) >= 70
    assert len(TWINS) >= 65


def of(tmp_path: Path, text: str, line: int) -> tuple[Plan, Answer]:
    file = tmp_path / "case.py"
    file.write_text(text, encoding="utf-8")
    return confirm(plans(file, line, Settings(root=tmp_path, cache=False)))


WAITS = """\
import asyncio


class Worker:
    def __init__(self, size: int) -> None:
        self.job = None
        self.sizes = [size]

    async def run(self) -> None:
        while True:
            await self.step()

    async def step(self) -> None:
        if self.job is None:
            return
        await asyncio.sleep(1)

    def take(self, job: str | None) -> None:
        self.job = job
"""


def test_the_answer_names_the_line_that_waits(tmp_path: Path) -> None:
    plan, answer = of(tmp_path, WAITS, 10)
    assert answer.verdict == "confirmed"
    (tmp_path / "case.py").write_text(WAITS.replace("            return\n", "            await asyncio.sleep(5)\n"))
    answer = run(plan)
    assert answer.text == "not confirmed: waits at case.py:15: await asyncio.sleep(5)"


def test_the_answer_says_how_the_loop_is_left(tmp_path: Path) -> None:
    plan, _ = of(tmp_path, WAITS, 10)
    (tmp_path / "case.py").write_text(WAITS.replace("            return\n", "            raise OSError('no job')\n"))
    assert run(plan).text == "not confirmed: leaves the loop at once: it raises OSError: no job"


def test_a_loop_that_has_moved_is_found_again(tmp_path: Path) -> None:
    plan, _ = of(tmp_path, WAITS, 10)
    more = "    async def run(self) -> None:\n        for _ in range(3):\n            await asyncio.sleep(1)\n"
    (tmp_path / "case.py").write_text(WAITS.replace("    async def run(self) -> None:\n", more))
    assert run(plan).verdict == "confirmed"


def test_a_loop_that_is_gone_cannot_be_run(tmp_path: Path) -> None:
    plan, _ = of(tmp_path, WAITS, 10)
    (tmp_path / "case.py").write_text(WAITS.replace("async def run(", "async def go("))
    assert run(plan).text == "cannot run: LookupError: there is no Worker.run any more"


def test_a_state_that_cannot_be_made_is_not_run(tmp_path: Path) -> None:
    plan, _ = of(tmp_path, WAITS, 10)
    plan = replace(plan, state=tuple(text.replace("job=None", "job=1") for text in plan.state))
    assert run(plan).text == "cannot run: the state could not be built: `self.job is None` does not hold"


CLUMSY = """\
import asyncio
import json

import library


class Worker:
    def __init__(self) -> None:
        self.job = None

    async def run(self) -> None:
        while True:
            try:
                await self.step()
            except Exception:
                pass

    async def step(self) -> None:
        json.loads(library.text)
        if self.job is None:
            return
        await asyncio.sleep(1)

    def drop(self) -> None:
        self.job = None
"""


def test_an_error_that_only_a_stand_in_makes_confirms_nothing(tmp_path: Path) -> None:
    _, answer = of(tmp_path, CLUMSY, 12)
    assert answer.verdict == "cannot run"
    assert answer.why.startswith("a stand-in got in the way: TypeError: the JSON object must be")


ELSEWHERE = CLUMSY.replace("json.loads(library.text)", "first = self.names[0]").replace(
    "self.job = None\n\n    async def run", "self.job = None\n        self.names = []\n\n    async def run"
)


def test_a_spin_by_another_lap_than_the_reported_one_confirms_nothing(tmp_path: Path) -> None:
    """The list is empty in this state, and the loop swallows that; the report is of a lap that comes further."""
    _, answer = of(tmp_path, ELSEWHERE, 13)
    assert answer.text == (
        "cannot run: it spins, but not by the reported lap: it never comes to case.py:21: if self.job is None:"
    )


UNPACKED = CLUMSY.replace("json.loads(library.text)", "kind, text = library.receive()")


def test_a_stand_in_that_cannot_be_unpacked_confirms_nothing(tmp_path: Path) -> None:
    _, answer = of(tmp_path, UNPACKED, 12)
    assert answer.verdict == "cannot run" and "values to unpack" in answer.why


ASKED = """\
import asyncio

import library


class Worker:
    def __init__(self) -> None:
        self.job = None

    async def run(self) -> None:
        while True:
            if library.verbose:
                library.say("round")
            await self.step()

    async def step(self) -> None:
        if self.job is None:
            return
        await asyncio.sleep(1)

    def drop(self) -> None:
        self.job = None
"""


def test_what_is_assumed_of_a_stand_in_is_told(tmp_path: Path) -> None:
    _, answer = of(tmp_path, ASKED, 11)
    assert answer.verdict == "confirmed"
    assert answer.assumed == ("library.verbose is true",)
