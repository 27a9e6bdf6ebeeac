"""Settings of one run, from `[tool.spinlint]`, `spinlint.toml` or the command line.

Invariant: what is misspelt is an error that names the file, the key and the closest valid one; nothing is ignored in
silence.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from lint_rules.findings import Level
from lint_rules.rules.registry import BY_NAME, PREFIX, RULES, is_selector, matching
from lint_rules.source import seen

ALL_TARGETS = ((3, 10), (3, 11), (3, 12), (3, 13), (3, 14))
DEFAULT_EXCLUDE = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pyenv",
    ".pytest_cache",
    ".ruff_cache",
    ".spinlint_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pycache__",
    "__pypackages__",
    "_build",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)
LEVELS = {level.word: level for level in Level}


class ConfigError(Exception):
    """A setting that cannot be used; `path` is the file that holds it, or None for the command line."""

    def __init__(self, path: Path | None, message: str) -> None:
        super().__init__(path, message)  # as given: hosts send it from one process to another
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


@dataclass(frozen=True, slots=True)
class Settings:
    """What the analysis and the surfaces need to know. `root` None: the nearest project folder of each file.

    `folder` is where patterns and relative paths of the settings start; `source` is the file they came from.
    """

    root: Path | None = None
    src: tuple[str, ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    targets: tuple[tuple[int, int], ...] = ALL_TARGETS
    models: dict[str, Any] = field(default_factory=dict)
    jobs: int = 0
    cache_dir: Path | None = None
    cache: bool = True
    select: tuple[str, ...] = (PREFIX,)
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    extend_ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    gitignore: bool = True
    baseline: Path | None = None
    level: Level = Level.LIKELY
    fail_level: Level | None = None
    delay: float = 1.0
    folder: Path = field(default_factory=Path.cwd)
    source: Path | None = None

    def codes(self) -> frozenset[str]:
        """The codes that are switched on; an `ignore` wins over a `select`."""
        chosen = matching(self.select + self.extend_select)
        return chosen - matching(self.ignore + self.extend_ignore)


def closest(word: str, valid: Iterable[str]) -> str:
    """The end of an error message: the closest valid word, else all of them."""
    words = sorted(valid)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"valid: {', '.join(words)}"


def closest_code(text: str, *more: str) -> str:
    """What begins like a code is near to every code: then all of them are listed, with their names."""
    if text.upper().startswith((PREFIX, "W78")):
        return f"valid: {', '.join(f'{r.code} {r.name}' for r in RULES)}"
    return closest(text, (*(r.code for r in RULES), *BY_NAME, *more))


def parse_selectors(value: Any) -> tuple[str, ...]:
    texts = _strings(value)
    for text in texts:
        if not is_selector(text):
            raise ValueError(f"unknown code {text!r}; {closest_code(text, 'ALL')}")
    return texts


def parse_level(value: Any) -> Level:
    if not isinstance(value, str) or value not in LEVELS:
        raise ValueError(f"unknown level {value!r}; {closest(str(value), LEVELS)}")
    return LEVELS[value]


def parse_targets(value: Any) -> tuple[tuple[int, int], ...]:
    names = {f"{major}.{minor}": (major, minor) for major, minor in ALL_TARGETS}
    targets = []
    for text in _strings([value] if isinstance(value, str) else value):
        for name in (each.strip() for each in text.split(",")):
            plain = re.sub(r"^py3", "3.", name)
            if plain not in names:
                raise ValueError(f"unknown Python version {name!r}; {_closest_version(plain, names)}")
            targets.append(names[plain])
    return tuple(sorted(set(targets)))


def _closest_version(text: str, names: Mapping[str, tuple[int, int]]) -> str:
    match = re.fullmatch(r"3\.(\d+)", text)
    if match is None:
        return f"valid: {', '.join(names)}"
    return f"did you mean {min(names, key=lambda name: abs(names[name][1] - int(match[1])))!r}?"


def _strings(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of strings")
    return tuple(value)


def _per_file(value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise ValueError("must be a table of patterns, each with a list of codes")
    return tuple((pattern, parse_selectors(codes)) for pattern, codes in value.items())


def _path(value: Any) -> Path:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a path")
    return Path(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _jobs(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("must be a number of processes, or 0 for as many as there are processors")
    return value


def _delay(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < float("inf"):
        raise ValueError("must be a number of seconds above zero")
    return float(value)


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("must be a table")
    return value


# Key in the file -> field of Settings and the function that checks and converts a value.
KEYS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "select": ("select", parse_selectors),
    "ignore": ("ignore", parse_selectors),
    "extend-select": ("extend_select", parse_selectors),
    "extend-ignore": ("extend_ignore", parse_selectors),
    "per-file-ignores": ("per_file_ignores", _per_file),
    "exclude": ("exclude", _strings),
    "extend-exclude": ("exclude", lambda value: (*DEFAULT_EXCLUDE, *_strings(value))),
    "respect-gitignore": ("gitignore", _flag),
    "root": ("root", _path),
    "src": ("src", _strings),
    "target-version": ("targets", parse_targets),
    "models": ("models", _table),
    "baseline": ("baseline", _path),
    "level": ("level", parse_level),
    "fail-level": ("fail_level", parse_level),
    "jobs": ("jobs", _jobs),
    "cache-dir": ("cache_dir", _path),
    "delay": ("delay", _delay),
}
PATH_FIELDS = frozenset({"root", "baseline", "cache_dir"})


def load_settings(start: Path, config: Path | None = None) -> Settings:
    """The settings that hold for a file or a folder. `config` replaces the search. Raises ConfigError."""
    if config is not None:
        return _from_file(config.absolute(), required=True) or Settings()
    folder = start.absolute()
    return _nearest(folder if seen(folder.is_dir) else folder.parent)


def forget() -> None:
    """Read the files again: in an editor they change while this process lives."""
    _nearest.cache_clear()


@lru_cache(maxsize=4096)
def _nearest(folder: Path) -> Settings:
    for name in ("spinlint.toml", "pyproject.toml"):
        if seen((folder / name).is_file):
            found = _from_file(folder / name, required=name == "spinlint.toml")
            if found is not None:
                return found
    if folder.parent == folder:
        return Settings()
    above = _nearest(folder.parent)
    return _declared(folder, above) if above.source is None else above


def _declared(folder: Path, above: Settings) -> Settings:
    """Without a section of ours, `requires-python` of the nearest pyproject.toml still says which versions count."""
    path = folder / "pyproject.toml"
    if not seen(path.is_file):
        return above
    return replace(above, targets=_required(_read(path)), folder=folder)


def _required(document: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    project = document.get("project")
    text = project.get("requires-python") if isinstance(project, dict) else None
    if not isinstance(text, str):
        return ALL_TARGETS
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allowed = SpecifierSet(text)
    except InvalidSpecifier:
        return ALL_TARGETS  # the build tools of the project complain about it, in better words
    # The micro number stands for any late one: `>=3.11.4` includes 3.11.
    return tuple(t for t in ALL_TARGETS if allowed.contains(f"{t[0]}.{t[1]}.99")) or ALL_TARGETS


def _read(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigError(path, f"cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(path, "is not UTF-8") from exc
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(path, f"is not valid TOML: {exc}") from exc


def _check_models(path: Path, models: Mapping[str, Any]) -> None:
    """Only whoever has models of their own pays for loading ours at this point."""
    from lint_rules.models.load import ModelError, load_models

    try:
        load_models(models)
    except ModelError as exc:
        raise ConfigError(path, f"models: {exc}") from exc


def _check_folders(path: Path, values: Mapping[str, Any]) -> None:
    root = values.get("root")
    if root is not None and not root.is_dir():
        raise ConfigError(path, f"root: {root} is no folder")
    for name in values.get("src", ()):
        if not ((root or path.parent) / name).is_dir():
            raise ConfigError(path, f"src: {name!r} is no folder of {root or path.parent}")


def _from_file(path: Path, required: bool) -> Settings | None:
    """None: a pyproject.toml without a section of ours."""
    document = _read(path)
    section: Any = document
    if path.name == "pyproject.toml":
        tool = document.get("tool", {})
        section = tool.get("spinlint") if isinstance(tool, dict) else None
        if section is None and isinstance(tool, dict):
            for name in difflib.get_close_matches("spinlint", tool, n=1, cutoff=0.8):
                raise ConfigError(path, f"unknown section 'tool.{name}'; did you mean 'tool.spinlint'?")
        if section is None and not required:
            return None
        section = {} if section is None else section
    if not isinstance(section, dict):
        raise ConfigError(path, "tool.spinlint must be a table")
    values: dict[str, Any] = {"folder": path.parent, "source": path}
    if path.name == "pyproject.toml":
        values["targets"] = _required(document)
    for key, value in section.items():
        if key not in KEYS:
            raise ConfigError(path, f"unknown key {key!r}; {closest(key, KEYS)}")
        name, parse = KEYS[key]
        try:
            parsed = parse(value)
        except ValueError as exc:
            raise ConfigError(path, f"{key}: {exc}") from exc
        values[name] = path.parent / parsed if name in PATH_FIELDS else parsed
    if values.get("models"):
        _check_models(path, values["models"])
    _check_folders(path, values)
    if "exclude" in section and "extend-exclude" in section:
        values["exclude"] = (*_strings(section["exclude"]), *_strings(section["extend-exclude"]))
    return Settings(**values)
