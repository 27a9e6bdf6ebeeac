"""What a worker process does: analyses one file of a project at a time.

Invariant: a job carries all that its result depends on besides the files; what a process keeps between jobs of one run
saves time only.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from lint_rules.cache import Cache, Fresh, open_cache
from lint_rules.findings import Problem
from lint_rules.memory import Lines, memory_of
from lint_rules.parse import trouble
from lint_rules.part import Job
from lint_rules.project import Project
from lint_rules.results import FileResult
from lint_rules.session import Session
from lint_rules.shelf import Shelf

MANY_OBJECTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a job, and what the cache should keep besides; `trouble`: whether the file is Python, as far as it
    was asked; `mentions`: where words stand.
    """

    result: FileResult
    trouble: tuple[int, str] | None = None
    fresh: Fresh = field(default_factory=dict)
    mentions: dict[str, Lines] = field(default_factory=dict)


# A forked process begins with what its parent has found out of the projects of this run.
projects: dict[tuple[str, Path], Project] = {}
sessions: dict[tuple[str, Path], Session] = {}


def analyse(job: Job) -> Done:
    session = _session(job)
    found = _trouble(session.project, job.todo.path) if job.todo.whole else None
    if found is not None and found[0]:
        return Done(FileResult("", Problem(job.todo.path, *found)), found)
    result = session.check_file(job.todo.path, job.todo.wanted)
    if gc.get_count()[0] > MANY_OBJECTS:
        gc.collect(0)  # states of the search go round in circles; what was there before them is not looked at
    store = session.project.memory.store
    if not isinstance(store, Cache):
        return Done(result, found)
    fresh, store.fresh = store.fresh, {}
    return Done(result, found, fresh, session.project.hand_over())


def _trouble(project: Project, path: Path) -> tuple[int, str] | None:
    """Also of what the analysis would not read; None where the file cannot be read."""
    try:
        return trouble(partial(project.text, path))
    except OSError:
        return None


def _session(job: Job) -> Session:
    key = (job.run, job.root)
    known = sessions.get(key)
    if known is None:
        for old in [each for each in sessions if each[0] != job.run]:
            del sessions[old]
        project = projects.get(key) or Project(job.root, job.settings.src, job.texts, memory_of(job.root))
        _own_store(project, job)
        project.teller = None  # it asks the store of another process
        project.memory.shelf = Shelf(job.shelf) if job.shelf is not None else None
        known = sessions[key] = Session(job.root, job.settings, job.texts, project)
    return known


def _own_store(project: Project, job: Job) -> None:
    """A process opens the cache for itself; it reads it only, and the parent writes."""
    store = project.memory.store
    if job.cache is not None and not (isinstance(store, Cache) and store.is_mine()):
        project.memory.store = open_cache(*job.cache)


def forget(run: str) -> None:
    """The run is over."""
    for kept in (projects, sessions):
        for key in [each for each in kept if each[0] == run]:
            del kept[key]
