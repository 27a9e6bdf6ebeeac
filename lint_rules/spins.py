"""A judged lap in words: what the rules see of it, and the steps that the reports show.

Invariant: rules see a `Spin`, never libcst nor the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import libcst as cst

from lint_rules.candidates import Candidate
from lint_rules.findings import Level, Step
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import Event, State
from lint_rules.judge import Verdict
from lint_rules.recurrence import Lap
from lint_rules.render import witness
from lint_rules.resets import Reset, resets_of

SHOWN = frozenset(
    {"call", "return", "raise", "library", "sleep", "branch", "raised", "handler", "continue", "returned"}
)
NOISE = 40


@dataclass(frozen=True, slots=True)
class Spin:
    """One way to spin: what kinds of things happened on the lap (`marks`), where, and in which state. `calls` are the
    coroutines that the loop itself awaits, `raisers` those of them that raise.
    """

    marks: frozenset[str]
    yields: bool
    level: Level
    assumptions: tuple[str, ...]
    witness: tuple[str, ...]
    steps: tuple[Step, ...]
    period: int
    calls: tuple[str, ...]
    raisers: tuple[str, ...]
    resets: tuple[Reset, ...]

    @property
    def awaits(self) -> bool:
        return "await" in self.marks

    def has(self, mark: str) -> bool:
        return mark in self.marks


def describe(m: Machine, c: Candidate, lap: Lap, verdict: Verdict) -> Spin:
    assert verdict.level is not None
    st = lap.state
    events = list(st.trace or ())
    calls = tuple(dict.fromkeys(e.text for e in events if e.kind == "call" and e.depth == 0))
    raisers = tuple(dict.fromkeys(_raisers(events)))
    marks = frozenset(mark for mark in st.marks if ":" not in mark)
    resets = resets_of(m, c, lap.frame, events)
    steps = tuple(_steps(m, events, resets))
    return Spin(
        marks,
        st.suspension > 0,
        verdict.level,
        verdict.assumptions,
        witness(m, st),
        steps,
        lap.period,
        calls,
        raisers,
        resets,
    )


def _raisers(events: list[Event]) -> Iterator[str]:
    """The last coroutine that was run at the place: `async with` runs two."""
    running: dict[cst.CSTNode, str] = {}
    for e in events:
        if e.kind == "call" and e.depth == 0:
            running[e.node] = e.text
        elif e.kind == "raise" and e.depth == 0 and e.node in running:
            yield running[e.node]


def lost_count(m: Machine, c: Candidate, frame: Frame, st: State) -> Spin | None:
    """A lap that waits after a silent return and a reset: no spin, but the counter never counts."""
    events = list(st.trace or ())
    resets = resets_of(m, c, frame, events)
    if not resets:
        return None
    note = "the lap waits later: the delay or the limit is lost, not the processor"
    steps = tuple(_steps(m, events, resets)[:-1])
    return Spin(frozenset(), False, Level.POSSIBLE, (note,), witness(m, st), steps, 1, (), (), resets)


def _steps(m: Machine, events: list[Event], resets: tuple[Reset, ...]) -> list[Step]:
    out: list[Step] = []
    last = ""
    for e in events:
        message = _reset_message(e, resets) if e.kind == "assign" else _message(e, last)
        last = e.kind
        if message is None:
            continue
        step = step_of(m, e, message, "reset" if e.kind == "assign" else e.kind)
        if out and (out[-1].line, out[-1].message) == (step.line, step.message):
            continue
        out.append(step)
    header = next((s for s in out if s.line == out[0].line), None) if out else None
    if header is not None:
        out.append(replace(header, message="the same state again: looping back", depth=0, kind="again"))
    return out if len(out) <= NOISE else [*out[: NOISE - 1], out[-1]]


def _reset_message(e: Event, resets: tuple[Reset, ...]) -> str | None:
    line, column, _ = e.frame.slice.place(e.node)
    return next((f"resets the counter `{r.name}`" for r in resets if (r.line, r.column) == (line, column)), None)


def _message(e: Event, last: str) -> str | None:
    if e.kind == "header":
        return "true in this state" if isinstance(e.node, cst.While) and not _endless(e.node.test) else "goes round"
    if e.kind == "call":
        return f"runs {e.text} inline"
    if e.kind == "branch":
        loop = isinstance(e.node, (cst.While, cst.For))
        return {"true": "true", "false": "false at once" if loop else "false"}.get(e.text, e.text)
    if e.kind == "returned":
        return "returns"
    return e.text if e.kind in SHOWN else None


def _endless(test: cst.BaseExpression) -> bool:
    return (isinstance(test, cst.Name) and test.value == "True") or isinstance(test, cst.Integer)


def step_of(m: Machine, e: Event, message: str, kind: str) -> Step:
    line, column, _ = e.frame.slice.place(e.node)
    path = m.resolver.project.path_of(e.frame.module.name)
    return Step(path, line, column, message, source_line(m, path, line), e.depth, kind)


def source_line(m: Machine, path: Path, line: int) -> str:
    lines = m.resolver.project.text(path).lines
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""
