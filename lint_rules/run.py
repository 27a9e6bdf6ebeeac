"""One run as every surface does it: settings for each file, the analysis, then what is shown of it.

Invariant: the same file, project and settings give the same shown findings in every host; what is hidden is counted,
not forgotten.
"""

from __future__ import annotations

import io
import os
import tokenize
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from lint_rules import baseline, suppress
from lint_rules.config import Settings
from lint_rules.files import Walked, excluded, walk
from lint_rules.findings import Finding, Incomplete, Problem, Report
from lint_rules.rules.registry import matching
from lint_rules.source import Text, Undecodable, decode, project_root, read, seen
from lint_rules.suppress import Kind, Unused

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from lint_rules.executor import Executor


@dataclass(slots=True)
class Outcome:
    """What a surface shows. `hidden` counts findings by what hid them; `stale` has the baseline of each entry."""

    findings: list[Finding] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    incomplete: list[Incomplete] = field(default_factory=list)
    files: int = 0
    loops: int = 0
    failing: int = 0
    hidden: dict[str, int] = field(default_factory=dict)
    unused: list[tuple[Path, Unused]] = field(default_factory=list)
    stale: list[tuple[Path, baseline.Entry]] = field(default_factory=list)

    def hide(self, why: str) -> None:
        self.hidden[why] = self.hidden.get(why, 0) + 1


@dataclass(slots=True)
class Sources:
    """The lines of files, read once; `texts` replaces what is on disk."""

    texts: Mapping[Path, bytes] = field(default_factory=dict)
    known: dict[Path, tuple[str, ...]] = field(default_factory=dict)

    def text(self, path: Path) -> str:
        """Empty where the file cannot be read: the analysis has said so already."""
        return self._read(path).text

    def lines(self, path: Path) -> tuple[str, ...]:
        if path not in self.known:
            self.known[path] = self._read(path).lines
        return self.known[path]

    def _read(self, path: Path) -> Text:
        try:
            return decode(path, self.texts[path] if path in self.texts else read(path))
        except (OSError, Undecodable):
            return Text(path, "", ())


def gather(paths: Sequence[Path], settings_of: Callable[[Path], Settings], texts: Mapping[Path, bytes]) -> Walked:
    """The files that these paths stand for; a text that is handed over needs no file on disk."""
    on_disk = walk([path for path in paths if path not in texts], settings_of)
    handed = tuple((path, settings_of(path.parent)) for path in texts)
    return Walked((*handed, *on_disk.files), on_disk.problems)


def around(passed: Sequence[Path], settings_of: Callable[[Path], Settings]) -> Walked:
    """The whole projects of the passed files, for a host that passes changed files only."""
    given = [path for path in passed if not excluded(path, settings_of(path.parent))]
    roots = {settings_of(path.parent).root or project_root(path.absolute()) for path in given}
    walked = walk(sorted(roots), settings_of)
    have = {file.absolute() for file, _ in walked.files}
    extra = walk([path for path in given if path.absolute() not in have], settings_of)
    problems = (*(p for p in walked.problems if p.path.absolute() not in have), *extra.problems)
    return Walked((*walked.files, *extra.files), problems)


def touches(finding: Finding, passed: Iterable[Path]) -> bool:
    """Whether the finding or any step of its lap lies in one of these files."""
    files = {path.resolve() for path in passed}
    return any(path.resolve() in files for path in {finding.path, *(step.path for step in finding.steps)})


def run(
    walked: Walked,
    texts: Mapping[Path, bytes],
    kinds: Collection[Kind] = frozenset(Kind),
    passed: Sequence[Path] | None = None,
    look_for_unused: bool = False,
    pool: Executor | None = None,
) -> Outcome:
    """Analyses the files, group by group of equal settings. `passed` keeps what touches one of these files; `pool` does
    the work, instead of processes of our own.
    """
    sources = Sources(texts)
    outcome = Outcome(errors=list(walked.problems))
    kept: dict[Path | None, list[tuple[Finding, Settings]]] = {}
    for settings, files in _groups(walked.files):
        report = _analyse(files, settings, texts, pool)
        outcome.errors += report.errors
        outcome.incomplete += report.incomplete
        outcome.files += report.files
        outcome.loops += report.loops
        kept.setdefault(settings.baseline, []).extend(
            (finding, settings) for finding in _selected(report, settings, sources, kinds, outcome)
        )
        looked = (file for file in files if look_for_unused and (passed is None or file in passed))
        _comments(list(looked), report, sources, outcome)
    checked = {_real(path): settings.codes() for path, settings in walked.files}
    for path, pairs in kept.items():
        _show(pairs, path, checked, passed, outcome)
    outcome.findings.sort(key=_order)
    outcome.errors.sort(key=lambda e: (str(e.path), e.line, e.message))
    # A loop that several classes inherit is tried for each of them.
    outcome.incomplete = sorted(set(outcome.incomplete), key=lambda i: (str(i.path), i.line, i.reason))
    return outcome


