"""The flake8 plugin: shows what the analysis finds in each file that flake8 reads.

Invariant: no logic of its own; the text judged is the one that flake8 has read (an editor's buffer, standard input).
"""

from __future__ import annotations

import ast
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from lint_rules import __version__
from lint_rules.config import LEVELS, ConfigError, load_settings, parse_level
from lint_rules.findings import Level

if TYPE_CHECKING:
    from flake8.options.manager import OptionManager


class SpinPlugin:
    """flake8 makes one for each file; the options are the class's, since workers are started with the class alone."""

    name = "spinlint"
    version = __version__
    config: ClassVar[Path | None] = None
    level: ClassVar[Level | None] = None

    def __init__(self, tree: ast.AST, filename: str, lines: list[str]) -> None:
        """flake8 asks by parameter names; `tree` makes this a plugin that runs once for each file."""
        self.path = Path(filename).absolute()
        self.lines = lines

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        manager.add_option("--spinlint-config", metavar="FILE", parse_from_config=True, help="settings of spinlint")
        manager.add_option(
            "--spinlint-level",
            metavar="LEVEL",
            parse_from_config=True,
            help=f"the weakest level to show: {', '.join(LEVELS)}",
        )

    @classmethod
    def parse_options(cls, options: Namespace) -> None:
        from flake8.exceptions import ExecutionError

        try:
            cls.config = Path(options.spinlint_config) if options.spinlint_config else None
            cls.level = parse_level(options.spinlint_level) if options.spinlint_level else None
            load_settings(Path.cwd(), cls.config)
        except ValueError as exc:
            raise ExecutionError(f"spinlint: --spinlint-level: {exc}") from exc
        except ConfigError as exc:
            raise ExecutionError(f"spinlint: {exc}") from exc

    def run(self) -> Iterator[tuple[int, int, str, type[SpinPlugin]]]:
        from flake8.exceptions import ExecutionError

        from lint_rules.run import run_on_text

        try:
            settings = load_settings(self.path, self.config)
            if self.level is not None:
                settings = replace(settings, level=self.level)
            findings = run_on_text(self.path, self.lines, settings)
        except ConfigError as exc:
            raise ExecutionError(f"spinlint: {exc}") from exc
        for finding in findings:
            text = f"{finding.code} {finding.name} [{finding.level.word}] {finding.message}"
            yield finding.line, finding.column - 1, text, type(self)
