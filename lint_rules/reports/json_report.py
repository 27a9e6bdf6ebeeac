"""The JSON report, which other tools read; `docs/report.schema.json` describes it.

Invariant: the document is complete whatever went wrong, and a change that breaks a reader raises `schema`.
"""

from __future__ import annotations

import json

from lint_rules import __version__
from lint_rules.findings import Finding
from lint_rules.reports.common import shown_path
from lint_rules.run import Outcome

SCHEMA = 1


def render(outcome: Outcome) -> str:
    """ASCII only, so that names which no encoding can hold survive."""
    document = {
        "schema": SCHEMA,
        "version": __version__,
        "findings": [_finding(finding) for finding in outcome.findings],
        "errors": [{"path": shown_path(e.path), "line": e.line, "message": e.message} for e in outcome.errors],
        "incomplete": [
            {"path": shown_path(i.path), "line": i.line, "function": i.function, "reason": i.reason}
            for i in outcome.incomplete
        ],
        "files": outcome.files,
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "name": finding.name,
        "level": finding.level.word,
        "path": shown_path(finding.path),
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "function": finding.function,
        "message": finding.message,
        "witness": list(finding.witness),
        "steps": [{"path": shown_path(s.path), "line": s.line, "message": s.message} for s in finding.steps],
        "fix": None if finding.fix is None else {"title": finding.fix.title, "safety": finding.fix.safety},
        "fingerprint": finding.fingerprint,
    }
