"""Which files a run is about: walks folders, leaves out what settings and .gitignore exclude.

Invariant: a file that is named is taken, whatever excludes it (unless `force_exclude`); what is left out of a folder
depends only on that folder's settings and .gitignore files; the order is that of the names.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from lint_rules.config import Settings
from lint_rules.findings import Problem
from lint_rules.source import project_root, seen

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SUFFIXES = frozenset({".py", ".pyw"})


@dataclass(frozen=True, slots=True)
class Walked:
    """The files to check, each with the settings that hold for it, and what could not be walked."""

    files: tuple[tuple[Path, Settings], ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Ignore:
    """Patterns and the folder from which they count. `verdict` is None where no pattern says anything."""

    base: Path
    spec: GitIgnoreSpec

    def verdict(self, path: Path, folder: bool) -> bool | None:
        try:
            relative = path.relative_to(self.base).as_posix()
        except ValueError:
            return None
        return self.spec.check_file(f"{relative}/" if folder else relative).include


def walk(paths: Sequence[Path], settings_of: Callable[[Path], Settings], force_exclude: bool = False) -> Walked:
    """Files as they are named, folders by their Python files. `settings_of` is asked once for each folder or named
    file.
    """
    found: dict[Path, Settings] = {}
    problems: list[Problem] = []
    for path in paths:
        before = len(found), len(problems)
        if seen(path.is_dir):
            for file, settings in _descend(path, path, settings_of, (), problems):
                found.setdefault(file, settings)
            if (len(found), len(problems)) == before and not any(file.is_relative_to(path) for file in found):
                problems.append(Problem(path, 1, "this folder holds no Python file to check"))
        elif not os.path.lexists(path):
            problems.append(Problem(path, 1, "no such file or folder"))
        else:
            settings = settings_of(path.parent)
            if not (force_exclude and excluded(path, settings)):
                found.setdefault(path, settings)
    return Walked(tuple(found.items()), tuple(problems))


def python_files(folder: Path, settings: Settings) -> Iterator[Path]:
    """The Python files of one project folder under one set of settings."""
    for path, _ in _descend(folder, folder, lambda _: settings, (), []):
        yield path


def excluded(path: Path, settings: Settings) -> bool:
    """Whether a walk from the folder of the settings (without settings: of the project) would leave out this file."""
    absolute = path.absolute()
    top = project_root(absolute) if settings.source is None else settings.folder
    chain = [parent for parent in reversed(absolute.parents) if parent.is_relative_to(top)]
    ignores: tuple[Ignore, ...] = ()
    for folder in chain:
        ignores = (*ignores, *_own_ignores(folder, settings))
        below = absolute.relative_to(folder).parts
        if _left_out(folder / below[0], len(below) > 1, settings, ignores):
            return True
    return False


def _descend(
    folder: Path,
    top: Path,
    settings_of: Callable[[Path], Settings],
    ignores: tuple[Ignore, ...],
    problems: list[Problem],
) -> Iterator[tuple[Path, Settings]]:
    pending = [(folder, ignores if folder != top else ())]
    while pending:
        current, above = pending.pop()
        settings = settings_of(current)
        own = above + (_above(current, settings) if current == top else _own_ignores(current, settings))
        try:
            with os.scandir(current) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as exc:
            problems.append(Problem(current, 1, f"cannot be listed: {exc.strerror}"))
            continue
        folders = []
        for entry in listed:
            path = current / entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if not is_folder and path.suffix not in SUFFIXES:
                continue
            if _left_out(path, is_folder, settings, own):
                continue
            if is_folder:
                folders.append((path, own))
            elif _may_be_read(entry):
                yield path, settings
        pending.extend(reversed(folders))


def _may_be_read(entry: os.DirEntry[str]) -> bool:
    """A file, or a link to nowhere or in a circle, which reading will complain about; no pipe, which would block.

    A link named `.#…` is the lock of an editor.
    """
    if not entry.is_symlink():
        return entry.is_file()
    target = Path(entry.path)
    return not entry.name.startswith(".#") and (seen(target.is_file) or not seen(target.exists))


def _left_out(path: Path, folder: bool, settings: Settings, ignores: Iterable[Ignore]) -> bool:
    names, patterns = _split(settings.exclude)
    if path.name in names:
        return True
    absolute = path.absolute()
    if patterns:
        ignore = Ignore(settings.folder, _compile(patterns))
        # A pattern that already covers the parent says nothing new: the parent was asked for by name.
        if ignore.verdict(absolute, folder) and not ignore.verdict(absolute.parent, True):
            return True
    for ignore in reversed(tuple(ignores)):
        verdict = ignore.verdict(absolute, folder)
        if verdict is not None:
            return verdict
    return False


@lru_cache(maxsize=256)
def _split(exclude: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Plain names need no pattern library, and the defaults are plain names."""
    names = frozenset(pattern for pattern in exclude if not set(pattern) & set("*?[]!/\\#"))
    return names, tuple(pattern for pattern in exclude if pattern not in names)


def _above(top: Path, settings: Settings) -> tuple[Ignore, ...]:
    """The .gitignore files that hold in `top`, from the repository's root down; none if they ignore `top` itself,
    which was asked for.
    """
    absolute = top.absolute()
    chain = [absolute, *absolute.parents]
    root = next((index for index, parent in enumerate(chain) if seen((parent / ".git").exists)), None)
    if root is None:
        return _own_ignores(absolute, settings)
    ignores: tuple[Ignore, ...] = ()
    for folder in reversed(chain[1 : root + 1]):
        ignores += _own_ignores(folder, settings)
    for index in range(root):
        verdicts = [ignore.verdict(chain[index], True) for ignore in ignores]
        if next((verdict for verdict in reversed(verdicts) if verdict is not None), False):
            return _own_ignores(absolute, settings)
    return ignores + _own_ignores(absolute, settings)


def _own_ignores(folder: Path, settings: Settings) -> tuple[Ignore, ...]:
    path = folder / ".gitignore"
    if not settings.gitignore or not seen(path.is_file):
        return ()
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()  # a list that cannot be read excludes nothing: better to check too much
    return (Ignore(folder.absolute(), _compile(tuple(lines))),)


@lru_cache(maxsize=256)
def _compile(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)
