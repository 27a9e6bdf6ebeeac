"""A state of the variables around or in a coroutine is claimed only where some way of the code may bring it about."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules.config import Settings
from lint_rules.engine import check

AROUND = """\
import asyncio


async def start(ask, others, n: int) -> None:
    token: str | None = None
    received = asyncio.Event()

    async def change() -> None:
        nonlocal token, received
        {change}

    async def run() -> None:
        while True:
            if token is None:
                await received.wait()
                continue
            await asyncio.sleep(1)

    {start}
    await asyncio.gather(change(), run())
"""
WITHIN = """\
import asyncio


class Base:
    async def run(self, ask, n: int, seen: bool) -> None:
        {before}
        while True:
            if n == 3 and not seen:
                {change}
                continue
            {otherwise}
            await asyncio.sleep(1)
"""


def levels(text: str, folder: Path, **parts: str) -> list[str]:
    path = folder / "together.py"
    for name, part in parts.items():
        indent = next(line for line in text.split("\n") if f"{{{name}}}" in line).split("{")[0]
        text = text.replace(f"{{{name}}}", part.replace("\n", f"\n{indent}"))
    path.write_text(text, encoding="utf-8")
    report = check([path], Settings(root=folder, cache=False))
    assert not report.errors
    return [f.level.word for f in report.findings if f.function.endswith("run") and f.level.word != "possible"]


@pytest.mark.parametrize(
    "change",
    [
        "received.set()",
        "received.set()\nawait asyncio.sleep(1)\ntoken = 'x'",
        "token = 'x'\nreceived.set()\nawait asyncio.sleep(1)\ntoken = None",
        "token = 'x'\nreceived.set()\nif n:\n    token = None",
        "token = await ask()\nif token is not None:\n    received.set()\n    token = None",
        "for _ in range(n):\n    token = None\n    received.set()",
        "async for item in ask():\n    received.set()",
        "try:\n    token = await ask()\nfinally:\n    received.set()",
        "try:\n    token = await ask()\nexcept OSError:\n    received.set()",
        "others.add(received)\ntoken = await ask()\nreceived.set()",
        "others(received.set)\ntoken = 'x'\nreceived.set()",
        "token = None\n\ndef told() -> None:\n    received.set()\n\nothers(told)",
    ],
)
def test_a_state_around_that_is_brought_about(change: str, tmp_path: Path) -> None:
    assert levels(AROUND, tmp_path, change=change, start="pass") == ["certain"]


@pytest.mark.parametrize(
    "change",
    [
        "pass",
        "token = 'x'\nreceived.set()",
        "token = await ask()\nreceived.set()",
        "await asyncio.sleep(n)\ntoken = 'x'\nreceived.set()",
        "async for item in ask():\n    token = item\n    received.set()",
        "received.set()\ntoken = 'x'\nawait asyncio.sleep(n)",
        "token = 'x'\nreceived.set()\nawait asyncio.sleep(1)\nreceived.clear()\ntoken = None",
        "received.set()\nreceived = asyncio.Event()",
    ],
)
def test_a_state_around_that_nobody_brings_about(change: str, tmp_path: Path) -> None:
    assert levels(AROUND, tmp_path, change=change, start="pass") == []


@pytest.mark.parametrize("start", ["received.set()", "received.set()\nawait asyncio.sleep(1)"])
def test_the_function_around_brings_about_too(start: str, tmp_path: Path) -> None:
    assert levels(AROUND, tmp_path, change="token = 'x'", start=start) == ["certain"]
    assert levels(AROUND, tmp_path, change="pass", start=f"token = 'x'\n{start}") == []


@pytest.mark.parametrize(
    ("before", "otherwise"),
    [
        ("pass", "pass"),
        ("n = 3", "pass"),
        ("n = 0", "n = 3"),
        ("n = 0", "n += 1"),
        ("n = 0", "for _ in range(4):\n    n += 1"),
        ("n = 0", "while n < 3:\n    n += 1"),
        ("n = 0", "n = await ask()"),
        ("n = 0", "try:\n    n = 3\n    await ask()\n    n = 0\nexcept OSError:\n    pass"),
        ("n = 0", "try:\n    n = 3\n    ask.now()\n    n = 0\nexcept OSError:\n    pass"),
        ("n = 0", "async for n in ask():\n    pass"),
        ("n = 0", "async with ask() as n:\n    pass"),
        ("n = 0", "if seen:\n    n = 3\n    seen = False"),
        ("n = 0", "n = 3\nawait ask()\nif n == 3:\n    seen = bool(ask)"),
    ],
)
def test_a_state_within_that_is_come_to(before: str, otherwise: str, tmp_path: Path) -> None:
    assert levels(WITHIN, tmp_path, before=before, otherwise=otherwise, change="pass") == ["certain"]


@pytest.mark.parametrize(
    ("before", "otherwise"),
    [
        ("n = 0", "pass"),
        ("n = 0", "n = 2"),
        ("n = 0", "n = 3\nawait ask()\nn = 0"),
        ("n = 0", "n = 3\nseen = True"),
        ("n = 0", "n = await ask()\nif n == 3:\n    return"),
        ("n = await ask()\nif n > 2:\n    n = 0", "try:\n    await ask()\nfinally:\n    n = 1"),
        ("if n == 3:\n    return", "await ask(n)"),
    ],
)
def test_a_state_within_that_no_way_comes_to(before: str, otherwise: str, tmp_path: Path) -> None:
    assert levels(WITHIN, tmp_path, before=before, otherwise=otherwise, change="pass") == []