def run_on_text(path: Path, lines: Sequence[str], settings: Settings) -> list[Finding]:
    """The shown findings of one file that a host has read, with the host's text; the host reads its own comments."""
    walked = Walked(((path, settings),), ())
    return run(walked, {path: encoded("".join(lines))}, kinds=(Kind.OURS,)).findings


def encoded(text: str) -> bytes:
    """A text as the bytes that it declares itself to be."""
    data = text.encode("utf-8", "surrogatepass")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return text.encode(encoding)
    except (SyntaxError, UnicodeEncodeError):
        return data


def _order(finding: Finding) -> tuple[str, int, str, int, str]:
    return (finding.path.absolute().as_posix(), finding.line, finding.code, finding.column, finding.message)


def _groups(files: Sequence[tuple[Path, Settings]]) -> list[tuple[Settings, list[Path]]]:
    groups: dict[object, tuple[Settings, list[Path]]] = {}
    for path, settings in files:
        groups.setdefault((settings.source, settings.targets), (settings, []))[1].append(path)
    return list(groups.values())


def _analyse(files: Sequence[Path], settings: Settings, texts: Mapping[Path, bytes], pool: Executor | None) -> Report:
    from lint_rules import engine

    return engine.check(files, settings, {path: data for path, data in texts.items() if path in files} or None, pool)


def _selected(
    report: Report, settings: Settings, sources: Sources, kinds: Collection[Kind], outcome: Outcome
) -> Iterable[Finding]:
    codes = settings.codes()
    for finding in report.findings:
        if finding.code not in codes or finding.code in _ignored(finding.path, settings):
            outcome.hide("not selected")
        elif _silenced(finding, sources.lines(finding.path), kinds):
            outcome.hide("suppressed by a comment")
        else:
            yield finding


def _silenced(finding: Finding, lines: tuple[str, ...], kinds: Collection[Kind]) -> bool:
    if suppress.silenced(finding, lines, kinds):
        return True
    return Kind.NOQA in kinds and suppress.whole_file(lines)


def _ignored(path: Path, settings: Settings) -> frozenset[str]:
    ignored: frozenset[str] = frozenset()
    for pattern, selectors in settings.per_file_ignores:
        try:
            relative = path.absolute().relative_to(settings.folder).as_posix()
        except ValueError:
            relative = path.name
        if _pattern(pattern).match_file(relative):
            ignored |= matching(selectors)
    return ignored


@lru_cache(maxsize=256)
def _pattern(text: str) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines([text])


def _comments(looked: Sequence[Path], report: Report, sources: Sources, outcome: Outcome) -> None:
    """A misspelt code in a comment is an error on every run in which the file is read anyway; unused ones are looked
    for on request, where the analysis came to an end.
    """
    by_path: dict[Path, list[Finding]] = {}
    for finding in report.findings:
        by_path.setdefault(finding.path, []).append(finding)
    unread = {error.path for error in report.errors}
    for path in {**dict.fromkeys(looked), **by_path}:
        text = sources.text(path)
        for comment, selector in suppress.misspelt(text):
            message = f"a suppression names {selector!r}, which is no code of spinlint"
            outcome.errors.append(Problem(path, comment.line, message))
        if path in looked and path not in unread:
            unknown = {each.line for each in report.incomplete if each.path == path}
            outcome.unused += [(path, each) for each in suppress.unused(text, by_path.get(path, ()), unknown)]


def _show(
    pairs: Sequence[tuple[Finding, Settings]],
    path: Path | None,
    checked: Mapping[Path, Collection[str]],
    passed: Sequence[Path] | None,
    outcome: Outcome,
) -> None:
    fresh = [finding for finding, _ in pairs]
    if path is not None:
        compared = baseline.compare(fresh, baseline.read(path), path.parent, partial(_judged, checked))
        outcome.hidden["in the baseline"] = outcome.hidden.get("in the baseline", 0) + len(fresh) - len(compared.fresh)
        outcome.stale += [(path, entry) for entry in compared.stale]
        fresh = list(compared.fresh)
    settings_of = {id(finding): settings for finding, settings in pairs}
    for finding in fresh:
        settings = settings_of[id(finding)]
        if finding.level < settings.level:
            outcome.hide("below the shown level")
        elif passed is None or touches(finding, passed):
            outcome.findings.append(finding)
            outcome.failing += finding.level >= (settings.fail_level or settings.level)


def _judged(checked: Mapping[Path, Collection[str]], file: Path, code: str) -> bool:
    """Whether this run would have found a loop of this code in this file; in one that is gone it finds none."""
    codes = checked.get(_real(file))
    if codes is None:
        return not seen(file.exists) and any(code in each for each in checked.values())
    return code in codes


def _real(path: Path) -> Path:
    """`a/../b` without following links, as the checked paths are written."""
    return Path(os.path.normpath(path.absolute()))
