"""The pylint plugin: `pylint --load-plugins=lint_rules.pylint_plugin`.

Invariant: no logic of its own; every message is sent while its module is visited, on the node of its line, so that the
comments of pylint and its parallel runs treat it as one of theirs.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pylint.checkers import BaseChecker

from lint_rules.config import LEVELS, ConfigError, load_settings, parse_level
from lint_rules.rules.pages import plain
from lint_rules.rules.registry import RULES
from lint_rules.run import run_on_text
from lint_rules.source import Undecodable, decode

if TYPE_CHECKING:
    from astroid import nodes
    from pylint.lint import PyLinter


USAGE_ERROR = 32  # pylint's exit code for it


class SpinChecker(BaseChecker):
    """One message for each rule; its id and symbol are those of the registry."""

    name = "spinlint"
    msgs = {rule.pylint_id: ("%s", rule.name, plain(rule)) for rule in RULES}  # noqa: RUF012 (pylint's own way)
    options: Any = (
        (
            "spinlint-config",
            {"type": "string", "default": "", "metavar": "<file>", "help": "Settings of spinlint."},
        ),
        (
            "spinlint-level",
            {
                "type": "choice",
                "choices": ["", *LEVELS],
                "default": "",
                "metavar": "<level>",
                "help": "The weakest level to show; empty: as the settings say.",
            },
        ),
    )

    def visit_module(self, node: nodes.Module) -> None:
        path = Path(node.file).absolute()
        with node.stream() as stream:
            try:
                text = decode(path, stream.read())
            except Undecodable:
                return  # pylint says so itself
        config, level = self.linter.config.spinlint_config, self.linter.config.spinlint_level
        try:
            settings = load_settings(path, Path(config) if config else None)
            if level:
                settings = replace(settings, level=parse_level(level))
            findings = run_on_text(path, [text.text], settings)
        except ConfigError as exc:
            sys.stderr.write(f"spinlint: {exc}\n")  # one piece, since workers share the stream
            raise SystemExit(USAGE_ERROR) from exc
        wanted = {finding.line for finding in findings}
        statements = {each.lineno: each for each in _statements(node) if each.lineno in wanted} if wanted else {}
        for finding in findings:
            self.add_message(
                finding.name,
                node=statements.get(finding.line, node),
                line=finding.line,
                col_offset=finding.column - 1,
                args=(f"[{finding.level.word}] {finding.message}",),
            )


def _statements(node: nodes.NodeNG) -> Any:
    """Every statement under a node, inner ones first, so that an outer one on the same line wins."""
    for child in node.get_children():
        yield from _statements(child)
        if child.is_statement:
            yield child


def register(linter: PyLinter) -> None:
    linter.register_checker(SpinChecker(linter))
