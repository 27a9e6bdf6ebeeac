"""`asyncio.wait` on what is finished is told in the same words, however its tasks are spelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules.config import Settings
from lint_rules.engine import check
from lint_rules.findings import Finding, Level

MODULE = """\
import asyncio


class Hub:
    def __init__(self):
        self.a = asyncio.create_task(asyncio.sleep(1))
        self.b = asyncio.create_task(asyncio.sleep(1))
        self.tasks = {self.a, self.b}
        self.ok = False

    async def run(self):
        tasks = [self.a, self.b]
        while True:
            LAP

    async def dial(self):
        if not self.ok:
            raise ConnectionError
        await asyncio.sleep(1)
"""
FIRST = "done, _ = await asyncio.wait({}, return_when=asyncio.FIRST_COMPLETED)"
ALL = "done, _ = await asyncio.wait({})"


def finding(folder: Path, lap: str) -> Finding:
    file = folder / "hub.py"
    file.write_text(MODULE.replace("LAP", lap))
    found = [f for f in check([file], Settings(root=folder)).findings if f.level >= Level.LIKELY]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(("how", "which"), [(FIRST, "a finished task is left in"), (ALL, "every task in")])
@pytest.mark.parametrize(
    "tasks", ["{self.a, self.b}", "[self.a, self.b]", "(self.a, self.b)", "{self.a}", "tasks", "self.tasks"]
)
def test_every_spelling_has_the_same_label_and_step(tmp_path: Path, how: str, which: str, tasks: str) -> None:
    found = finding(tmp_path, how.format(tasks))
    assert found.code == "SPN106"
    [step] = [step.message for step in found.steps if step.kind == "library"]
    assert step.startswith(f"wait() returns after one bare yield: {which} the collection")


def test_what_a_task_raises_stays_in_it(tmp_path: Path) -> None:
    """`wait` gives the failed task back, it does not raise: the lap goes on."""
    found = finding(tmp_path, ALL.format("{asyncio.create_task(self.dial())}"))
    assert found.code == "SPN105"
    assert [step.message for step in found.steps if step.kind == "raise"] == ["dial raises without waiting"]
