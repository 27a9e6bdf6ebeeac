"""One page that needs nothing but a browser: the code of every lap with its steps drawn on it.

Invariant: the page loads nothing, runs no script but its own, and shows every name as text, whatever it holds; without
scripts it says the same.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from lint_rules import __version__
from lint_rules.findings import Finding, Fix, Level, Problem
from lint_rules.reports.common import Lines, count, printable, shown_path
from lint_rules.reports.html.frames import Frame, Note, frames_of, note_of
from lint_rules.rules.pages import page
from lint_rules.rules.registry import rule
from lint_rules.run import Outcome

HERE = Path(__file__).parent
SHOWN_SECTIONS = ("What it finds", "Why it is bad", "Fix", "Limits")


@dataclass(frozen=True, slots=True)
class Lap:
    """One lap with all that is found on it: a counter reset shares the lap of its loop."""

    id: str
    findings: tuple[Finding, ...]
    frames: tuple[Frame, ...]
    notes: tuple[Note, ...]

    @property
    def fixes(self) -> tuple[Fix, ...]:
        return tuple({fix.title: fix for finding in self.findings if (fix := finding.fix) is not None}.values())


def render(outcome: Outcome, lines_of: Lines) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters |= {"shown": printable, "path": _path, "prose": _prose, "count": count}
    style, script = (_own(name) for name in ("page.css", "page.js"))
    codes = sorted({finding.code for finding in outcome.findings})
    return environment.from_string(_own("page.html")).render(
        version=__version__,
        style=Markup(style),
        script=Markup(script),
        hashes={"style": _hash(style), "script": _hash(script)},
        files=_files(outcome, lines_of),
        levels=_levels(outcome),
        rules=[(each, page(each)) for each in map(rule, codes)],
        sections=SHOWN_SECTIONS,
        hidden={why: number for why, number in sorted(outcome.hidden.items()) if number and why != "not selected"},
        outcome=outcome,
        errors=[(_place(error), error.message) for error in outcome.errors],
    )


def _own(name: str) -> str:
    """A part of the page; the browser hashes it with these line ends."""
    return (HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _files(outcome: Outcome, lines_of: Lines) -> list[tuple[Path, list[Lap]]]:
    laps = _laps(outcome, lines_of)
    return [(path, list(group)) for path, group in groupby(laps, key=lambda lap: lap.findings[0].path)]


def _laps(outcome: Outcome, lines_of: Lines) -> Iterator[Lap]:
    same: dict[object, list[Finding]] = {}
    for finding in outcome.findings:
        key = (finding.path, finding.steps, finding.witness) if finding.steps else id(finding)
        same.setdefault(key, []).append(finding)
    for number, found in enumerate(sorted(same.values(), key=lambda group: str(group[0].path)), 1):
        notes = tuple(note_of(each, step) for each, step in enumerate(found[0].steps, 1))
        yield Lap(f"lap{number}", tuple(found), frames_of(found[0], notes, lines_of), notes)


def _levels(outcome: Outcome) -> list[tuple[str, int]]:
    found = ((level.word, sum(f.level is level for f in outcome.findings)) for level in reversed(Level))
    return [(word, number) for word, number in found if number]


def _place(error: Problem) -> str:
    return f"{shown_path(error.path)}:{error.line}"


def _path(path: Path) -> str:
    return printable(shown_path(path))


def _prose(text: str) -> Markup:
    """What stands between backticks is code."""
    parts = printable(" ".join(text.split())).split("`")
    if len(parts) % 2 == 0:  # an odd backtick at the end of nothing
        parts[-2:] = ["`".join(parts[-2:])]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )
