"""One line for each finding, as editors and `grep` like it.

Invariant: a line is `path:line:column: CODE name [level] message`, whatever the message holds.
"""

from __future__ import annotations

from lint_rules.findings import Finding
from lint_rules.reports.common import printable, shown_path
from lint_rules.run import Outcome


def render(outcome: Outcome) -> str:
    return "".join(f"{printable(_line(finding))}\n" for finding in outcome.findings)


def _line(finding: Finding) -> str:
    place = f"{shown_path(finding.path)}:{finding.line}:{finding.column}"
    return f"{place}: {finding.code} {finding.name} [{finding.level.word}] {finding.message}"
