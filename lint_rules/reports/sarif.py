"""SARIF 2.1.0, which code hosts show with the path of the lap.

Invariant: the document is valid against the published schema whatever was found, and a result keeps its fingerprint
when code moves.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

from lint_rules import __version__
from lint_rules.findings import Finding, Fix, Level, Problem
from lint_rules.reports.common import shown_path
from lint_rules.rules.pages import markdown, page
from lint_rules.rules.registry import RULES, Rule
from lint_rules.run import Outcome

SCHEMA_URI = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Level.CERTAIN: "error", Level.LIKELY: "warning", Level.POSSIBLE: "note"}
INDEX = {rule.code: number for number, rule in enumerate(RULES)}
Json = dict[str, object]


def render(outcome: Outcome) -> str:
    driver = {"name": "spinlint", "version": __version__, "rules": [_rule(rule) for rule in RULES]}
    invocation = {
        "executionSuccessful": not outcome.errors,
        "toolExecutionNotifications": [_notification(error) for error in outcome.errors],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": [_result(finding) for finding in outcome.findings],
    }
    return json.dumps({"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> Json:
    found = page(rule)
    return {
        "id": rule.code,
        "name": "".join(word.title() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": " ".join(found.sections["What it finds"].split())},
        "help": {"text": " ".join(found.sections["Fix"].split()), "markdown": markdown(rule)},
        "properties": {"tags": ["asyncio", "reliability"], "precision": "high"},
    }


def _result(finding: Finding) -> Json:
    places = [
        {"location": _location(s.path, s.line, s.column, s.message, s.source), "nestingLevel": s.depth}
        for s in finding.steps
    ]
    result: Json = {
        "ruleId": finding.code,
        "ruleIndex": INDEX[finding.code],
        "level": LEVELS[finding.level],
        "message": {"text": finding.message},
        "locations": [
            {
                **_location(finding.path, finding.line, finding.column),
                "logicalLocations": [{"fullyQualifiedName": finding.function, "kind": "function"}],
            }
        ],
        "partialFingerprints": {"spinlint/v1": finding.fingerprint},
        "properties": {
            "level": finding.level.word,
            "witness": list(finding.witness),
            "assumptions": list(finding.assumptions),
        },
    }
    if finding.fix is not None and finding.fix.edits:
        result["fixes"] = [_fix(finding.fix)]
    if places:
        result["codeFlows"] = [{"threadFlows": [{"locations": places}]}]
    return result


def _fix(fix: Fix) -> Json:
    """Each replacement takes whole lines out (none: nothing is deleted) and puts others in their place."""
    changes: dict[str, list[Json]] = {}
    for edit in fix.edits:
        region = {
            "startLine": edit.line,
            "startColumn": edit.column,
            "endLine": edit.end_line,
            "endColumn": edit.end_column,
        }
        replacement = {"deletedRegion": region, "insertedContent": {"text": edit.text}}
        changes.setdefault(_uri(edit.path), []).append(replacement)
    return {
        "description": {"text": f"{fix.title} ({fix.safety})"},
        "artifactChanges": [
            {"artifactLocation": {"uri": uri}, "replacements": replacements} for uri, replacements in changes.items()
        ],
    }


def _location(path: Path, line: int, column: int, message: str = "", source: str = "") -> Json:
    region: Json = {"startLine": max(line, 1), "startColumn": max(column, 1)}
    if source:
        region["snippet"] = {"text": source}
    location: Json = {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": region}}
    if message:
        location["message"] = {"text": message}
    return location


def _uri(path: Path) -> str:
    shown = shown_path(path)
    quoted = quote(shown.encode("utf-8", "surrogateescape"))
    return f"file://{quoted}" if shown.startswith("/") else quoted


def _notification(error: Problem) -> Json:
    return {"level": "error", "message": {"text": error.message}, "locations": [_location(error.path, error.line, 1)]}
