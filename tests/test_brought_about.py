"""A state is claimed only where some code of the class may bring it about, whatever that code waits for on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules.config import Settings
from lint_rules.engine import check

MODULE = """\
import asyncio


class W:
    def __init__(self, feed, lock: asyncio.Lock) -> None:
        self._feed = feed
        self._lock = lock
        self._on = False
        self._count = 0

    async def change(self, n: int) -> None:
        {change}

    async def run(self) -> None:
        while True:
            if {test}:
                continue
            await asyncio.sleep(1)
"""


def levels(change: str, test: str, folder: Path) -> list[str]:
    path = folder / "reached.py"
    change = change.replace("\n", "\n        ")
    path.write_text(MODULE.replace("{change}", change).replace("{test}", test), encoding="utf-8")
    report = check([path], Settings(root=folder, cache=False))
    assert not report.errors
    return [finding.level.word for finding in report.findings if finding.function == "W.run"]


@pytest.mark.parametrize(
    "change",
    [
        "self._on = True",
        "self._on: bool = True",
        "self._on |= True",
        "self._feed, self._on = n, True",
        "self._on, self._feed = True, n",
        "with self._feed as self._on:\n    pass",
        "for self._on in self._feed:\n    pass",
        "await asyncio.sleep(1)\nself._on = True",
        "async for _ in self._feed:\n    self._on = True",
        "async for _ in self._feed:\n    pass\nself._on = True",
        "async for _ in self._feed:\n    pass\nelse:\n    self._on = True",
        "async for _ in self._feed:\n    if n:\n        break\nelse:\n    return\nself._on = True",
        "async for item in self._feed:\n    self._on = bool(item)",
        "async with self._lock:\n    self._on = True",
        "async with self._lock:\n    await asyncio.sleep(1)\nself._on = True",
        "while n:\n    await asyncio.sleep(1)\n    self._on = True",
        "for _ in range(n):\n    await asyncio.sleep(1)\n    self._on = True",
        "for _ in range(3):\n    await asyncio.sleep(1)\nelse:\n    self._on = True",
        "try:\n    await self._feed.get()\nexcept OSError:\n    self._on = True",
        "try:\n    await self._feed.get()\nfinally:\n    self._on = True",
    ],
)
def test_a_state_that_is_brought_about(change: str, tmp_path: Path) -> None:
    assert levels(change, "self._on", tmp_path) == ["certain"]


@pytest.mark.parametrize(
    "change",
    [
        "pass",
        "self._on = False",
        "await asyncio.sleep(1)\nself._on = False",
        "async for _ in self._feed:\n    self._on = False",
        "async for _ in self._feed:\n    pass\nelse:\n    self._on = False",
        "while n:\n    await asyncio.sleep(1)\n    self._on = False",
    ],
)
def test_a_state_that_nobody_brings_about(change: str, tmp_path: Path) -> None:
    assert levels(change, "self._on", tmp_path) == []


@pytest.mark.parametrize(
    ("change", "test", "reached"),
    [
        ("self._count += 1", "self._count > 3", True),
        ("self._count -= 1", "self._count < 0", True),
        ("self._count = n", "self._count == 5", True),
        ("self._count = 5", "self._count == 5", True),
        ("self._count = 4", "self._count == 5", False),
        ("if n == 5:\n    self._count = n", "self._count == 5", True),
        ("if n <= 5:\n    self._count = n", "self._count >= 5", True),
        ("if n > 5:\n    self._count = n", "self._count > 4", True),
        ("self._count = 1\nawait asyncio.sleep(1)\nself._count = 0", "self._count == 1", True),
    ],
)
def test_a_number_that_is_brought_about_or_not(change: str, test: str, reached: bool, tmp_path: Path) -> None:
    assert levels(change, test, tmp_path) == (["certain"] if reached else [])


FIRST = "self._on = True\nself._count = 0\n"
LAST = "\nself._count = n\nself._on = False"


@pytest.mark.parametrize(
    ("change", "reached"),  # None: no value ever given to one of them fits
    [
        (FIRST + "pass" + LAST, False),
        (FIRST + "await asyncio.sleep(1)" + LAST, False),
        (FIRST + "async for _ in self._feed:\n    pass" + LAST, False),
        (FIRST + "async for _ in self._feed:\n    pass\nelse:\n    self._count = 2" + LAST, False),
        (FIRST + "async with self._lock:\n    pass" + LAST, False),
        ("self._count = 9\nself._on = True", True),
        (FIRST + "self._count = n\nawait asyncio.sleep(1)" + LAST, True),
        ("async for _ in self._feed:\n    self._count = 9\n    self._on = True" + LAST, True),
        ("async for _ in self._feed:\n    pass\nelse:\n    self._count = 9\n    self._on = True", True),
        ("async for _ in self._feed:\n    pass\nelse:\n    self._count = 1\n    self._on = True", None),
        ("async for _ in self._feed:\n    self._count = 1\n    self._on = True" + LAST, False),
        ("async for self._count in self._feed:\n    self._on = False", None),
        ("async for self._count in self._feed:\n    self._on = True", True),
    ],
)
def test_two_attributes_that_belong_together(change: str, reached: bool | None, tmp_path: Path) -> None:
    assert levels(change, "self._on and self._count > 3", tmp_path) == (
        [] if reached is None else ["certain" if reached else "possible"]
    )
