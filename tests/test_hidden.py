"""Modules that really spin, each a step away from a rule that takes another for impossible: all are reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules.config import Settings
from lint_rules.engine import check
from lint_rules.findings import Level

HIDDEN = sorted((Path(__file__).parent / "data" / "hidden").iterdir())


@pytest.mark.parametrize("folder", HIDDEN, ids=lambda folder: folder.name)
def test_is_reported(folder: Path) -> None:
    report = check([folder], Settings(root=folder, cache=False))
    assert [f for f in report.findings if f.level >= Level.LIKELY and f.code.startswith("SPN10")]
