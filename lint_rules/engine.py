"""From paths and settings to a report: the only module that knows all stages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lint_rules.config import Settings
from lint_rules.findings import Report


def check(paths: Sequence[Path], settings: Settings, texts: dict[Path, bytes] | None = None) -> Report:
    """Analyse files and folders. `texts` replaces what is on disk for a path (standard input, an editor's buffer)."""
    raise NotImplementedError


def explain(path: Path, line: int, settings: Settings) -> list[str]:
    """Every lap tried at the loop whose header is on this line, and why it is not a spin, one line each."""
    raise NotImplementedError


def effects(target: str, settings: Settings) -> list[str]:
    """What the analysis believes about one coroutine: a qualified name or FILE:LINE."""
    raise NotImplementedError
