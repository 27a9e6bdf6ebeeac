"""Every fixture is run in its state: the bad ones really go round without waiting, the good ones do not."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from drives import FIXTURES, has_drive, pair_name, run_fixture
from expectations import expected
from harness import Verdict, headers

HOT = {"SPN105": {Verdict.HOT}}  # the class that yields; every other one may do either, by Python version


def files(*patterns: str) -> list[Path]:
    found = [path for pattern in patterns for path in FIXTURES.glob(f"**/{pattern}") if ".fixed" not in path.name]
    return sorted(path for path in found if has_drive(path))


def name(path: Path) -> str:
    return str(path.relative_to(FIXTURES))


@pytest.mark.parametrize("path", files("bad_*.py", "fn_*.py"), ids=name)
def test_bad_spins_on_the_line_it_says(path: Path) -> None:
    run = run_fixture(path)
    assert run.verdict.spins, run
    wanted = {(str(p), e.line): e.code for p in path.parent.glob("bad_*.py") for e in expected(p) if e.code != "SPN201"}
    if path.name.startswith("bad_"):
        assert run.header in wanted
        assert run.verdict in HOT.get(wanted[run.header], {Verdict.HOT, Verdict.FROZEN})


@pytest.mark.parametrize("path", files("good_*.py", "fp_*.py", "possible_*.py"), ids=name)
def test_good_waits_or_ends(path: Path) -> None:
    run = run_fixture(path)
    assert not run.verdict.spins, run
    assert sum(run.seen.values()), "the drive never came to a loop"
    assert not isinstance(run.error, (AttributeError, NameError, TypeError, AssertionError)), run.error
    if run.verdict is Verdict.ENDS and path.name.startswith("good_"):
        assert run.error is None or "raise" in path.read_text()


def test_every_pair_is_whole_and_driven() -> None:
    pairs: dict[tuple[Path, str], set[str]] = {}
    for path in FIXTURES.glob("**/*_*.py"):
        kind = path.name.partition("_")[0]
        if kind in ("bad", "good") and "qq_gateway" not in path.name and ".fixed" not in path.name:
            pairs.setdefault((path.parent, pair_name(path)), set()).add(kind)
            assert has_drive(path) or (path.parent / "__init__.py").exists(), f"no drive for {path}"
    assert {key: kinds for key, kinds in pairs.items() if kinds != {"bad", "good"}} == {}
    folders = {path.name for path in FIXTURES.iterdir() if path.name.startswith("SPN")}
    whole = {folder: sum(1 for parent, _ in pairs if folder in parent.parts) for folder in folders}
    assert all(count >= 4 for count in whole.values()), whole


def test_twins_differ_in_a_few_lines() -> None:
    far = {}
    for bad in FIXTURES.glob("**/bad_*.py"):
        good = bad.with_name(bad.name.replace("bad_", "good_", 1))
        if not good.exists() or "qq_gateway" in bad.name or ".fixed" in bad.name:
            continue
        lines = [[line.partition("  # expect")[0] for line in path.read_text().splitlines()] for path in (bad, good)]
        changes = [line for line in difflib.ndiff(*lines) if line[:2] in ("- ", "+ ") and '"""' not in line]
        if len(changes) > 12:
            far[name(bad)] = changes
    assert far == {}


def test_bad_files_name_a_loop_header() -> None:
    for path in FIXTURES.glob("**/bad_*.py"):
        for item in expected(path):
            assert item.code == "SPN201" or item.line in headers(path), (path, item)
