"""From paths and settings to a report: the only module that knows all stages.

Invariant: what is reported for a file depends on its project's files and the settings alone; not on what was run
before,
on how many processes there are, or on the order of the paths.
"""

from __future__ import annotations

import ast
import gc
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lint_rules.config import Settings
from lint_rules.executor import Executor, broken, executor, forks, processes_for, run
from lint_rules.findings import Finding, Report
from lint_rules.parse import trouble
from lint_rules.part import FEW, Part, Todo, part
from lint_rules.project import Project
from lint_rules.source import decode, project_root, read
from lint_rules.words import Chunk, scan_files

if TYPE_CHECKING:
    from lint_rules.cache import Cache
    from lint_rules.work import Done

INVISIBLE = re.compile(r"\s+")
SYNTAX_SHARE = 4  # to see whether a file is Python costs about a fourth of its analysis


def check(
    paths: Sequence[Path],
    settings: Settings,
    texts: dict[Path, bytes] | None = None,
    pool: Executor | None = None,
) -> Report:
    """Analyse files and folders. `texts` replaces what is on disk for a path (standard input, an editor's buffer);
    `pool` does the work in place of processes of our own.
    """
    files = _files(paths, settings)
    report = Report(files=len(files))
    replaced = {path.absolute(): data for path, data in (texts or {}).items()}
    groups: dict[Path, list[Path]] = {}
    for path in files:
        groups.setdefault(settings.root or project_root(path.absolute()), []).append(path)
    with _without_collector(), ExitStack() as stack:
        parts = [part(root, group, settings, replaced) for root, group in sorted(groups.items())]
        opened: dict[Path, Cache] = {}
        for each in parts:  # closed in reverse: the first of a folder, whose connection the others use, comes last
            stack.callback(each.close)
            each.open(opened)
            each.look(everything=len(files) <= FEW)
        _do(parts, settings.jobs, pool)
        for each in parts:
            each.tell(report)
    report.findings.sort(key=lambda f: (str(f.path), f.line, f.code, f.column, f.message))
    report.errors.sort(key=lambda e: (str(e.path), e.line))
    report.incomplete.sort(key=lambda i: (str(i.path), i.line, i.reason))
    return report


@contextmanager
def _without_collector() -> Iterator[None]:
    """Trees are many objects that live for a while: the collector would look through them again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _files(paths: Sequence[Path], settings: Settings) -> list[Path]:
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            from lint_rules.files import python_files

            found.update(dict.fromkeys(python_files(path, settings)))
        else:
            found[path] = None
    return list(found)


def _do(parts: Sequence[Part], jobs: int, given: Executor | None) -> None:
    """What no earlier run has done, the largest first, so that no process waits long for another's last."""
    todo = sorted(
        ((each, task) for each in parts for task in each.todo), key=lambda pair: (-pair[1].size, pair[1].path)
    )
    unread = [(each, chunk) for each in parts for chunk in each.unread_chunks()]
    work = sum(task.size for _, task in todo) + sum(each.size_of(chunk) for each, chunk in unread) // SYNTAX_SHARE
    processes = min(processes_for(jobs, work), max(1, len(todo) + len(unread)))
    if todo:
        _do_all(todo, unread, processes, given)
    else:
        with executor(processes, given) as pool:
            for (each, chunk), found in zip(unread, run(pool, [(where_no_python, c) for _, c in unread]), strict=True):
                _keep_syntax(each, chunk, found)


def _do_all(
    todo: list[tuple[Part, Todo]], unread: list[tuple[Part, Chunk]], processes: int, given: Executor | None
) -> None:
    """With files to analyse; only now libcst is loaded, once for all processes."""
    projects = list(dict.fromkeys(each.project for each, _ in todo))
    with _scanned(projects, processes if given is None else 1):
        from lint_rules import work
        from lint_rules.shelf import shelf
    name = os.urandom(8).hex()
    for each, _ in todo:
        work.projects[name, each.root] = each.project
    syntax: list[tuple[Callable[[Any], Any], Any]] = [(where_no_python, chunk) for _, chunk in unread]
    with shelf(processes if given is None else 1) as folder, executor(processes, given) as pool:
        calls: list[tuple[Callable[[Any], Any], Any]] = [
            (work.analyse, each.job(name, task, folder)) for each, task in todo
        ]
        found = run(pool, [*calls, *syntax])
        lost = [
            (each, task, call)
            for (each, task), call, done in zip(todo, calls, found, strict=False)
            if not _kept(each, task, done)
        ]
        read_ones = list(found)
    for (each, chunk), troubles in zip(unread, read_ones, strict=True):
        _keep_syntax(each, chunk, troubles)
    for each, task, call in lost:  # in a process of its own, so that the guilty one alone is named
        with executor(max(processes, 2)) as pool:
            [done] = run(pool, [call])
        if not _kept(each, task, done):
            each.crashed(task)
    work.forget(name)


