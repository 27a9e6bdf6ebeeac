"""`spinlint lsp`: a language server on standard input and output, for editors.

Invariant: options mean what they mean to `check`, and win over the settings of each document.
"""

from __future__ import annotations

import argparse

from lint_rules.commands import CLEAN, UsageError
from lint_rules.commands.options import add_rules, add_settings, settings_reader


def add(parser: argparse.ArgumentParser) -> None:
    add_rules(parser)
    add_settings(parser)
    parser.set_defaults(jobs=1)  # an editor waits for one document; a process of its own would only come later
    parser.add_argument("--stdio", action="store_true", help=argparse.SUPPRESS)  # some editors add it unasked


def run(args: argparse.Namespace) -> int:
    try:
        from lint_rules.lsp.server import serve
    except ModuleNotFoundError as exc:
        if exc.name not in ("pygls", "lsprotocol"):
            raise
        raise UsageError("the language server needs pygls: pip install 'spinlint[lsp]'") from exc
    serve(settings_reader(args))
    return CLEAN
