"""GitLab's code quality report: issues in the form of Code Climate, which a merge request shows beside the code.

Invariant: no two issues share a fingerprint, and an issue keeps its own while code moves.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from lint_rules.findings import Finding, Level, Problem
from lint_rules.reports.common import printable, shown_path
from lint_rules.run import Outcome

SEVERITY = {Level.CERTAIN: "critical", Level.LIKELY: "major", Level.POSSIBLE: "minor"}
Json = dict[str, object]


def render(outcome: Outcome) -> str:
    """ASCII only, so that names which no encoding can hold survive."""
    seen: Counter[str] = Counter()
    issues = [_of_finding(finding, seen) for finding in outcome.findings]
    issues += [_of_error(error, seen) for error in outcome.errors]
    return json.dumps(issues, indent=2) + "\n"


def _of_finding(finding: Finding, seen: Counter[str]) -> Json:
    path = shown_path(finding.path)
    issue = _issue(
        f"{finding.code} {finding.name}",
        f"{finding.message} in `{finding.function}`",
        SEVERITY[finding.level],
        _location(path, finding.line, finding.end_line),
        _fingerprint(seen, path, finding.fingerprint),
    )
    issue["content"] = {"body": _lap(finding)}
    issue["other_locations"] = [_location(shown_path(step.path), step.line, step.line) for step in finding.steps]
    return issue


def _of_error(error: Problem, seen: Counter[str]) -> Json:
    path = shown_path(error.path)
    key = _fingerprint(seen, path, error.message)
    return _issue("trouble", error.message, "blocker", _location(path, error.line, error.line), key)


def _issue(check: str, description: str, severity: str, location: Json, fingerprint: str) -> Json:
    return {
        "type": "issue",
        "check_name": check,
        "description": printable(description),
        "categories": ["Bug Risk", "Performance"],
        "severity": severity,
        "location": location,
        "fingerprint": fingerprint,
    }


def _location(path: str, first: int, last: int) -> Json:
    begin = max(first, 1)
    return {"path": printable(path), "lines": {"begin": begin, "end": max(last, begin)}}


def _fingerprint(seen: Counter[str], *parts: str) -> str:
    """Of the file and what is in it, without a line; the second of two equal ones gets a number."""
    key = "\0".join(parts)
    seen[key] += 1
    return hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _lap(finding: Finding) -> str:
    """State and steps in Markdown, as code in which no name can become markup."""
    lines = [f"state in which it spins: {', '.join(finding.witness)}"] if finding.witness else []
    lines += [f"{shown_path(s.path)}:{s.line} {'  ' * s.depth}{s.source.strip()}  {s.message}" for s in finding.steps]
    return "".join(f"    {printable(line)}\n" for line in lines)
