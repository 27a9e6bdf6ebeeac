"""`spinlint check`: analyses files and folders and reports the loops that can spin.

Invariant: whatever goes wrong, the report in the chosen format is complete, and each trouble is also one line on the
error stream.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from lint_rules import baseline
from lint_rules.commands import CLEAN, FINDINGS, TROUBLE, UsageError, internal_error
from lint_rules.commands.options import absolute, add_selection, add_settings, checked, settings_reader
from lint_rules.commands.output import emit, emit_lines, progress, say
from lint_rules.config import ConfigError, parse_level
from lint_rules.executor import Executor
from lint_rules.findings import Problem
from lint_rules.reports.common import count, shown_path
from lint_rules.run import Outcome, Sources, around, gather
from lint_rules.run import run as analyse
from lint_rules.suppress import described

FORMATS = ("text", "concise", "html", "json", "sarif", "github", "gitlab", "junit")
WITH_FIXES = ("html", "json", "sarif")  # what shows fixes; a fix costs a second analysis


def add(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    parser.add_argument("--stdin-filename", type=Path, metavar="FILE", help="what `-` (standard input) is called")
    parser.add_argument("--touching", action="store_true", help="analyse whole projects, report what touches a PATH")
    parser.add_argument(
        "--fail-level", type=checked(parse_level), metavar="LEVEL", help="the weakest that gives exit 1"
    )
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--output", "-o", type=Path, metavar="FILE", help="write the report there")
    parser.add_argument("--statistics", action="store_true", help="figures of the run, and loops on which it gave up")
    parser.add_argument("--unused-suppressions", action="store_true", help="report comments that silence nothing")
    known = parser.add_mutually_exclusive_group()
    known.add_argument("--baseline", type=Path, metavar="FILE", help="hide the findings that this file lists")
    known.add_argument("--no-baseline", action="store_true", help="show what the baseline of the settings would hide")
    parser.add_argument("--prune", action="store_true", help="drop the stale entries of the baseline")
    parser.add_argument("--executor", type=checked(_address), metavar="dask://HOST:PORT", help="work on this cluster")
    add_settings(parser)


def _address(url: str) -> str:
    from lint_rules.fleet import address

    return address(url)


def run(args: argparse.Namespace) -> int:
    with _until_the_end():
        return _run(args)


@contextmanager
def _until_the_end() -> Iterator[None]:
    """The process ends with its report. Its collector would look through all that is left, once now and once at the
    end, and find nothing worth the time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was:
            gc.enable()


def _run(args: argparse.Namespace) -> int:
    if args.touching and not args.paths:
        raise UsageError("--touching needs the changed files")
    texts = _standard_input(args)
    try:
        outcome = _analyse(args, texts)
    except UsageError:
        raise
    except ConfigError as exc:
        outcome = Outcome(errors=[Problem(exc.path or Path.cwd(), 1, exc.message)])
    except Exception as exc:
        # Whoever reads the document must get one even after a fault of ours.
        if os.environ.get("SPINLINT_TRACEBACK"):
            raise
        outcome = Outcome(errors=[Problem(Path.cwd(), 1, internal_error(exc))])
    _report(args, outcome, Sources(texts))
    _notes(args, outcome)
    if outcome.errors:
        return TROUBLE
    return FINDINGS if outcome.failing or outcome.unused else CLEAN


def _analyse(args: argparse.Namespace, texts: dict[Path, bytes]) -> Outcome:
    read = settings_reader(args)
    named = [absolute(path) for path in args.paths if str(path) != "-"]
    with progress("analysing"):
        if args.touching:
            walked = around(named, read)
        else:
            walked = gather(named if named or texts else [Path.cwd()], read, texts)
        if args.no_baseline:
            files = tuple((path, replace(settings, baseline=None)) for path, settings in walked.files)
            walked = replace(walked, files=files)
        if args.prune and walked.files and not any(settings.baseline for _, settings in walked.files):
            raise UsageError("--prune needs a baseline: name one with --baseline or in the settings")
        passed = named if args.touching else None
        with _fleet(args.executor, [path for path, _ in walked.files]) as pool:
            outcome = analyse(walked, texts, passed=passed, look_for_unused=args.unused_suppressions, pool=pool)
        if args.format in WITH_FIXES and outcome.findings:
            from lint_rules.fixes.offered import with_fixes

            outcome.findings = with_fixes(outcome.findings, dict(walked.files), texts)
        return outcome


