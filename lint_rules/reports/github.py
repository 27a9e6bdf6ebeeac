"""Workflow commands that GitHub shows as annotations on a pull request.

Invariant: one command for each finding and each error, and no text of others can begin a command of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from lint_rules.findings import Level
from lint_rules.reports.common import printable, shown_path
from lint_rules.run import Outcome

KINDS = {Level.CERTAIN: "error", Level.LIKELY: "warning", Level.POSSIBLE: "notice"}


def render(outcome: Outcome) -> str:
    lines = []
    for f in outcome.findings:
        steps = [f"{shown_path(s.path)}:{s.line} {s.source} {s.message}" for s in f.steps]
        place = {"file": shown_path(f.path), "line": f.line, "col": f.column, "title": f"{f.code} {f.name}"}
        lines.append(_command(KINDS[f.level], place, [f.message, *steps]))
    for error in outcome.errors:
        lines.append(_command("error", {"file": shown_path(error.path), "line": error.line}, [error.message]))
    return "".join(f"{line}\n" for line in lines)


def _command(kind: str, properties: Mapping[str, object], texts: list[str]) -> str:
    fields = ",".join(f"{key}={_property(printable(str(value)))}" for key, value in properties.items())
    return f"::{kind} {fields}::{_data(chr(10).join(printable(text) for text in texts))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
