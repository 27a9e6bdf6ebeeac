"""`spinlint fix`: repairs the loops that it can repair, says of each other one why not, and takes out suppressions that
silence nothing any more.

Invariant: a file is written whole or not at all, and only with fixes that have passed every gate.
"""

from __future__ import annotations

import argparse
import difflib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from lint_rules.commands import CLEAN, FINDINGS, TROUBLE, UsageError
from lint_rules.commands.options import absolute, add_selection, add_settings, settings_reader
from lint_rules.commands.output import emit, progress, say
from lint_rules.config import Settings
from lint_rules.files import Walked
from lint_rules.findings import Finding, Problem
from lint_rules.fixes.edits import Unwritable, apply
from lint_rules.fixes.repair import Repaired, Workshop
from lint_rules.reports.common import count, printable, shown_path
from lint_rules.rules.registry import matching
from lint_rules.run import around, gather
from lint_rules.run import run as analyse
from lint_rules.source import decode
from lint_rules.suppress import Unused, described, removals


def add(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    parser.add_argument("--unsafe", action="store_true", help="also fixes that may change runs which did wait or end")
    parser.add_argument("--diff", action="store_true", help="show what would change and write nothing")
    parser.add_argument("--touching", action="store_true", help="analyse whole projects, repair what touches a PATH")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if args.touching and not args.paths:
        raise UsageError("--touching needs the changed files")
    read = settings_reader(args)
    named = [absolute(path) for path in args.paths] or [Path.cwd()]
    job = Job(args.unsafe)
    with progress("repairing"):
        walked = around(named, read) if args.touching else gather(named, read, {})
        outcome = analyse(walked, {}, passed=named if args.touching else None, look_for_unused=True)
        for path, settings in each_once(walked):
            job.repair(path, settings, [f for f in outcome.findings if f.path == path])
        outcome.errors += job.tidy(walked, outcome.unused)
    for error in outcome.errors:
        say(f"{shown_path(error.path)}:{error.line}: {error.message}")
    if args.diff:
        emit(
            "".join(text for path in sorted(job.after) for text in diff(path, job.before[path], job.after[path])), None
        )
        for line in job.summary(would=True):
            say(line)
    else:
        job.failed |= {path for path, data in sorted(job.after.items()) if not written(path, job.before[path], data)}
        emit("".join(f"{line}\n" for line in job.summary()), None)
    if outcome.errors or job.failed:
        return TROUBLE
    return FINDINGS if any(not r.proposals for r, _ in job.results) or (args.diff and job.after) else CLEAN


class Job:
    """What one run repairs: the texts before and after, and what came of each loop.

    A result has beside it what unsafe fixes would do, where these were not asked for.
    """

    def __init__(self, unsafe: bool) -> None:
        self.unsafe = unsafe
        self.before: dict[Path, bytes] = {}
        self.after: dict[Path, bytes] = {}
        self.results: list[tuple[Repaired, Repaired | None]] = []
        self.failed: set[Path] = set()  # what could not be written
        self.removed: list[tuple[Path, Unused]] = []

    def repair(self, path: Path, settings: Settings, findings: list[Finding]) -> None:
        if not findings:
            return
        shop = Workshop(path, settings, self.after)
        functions = set()
        lines = {f.fingerprint: f.line for f in findings}  # before other fixes moved the loop
        for loop, codes in shop.loops(path, findings):
            done = shop.repair(path, loop, codes, self.unsafe)
            functions.add(loop[1])
            if done is None:
                continue  # repaired together with a loop before it
            line = lines.get(done.finding.fingerprint, done.finding.line)
            done = replace(done, finding=replace(done.finding, line=line))
            other = None if done.proposals or self.unsafe else shop.repair(path, loop, codes, True)
            self.results.append((done, other))
            if done.proposals:
                shop.texts = dict(done.texts)
        self.after = shop.texts
        self.before = {file: shop.originals.get(file, self.before.get(file, b"")) for file in self.after}
        for finding in findings:
            if finding.code == "SPN201" and finding.function not in functions:
                self.results.append((Repaired(finding, reason="set it back only where success is proved"), None))

    def tidy(self, walked: Walked, unused: Iterable[tuple[Path, Unused]]) -> Iterator[Problem]:
        """Take out the suppressions that silence nothing, of the selected codes; also those made idle by a repair."""
        repaired = replace(walked, files=tuple(pair for pair in walked.files if pair[0] in self.after), problems=())
        found = [(path, each) for path, each in unused if path not in self.after]
        if repaired.files:
            found += analyse(repaired, self.after, look_for_unused=True).unused
        codes = {path: settings.codes() for path, settings in walked.files}
        idle: dict[Path, list[Unused]] = {}
        for path, each in found:
            selectors = tuple(s for s in each.selectors if matching((s,)) <= codes[path])
            if selectors or (not each.selectors and codes[path] == matching(("ALL",))):
                idle.setdefault(path, []).append(Unused(each.comment, selectors))
        for path, comments in idle.items():
            before = self.after.get(path) or path.read_bytes()
            try:
                after = apply(before, removals(path, decode(path, before).lines, comments))
            except Unwritable as exc:
                yield Problem(path, comments[0].comment.line, f"an unused suppression stays: {exc}")
                continue
            self.before.setdefault(path, before)
            self.after[path] = after
            self.removed += [(path, each) for each in comments]

    def summary(self, would: bool = False) -> Iterator[str]:
        """What came of each loop; `would`: nothing was written."""
        fixed = unsafe = refused = 0
        fixes, removed = ("would fix", "would be removed") if would else ("fixed", "removed")
        for done, other in self.results:
            place = f"{shown_path(done.finding.path)}:{done.finding.line}: {done.finding.code}"
            if any(edit.path.absolute() in self.failed for p in done.proposals for edit in p.edits):
                refused += 1
                yield f"{place} not fixed: the file could not be written"
            elif done.proposals:
                fixed += 1
                yield " ".join([f"{place} {fixes} ({done.safety}): {printable(done.title)}", *_notes(done)])
            elif other is not None and other.proposals:
                unsafe += 1
                yield " ".join([f"{place} only with --unsafe: {printable(other.title)}", *_notes(other)])
            else:
                refused += 1
                yield f"{place} refused: {printable((other or done).reason)}"
        for path, each in self.removed:
            yield f"{shown_path(path)}:{each.comment.line}: {described(each)}: {removed}"
        also = f", {count(len(self.removed), 'suppression')} {removed}" if self.removed else ""
        total = f"{count(fixed, 'loop')} {'would be ' if would else ''}fixed"
        yield f"{total}, {unsafe} only with --unsafe, {refused} refused{also}"


def _notes(done: Repaired) -> Iterator[str]:
    return (f"({note})" for note in done.notes)


def diff(path: Path, before: bytes, after: bytes) -> Iterator[str]:
    """A unified diff that `git apply` and `patch` take."""
    name = shown_path(path)
    old, new = (decode(path, data).text.splitlines(keepends=True) for data in (before, after))
    for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def each_once(walked: Walked) -> Iterator[tuple[Path, Settings]]:
    """The files, a link and what it points to as one."""
    seen: set[Path] = set()
    for path, settings in walked.files:
        if path.resolve() not in seen:
            seen.add(path.resolve())
            yield path, settings


def written(path: Path, before: bytes, after: bytes) -> bool:
    """Whether a file could be replaced; if not, that is said, and the others are written all the same."""
    try:
        replace_file(path, before, after)
    except (UsageError, OSError) as exc:
        why = exc if isinstance(exc, UsageError) else f"{shown_path(path)}: cannot be written: {exc.strerror}"
        say(f"{why}; it stays as it was")
        return False
    return True


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Put a new file in the place of the old one, at once, with its mode. Links stay links."""
    real = path.resolve()
    if real.read_bytes() != before:
        raise UsageError(f"{shown_path(path)}: changed meanwhile")
    if not os.access(real, os.W_OK):
        raise UsageError(f"{shown_path(path)}: read-only")
    try:
        handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
    except OSError as exc:
        raise UsageError(f"{shown_path(path)}: cannot be written: {exc.strerror}") from exc
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(after)
        temporary.chmod(real.stat().st_mode & 0o7777)
        temporary.replace(real)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
