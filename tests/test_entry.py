"""What a guard on the way to a loop still says inside it depends on who may write what it speaks of.

A loop is silent where the guard holds for ever, possible where nobody is seen to undo it, certain where someone does.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules.config import Settings
from lint_rules.engine import check

MODULE = """\
import asyncio
from dataclasses import dataclass


class Config:
    def __init__(self, debug: bool = False) -> None:
        self.debug = debug


@dataclass
class Options:
    deep: bool
    size: int = 0

    def __post_init__(self) -> None:
        self.size = 1


class W:
    def __init__(self, config: Config, options: Options, other) -> None:
        self.config = config
        self.options = options
        self.other = other
        self.on = False
        self.fixed = 3
        self.level = 0

    def turn(self) -> None:
        self.on = not self.on

    def raise_level(self) -> None:
        self.level += 1

    async def run(self, n: int, table: dict) -> None:
        if {test}:
            return
        while True:
            if {test}:
                continue
            await asyncio.sleep(1)


def change(x) -> None:
    x.mood = 5
"""


@pytest.mark.parametrize(
    ("test", "level"),
    [
        ("n", ""),
        ("n > 3", ""),
        ("n is None", ""),
        ("n == 1 or n == 2", ""),
        ("self.fixed > 5", ""),
        ("self.config.debug", ""),
        ("self.options.deep", ""),
        ("self.options.size == 3", ""),
        ("self.options.size > n", ""),
        ("self.on", "certain"),
        ("self.level > 3", "certain"),
        ("self.level == n", "certain"),
        ("self.other.mode", "possible"),
        ("self.other.mode == 3", "possible"),
        ("self.other.mode > 3", "possible"),
        ("self.other.mode is None", "possible"),
        ("self.other.mood", "certain"),
        ("self.other.mood == 3", "certain"),
        ("self.other.mood > 3", "certain"),
        ("len(table) > 3", "certain"),
        ("n in table", "certain"),
        ("table[n]", "certain"),
        ("table.get(n)", "certain"),
    ],
)
def test_who_may_undo_a_guard(test: str, level: str, tmp_path: Path) -> None:
    path = tmp_path / "guarded.py"
    path.write_text(MODULE.replace("{test}", test), encoding="utf-8")
    report = check([path], Settings(root=tmp_path, cache=False))
    assert not report.errors
    assert [finding.level.word for finding in report.findings if finding.code == "SPN104"] == ([level] if level else [])
