"""`spinlint explain FILE:LINE`: every lap tried at one loop and why it is not a spin.

Invariant: it prints what the analysis gives, with a legend, and never decides anything itself.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lint_rules.commands import CLEAN, UsageError
from lint_rules.commands.options import absolute, add_settings, settings_reader
from lint_rules.commands.output import emit, progress
from lint_rules.reports.common import printable

LEGEND = """
recurrent: the lap waits nowhere and its state comes back, so it spins; progress: what decided has changed by then;
dropped: it waits, leaves, or cannot be followed. `when` is the state at the header in which the loop takes that lap.
"""


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", metavar="FILE:LINE", help="the header of the loop")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    file, _, line = args.place.rpartition(":")
    if not file or not line.isdecimal():
        raise UsageError(f"{args.place!r} is not FILE:LINE")
    path = absolute(Path(file))
    if not path.is_file():
        raise UsageError(f"{file}: no such file")
    from lint_rules import engine
    from lint_rules.parse import Unparseable
    from lint_rules.session import NotFound

    with progress("analysing"):
        try:
            lines = engine.explain(path, int(line), settings_reader(args)(path.parent))
        except (NotFound, Unparseable) as exc:
            raise UsageError(f"{args.place}: {exc}") from exc
    emit("".join(f"{printable(text)}\n" for text in lines) + LEGEND, None)
    return CLEAN
