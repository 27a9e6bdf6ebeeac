"""The oracle itself: loops whose behaviour is known are told apart, and none of them can hang the harness."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import Run, Verdict, drive, load

CASES = {
    "frozen": ("while True:\n        pass", Verdict.FROZEN),
    "frozen one-line": ("while True: await silent()", Verdict.FROZEN),
    "frozen for": ("for _ in itertools.count():\n        await silent()", Verdict.FROZEN),
    "hot": ("while True:\n        await asyncio.sleep(0)", Verdict.HOT),
    "hot negative": ("while True:\n        await asyncio.sleep(-1)", Verdict.HOT),
    "hot task": ("while True:\n        await asyncio.create_task(silent())", Verdict.HOT),
    "hot, then frozen": (
        "for n in itertools.count():\n        if n < 9:\n            await asyncio.sleep(0)",
        Verdict.FROZEN,
    ),
    "hot by turns": (
        "for n in itertools.count():\n        if n % 5 == 0:\n            await asyncio.sleep(0)",
        Verdict.HOT,
    ),
    "waits": ("while True:\n        await asyncio.sleep(1)", Verdict.WAITS),
    "waits for ever": ("while True:\n        await asyncio.Event().wait()", Verdict.WAITS),
    "waits in a thread": ("while True:\n        await asyncio.to_thread(print, end='')", Verdict.WAITS),
    "waits at times": ("for n in itertools.count():\n        await asyncio.sleep(n % 7 == 0)", Verdict.WAITS),
    "ends": ("for _ in range(250):\n        await asyncio.sleep(0)", Verdict.ENDS),
    "deadline": (
        "end = time.monotonic() + 3\n    while time.monotonic() < end:\n        await asyncio.sleep(1)",
        Verdict.ENDS,
    ),
    "bare except": (
        "while True:\n        try:\n            while True:\n                pass\n        except:\n            pass",
        Verdict.FROZEN,
    ),
    "swallows all, hot": (
        "while True:\n        try:\n            await asyncio.sleep(0)\n        except BaseException: pass",
        Verdict.HOT,
    ),
    "swallows all, waits": (
        "while True:\n        try:\n            await asyncio.sleep(1)\n        except BaseException: pass",
        Verdict.WAITS,
    ),
    "in a generator": ("async for _ in endless():\n        pass", Verdict.FROZEN),
    "inside a generator": ("async for _ in mute():\n        pass", Verdict.FROZEN),
    "in a background task": (
        "async def go():\n        while True:\n            await silent()\n    await asyncio.create_task(go())",
        Verdict.FROZEN,
    ),
}

PRELUDE = """\
import asyncio, itertools, time
async def silent(): pass
async def endless():
    n = 0
    while True:
        n += 1
        yield n
async def mute():
    while True:
        await silent()
    yield 1
async def start():
    """


def run(tmp_path: Path, body: str) -> Run:
    path = tmp_path / "case.py"
    path.write_text(PRELUDE + body + "\n")
    return drive(load(path).start)


@pytest.mark.parametrize(("body", "verdict"), CASES.values(), ids=list(CASES))
def test_tells_loops_apart(tmp_path: Path, body: str, verdict: Verdict) -> None:
    assert run(tmp_path, body).verdict is verdict


def test_names_the_outer_loop_and_not_the_busy_loop_inside(tmp_path: Path) -> None:
    result = run(tmp_path, "while True:\n        for _ in range(40):\n            pass")
    assert result.verdict is Verdict.FROZEN and result.header
    assert result.header[1] == PRELUDE.count("\n") + 1
    assert max(result.seen, key=result.seen.__getitem__) == (result.header[0], result.header[1] + 1)


def test_reports_an_error_that_ends_the_run(tmp_path: Path) -> None:
    result = run(tmp_path, "while True:\n        raise LookupError('gone')")
    assert result.verdict is Verdict.ENDS and isinstance(result.error, LookupError)


def test_counts_laps_in_other_files_of_a_package(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pkg" / "inner.py").write_text("async def go():\n    while True:\n        pass\n")
    (tmp_path / "pkg" / "outer.py").write_text("from .inner import go as start\n")
    result = drive(load(tmp_path / "pkg" / "outer.py").start)
    assert result.header == (str(tmp_path / "pkg" / "inner.py"), 2)


def test_other_tasks_act_at_the_waits(tmp_path: Path) -> None:
    path = tmp_path / "case.py"
    path.write_text("import asyncio\nGO = [1]\nasync def start():\n    while GO:\n        await asyncio.sleep(1)\n")
    module = load(path)
    assert drive(module.start, between=module.GO.clear).verdict is Verdict.ENDS
