"""The report for people: the code of the loop, the state in which it spins, and every step of the lap.

Invariant: colour changes no character; what is shown without colour says everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lint_rules.findings import Finding, Level
from lint_rules.reports.common import Lines, count, printable, shown_path
from lint_rules.run import Outcome

Segment = tuple[str, str]  # text, style
Line = list[Segment]
LEVEL_STYLE = {Level.CERTAIN: "bold red", Level.LIKELY: "bold yellow", Level.POSSIBLE: "bold cyan"}
FRAME_LINES = 12


def render(outcome: Outcome, lines_of: Lines) -> Iterator[Line]:
    """Lines as pieces of text with their style; `plain` or a terminal puts them together."""
    for finding in outcome.findings:
        yield from one(finding, lines_of)
        yield []
    yield [(_summary(outcome), "bold")]


def plain(line: Line) -> str:
    return "".join(text for text, _ in line)


def one(finding: Finding, lines_of: Lines) -> Iterator[Line]:
    """A finding alone."""
    place = f"{printable(shown_path(finding.path))}:{finding.line}:{finding.column}"
    yield [
        (place, "bold"),
        (": ", ""),
        (f"{finding.code} {finding.name}", LEVEL_STYLE[finding.level]),
        (f" [{finding.level.word}]", LEVEL_STYLE[finding.level]),
        (f" in {printable(finding.function)}", ""),
    ]
    yield [("  " + printable(finding.message), "")]
    yield from _frame(finding, lines_of(finding.path))
    if finding.witness:
        yield [("  state in which it spins: ", "bold"), (", ".join(printable(w) for w in finding.witness), "")]
    if finding.steps:
        yield [("  the lap, step by step:", "bold")]
        yield from _steps(finding)
    for assumption in finding.assumptions:
        yield [("  assumed: ", "bold"), (printable(assumption), "")]
    if finding.fix is not None:
        yield [("  fix: ", "bold"), (f"{printable(finding.fix.title)} ({finding.fix.safety})", "")]


def _frame(finding: Finding, lines: tuple[str, ...]) -> Iterator[Line]:
    """The loop from its header on, as far as the lap goes through it; `>` marks the lines of the lap."""
    on_lap = {step.line for step in finding.steps if step.path == finding.path} | {finding.line}
    last = max((line for line in on_lap if line <= finding.end_line), default=finding.line)
    numbers = range(finding.line, min(last + 1, finding.end_line, len(lines)) + 1)
    if not numbers:
        return
    width = len(str(numbers[-1]))
    shown = list(numbers[:FRAME_LINES])
    for number in shown:
        mark = ">" if number in on_lap else " "
        style = "bold" if number in on_lap else "dim"
        yield [(f"  {mark} {number:>{width}} | ", "blue"), (printable(lines[number - 1]), style)]
        if number == finding.line:
            underline = " " * len(printable(lines[number - 1][: finding.column - 1])) + "^"
            yield [(f"    {'':>{width}} | ", "blue"), (underline, LEVEL_STYLE[finding.level])]
    if len(numbers) > len(shown):
        yield [(f"    {'':>{width}} | ...", "blue")]


def _steps(finding: Finding) -> Iterator[Line]:
    current: Path = finding.path
    width = max(len(str(step.line)) for step in finding.steps)
    sources = ["  " * step.depth + printable(step.source.strip()) for step in finding.steps]
    column = min(max(len(source) for source in sources), 60)
    for number, (step, source) in enumerate(zip(finding.steps, sources, strict=True), 1):
        if step.path != current or number == 1:
            current = step.path
            yield [(f"    {printable(shown_path(current))}", "cyan")]
        message = f"  {printable(step.message)}" if step.message else ""
        yield [
            (f"    {step.line:>{width}}  ", "blue"),
            (f"{source:<{column}}".rstrip() if not message else f"{source:<{column}}", ""),
            (message, "dim"),
        ]


def _summary(outcome: Outcome) -> str:
    by_level = {level: sum(f.level is level for f in outcome.findings) for level in reversed(Level)}
    parts = [f"{number} {level.word}" for level, number in by_level.items() if number]
    if outcome.errors and not parts and outcome.files <= len({error.path for error in outcome.errors}):
        return f"nothing was analysed: {count(len(outcome.errors), 'error')}"
    what = f"{count(len(outcome.findings), 'finding')} ({', '.join(parts)})" if parts else "no findings"
    hidden = [f"{number} {why}" for why, number in sorted(outcome.hidden.items()) if number and why != "not selected"]
    also = f"; hidden: {', '.join(hidden)}" if hidden else ""
    failed = f"; {count(len(outcome.errors), 'error')}" if outcome.errors else ""
    return f"{what} in {count(outcome.files, 'file')}{also}{failed}"