@contextmanager
def _scanned(projects: Sequence[Project], processes: int) -> Iterator[None]:
    """The files of these projects are scanned before other processes begin, and by others while the body runs: that
    loads what all of them will need.
    """
    chunks = [(each, chunk) for each in projects for chunk in each.unscanned(processes * 2)] if processes > 1 else []
    with executor(processes if forks() else 1) as pool:
        pending = [pool.submit(scan_files, chunk) for _, chunk in chunks]
        yield
        for (each, chunk), found in zip(chunks, pending, strict=True):
            with suppress(OSError, broken()):
                each.take_scans(chunk, found.result())
    for each in projects if processes > 1 else ():
        each.scan()


def _kept(each: Part, task: Todo, done: Done | None) -> bool:
    if done is not None:
        each.keep(task, done.result, done.trouble, done.fresh)
        each.project.take_over(done.mentions)
    return done is not None


def _keep_syntax(each: Part, chunk: Chunk, found: list[tuple[int, str]] | None) -> None:
    """A chunk is asked for again, alone, where the process died under it, or under another job."""
    if found is None:
        with executor(2) as pool:
            [found] = run(pool, [(where_no_python, chunk)])
    if found is not None:
        each.keep_syntax(chunk, found)
    else:
        each.crashed_reading(chunk)


def where_no_python(chunk: Chunk) -> list[tuple[int, str]]:
    """For each text, line and trouble if it is no Python, (0, "") if it is."""
    return [_trouble(path, text) for path, text in chunk]


def _trouble(path: Path, text: bytes | None) -> tuple[int, str]:
    try:
        return trouble(lambda: decode(path, read(path) if text is None else text))
    except OSError as exc:
        return 1, f"cannot be read: {exc.strerror or exc}"


def explain(path: Path, line: int, settings: Settings) -> list[str]:
    """Every lap tried at the loop whose header is on this line, and why it is not a spin, one line each."""
    from lint_rules.session import Session

    absolute = path.absolute()
    return Session(settings.root or project_root(absolute), settings, {}).explain(absolute, line)


def fingerprint(code: str, function: str, loop: str, name: str = "") -> str:
    """Keyed by the rule, the qualified function and the loop's text without layout and comments."""
    try:
        normal = _normal(ast.parse("if 1:\n" + loop if loop[:1] in " \t" else loop))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        normal = INVISIBLE.sub("", re.sub(r"#[^\n]*", "", loop))
    return hashlib.sha256("\0".join((code, function, name, normal)).encode("utf-8", "replace")).hexdigest()[:20]


def _normal(node: object) -> str:
    """A tree as text, the same on every Python. `ast.dump` is not: which empty fields it shows changes, and 3.12 ends a
    format with an empty string.
    """
    if isinstance(node, ast.JoinedStr):
        node.values = [value for value in node.values if not (isinstance(value, ast.Constant) and value.value == "")]
    if isinstance(node, ast.AST):
        fields = ((name, value) for name, value in ast.iter_fields(node) if value not in (None, []) and name != "kind")
        return f"{type(node).__name__}({', '.join(f'{name}={_normal(value)}' for name, value in fields)})"
    if isinstance(node, list):
        return f"[{', '.join(map(_normal, node))}]"
    return repr(node)


def best(findings: Iterable[tuple[Finding, int]]) -> list[Finding]:
    """One finding per loop and code: the strongest level, then the shortest lap; the others are counted in its
    message.
    """
    groups: dict[tuple[str, int, int], list[tuple[Finding, int]]] = {}
    for finding, length in findings:
        groups.setdefault((finding.code, finding.line, finding.column), []).append((finding, length))
    out = []
    for group in groups.values():
        group.sort(
            key=lambda pair: (-pair[0].level, len(pair[0].assumptions), pair[1], len(pair[0].witness), pair[0].witness)
        )
        out.append(group[0][0])
    return out
