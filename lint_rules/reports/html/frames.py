"""The pieces of source that a lap passes through, function by function, with the steps on their lines.

Invariant: every step stands on its line in exactly one frame, also where the source cannot be parsed or read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String

from lint_rules.findings import Finding, Step
from lint_rules.reports.common import Lines, printable

AROUND = 1  # lines shown before and after a step
SHORT = 3  # fewer lines are not worth folding away
DEEPEST = 5  # further in, frames are not indented any more
LONGEST = 600  # lines of one function; what is beyond is left out unless a step stands there
COLOURS = (
    (Comment, "c"), (Keyword, "k"), (Operator.Word, "k"), (String, "s"), (Number, "m"), (Name.Decorator, "d"),
    (Name.Function, "f"), (Name.Class, "f"), (Name.Builtin, "b"), (Name.Exception, "b"),
)  # fmt: skip
MARKS = {
    "call": "call", "return": "return", "returned": "return", "library": "return", "raise": "raise", "raised": "raise",
    "handler": "swallow", "reset": "reset", "again": "again", "sleep": "return",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """One step as it is shown: `mark` is its look, from what happens there."""

    number: int
    step: Step
    mark: str

    @property
    def depth(self) -> int:
        return min(self.step.depth, DEEPEST)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of source in coloured pieces (look, text)."""

    number: int
    pieces: tuple[tuple[str, str], ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that follow each other; a folded block has no step on it."""

    rows: tuple[Row, ...]
    folded: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """One function on the lap; `caller` is the number of the step before its first one."""

    path: Path
    name: str
    depth: int
    caller: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    first: int
    last: int


def note_of(number: int, step: Step) -> Note:
    mark = MARKS.get(step.kind, "")
    if not mark:
        mark = next((look for word, look in (("true", "yes"), ("false", "no")) if step.message.startswith(word)), "")
    return Note(number, step, mark or "round")


def frames_of(finding: Finding, notes: Sequence[Note], lines_of: Lines) -> tuple[Frame, ...]:
    """In the order in which the lap comes to them; without steps, the finding's own lines."""
    if not notes:
        lines = lines_of(finding.path)
        name = Function(finding.function, finding.line, min(finding.end_line, len(lines)))
        return (Frame(finding.path, name.name, 0, 0, tuple(_blocks(name, lines, []))),)
    found: dict[Path, list[Function]] = {}
    groups: dict[tuple[Path, Function], list[Note]] = {}
    for note in notes:
        path, line = note.step.path, note.step.line
        if path not in found:
            found[path] = functions(lines_of(path), [each.step.line for each in notes if each.step.path == path])
        inside = [f for f in found[path] if f.first <= line <= f.last]
        groups.setdefault((path, max(inside, key=lambda f: f.first)), []).append(note)
    return tuple(
        Frame(path, function.name, own[0].depth, own[0].number - 1, tuple(_blocks(function, lines_of(path), own)))
        for (path, function), own in groups.items()
    )


def functions(lines: Sequence[str], wanted: Iterable[int]) -> list[Function]:
    """Those of a text, and one without a name for the wanted lines outside of them."""
    try:
        tree: ast.AST = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.Module([], [])  # newer syntax than this Python's
    found = list(_functions(tree, ""))
    outside = [line for line in wanted if not any(f.first <= line <= f.last for f in found)]
    if outside:
        found.append(Function("", max(min(outside) - AROUND, 1), max(outside) + AROUND))
    return found


def _functions(node: ast.AST, prefix: str) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        name = prefix
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{prefix}{child.name}."
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Function(name[:-1], child.lineno, child.end_lineno or child.lineno)
        yield from _functions(child, name)


def _blocks(function: Function, lines: Sequence[str], notes: Sequence[Note]) -> Iterator[Block]:
    on_line: dict[int, list[Note]] = {}
    for note in notes:
        on_line.setdefault(note.step.line, []).append(note)
    end = max(min(function.last, function.first + LONGEST, len(lines)), *on_line, 0, 0)
    numbers = range(function.first, end + 1)
    coloured = _coloured([lines[n - 1] if n <= len(lines) else "" for n in numbers])
    rows = [Row(n, pieces, tuple(on_line.get(n, ()))) for n, pieces in zip(numbers, coloured, strict=True)]
    near = {n + d for n in on_line for d in range(-AROUND, AROUND + 1)} | {function.first}
    for shown, group in groupby(rows, key=lambda row: not on_line or row.number in near):
        block = tuple(group)
        yield Block(block, not shown and len(block) > SHORT)


def _coloured(lines: Sequence[str]) -> list[tuple[tuple[str, str], ...]]:
    """Each line in pieces; what could steer or reorder text is written as an escape first."""
    out: list[list[tuple[str, str]]] = [[]]
    text = "\n".join(printable(line) for line in lines)
    for kind, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        look = _look(kind)
        first, *others = value.split("\n")
        out[-1].append((look, first))
        out.extend([(look, part)] for part in others)
    return [tuple(piece for piece in pieces if piece[1]) for pieces in out][: len(lines)]


def _look(kind: object) -> str:
    return next((look for each, look in COLOURS if kind in each), "")
