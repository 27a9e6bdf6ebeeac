"""JUnit's XML, in which every build server shows failures: a case fails for each finding.

Invariant: the document is well-formed and valid whatever a file or function is called, and a clean run has one case
that passes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from lint_rules.findings import Finding, Problem
from lint_rules.reports import text
from lint_rules.reports.common import Lines, count, printable, shown_path
from lint_rules.run import Outcome

Element = ElementTree.Element


def render(outcome: Outcome, lines_of: Lines) -> str:
    """One suite for each file with a finding or an error, in their order; ASCII only."""
    by_path: dict[Path, list[Element]] = {}
    for finding in outcome.findings:
        by_path.setdefault(finding.path, []).append(_failed(finding, lines_of))
    for error in outcome.errors:
        by_path.setdefault(error.path, []).append(_broken(error))
    root = Element("testsuites", name="spinlint")
    for path, cases in by_path.items():
        root.append(_suite(shown_path(path), cases))
    if not by_path:
        root.append(_suite("spinlint", [_case("spinlint", f"no loop that spins in {count(outcome.files, 'file')}")]))
    _totals(root, [case for suite in root for case in suite])
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="us-ascii").decode()}\n'


def _suite(name: str, cases: list[Element]) -> Element:
    suite = Element("testsuite", name=printable(name))
    suite.extend(cases)
    _totals(suite, cases)
    return suite


def _totals(element: Element, cases: Iterable[Element]) -> None:
    marks = [case[0].tag if len(case) else "" for case in cases]
    figures = {"tests": len(marks), "failures": marks.count("failure"), "errors": marks.count("error")}
    for name, figure in figures.items():
        element.set(name, str(figure))


def _case(classname: str, name: str) -> Element:
    return Element("testcase", classname=printable(classname), name=printable(name))


def _failed(finding: Finding, lines_of: Lines) -> Element:
    """Its name holds no line, so that a build server follows it from run to run."""
    case = _case(shown_path(finding.path), f"{finding.code} {finding.name} in {finding.function}")
    message = f"{shown_path(finding.path)}:{finding.line}: {finding.message}"
    kind = f"{finding.code} {finding.level.word}"
    failure = ElementTree.SubElement(case, "failure", type=kind, message=printable(message))
    failure.text = "\n".join(text.plain(line) for line in text.one(finding, lines_of))
    return case


def _broken(error: Problem) -> Element:
    case = _case(shown_path(error.path), "analysis")
    message = f"{shown_path(error.path)}:{error.line}: {error.message}"
    ElementTree.SubElement(case, "error", type="trouble", message=printable(message))
    return case
