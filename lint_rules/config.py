"""Settings of one run, from `[tool.spinlint]`, `spinlint.toml` or the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ALL_TARGETS = ((3, 10), (3, 11), (3, 12), (3, 13), (3, 14))


@dataclass(frozen=True, slots=True)
class Settings:
    """What the analysis and the surfaces need to know. `root` None: the nearest project folder of each file."""

    root: Path | None = None
    src: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    targets: tuple[tuple[int, int], ...] = ALL_TARGETS
    models: dict[str, Any] = field(default_factory=dict)
    jobs: int = 0
    cache_dir: Path | None = None