@contextmanager
def _fleet(url: str | None, files: list[Path]) -> Iterator[Executor | None]:
    if url is None:
        yield None
        return
    from lint_rules.fleet import Unusable, fleet

    try:
        with fleet(url, files) as pool:
            yield pool
    except Unusable as exc:
        raise UsageError(str(exc)) from exc


def _standard_input(args: argparse.Namespace) -> dict[Path, bytes]:
    if all(str(path) != "-" for path in args.paths):
        if args.stdin_filename is not None:
            raise UsageError("--stdin-filename needs the path `-`")
        return {}
    if args.touching:
        raise UsageError("--touching takes files, not standard input")
    return {absolute(args.stdin_filename or Path("stdin.py")): sys.stdin.buffer.read()}


def _report(args: argparse.Namespace, outcome: Outcome, sources: Sources) -> None:
    """The formats are imported here, since most runs need one of them and some need heavy company."""
    if args.format == "text":
        from lint_rules.reports import text

        emit_lines(text.render(outcome, sources.lines), args.output)
    elif args.format == "concise":
        from lint_rules.reports import concise

        emit(concise.render(outcome), args.output)
    elif args.format == "json":
        from lint_rules.reports import json_report

        emit(json_report.render(outcome), args.output)
    elif args.format == "sarif":
        from lint_rules.reports import sarif

        emit(sarif.render(outcome), args.output)
    elif args.format == "html":
        from lint_rules.reports import html

        emit(html.render(outcome, sources.lines), args.output)
    elif args.format == "gitlab":
        from lint_rules.reports import gitlab

        emit(gitlab.render(outcome), args.output)
    elif args.format == "junit":
        from lint_rules.reports import junit

        emit(junit.render(outcome, sources.lines), args.output)
    else:
        from lint_rules.reports import github

        emit(github.render(outcome), args.output)


def _notes(args: argparse.Namespace, outcome: Outcome) -> None:
    for error in outcome.errors:
        say(f"{shown_path(error.path)}:{error.line}: {error.message}")
    for path, unused in outcome.unused:
        place = f"{shown_path(path)}:{unused.comment.line}:{unused.comment.column}"
        say(f"{place}: {described(unused)}: nothing on this line needs it")
    _stale(args, outcome)
    if outcome.incomplete and not args.statistics:
        say(f"gave up on {count(len(outcome.incomplete), 'loop')}; --statistics lists them")
    if args.statistics:
        _statistics(outcome)


def _stale(args: argparse.Namespace, outcome: Outcome) -> None:
    for path in sorted({path for path, _ in outcome.stale}):
        stale = [entry for file, entry in outcome.stale if file == path]
        if args.prune:
            left = list(baseline.read(path))
            for entry in stale:
                left.remove(entry)
            baseline.write(path, left)
            say(f"{shown_path(path)}: dropped {count(len(stale), 'stale finding')}")
            continue
        for entry in stale:
            say(f"{shown_path(path)}: stale: {entry.path} {entry.code} in {entry.function} is gone; --prune drops it")


def _statistics(outcome: Outcome) -> None:
    say(f"{count(outcome.files, 'file')}, {count(outcome.loops, 'loop')}, {count(len(outcome.findings), 'finding')}")
    groups = sorted({(f.code, f.level) for f in outcome.findings})
    for code, level in groups:
        say(f"{sum((f.code, f.level) == (code, level) for f in outcome.findings):5} {code} {level.word}")
    for why, number in sorted(outcome.hidden.items()):
        say(f"{number:5} {why}")
    for each in outcome.incomplete:
        say(f"{shown_path(each.path)}:{each.line}: gave up on a loop in {each.function}: {each.reason}")
