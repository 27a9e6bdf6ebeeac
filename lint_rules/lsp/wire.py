"""Findings and fixes in the words of the language server protocol.

Invariant: a position counts in the units that the client asked for, in lines as Python counts them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types

from lint_rules.findings import Edit, Finding, Fix, Level, Problem, Step
from lint_rules.lsp.desk import Buffer, Judged
from lint_rules.reports import text
from lint_rules.reports.common import Lines, printable
from lint_rules.rules.pages import markdown, terminal
from lint_rules.rules.registry import Rule, rule
from lint_rules.run import Sources

SEVERITY = {
    Level.CERTAIN: types.DiagnosticSeverity.Error,
    Level.LIKELY: types.DiagnosticSeverity.Warning,
    Level.POSSIBLE: types.DiagnosticSeverity.Information,
}
SOURCE = "spinlint"


@dataclass(frozen=True, slots=True)
class Client:
    """What a client can show. `units` counts a text as its positions do; `known` are the documents open in it."""

    units: Callable[[str], int]
    related: bool
    marked: bool
    versioned: bool
    known: Mapping[Path, Buffer]

    def uri(self, path: Path) -> str:
        """An open document keeps the name that the client gave it."""
        return self.known[path].uri if path in self.known else path.absolute().as_uri()

    def position(self, lines: tuple[str, ...], line: int, column: int) -> types.Position:
        """From 1-based code points; what is beyond the last line is its end."""
        if line > len(lines):
            return types.Position(max(len(lines) - 1, 0), self.units(lines[-1]) if lines else 0)
        return types.Position(max(line - 1, 0), self.units(lines[line - 1][: max(column - 1, 0)]))

    def line_from(self, lines: tuple[str, ...], line: int, column: int) -> types.Range:
        """From a column to the end of what stands in its line."""
        end = len(lines[line - 1].rstrip()) + 1 if 0 < line <= len(lines) else 1
        return types.Range(self.position(lines, line, column), self.position(lines, line, max(end, column)))


def diagnostics(client: Client, judged: Judged, path: Path) -> list[types.Diagnostic]:
    lines_of = judged.sources().lines
    found = [diagnostic(client, finding, lines_of) for finding in judged.findings if finding.path == path]
    return found + [_of_problem(client, error, lines_of) for error in judged.errors if error.path == path]


def diagnostic(client: Client, finding: Finding, lines_of: Lines) -> types.Diagnostic:
    message = printable(finding.message)
    if finding.witness:
        message += f"\nstate in which it spins: {printable(', '.join(finding.witness))}"
    for assumption in finding.assumptions:
        message += f"\nassumed: {printable(assumption)}"
    if not client.related:
        message += "".join(f"\n{step.line}: {_told(step)}" for step in finding.steps)
    return types.Diagnostic(
        range=client.line_from(lines_of(finding.path), finding.line, finding.column),
        message=message,
        severity=SEVERITY[finding.level],
        code=finding.code,
        source=SOURCE,
        related_information=[_related(client, step, lines_of) for step in finding.steps] if client.related else None,
        data={"fingerprint": finding.fingerprint},
    )


def _of_problem(client: Client, error: Problem, lines_of: Lines) -> types.Diagnostic:
    where = client.line_from(lines_of(error.path), error.line, 1)
    return types.Diagnostic(where, printable(error.message), types.DiagnosticSeverity.Error, source=SOURCE)


def _related(client: Client, step: Step, lines_of: Lines) -> types.DiagnosticRelatedInformation:
    where = client.line_from(lines_of(step.path), step.line, step.column)
    return types.DiagnosticRelatedInformation(types.Location(client.uri(step.path), where), _told(step))


def _told(step: Step) -> str:
    return printable(f"{step.source.strip()}  {step.message}")


def hover(client: Client, findings: Iterable[Finding], named: Rule | None) -> types.Hover | None:
    """The findings of a line with their laps, then the page of each rule; or the page of a rule that is named there."""
    shown = list(findings)
    rules = dict.fromkeys([rule(each.code) for each in shown] or ([named] if named else []))
    if not rules:
        return None
    laps = ["\n".join(text.plain(line) for line in text.one(each, lambda _: ())) for each in shown]
    if not client.marked:
        plain = "\n\n".join([*laps, *map(terminal, rules)])
        return types.Hover(types.MarkupContent(types.MarkupKind.PlainText, plain))
    parts = [*map(_fenced, laps), *map(markdown, rules)]
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(parts)))


def _fenced(plain: str) -> str:
    """As code, behind a fence that the text itself cannot close."""
    fence = "```"
    while fence in plain:
        fence += "`"
    return f"{fence}text\n{plain}\n{fence}"


def actions(client: Client, judged: Judged, findings: Iterable[Finding]) -> list[types.CodeAction]:
    """One for each fix; a safe one is the preferred answer to its findings, one that is not says so."""
    by_fix: dict[Fix, list[Finding]] = {}
    for finding in findings:
        if finding.fix is not None and finding.fix.edits:
            by_fix.setdefault(finding.fix, []).append(finding)
    lines_of = judged.sources().lines
    return [
        types.CodeAction(
            title=printable(fix.title) + ("" if fix.safety == "safe" else f" ({fix.safety})"),
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[diagnostic(client, finding, lines_of) for finding in own],
            is_preferred=fix.safety == "safe",
            edit=_change(client, fix.edits, judged.sources()),
        )
        for fix, own in by_fix.items()
    ]


def _change(client: Client, edits: Iterable[Edit], sources: Sources) -> types.WorkspaceEdit:
    changes: dict[Path, list[types.TextEdit]] = {}
    for edit in edits:
        newline = "\r\n" if "\r\n" in sources.text(edit.path) else "\n"
        changes.setdefault(edit.path, []).append(_edit(client, edit, sources.lines(edit.path), newline))
    if not client.versioned:
        return types.WorkspaceEdit(changes={client.uri(path): own for path, own in changes.items()})
    documents: list[types.TextDocumentEdit] = []
    for path, own in changes.items():
        version = client.known[path].version if path in client.known else None
        name = types.OptionalVersionedTextDocumentIdentifier(client.uri(path), version)
        documents.append(types.TextDocumentEdit(name, list(own)))
    return types.WorkspaceEdit(document_changes=list(documents))


def _edit(client: Client, edit: Edit, lines: tuple[str, ...], newline: str) -> types.TextEdit:
    begin = client.position(lines, edit.line, edit.column)
    new = edit.text
    if edit.line > len(lines):  # after a last line without an end
        new = "\n" + new.removesuffix("\n")
    elif edit.end_line > len(lines):
        new = new.removesuffix("\n")
        if not edit.text and edit.line > 1:  # the line before becomes the last one
            begin = client.position(lines, edit.line - 1, len(lines[edit.line - 2]) + 1)
    end = client.position(lines, edit.end_line, edit.end_column)
    return types.TextEdit(types.Range(begin, end), new.replace("\n", newline))
