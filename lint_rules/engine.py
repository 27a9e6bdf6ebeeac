"""From paths and settings to a report: the only module that knows all stages.

Invariant: what is reported for a file depends on its project's files and the settings alone.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from lint_rules.config import Settings
from lint_rules.findings import Finding, Problem, Report
from lint_rules.parse import Unparseable, parse_index
from lint_rules.results import add_to
from lint_rules.source import Undecodable, decode, may_matter, project_root

INVISIBLE = re.compile(r"\s+")
FEW = 8
SMALL = 16_384


def check(paths: Sequence[Path], settings: Settings, texts: dict[Path, bytes] | None = None) -> Report:
    """Analyse files and folders. `texts` replaces what is on disk for a path (standard input, an editor's buffer)."""
    report = Report()
    groups: dict[Path, list[Path]] = {}
    replaced = {p.absolute(): data for p, data in (texts or {}).items()}
    for path in _files(paths, settings):
        absolute = path.absolute()
        report.files += 1
        try:
            data = replaced.get(absolute)
            data = absolute.read_bytes() if data is None else data
            if not may_matter(data):
                if len(paths) <= FEW or len(data) <= SMALL:
                    _check_syntax(path, data, report)
                continue
        except OSError as exc:
            report.errors.append(Problem(path, 1, f"cannot be read: {exc.strerror or exc}"))
            continue
        groups.setdefault(settings.root or project_root(absolute), []).append(path)
    for root, files in sorted(groups.items()):
        from lint_rules.session import Session

        session = Session(root, settings, replaced)
        for path in files:
            add_to(report, path, session.check_file(path.absolute()))
    report.findings.sort(key=lambda f: (str(f.path), f.line, f.code, f.column, f.message))
    report.errors.sort(key=lambda e: (str(e.path), e.line))
    return report


def _files(paths: Sequence[Path], settings: Settings) -> list[Path]:
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            from lint_rules.files import python_files

            found.update(dict.fromkeys(python_files(path, settings)))
        else:
            found[path] = None
    return list(found)


def _check_syntax(path: Path, data: bytes, report: Report) -> None:
    """A file without a candidate loop is only asked whether it is Python; a large one that nobody named is taken to be."""
    try:
        parse_index(decode(path, data).text)
    except (Undecodable, Unparseable) as exc:
        report.errors.append(Problem(path, exc.line, exc.message))


def explain(path: Path, line: int, settings: Settings) -> list[str]:
    """Every lap tried at the loop whose header is on this line, and why it is not a spin, one line each."""
    from lint_rules.session import Session

    absolute = path.absolute()
    return Session(settings.root or project_root(absolute), settings, {}).explain(absolute, line)


def effects(target: str, settings: Settings) -> list[str]:
    """What the analysis believes about one coroutine: a qualified name or FILE:LINE."""
    from lint_rules.session import effects_of

    return effects_of(target, settings)


def fingerprint(code: str, function: str, loop: str, name: str = "") -> str:
    """Keyed by the rule, the qualified function and the loop's text without layout and comments."""
    try:
        normal = ast.dump(ast.parse("if 1:\n" + loop if loop[:1] in " \t" else loop))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        normal = INVISIBLE.sub("", re.sub(r"#[^\n]*", "", loop))
    return hashlib.sha256("\0".join((code, function, name, normal)).encode("utf-8", "replace")).hexdigest()[:20]


def best(findings: Iterable[tuple[Finding, int]]) -> list[Finding]:
    """One finding per loop and code: the strongest level, then the shortest lap; the others are counted in its message."""
    groups: dict[tuple[str, int, int], list[tuple[Finding, int]]] = {}
    for finding, length in findings:
        groups.setdefault((finding.code, finding.line, finding.column), []).append((finding, length))
    out = []
    for group in groups.values():
        group.sort(key=lambda pair: (-pair[0].level, len(pair[0].assumptions), pair[1], len(pair[0].witness), pair[0].witness))
        out.append(group[0][0])
    return out

