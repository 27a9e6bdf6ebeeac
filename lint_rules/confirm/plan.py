"""From a finding to what a harness needs: the loop, the coroutines on its lap, and the state in which it spins.

Invariant: everything is taken from the lap that the analysis reported; no name, file or class is treated by itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lint_rules.candidates import Candidate, candidates
from lint_rules.config import Settings
from lint_rules.confirm.bench.syntax import find_function, header_of, loops_in
from lint_rules.confirm.knowledge import knowledge
from lint_rules.confirm.state import State
from lint_rules.confirm.witness import Witness
from lint_rules.findings import Finding
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import Event
from lint_rules.index import FunctionInfo
from lint_rules.judge import judge
from lint_rules.parse import check_syntax
from lint_rules.project import Project
from lint_rules.recurrence import Lap
from lint_rules.session import Session
from lint_rules.source import project_root
from lint_rules.spins import describe

ANSWERS = re.compile(r"\b(?:now|answer|item)\b")  # how the witness calls what has no name in the code
MOST = 4  # laps that are tried for one finding


@dataclass(frozen=True, slots=True)
class Plan:
    """One harness. Paths in `lap` are relative to `root`; `state` are lines of Python that make `variables`."""

    finding: Finding
    root: Path
    lap: dict[str, Any]
    known: dict[str, Any]
    state: tuple[str, ...]


def plans(path: Path, line: int, settings: Settings) -> list[Plan]:
    """The harnesses for the findings on a line, the surest and shortest lap first."""
    root = settings.root or project_root(path)
    session = Session(root, settings, {})
    module = session.project.module(path)
    if module is not None:
        check_syntax(session.project.text(path).text)  # what is not all Python cannot be run
    found: list[Plan] = []
    for fn in module.looping if module else ():
        if fn.first <= line <= fn.last:
            for c in candidates(session.resolver, fn):
                found.extend(_of_loop(session, path, line, c))
    found.sort(key=lambda plan: (-plan.finding.level, len(plan.finding.steps)))
    return found[:MOST]


def lines_with_findings(path: Path, settings: Settings) -> list[int]:
    """Where there is something to confirm."""
    session = Session(settings.root or project_root(path), settings, {})
    functions = session.check_file(path).functions
    return sorted({finding.line for result in functions.values() for finding in result.findings})


def _of_loop(session: Session, path: Path, line: int, c: Candidate) -> Iterator[Plan]:
    first, last = c.slice.place(c.loop)[0], c.fn.last
    if not first <= line <= last:
        return
    result, m = session.search(c)
    for lap in result.laps:
        verdict = judge(m, lap)
        if verdict.level is None:
            continue
        for finding in session.findings_of(path, c, describe(m, c, lap, verdict)):
            if finding.line == line:
                yield _plan(session, path, c, lap, m, finding, first)


def _plan(session: Session, path: Path, c: Candidate, lap: Lap, m: Machine, finding: Finding, header: int) -> Plan:
    project = session.project
    functions = _functions(m, lap)
    modules = {fn.module: project.path_of(fn.module) for fn in [c.fn, *functions]}
    state = State(Witness(m, lap, project), functions)
    lines = tuple(state.lines())
    modules.update(state.modules)
    root = _root(session.project.root, modules.values())
    coroutines: dict[str, list[str]] = {}
    for fn in [c.fn, *functions]:
        if fn.is_async:
            names = coroutines.setdefault(_relative(modules[fn.module], root), [])
            if _plain(fn.qualname) not in names:
                names.append(_plain(fn.qualname))
    name = _plain(c.fn.qualname)
    loops = loops_in(find_function(ast.parse(path.read_bytes()), name)[1][-1])
    number = next(n for n, loop in enumerate(loops) if loop.lineno == header)
    about: dict[str, Any] = {
        "file": _relative(path, root),
        "function": name,
        "number": number,
        "header": header_of(loops[number]),
        "coroutines": coroutines,
        "roots": sorted({_relative(_above(project.module(p), p), root) for p in modules.values()}),
        "witness": [text for text in finding.witness if not ANSWERS.search(text)],
    }
    lines = tuple(text.replace(f"{root.as_posix()}/", "") for text in lines)
    return Plan(finding, root, about, knowledge(m.models, state.libraries, modules.values()), lines)


def _functions(m: Machine, lap: Lap) -> list[FunctionInfo]:
    """The functions that the lap runs through, in the order of their first step."""
    found: dict[FunctionInfo, None] = {}
    for event in lap.state.trace or ():
        found[event.frame.fn] = None
        if event.kind == "call":
            found.update(dict.fromkeys(_called(m.resolver.project, event)))
    return list(found)


def _called(project: Project, event: Event) -> list[FunctionInfo]:
    """The coroutines that a step names: in its own file, else wherever the project has one of that name."""
    own = project.path_of(event.frame.module.name)
    definition = f"def {event.text.rpartition('.')[2]}(".encode()
    for paths in ([own], project.files()):
        modules = [project.module(path) for path in paths if definition in project.data(path)]
        functions = [fn for module in modules if module for fn in module.all_functions if fn.is_async]
        if named := [fn for fn in functions if _plain(fn.qualname) == event.text]:
            return named
    return []


def _plain(qualname: str) -> str:
    return qualname.replace(".<locals>", "")


def _root(project: Path, paths: Any) -> Path:
    """The folder that all files of the harness are in."""
    root = project if project.is_dir() else project.parent
    while not all(path.is_relative_to(root) for path in paths):
        root = root.parent
    return root


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _above(module: Any, path: Path) -> Path:
    """The folder from which a file's dotted name counts."""
    parts = module.name.count(".") + (1 if module.is_package else 0) if module else 0
    folder = path.parent
    for _ in range(parts):
        if (folder / "__init__.py").exists() or folder.name in (module.name.split(".") if module else ()):
            folder = folder.parent
    return folder
