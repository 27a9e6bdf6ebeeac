"""`spinlint rule CODE`: the page of a rule, as text, Markdown or JSON.

Invariant: what is shown is the docstring of the rule's module and the fixtures that it names, nothing else.
"""

from __future__ import annotations

import argparse
import json

from lint_rules.commands import CLEAN, UsageError
from lint_rules.commands.output import emit, emit_markdown, wants_colour
from lint_rules.config import closest_code
from lint_rules.rules.pages import as_data, markdown, terminal
from lint_rules.rules.registry import BY_CODE, BY_NAME, BY_PYLINT_ID, RULES, Rule


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rules", nargs="*", metavar="RULE", help="a code, a name, or a number of pylint's (W7801)")
    parser.add_argument("--all", action="store_true", help="every rule")
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    if bool(args.rules) == args.all:
        raise UsageError("name one or more rules, or --all")
    rules = RULES if args.all else tuple(_find(text) for text in args.rules)
    if args.format == "json":
        pages = [as_data(rule) for rule in rules]
        emit(json.dumps(pages if args.all or len(pages) > 1 else pages[0], indent=2) + "\n", None)
    elif args.format == "text" and wants_colour():
        emit_markdown("\n".join(markdown(rule) for rule in rules))
    else:
        render = markdown if args.format == "markdown" else terminal
        emit("\n".join(render(rule) for rule in rules), None)
    return CLEAN


def _find(text: str) -> Rule:
    found = BY_CODE.get(text.upper()) or BY_NAME.get(text.lower()) or BY_PYLINT_ID.get(text.upper())
    if found is None:
        raise UsageError(f"unknown rule {text!r}; {closest_code(text)}")
    return found
