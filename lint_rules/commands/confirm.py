"""`spinlint confirm FILE:LINE`: runs the loop of a finding in its state and says whether it spins.

Invariant: nothing of the project runs unless the user has agreed to it, by `--yes` or at the terminal.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lint_rules.commands import CLEAN, FINDINGS, TROUBLE, UsageError
from lint_rules.commands.options import absolute, add_settings, settings_reader
from lint_rules.commands.output import emit, progress, say
from lint_rules.reports.common import printable, shown_path

if TYPE_CHECKING:
    from lint_rules.confirm.plan import Plan

EXITS = {"confirmed": FINDINGS, "not confirmed": CLEAN, "cannot run": TROUBLE}


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", metavar="FILE:LINE", help="the line of a finding")
    parser.add_argument("--yes", action="store_true", help="run the code of the project without asking")
    parser.add_argument("--write", type=Path, metavar="TEST", help="if confirmed, write the run as a failing test")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    file, _, line = args.place.rpartition(":")
    if not file or not line.isdecimal():
        raise UsageError(f"{args.place!r} is not FILE:LINE")
    path = absolute(Path(file))
    if not path.is_file():
        raise UsageError(f"{file}: no such file")
    if args.write is not None and args.write.exists():
        raise UsageError(f"{args.write}: exists already; nothing is run")
    from lint_rules.confirm.plan import lines_with_findings, plans
    from lint_rules.parse import Unparseable

    settings = settings_reader(args)(path.parent)
    with progress("analysing"):
        try:
            found = plans(path, int(line), settings)
            others = [] if found else lines_with_findings(path, settings)
        except Unparseable as exc:
            raise UsageError(f"{args.place}: {exc} (line {exc.line})") from exc
    if not found:
        there = f"; there are findings on {', '.join(map(str, others))}" if others else ""
        raise UsageError(f"{args.place}: no finding on this line{there}")
    files = ", ".join(shown_path(found[0].root / name) for name in sorted(found[0].lap["coroutines"]))
    _agree(args.yes, files)
    return _confirm(args, found)


def _agree(yes: bool, files: str) -> None:
    """It is the user's code that runs, and the user who says so."""
    what = f"this runs code from {files}, in a process with limits and without network"
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{what}; --yes agrees to that")
    say(what)
    sys.stderr.write("run it? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("nothing was run")


def _confirm(args: argparse.Namespace, found: list[Plan]) -> int:
    from lint_rules.confirm.harness import harness
    from lint_rules.confirm.run import confirm

    with progress("running"):
        plan, answer = confirm(found)
    finding = plan.finding
    lines = [f"{shown_path(finding.path)}:{finding.line}: {finding.code} {answer.text}"]
    lines += [f"  in the state {', '.join(finding.witness)}"] if finding.witness else []
    lines += [f"  if {text}" for text in answer.assumed]
    emit("".join(f"{printable(text)}\n" for text in lines), None)
    if args.write is not None and answer.verdict == "confirmed":
        emit(harness(plan, args.write), args.write)
        say(f"{args.write}: fails until the loop is mended; run it with pytest")
    elif args.write is not None:
        say(f"{args.write}: not written, since nothing is confirmed")
    return EXITS[answer.verdict]
