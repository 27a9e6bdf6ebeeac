"""`spinlint effects NAME`: what the analysis believes about one coroutine.

Invariant: it prints what the analysis gives and never decides anything itself.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lint_rules.commands import CLEAN, UsageError
from lint_rules.commands.options import absolute, add_settings, settings_reader
from lint_rules.commands.output import emit, progress
from lint_rules.reports.common import printable


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="NAME_OR_FILE:LINE", help="package.module.Class.method, or a line inside it")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    file, _, line = args.target.rpartition(":")
    if file and not line.isdecimal():
        raise UsageError(f"{args.target!r} is neither a qualified name nor FILE:LINE")
    if file and not Path(file).is_file():
        raise UsageError(f"{file}: no such file")
    start = absolute(Path(file)).parent if file else Path.cwd()
    from lint_rules.effects import effects
    from lint_rules.parse import Unparseable
    from lint_rules.session import NotFound

    with progress("analysing"):
        try:
            lines = effects(args.target, settings_reader(args)(start))
        except (NotFound, Unparseable) as exc:
            raise UsageError(f"{args.target}: {exc}") from exc
    emit("".join(f"{printable(text)}\n" for text in lines), None)
    return CLEAN
