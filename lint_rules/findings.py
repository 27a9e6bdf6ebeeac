"""What the analysis says about a loop: plain data, shared by the rules, the reports, the fixers and the hosts.

Lines and columns are 1-based and columns count code points. A path is as it was found: the reports make it relative.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path


class Level(IntEnum):
    """How sure a finding is; `certain` means: if the loop is ever in the witness state, it never leaves it."""

    POSSIBLE = 1
    LIKELY = 2
    CERTAIN = 3

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the lap, in execution order. `depth` is the number of calls between the loop and this step.

    `kind` is what happens there in one word: header, branch, call, return, reset, again and so on.
    """

    path: Path
    line: int
    column: int
    message: str
    source: str = ""
    depth: int = 0
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement in a file: what stands from (line, column) up to (end_line, end_column) becomes `text`.

    Lines and columns are 1-based; lines of `text` end in `\\n`, whatever the file's do.
    """

    path: Path
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A repair that a fixer offers: its title, `safe` or `unsafe`, and the edits."""

    title: str
    safety: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A loop (SPN1xx: the place is its header) or an assignment (SPN201) and the lap that proves it.

    `witness` holds one literal per item as Python source; `assumptions` says in words what keeps the level below
    certain;
    `fingerprint` holds no line number and survives reformatting.
    """

    code: str
    name: str
    level: Level
    path: Path
    line: int
    column: int
    end_line: int
    function: str
    message: str
    witness: tuple[str, ...]
    steps: tuple[Step, ...]
    fingerprint: str
    assumptions: tuple[str, ...] = ()
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that kept a file from being analysed, in words."""

    path: Path
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A loop on which the search gave up: the budget was spent."""

    path: Path
    line: int
    function: str
    reason: str


@dataclass(slots=True)
class Report:
    """All that one run found, every level, before suppression, baseline and the shown level are applied."""

    findings: list[Finding] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    incomplete: list[Incomplete] = field(default_factory=list)
    files: int = 0
    loops: int = 0
