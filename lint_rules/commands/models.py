"""`spinlint models`: what is known about library functions, and where it comes from.

Invariant: it lists the models that a run here would use, the user's own among them, and nothing else.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lint_rules.commands import CLEAN
from lint_rules.commands.output import emit
from lint_rules.config import load_settings
from lint_rules.reports.common import printable


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="WORD", help="only lines that hold each of these words")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file instead of the nearest one")


def run(args: argparse.Namespace) -> int:
    from lint_rules.models.describe import describe
    from lint_rules.models.load import load_models

    lines = describe(load_models(load_settings(Path.cwd(), args.config).models))
    emit("".join(f"{printable(line)}\n" for line in lines if all(word in line for word in args.words)), None)
    return CLEAN
