"""The findings of every fixture equal its `# expect:` comments, no more and no less, at the levels that users see."""

from __future__ import annotations

from pathlib import Path

import pytest

from drives import FIXTURES
from expectations import describe, expected, findings_under, shown
from lint_rules.config import Settings
from lint_rules.engine import check

FILES = sorted(path for path in FIXTURES.glob("**/*.py") if "worked" not in path.parts)


def name(path: Path) -> str:
    return str(path.relative_to(FIXTURES))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_findings_equal_the_comments(path: Path) -> None:
    found = findings_under(FIXTURES).get(path.resolve(), [])
    wanted = expected(path)
    missed = [item for item in wanted if not any(item.allows(finding) for finding in found)]
    surplus = [finding for finding in shown(found) if not any(item.allows(finding) for item in wanted)]
    assert not missed and not surplus, f"missed {missed}, surplus {describe(surplus)}, all {describe(found)}"


@pytest.mark.parametrize("path", FILES[::7], ids=name)
def test_a_file_alone_is_judged_as_within_the_whole(path: Path) -> None:
    alone = check([path], Settings(root=FIXTURES)).findings
    assert describe(list(alone)) == describe(findings_under(FIXTURES).get(path.resolve(), []))


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("**/f[np]_*.py")), ids=name)
def test_known_limits_are_named(path: Path) -> None:
    kind = path.name[:2].upper()
    assert f"def {kind}_" in path.read_text()
    assert bool(expected(path)) == (kind == "FP")
