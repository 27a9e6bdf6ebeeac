"""The options that commands share, and the settings that they make of them.

Invariant: an option of the command line wins over the same key of the settings file, and is checked by the same
function.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lint_rules.commands import UsageError
from lint_rules.config import LEVELS, Settings, load_settings, parse_level, parse_selectors, parse_targets


def add_settings(parser: argparse.ArgumentParser) -> None:
    """What every command that analyses takes."""
    group = parser.add_argument_group("settings")
    group.add_argument("--config", type=Path, metavar="FILE", help="settings file instead of the nearest one")
    group.add_argument("--root", type=Path, metavar="DIR", help="folder of the project, instead of the nearest one")
    group.add_argument("--target-version", dest="targets", type=checked(_targets), metavar="3.11,3.12")
    group.add_argument("--jobs", "-j", type=_jobs, metavar="N", help="processes; 0: as many as processors")
    group.add_argument("--cache-dir", type=Path, metavar="DIR")
    group.add_argument("--no-cache", dest="cache", action="store_const", const=False)


def add_selection(parser: argparse.ArgumentParser) -> None:
    """What commands over files take."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files and folders (default: this folder)")
    add_rules(parser)


def add_rules(parser: argparse.ArgumentParser) -> None:
    """Which rules, levels and files count."""
    group = parser.add_argument_group("selection")
    for name in ("select", "ignore", "extend-select", "extend-ignore"):
        group.add_argument(
            f"--{name}", type=checked(_codes), metavar="CODES", help="codes, beginnings of codes or names"
        )
    group.add_argument("--level", type=checked(parse_level), metavar="|".join(LEVELS), help="the weakest level to show")
    group.add_argument("--exclude", action="append", metavar="PATTERN", help="instead of the default list")
    group.add_argument("--extend-exclude", action="append", metavar="PATTERN", help="besides the list")


def checked(parse: Callable[[Any], Any]) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as exc:
            raise argparse.ArgumentTypeError(str(exc)) from exc

    return convert


def _codes(text: str) -> tuple[str, ...]:
    return parse_selectors([code.strip() for code in text.split(",") if code.strip()])


def _targets(text: str) -> tuple[tuple[int, int], ...]:
    return parse_targets(text)


def _jobs(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("must be a number of processes, or 0 for as many as there are processors")
    return int(text)


def settings_reader(args: argparse.Namespace) -> Callable[[Path], Settings]:
    """The settings of a file or folder under this command line; equal ones are the same object."""
    names = ("root", "targets", "jobs", "cache_dir", "cache", "select", "ignore", "level", "fail_level", "baseline")
    given = {name: getattr(args, name) for name in names if getattr(args, name, None) is not None}
    for name in ("root", "cache_dir", "baseline"):
        if name in given:
            given[name] = absolute(given[name])
    if "root" in given and not given["root"].is_dir():
        raise UsageError(f"--root: {args.root} is no folder")
    known: dict[int, tuple[Settings, Settings]] = {}

    def read(path: Path) -> Settings:
        base = load_settings(path, args.config)
        if id(base) not in known:
            known[id(base)] = (base, replace(base, **given, **_extended(args, base)))
        return known[id(base)][1]

    return read


def _extended(args: argparse.Namespace, base: Settings) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in ("extend_select", "extend_ignore"):
        more = getattr(args, name, None)
        if more:
            values[name] = getattr(base, name) + more
    exclude = getattr(args, "exclude", None)
    extend = getattr(args, "extend_exclude", None)
    if exclude or extend:
        values["exclude"] = (*(exclude or base.exclude), *(extend or ()))
    return values


def absolute(path: Path) -> Path:
    """Without `..`, and without following links."""
    return Path(os.path.normpath(path.absolute()))
