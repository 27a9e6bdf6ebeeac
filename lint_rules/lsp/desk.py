"""The documents open in an editor, judged together as they stand there.

Invariant: while a document is no Python, its last text that was one stands for it, so that half a line hides nothing;
an answer says for which texts it is true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lint_rules.config import ConfigError, Settings
from lint_rules.files import Walked, excluded
from lint_rules.findings import Finding, Problem
from lint_rules.fixes.offered import with_fixes
from lint_rules.parse import Unparseable, parse_index
from lint_rules.run import Sources, encoded
from lint_rules.run import run as analyse
from lint_rules.source import Undecodable, decode


@dataclass(frozen=True, slots=True)
class Buffer:
    """One document as the editor holds it."""

    uri: str
    path: Path
    version: int | None
    text: str


@dataclass(slots=True)
class Judged:
    """What was found in some buffers. `texts` are those that were judged; `broken` the files that are no Python now."""

    buffers: dict[Path, Buffer] = field(default_factory=dict)
    texts: dict[Path, bytes] = field(default_factory=dict)
    settings: dict[Path, Settings] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    broken: frozenset[Path] = frozenset()
    trouble: str = ""
    fixed: dict[tuple[Path, str], list[Finding]] = field(default_factory=dict)

    def sources(self) -> Sources:
        return Sources(self.texts)

    def holds_for(self, buffers: Mapping[Path, Buffer], path: Path) -> bool:
        """Whether lines and columns are those of the text that is in the editor now."""
        return path not in self.broken and path in self.buffers and self.buffers[path] == buffers.get(path)


class Desk:
    """Lives in one thread, since the analysis keeps what it works out in its process. `read` gives the settings."""

    def __init__(self, read: Callable[[Path], Settings]) -> None:
        self.read = read
        self.good: dict[Path, bytes] = {}

    def judge(self, buffers: Sequence[Buffer]) -> Judged:
        judged = Judged({buffer.path: buffer for buffer in buffers})
        self.good = {path: data for path, data in self.good.items() if path in judged.buffers}
        current = {buffer.path: encoded(buffer.text) for buffer in buffers}
        judged.broken = frozenset(path for path, data in current.items() if not self._is_good(path, data))
        self.good |= {path: data for path, data in current.items() if path not in judged.broken}
        judged.texts = dict(self.good)
        try:
            settings = {path: self.read(path.parent) for path in judged.texts}
            judged.settings = {path: own for path, own in settings.items() if not excluded(path, own)}
            outcome = analyse(Walked(tuple(judged.settings.items()), ()), judged.texts)
        except ConfigError as exc:
            judged.trouble = f"{exc.path}: {exc.message}" if exc.path else exc.message
            return judged
        judged.findings, judged.errors = outcome.findings, outcome.errors
        return judged

    def _is_good(self, path: Path, data: bytes) -> bool:
        if self.good.get(path) == data:
            return True
        try:
            parse_index(decode(path, data).text)
        except (Undecodable, Unparseable):
            return False
        return True

    def fixes(self, judged: Judged, path: Path, functions: Sequence[str]) -> list[Finding]:
        """The findings in these functions, with their fixes; each function is repaired once for each text."""
        out: list[Finding] = []
        for function in functions:
            key = (path, function)
            if key not in judged.fixed:
                own = [f for f in judged.findings if (f.path, f.function) == key]
                judged.fixed[key] = with_fixes(own, judged.settings, judged.texts)
            out += judged.fixed[key]
        return out
