"""Settings: where they come from, what wins, and that nothing misspelt passes in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules.config import ALL_TARGETS, DEFAULT_EXCLUDE, ConfigError, Settings, load_settings
from lint_rules.findings import Level


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_set_gives_the_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.codes() == {f"SPN{n}" for n in (101, 102, 103, 104, 105, 106, 201)}
    assert (settings.level, settings.fail_level, settings.baseline) == (Level.LIKELY, None, None)
    assert settings.targets == ALL_TARGETS
    assert settings.exclude == DEFAULT_EXCLUDE


def test_every_key_is_read(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    source = write(
        tmp_path,
        "spinlint.toml",
        """
        select = ["SPN1"]
        ignore = ["silent-return"]
        extend-select = ["SPN201"]
        extend-ignore = ["SPN102"]
        per-file-ignores = { "tests/*" = ["ALL"] }
        exclude = ["old"]
        extend-exclude = ["older"]
        respect-gitignore = false
        root = "."
        src = ["lib"]
        target-version = ["3.12", "py311"]
        models = {}
        baseline = "known.json"
        level = "possible"
        fail-level = "certain"
        jobs = 3
        cache-dir = "cache"
        delay = 2
        """,
    )
    assert load_settings(tmp_path / "deep" / "file.py") == Settings(
        root=tmp_path,
        src=("lib",),
        exclude=("old", "older"),
        targets=((3, 11), (3, 12)),
        models={},
        jobs=3,
        cache_dir=tmp_path / "cache",
        select=("SPN1",),
        ignore=("silent-return",),
        extend_select=("SPN201",),
        extend_ignore=("SPN102",),
        per_file_ignores=(("tests/*", ("ALL",)),),
        gitignore=False,
        baseline=tmp_path / "known.json",
        level=Level.POSSIBLE,
        fail_level=Level.CERTAIN,
        delay=2.0,
        folder=tmp_path,
        source=source,
    )
    assert load_settings(tmp_path).codes() == {"SPN103", "SPN104", "SPN105", "SPN106", "SPN201"}


def test_the_nearest_file_with_a_section_wins(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "[tool.spinlint]\nlevel = 'possible'\n")
    write(tmp_path / "a", "pyproject.toml", "[project]\nname = 'a'\n")
    write(tmp_path / "b", "spinlint.toml", "level = 'certain'\n")
    write(tmp_path / "b", "pyproject.toml", "[tool.spinlint]\nlevel = 'likely'\n")
    assert load_settings(tmp_path / "a" / "x.py").level is Level.POSSIBLE
    assert load_settings(tmp_path / "b" / "c" / "x.py").level is Level.CERTAIN
    assert load_settings(tmp_path / "b", tmp_path / "b" / "pyproject.toml").level is Level.LIKELY


@pytest.mark.parametrize(
    ("required", "expected"),
    [
        (">=3.11", ALL_TARGETS[1:]),
        (">=3.11.4,<3.13", ((3, 11), (3, 12))),
        ("~=3.12", ((3, 12), (3, 13), (3, 14))),
        (">=2.7,<3", ALL_TARGETS),
        ("nonsense", ALL_TARGETS),
    ],
)
def test_requires_python_narrows_the_targets(
    tmp_path: Path, required: str, expected: tuple[tuple[int, int], ...]
) -> None:
    write(tmp_path, "pyproject.toml", f"[project]\nrequires-python = '{required}'\n")
    assert load_settings(tmp_path / "x.py").targets == expected
    write(tmp_path / "own", "pyproject.toml", f"[project]\nrequires-python = '{required}'\n[tool.spinlint]\n")
    assert load_settings(tmp_path / "own").targets == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("slect = []", "unknown key 'slect'; did you mean 'select'?"),
        ("select = ['SPN110']", "select: unknown code 'SPN110'; valid: SPN101 silent-return, SPN102 swallowed-raise"),
        ("select = ['SPN9']", "select: unknown code 'SPN9'; valid: SPN101 silent-return, SPN102 swallowed-raise"),
        ("ignore = ['silent-retrun']", "ignore: unknown code 'silent-retrun'; did you mean 'silent-return'?"),
        ("select = 'SPN101'", "select: must be a list of strings"),
        ("level = 'certian'", "level: unknown level 'certian'; did you mean 'certain'?"),
        ("target-version = '3.21'", "target-version: unknown Python version '3.21'; did you mean '3.14'?"),
        ("target-version = 'py38'", "target-version: unknown Python version 'py38'; did you mean '3.10'?"),
        ("target-version = 'four'", "target-version: unknown Python version 'four'; valid: 3.10, 3.11, "),
        ("root = 'none'", "none is no folder"),
        ("src = ['.', 'none']", "src: 'none' is no folder of "),
        ("per-file-ignores = {'a.py' = ['E501']}", "per-file-ignores: unknown code 'E501'"),
        ("delay = 0", "delay: must be a number of seconds above zero"),
        ("jobs = -1", "jobs: must be a number of processes"),
        ("jobs = true", "jobs: must be a number of processes"),
        ("respect-gitignore = 'no'", "respect-gitignore: must be true or false"),
        ("baseline = ''", "baseline: must be a path"),
        ("models = []", "models: must be a table"),
        ("level = ", "is not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_with_the_closest_valid_one(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, "spinlint.toml", text)
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path)
    assert caught.value.path == path
    assert message in caught.value.message


def test_a_misspelt_section_is_an_error_and_those_of_others_are_not(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "[tool.spinlnt]\nselect = []\n")
    with pytest.raises(ConfigError, match=r"unknown section 'tool.spinlnt'; did you mean 'tool.spinlint'\?"):
        load_settings(tmp_path)
    write(tmp_path / "other", "pyproject.toml", "[tool.pylint]\n[tool.pyright]\n[tool.sphinx]\n[tool.spin]\n")
    write(tmp_path, "pyproject.toml", "")
    assert load_settings(tmp_path / "other").source is None


def test_a_wrong_model_of_the_user_is_an_error_of_the_settings(tmp_path: Path) -> None:
    write(tmp_path, "spinlint.toml", "[models]\n'app.fetch' = 'suspend'\n")
    with pytest.raises(ConfigError, match=r"models: .*suspend"):
        load_settings(tmp_path)


def test_a_settings_file_that_is_asked_for_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path, tmp_path / "none.toml")
