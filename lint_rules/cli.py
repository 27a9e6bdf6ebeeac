"""The command `spinlint`: picks the subcommand and turns every trouble into one clear line and an exit code.

Invariant: 0 clean, 1 findings, 2 our own trouble; what a command does not need is not imported.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from lint_rules import __version__
from lint_rules.commands import TROUBLE, UsageError, internal_error
from lint_rules.commands.output import say
from lint_rules.config import ConfigError, closest
from lint_rules.reports.common import shown_path

# Each is a module in `commands` with `add(parser)` and `run(args) -> int`.
COMMANDS = {
    "check": "find loops that can go round without waiting",
    "fix": "repair the loops that can be repaired without harm",
    "explain": "list every lap tried at one loop, and why it is not a spin",
    "confirm": "run the loop of a finding in its state, to see that it spins",
    "effects": "show what the analysis believes about one coroutine",
    "rule": "show the page of a rule",
    "models": "list the library functions whose behaviour is known, and where that comes from",
    "baseline": "write the list of findings that stand today",
    "lsp": "serve an editor: findings while you type, pages on hover, fixes on request",
}


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, with the closest valid word, where argparse would show the whole usage."""

    def error(self, message: str) -> NoReturn:
        choice = re.fullmatch(r"(.*invalid choice: '(.*)') \(choose from (.*)\)", message)
        if choice is not None:
            message = f"{choice[1]}; {closest(choice[2], (word.strip(chr(39)) for word in choice[3].split(', ')))}"
        raise SystemExit(_trouble(f"{message} (see `{self.prog} --help`)"))


def main(argv: Sequence[str] | None = None) -> int:
    """The console script. Never raises, never prints a traceback unless SPINLINT_TRACEBACK is set."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (it lives as long as the process)
    if sys.stdout is None:
        return _trouble("standard output is closed")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader has gone; the interpreter must not try to flush into the closed pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _trouble("the output was closed before all of it was written")
    except UsageError as exc:
        return _trouble(str(exc))
    except ConfigError as exc:
        return _trouble(f"{shown_path(exc.path)}: {exc.message}" if exc.path else exc.message)
    except OSError as exc:
        if os.environ.get("SPINLINT_TRACEBACK"):
            raise
        where = shown_path(Path(exc.filename)) if isinstance(exc.filename, str) else "standard output"
        return _trouble(f"{where}: {exc.strerror or exc}")
    except KeyboardInterrupt:
        return _trouble("interrupted")
    except Exception as exc:
        if os.environ.get("SPINLINT_TRACEBACK"):
            raise
        return _trouble(internal_error(exc))


def _dispatch(arguments: list[str]) -> int:
    parser = Parser(
        prog="spinlint",
        description="Finds asyncio loops that can go round for ever without waiting.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"spinlint {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        subparser = subparsers.add_parser(
            name, help=summary, description=summary.capitalize() + ".", allow_abbrev=False
        )
        # Only the parser of the command in use is filled: the others would cost their imports.
        if name in arguments:
            module = importlib.import_module(f"lint_rules.commands.{name}")
            module.add(subparser)
            subparser.set_defaults(run=module.run)
    args, unknown = parser.parse_known_args(arguments)
    if unknown:
        used = subparsers.choices[args.command]
        wrong = [word for word in unknown if word.startswith("-")] or unknown  # the others may be their values
        hint = closest(wrong[0], re.findall(r"--[a-z-]+", used.format_help()))
        used.error(f"unrecognized arguments: {' '.join(wrong)}" + (f"; {hint}" if hint.startswith("did") else ""))
    code: int = args.run(args)
    return code


def _trouble(message: str) -> int:
    say(message)
    return TROUBLE
