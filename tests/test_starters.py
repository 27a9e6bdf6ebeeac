"""The state in which an object begins is claimed only where the loop may be started in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules.config import Settings
from lint_rules.engine import check

MODULE = """\
import asyncio


class Link:
    def __init__(self, dial) -> None:
        self._dial = dial
        self._on = False
        self._over = False
        self._task: asyncio.Task[None] | None = None

    async def open(self, again: bool) -> None:
        {open}

    async def close(self) -> None:
        {close}

    async def {name}(self) -> None:
        while True:
            if not self._on and not self._over:
                continue
            await asyncio.sleep(1)
"""
START = "self._task = asyncio.create_task(self._listen())"
DIAL = "await self._dial()\nself._on = True"
IN_BLOCK = DIAL.replace("\n", "\n    ")


def levels(folder: Path, open_: str, close: str = "pass", name: str = "_listen") -> list[str]:
    path = folder / "started.py"
    parts = {"open": open_.replace("\n", "\n        "), "close": close.replace("\n", "\n        "), "name": name}
    path.write_text(MODULE.format(**parts), encoding="utf-8")
    report = check([path], Settings(root=folder, cache=False))
    assert not report.errors
    return [finding.level.word for finding in report.findings if finding.level.word != "possible"]


@pytest.mark.parametrize(
    ("open_", "close"),
    [
        (START, "pass"),
        (f"{START}\n{DIAL}", "pass"),
        (f"{START}\nawait asyncio.sleep(1)\n{DIAL}", "pass"),
        (f"if again:\n    {IN_BLOCK}\n{START}", "pass"),
        (f"{DIAL}\n{START}", "self._on = False"),
        (f"{DIAL}\n{START}", "if self._on:\n    await asyncio.sleep(1)\n    self._on = False"),
        (f"self._on = await self._dial.get(4)\n{START}", "pass"),
        (f"for _ in self._dial:\n    {IN_BLOCK}\n{START}", "pass"),
        (f"try:\n    {IN_BLOCK}\nexcept OSError:\n    pass\n{START}", "pass"),
        (f"def told() -> None:\n    self._on = False\n\n{DIAL}\n{START}\nself._dial(told)", "pass"),
        (f"def begin() -> None:\n    {START}\n\nself._dial(begin)", "pass"),
    ],
)
def test_a_loop_that_may_be_started_so(open_: str, close: str, tmp_path: Path) -> None:
    assert levels(tmp_path, open_, close) == ["certain"]


@pytest.mark.parametrize(
    "open_",
    [
        f"{DIAL}\n{START}",
        f"{DIAL}\nif self._task is None:\n    {START}",
        f"if self._task is None:\n    {IN_BLOCK}\n    {START}",
        f"{DIAL}\nawait self._listen()",
        f"{START}\nself._on = True",
        f"{DIAL}\nawait self._dial()\n{START}",
        f"await self._dial()\n{START}\nself._over = True\nawait self._dial()",
    ],
)
def test_a_loop_that_is_not_started_so(open_: str, tmp_path: Path) -> None:
    assert levels(tmp_path, open_) == []


def test_who_is_outside_may_start_what_is_public(tmp_path: Path) -> None:
    assert levels(tmp_path, f"{DIAL}\n{START.replace('_listen', 'listen')}", name="listen") == ["certain"]
