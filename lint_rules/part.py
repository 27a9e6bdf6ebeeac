"""The files of one project that a run is about: what an earlier run found out still holds of some, the rest is to do.

Invariant: nothing here loads libcst; a file that cannot hold a candidate loop costs no more than being read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from lint_rules.cache import FOLDER, Cache, Fresh, analyser, open_cache
from lint_rules.config import Settings
from lint_rules.findings import Problem, Report
from lint_rules.memory import Look, Memory, memory_of
from lint_rules.project import Project
from lint_rules.results import FileResult, add_to, merged, still_true
from lint_rules.source import digest
from lint_rules.words import Chunk

SMALL = 16_384
FEW = 8  # files; more are a look at a whole project
CHUNK = 40
CRASHED = (1, "the analysis of this file crashed")
# Files outside the code that the analysis reads: which versions of libraries the project declares.
DECLARATIONS = ("pyproject.toml", "uv.lock", "poetry.lock", "pdm.lock")
# What changes the reports only, or which files are asked about.
NOT_OF_THE_ANALYSIS: tuple[str, ...] = (
    "jobs",
    "cache",
    "cache_dir",
    "select",
    "ignore",
    "extend_select",
    "extend_ignore",
    "per_file_ignores",
)
NOT_OF_THE_ANALYSIS += ("gitignore", "exclude", "baseline", "level", "fail_level", "folder", "source", "root")


@dataclass(frozen=True, slots=True)
class Todo:
    """A file to analyse, in the functions of these names or in all; `size` is what it will cost, in bytes of source,
    and `whole` whether also what the analysis does not read of it has to be Python.
    """

    path: Path
    wanted: tuple[str, ...] | None
    size: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker needs to know to do a `Todo`. `run` tells runs apart; `cache` is its folder and
    context, `shelf` the folder for what the processes of the run lend each other.
    """

    run: str
    root: Path
    settings: Settings
    texts: dict[Path, bytes]
    cache: tuple[Path, str] | None
    todo: Todo
    shelf: Path | None = None


