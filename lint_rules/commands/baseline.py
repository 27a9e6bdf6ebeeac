"""`spinlint baseline`: writes the list of findings that stand today, so that only new ones are shown.

Invariant: entries of files that were not checked, and of codes that were not selected, stay as they are.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from lint_rules import baseline
from lint_rules.commands import CLEAN, TROUBLE
from lint_rules.commands.options import absolute, add_selection, add_settings, settings_reader
from lint_rules.commands.output import progress, say
from lint_rules.reports.common import count, shown_path
from lint_rules.run import Sources, gather
from lint_rules.run import run as analyse

DEFAULT = ".spinlint-baseline.json"


def add(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    parser.add_argument(
        "--baseline", "-o", type=Path, metavar="FILE", help=f"default: the settings' baseline, else {DEFAULT}"
    )
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    read = settings_reader(args)
    paths = [absolute(path) for path in args.paths] or [Path.cwd()]
    named = read(paths[0]).baseline
    target = named or Path.cwd() / DEFAULT
    walked = gather(paths, read, {})
    without = replace(walked, files=tuple((path, replace(s, baseline=None)) for path, s in walked.files))
    with progress("analysing"):
        outcome = analyse(without, {})
    for error in outcome.errors:
        say(f"{shown_path(error.path)}:{error.line}: {error.message}")
    if outcome.errors:
        say(f"{shown_path(target)}: not written, since not every file could be analysed")
        return TROUBLE
    checked = {absolute(path): settings.codes() for path, settings in walked.files}
    old = baseline.read(target) if target.exists() else ()
    kept = [
        e
        for e in old
        if (target.parent / e.path).exists() and e.code not in checked.get(absolute(target.parent / e.path), ())
    ]
    sources = Sources()
    entries = [baseline.entry_of(f, target.parent, _line(sources.lines(f.path), f.line)) for f in outcome.findings]
    baseline.write(target, [*entries, *kept])
    say(f"{shown_path(target)}: {count(len(entries) + len(kept), 'finding')}")
    if named is None:
        say(f'put `baseline = "{DEFAULT}"` under [tool.spinlint], or say `check --baseline {DEFAULT}`')
    return CLEAN


def _line(lines: tuple[str, ...], number: int) -> str:
    return lines[number - 1].partition("#")[0].strip() if number <= len(lines) else ""
