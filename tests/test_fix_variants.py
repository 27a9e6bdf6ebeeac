"""The variants of the bug that started this project, and the worked examples: repaired and run, or refused."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from drives import FIXTURES, has_drive, pair_name, worked
from fixed_fixtures import repaired
from harness import Run, Verdict, drive, load
from lint_rules.config import Settings
from lint_rules.engine import check
from lint_rules.findings import Level
from test_variants import FILES, fact, loop_line, watch_closed_socket

SPINNING = [path for path in FILES if fact(path, "expect") == "spins"]
CLEAN = [path for path in FILES if fact(path, "expect") == "clean"]
WORKED = sorted(p for p in (FIXTURES / "worked").glob("e*.py") if re.search("# expect: SPN\\d+ certain", p.read_text()))
REFUSED = {"e11_per_class": "it spins for Cached only"}


def stem(path: Path) -> str:
    return path.stem


def shown(path: Path) -> list[str]:
    return [f.message for f in check([path], Settings(root=path.parent)).findings if f.level >= Level.LIKELY]


def three_laps(before: Run, after: Run, header: tuple[str, int]) -> None:
    """The original span 5,000 times without a wait; the repaired loop waits or leaves within three laps."""
    assert before.verdict.spins and before.waits == 0
    assert after.verdict in (Verdict.WAITS, Verdict.ENDS), after
    assert max(after.seen.values()) <= 3, after
    assert header in before.seen


@pytest.mark.parametrize("variant", SPINNING, ids=stem)
def test_a_spinning_variant_is_repaired(variant: Path, tmp_path: Path) -> None:
    path = tmp_path / variant.name
    shutil.copy(variant, path)
    module = load(path)
    before = drive(lambda: watch_closed_socket(module), 5000, 1)
    text, results = repaired(path)
    assert [done.reason for done in results if not done.proposals] == []
    path.write_bytes(text)
    assert shown(path) == []
    module = load(path)
    after = drive(lambda: watch_closed_socket(module), 5000, 1)
    three_laps(before, after, (str(path), loop_line(variant)))
    assert after.error is None


@pytest.mark.parametrize("variant", CLEAN, ids=stem)
def test_a_clean_variant_is_left_alone(variant: Path, tmp_path: Path) -> None:
    path = tmp_path / variant.name
    shutil.copy(variant, path)
    assert repaired(path) == (variant.read_bytes(), [])


@pytest.mark.parametrize("example", WORKED, ids=stem)
def test_a_worked_example_is_repaired_or_refused(example: Path, tmp_path: Path) -> None:
    assert has_drive(example)
    path = tmp_path / example.name
    shutil.copy(example, path)
    function = vars(worked)[pair_name(example)]
    module = load(path)
    before = drive(lambda: function(module), 5000, 1)
    text, [done] = repaired(path)
    if example.stem in REFUSED:
        assert done.reason.startswith(REFUSED[example.stem])
        assert text == example.read_bytes()
        return
    assert done.proposals, done.reason
    path.write_bytes(text)
    assert shown(path) == []
    module = load(path)
    assert before.header is not None
    three_laps(before, drive(lambda: function(module), 5000, 1), before.header)