@dataclass(slots=True)
class Part:
    """One project of a run. `looks` are by absolute path; `unread` are the files that are to be asked whether they
    are Python.
    """

    root: Path
    files: list[Path]
    settings: Settings
    texts: dict[Path, bytes]
    memory: Memory
    project: Project
    cache: Cache | None = None
    borrows: bool = False
    looks: dict[Path, Look] = field(default_factory=dict)
    todo: list[Todo] = field(default_factory=list)
    unread: list[Path] = field(default_factory=list)
    syntax: list[Path] = field(default_factory=list)
    results: dict[Path, FileResult] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def open(self, opened: dict[Path, Cache]) -> None:
        """`opened`: the caches of the run by folder. A part whose folder is open already uses that connection: every
        file without a project is a part of its own, and a process may not have thousands of files open.
        """
        if not self.settings.cache:
            return
        folder, about = cache_folder(self.settings), context(self.root, self.settings)
        first = opened.get(folder)
        self.borrows = first is not None
        self.cache = open_cache(folder, about) if first is None else Cache(first.database, about, first.file)
        if self.cache is not None:
            opened.setdefault(folder, self.cache)
            self.memory.attach(self.cache)

    def look(self, everything: bool) -> None:
        """Read the files; sort them into those whose results are known and those to do."""
        matter = []
        for path in self.files:
            absolute = path.absolute()
            try:
                look = self.looks[absolute] = self.project.look(absolute)
            except OSError as exc:
                self.problems.append(Problem(path, 1, f"cannot be read: {exc.strerror or exc}"))
                continue
            if look.matters:
                matter.append(absolute)
            if everything or look.size <= SMALL:
                self.syntax.append(path)
        self._take_answers()
        troubles = {path: self._trouble(path) for path in map(Path.absolute, self.syntax)}
        for path in dict.fromkeys(matter):
            if troubles.get(path) in (None, (0, "")):  # else there is nothing to analyse
                self._recall(path, self.looks[path], path in troubles and troubles[path] is None)
        analysed = {todo.path for todo in self.todo}
        self.unread = [path for path, known in troubles.items() if known is None and path not in analysed]

    def _trouble(self, path: Path) -> tuple[int, str] | None:
        """The line and the reason why a file is no Python, (0, "") if it is; None where nobody knows."""
        return self.memory.known.syntax.get(self.looks[path].content)

    def _take_answers(self) -> None:
        """What an earlier run was told may still hold. A run over few files of a project looks at the others only when
        something is asked of all of them.
        """
        if self.cache is None:
            return
        self.project.teller = partial(self.cache.get, "told", "", "")
        if len(self.files) > FEW:
            self.project.recall_told()

    def _keep_answers(self) -> None:
        done = [self.results[todo.path] for todo in self.todo if todo.path in self.results]
        asked = {
            question: result.answers[question]
            for result in done
            for function in result.functions.values()
            for question in function.questions
            if question in result.answers
        }
        if self.cache is not None and self.project.teller is None:
            told = self.project.told(asked)
            if told is not None:
                self.cache.put("told", "", "", told)

    def _recall(self, path: Path, look: Look, whole: bool) -> None:
        """Take what still holds of an earlier result, and leave the rest to do."""
        old = self.cache.get("result", str(path), "") if self.cache is not None else None
        if not isinstance(old, FileResult) or (old.error is not None and old.content != look.content):
            self.todo.append(Todo(path, None, look.size, whole))
            return
        kept, stale = still_true(self.project, path, old)
        if stale or (old.content != look.content and self.project.module(path) is None):
            self.todo.append(Todo(path, tuple(stale) if kept else None, look.size // (4 if kept else 1), whole))
        if kept or not stale:
            contents = {name: self.project.content_of(name) for name in old.contents}
            held = self.results[path] = replace(old, content=look.content, functions=kept, contents=contents)
            if self.cache is not None and not stale and contents != old.contents:
                self.cache.put("result", str(path), "", held)

    def unread_chunks(self) -> list[Chunk]:
        """The files that are to be asked whether they are Python, in portions."""
        pairs = [(path, self.texts.get(path)) for path in self.unread]
        return [pairs[at : at + CHUNK] for at in range(0, len(pairs), CHUNK)]

    def size_of(self, chunk: Chunk) -> int:
        return sum(self.looks[path].size for path, _ in chunk)

    def keep_syntax(self, chunk: Chunk, found: list[tuple[int, str]]) -> None:
        for (path, _), trouble in zip(chunk, found, strict=True):
            self.memory.known.syntax[self.looks[path].content] = trouble

    def crashed_reading(self, chunk: Chunk) -> None:
        """The process died under these files, twice: no reason to say so for ever."""
        self.problems += [Problem(path, *CRASHED) for path, _ in chunk]

    def job(self, run: str, todo: Todo, shelf: Path | None) -> Job:
        cache = (self.cache.folder, self.cache.context) if self.cache is not None else None
        return Job(run, self.root, self.settings, self.texts, cache, todo, shelf)

    def crashed(self, todo: Todo) -> None:
        """The process died under the file, twice."""
        self.results[todo.path] = FileResult("", Problem(todo.path, *CRASHED))

    def keep(self, todo: Todo, found: FileResult, trouble: tuple[int, str] | None, fresh: Fresh) -> None:
        """Take in what a worker found."""
        if trouble is not None:
            self.memory.known.syntax[self.looks[todo.path].content] = trouble
            if trouble[0]:
                return
        known = self.results.get(todo.path)
        whole = self.results[todo.path] = found if known is None or todo.wanted is None else merged((known, found))
        if self.cache is not None and whole.content:
            self.cache.fresh.update(fresh)
            self.cache.put("result", str(todo.path), "", whole)

    def tell(self, report: Report) -> None:
        report.errors += self.problems
        broken = set()
        for path in self.syntax:
            line, message = self._trouble(path.absolute()) or (0, "")
            if line:
                report.errors.append(Problem(path, line, message))
                broken.add(path.absolute())
        for path in self.files:
            result = self.results.get(path.absolute())
            if result is not None and path.absolute() not in broken:
                add_to(report, path, result)

    def close(self) -> None:
        self._keep_answers()
        self.memory.detach()
        if self.cache is not None:
            if self.borrows:
                self.cache.save()
            else:
                self.cache.close()
            if len(self.files) == 1:
                self.memory.drop_modules()


def part(root: Path, files: list[Path], settings: Settings, texts: dict[Path, bytes]) -> Part:
    memory = memory_of(root)
    return Part(root, files, settings, texts, memory, Project(root, settings.src, texts, memory))


def cache_folder(settings: Settings) -> Path:
    """The folder that was set, else one beside the settings file, else in the current folder."""
    return settings.cache_dir or settings.folder / FOLDER


def context(root: Path, settings: Settings) -> str:
    """What a result depends on besides the project's Python files."""
    kept = {name: getattr(settings, name) for name in settings.__slots__ if name not in NOT_OF_THE_ANALYSIS}
    return digest(
        repr((analyser(), str(root), sorted(kept.items()), _declarations(root))).encode("utf-8", "surrogateescape")
    )


def _declarations(root: Path) -> tuple[str, ...]:
    if not root.is_dir():
        return ()
    found = []
    for path in [*(root / name for name in DECLARATIONS), *sorted(root.glob("requirements*.txt"))]:
        if path.is_file():
            found.append(f"{path.name} {digest(path.read_bytes())}")
    return tuple(found)
