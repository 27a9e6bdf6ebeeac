"""The worked examples of the theory: each is run, and the analysis has its verdict, its label and its level."""

from __future__ import annotations

from pathlib import Path

import pytest

from drives import FIXTURES, run_fixture
from expectations import describe, expected, findings_under
from harness import Verdict
from lint_rules.config import Settings
from lint_rules.engine import check
from lint_rules.findings import Level

FOLDER = FIXTURES / "worked"
FILES = sorted(FOLDER.glob("*.py"))
ENDS = {"e04_bounded_tries", "e06b_end_leaves", "e13_draining"}


def name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", FILES, ids=name)
def test_runs_as_the_theory_says(path: Path) -> None:
    run = run_fixture(path)
    loops = {(str(path), item.line) for item in expected(path) if item.code != "SPN201"}
    if loops:
        assert run.verdict.spins and run.header in loops
    else:
        assert run.verdict is (Verdict.ENDS if path.stem in ENDS else Verdict.WAITS), run


def test_yields_where_the_theory_says() -> None:
    assert run_fixture(FOLDER / "e13b_polling.py").verdict is Verdict.HOT
    assert run_fixture(FOLDER / "e05_suppressed_sleep.py").verdict is Verdict.FROZEN


@pytest.mark.parametrize("path", FILES, ids=name)
def test_verdict_and_label(path: Path) -> None:
    found = findings_under(FOLDER).get(path.resolve(), [])
    wanted = expected(path)
    assert [item for item in wanted if not any(item.allows(finding) for finding in found)] == [], describe(found)
    surplus = [f for f in found if f.level >= Level.LIKELY and not any(item.allows(f) for item in wanted)]
    assert surplus == [], describe(surplus)


@pytest.mark.parametrize(("target", "code"), [((3, 11), "SPN105"), ((3, 12), "SPN101")])
def test_wait_for_by_target_version(target: tuple[int, int], code: str) -> None:
    path = FOLDER / "e08_wait_for_inline.py"
    findings = check([path], Settings(root=FOLDER, targets=(target,))).findings
    assert [(finding.code, finding.level) for finding in findings] == [(code, Level.CERTAIN)]


def test_the_subclass_is_named() -> None:
    path = FOLDER / "e11_per_class.py"
    (finding,) = findings_under(FOLDER)[path.resolve()]
    text = " ".join([finding.message, *finding.assumptions, *(step.message for step in finding.steps)])
    assert "Cached" in text and "Polling" not in text
