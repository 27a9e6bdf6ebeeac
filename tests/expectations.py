"""What the fixtures say of themselves, and what the analysis says of them, in the same shape.

A comment `# expect: SPN101` stands at the end of the line that is reported; a level after the code is expected exactly,
without one it is certain or likely.
"""

from __future__ import annotations

import functools
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

from lint_rules.config import Settings
from lint_rules.engine import check
from lint_rules.findings import Finding, Level

COMMENT = re.compile(r"#\s*expect:\s*(.*)")
ITEM = re.compile(r"(SPN\d{3})(?:\s+(certain|likely|possible))?")


@dataclass(frozen=True, slots=True, order=True)
class Expected:
    line: int
    code: str
    level: str = ""

    def allows(self, finding: Finding) -> bool:
        if (finding.line, finding.code) != (self.line, self.code):
            return False
        return finding.level.word == self.level if self.level else finding.level >= Level.LIKELY


def expected(path: Path) -> list[Expected]:
    """The findings that the comments of a file ask for."""
    found = []
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            comment = COMMENT.match(token.string) if token.type == tokenize.COMMENT else None
            if comment:
                found += [Expected(token.start[0], code, level) for code, level in ITEM.findall(comment[1])]
    return sorted(found)


@functools.cache
def findings_under(folder: Path) -> dict[Path, list[Finding]]:
    """All findings of one run over a folder, by file."""
    report = check(sorted(folder.glob("**/*.py")), Settings(root=folder))
    assert not report.errors, report.errors
    by_file: dict[Path, list[Finding]] = {}
    for finding in report.findings:
        by_file.setdefault(finding.path.resolve(), []).append(finding)
    return by_file


def shown(findings: list[Finding]) -> list[Finding]:
    """What a user sees by default."""
    return [finding for finding in findings if finding.level >= Level.LIKELY]


def describe(findings: list[Finding]) -> list[str]:
    return sorted(f"{f.line} {f.code} {f.level.word} {' & '.join(f.witness)}" for f in findings)
