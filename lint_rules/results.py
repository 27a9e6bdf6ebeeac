"""What one file's analysis gave, with every question it asked of the project and a digest of each answer.

Invariant: a result is handed out again only while all its questions have the answers they had; then a new analysis
would give the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from lint_rules.findings import Finding, Incomplete, Problem, Report
from lint_rules.index import FunctionInfo
from lint_rules.project import ABOUT_MODULES, Project
from lint_rules.tree import Question

ABOUT_FILES = ABOUT_MODULES | {"text", "used", "changed"}


@dataclass(frozen=True, slots=True)
class FunctionResult:
    """What was found in one function. Paths are absolute; `first` is the line where its outermost function begins."""

    findings: tuple[Finding, ...]
    incomplete: tuple[Incomplete, ...]
    errors: tuple[Problem, ...]
    loops: int
    questions: tuple[Question, ...]
    first: int

    @property
    def has_places(self) -> bool:
        """Whether it speaks of lines of several functions, which any edit above them may move."""
        return bool(self.findings or self.errors)

    def beginning_at(self, first: int) -> FunctionResult:
        """The same function, further up or down in its file."""
        moved = tuple(replace(each, line=each.line + first - self.first) for each in self.incomplete)
        return replace(self, incomplete=moved, first=first)


@dataclass(frozen=True, slots=True)
class FileResult:
    """What was found in one file, by function; `contents` of the files that were asked about, `answers` to the
    questions.
    """

    content: str
    error: Problem | None = None
    functions: dict[str, FunctionResult] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    answers: dict[Question, str] = field(default_factory=dict)


def candidates_of(project: Project, path: Path) -> dict[str, FunctionInfo]:
    """The functions of a file that have a candidate loop, by names that outlive edits elsewhere."""
    module = project.module(path)
    found = module.looping if module is not None else []
    return {f"{project.name_of(fn)}:{fn.ordinal}": fn for fn in found}


def still_true(project: Project, path: Path, old: FileResult) -> tuple[dict[str, FunctionResult], list[str]]:
    """The functions of a file whose old result still holds, and the names of those to be analysed again."""
    same = project.content(path) == old.content
    here = {} if same else candidates_of(project, path)
    names = list(old.functions) if same else list(here)
    kept: dict[str, FunctionResult] = {}
    stale: list[str] = []
    wrong = {question for question, answer in old.answers.items() if not _holds(project, old, question, answer)}
    moved = {name for name, content in old.contents.items() if project.content_of(name) != content}
    for name in names:
        result = old.functions.get(name)
        if (
            result is None
            or not wrong.isdisjoint(result.questions)
            or (result.has_places and _speaks_of(result, moved))
        ):
            stale.append(name)
        else:
            kept[name] = result.beginning_at(here[name].first) if name in here else result
    return kept, stale


def _holds(project: Project, old: FileResult, question: Question, answer: str) -> bool:
    if question[0] in ABOUT_FILES and project.content_of(question[1]) == old.contents.get(question[1]):
        return True
    return project.answer(question) == answer


def _speaks_of(result: FunctionResult, moved: set[str]) -> bool:
    return any(question[0] in ABOUT_FILES and question[1] in moved for question in result.questions)


def file_result(project: Project, path: Path, functions: dict[str, FunctionResult]) -> FileResult:
    """The result of a file with all that has to be compared before it is used again, if it will be."""
    if project.memory.store is None:
        return FileResult(project.content(path), None, functions)
    answers: dict[Question, str] = {}
    contents: dict[str, str] = {}
    for result in functions.values():
        for question in result.questions:
            if question not in answers:
                answers[question] = project.answer(question)
                if question[0] in ABOUT_FILES:
                    contents[question[1]] = project.content_of(question[1])
    return FileResult(project.content(path), None, functions, contents, answers)


def add_to(report: Report, path: Path, result: FileResult) -> None:
    """Tell a file's results by the path under which it was asked for."""
    absolute = path.absolute()
    if result.error is not None:
        report.errors.append(replace(result.error, path=path))
    for each in result.functions.values():
        report.findings += [_named(finding, absolute, path) for finding in each.findings]
        report.incomplete += [replace(incomplete, path=path) for incomplete in each.incomplete]
        found = (replace(error, path=path) for error in each.errors)
        report.errors += [error for error in found if error not in report.errors]
        report.loops += each.loops


def _named(finding: Finding, absolute: Path, path: Path) -> Finding:
    if path == absolute:
        return finding
    steps = tuple(replace(step, path=path) if step.path == absolute else step for step in finding.steps)
    return replace(finding, path=path, steps=steps)


def merged(results: Iterable[FileResult]) -> FileResult:
    """One result of several for the same file, each of other functions."""
    first, *rest = results
    for each in rest:
        first = replace(
            first,
            functions={**first.functions, **each.functions},
            contents={**first.contents, **each.contents},
            answers={**first.answers, **each.answers},
        )
    return first
