"""Every bad fixture is repaired as its `.fixed.py` shows, proved by running it, or refused with a reason."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from drives import has_drive, pair_name
from drives.standins import stub_websockets
from expectations import describe
from fixed_fixtures import FIXTURES, alone, bad_files, fix, fixed_path, repaired
from harness import Run, Verdict, drive, load
from lint_rules.config import Settings
from lint_rules.engine import check
from lint_rules.findings import Level

# Not repaired: the beginning of the reason.
REFUSED = {
    "SPN101/inherited/bad_base.py": "it spins for CachedPoller only",
    "SPN106/bad_finished_beside.py": "what it waits for is over for ever",
    "SPN106/bad_finished_in_set.py": "what it waits for is over for ever",
    "SPN106/bad_finished_task.py": "what it waits for is over for ever",
    "SPN106/bad_resolved_future.py": "what it waits for is over for ever",
    "wild/bad_genesis_protocol.py": "`leave the loop of handler when not content` was dropped",
}
LAPS = 3
# The drive puts data in front of the state: so many laps take it out.
DRAINED = {"SPN103/bad_line_reader.py": 2}


def name(path: Path) -> str:
    return path.relative_to(FIXTURES).as_posix()


ALL = bad_files()
FIXED = [path for path in ALL if name(path) not in REFUSED]
DRIVEN = [path for path in FIXED if has_drive(path)]


def run(bad: Path, text: bytes, folder: Path, laps: int, waits: int) -> Run:
    """Drive a text in the place of a fixture, as the fixture itself is driven."""
    path = alone(bad, folder)
    path.write_bytes(text)
    function = vars(importlib.import_module(f"drives.{bad.relative_to(FIXTURES).parts[0].lower()}"))[pair_name(bad)]
    with stub_websockets():
        module = load(path)
        return drive(lambda: function(module), laps, waits)


@pytest.mark.parametrize("bad", FIXED, ids=name)
def test_the_fixed_file_is_what_the_fixer_makes(bad: Path) -> None:
    text, results = fix(bad)
    assert [done.reason for done in results if not done.proposals] == []
    assert text.decode() == fixed_path(bad).read_text(encoding="utf-8")


@pytest.mark.parametrize("bad", FIXED, ids=name)
def test_the_fixed_file_is_clean_and_stays_as_it_is(bad: Path, tmp_path: Path) -> None:
    path = alone(bad, tmp_path)
    path.write_bytes(fixed_path(bad).read_bytes())
    found = [f for f in check([path], Settings(root=tmp_path)).findings if f.level >= Level.LIKELY]
    assert found == [], describe(found)
    assert repaired(path, root=tmp_path) == (path.read_bytes(), [])


@pytest.mark.parametrize("bad", DRIVEN, ids=name)
def test_the_fixed_loop_waits_or_leaves_where_the_bad_one_span(bad: Path, tmp_path: Path) -> None:
    before = run(bad, bad.read_bytes(), tmp_path / "bad", 5000, 1)
    assert before.verdict.spins
    after = run(bad, fixed_path(bad).read_bytes(), tmp_path / "fixed", 5000, 1)
    assert after.verdict in (Verdict.WAITS, Verdict.ENDS), after
    assert max(after.seen.values()) <= LAPS + DRAINED.get(name(bad), 0), after
    assert not isinstance(after.error, (AttributeError, NameError, TypeError, UnboundLocalError)), after.error


@pytest.mark.parametrize("bad", [path for path in ALL if name(path) in REFUSED], ids=name)
def test_a_refusal_says_why(bad: Path, tmp_path: Path) -> None:
    path = alone(bad, tmp_path)
    before = path.read_bytes()
    text, [done] = fix(bad)
    assert done.reason.startswith(REFUSED[name(bad)])
    assert (text, done.proposals, fixed_path(bad).exists()) == (before, (), False)


def test_nearly_all_fixtures_are_run() -> None:
    assert [name(path) for path in FIXED if path not in DRIVEN] == ["SPN101/bad_qq_gateway.py"]
    assert set(REFUSED) <= {name(path) for path in ALL}
