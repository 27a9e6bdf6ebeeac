"""Twelve variants of the bug that started this project: spinning ones are found, corrected ones are left alone.

The header of each file says what is expected and which defects are true there; a finding needs only one of them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from drives.standins import Session, Socket
from expectations import describe, findings_under, shown
from harness import Verdict, drive, load

FOLDER = Path(__file__).parent / "data" / "variants"
FILES = sorted(FOLDER.glob("variant_*.py"))
CODES = {"R": "SPN201"} | {f"S{n}": f"SPN10{n}" for n in range(1, 7)}


def fact(path: Path, key: str) -> str:
    match = re.search(rf"^# {key}: (.*)", path.read_text(), re.MULTILINE)
    assert match, f"{path.name} has no {key}"
    return match[1].strip()


def name(path: Path) -> str:
    return f"{path.stem}-{fact(path, 'expect')}"


def loop_line(path: Path) -> int:
    return next(n for n, line in enumerate(path.read_text().splitlines(), 1) if line.endswith("# [loop]"))


async def watch_closed_socket(module: Any) -> None:
    feed = next(v for k, v in vars(module).items() if k.endswith("Feed"))(Session(), "wss://feed")
    feed._sock = Socket(closed=True)
    await feed.watch()


@pytest.mark.parametrize("path", FILES, ids=name)
def test_runs_as_its_header_says(path: Path) -> None:
    module = load(path)
    run = drive(lambda: watch_closed_socket(module))
    if fact(path, "expect") == "spins":
        assert run.verdict.spins and run.header == (str(path), loop_line(path))
    else:
        assert run.verdict in (Verdict.WAITS, Verdict.ENDS) and run.error is None


@pytest.mark.parametrize("path", FILES, ids=name)
def test_finding_is_true_there(path: Path) -> None:
    found = shown(findings_under(FOLDER).get(path.resolve(), []))
    if fact(path, "expect") == "clean":
        assert found == [], describe(found)
        return
    true_there = {CODES[label] for label in re.findall(r"S\d|R", fact(path, "class"))}
    assert any(f.line == loop_line(path) and f.code != "SPN201" for f in found), describe(found)
    assert {f.code for f in found} <= true_there, describe(found)


def test_all_variants_are_here() -> None:
    assert len(FILES) == 12
    assert {fact(path, "expect") for path in FILES} == {"spins", "clean"}
