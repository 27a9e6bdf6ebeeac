"""The pre-commit hook of this working tree, in real runs of pre-commit in a repository of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from surfaces import ROOT, SPINNING, project, run, spinlint

LOOP = "from pkg.reader import read\n\n\nasync def run(r):\n    while True:\n        await read(r)\n"
READER = "async def read(r):\n    if r is None:\n        return\n    await r.wait()\n"
GIT = {
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@example.org",
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, env={**os.environ, **GIT})


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working tree as the repository that pre-commit installs the hook from."""
    folder = tmp_path_factory.mktemp("hook") / "spinlint"
    leave_out = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "tests", "*.egg-info")
    shutil.copytree(ROOT, folder, ignore=leave_out)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "-m", "hook")
    return folder


@pytest.fixture(scope="module")
def repository(hook: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {"pkg/__init__.py": "", "pkg/loop.py": LOOP, "pkg/reader.py": READER, "pkg/worker.py": SPINNING}
    folder = project(tmp_path_factory.mktemp("repository"), {**files, "pkg/fine.py": "x = 1\n", "notes.txt": "x\n"})
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=hook, capture_output=True, text=True, check=True)
    config = {"repos": [{"repo": str(hook), "rev": revision.stdout.strip(), "hooks": [{"id": "spinlint"}]}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    return folder


def pre_commit(
    repository: Path, hook: Path, *arguments: str, extra: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    env = {**GIT, "PRE_COMMIT_HOME": str(hook.parent / "home"), "NO_COLOR": "1", **(extra or {})}
    return run(sys.executable, "-m", "pre_commit", "run", *arguments, cwd=repository, env=env)


def places(output: str) -> list[str]:
    return sorted(line.split(" ")[0] for line in output.splitlines() if ": SPN" in line)


def test_all_files_give_the_findings_of_the_command(repository: Path, hook: Path) -> None:
    result = pre_commit(repository, hook, "--all-files")
    assert result.returncode == 1, result.stdout + result.stderr
    expected = places(spinlint("check", ".", cwd=repository).stdout)
    assert places(result.stdout) == expected == ["pkg/loop.py:5:5:", "pkg/worker.py:9:9:"]


def test_a_changed_callee_alone_is_enough(repository: Path, hook: Path) -> None:
    result = pre_commit(repository, hook, "--files", "pkg/reader.py")
    assert (result.returncode, places(result.stdout)) == (1, ["pkg/loop.py:5:5:"])


def test_a_file_that_no_lap_touches_passes(repository: Path, hook: Path) -> None:
    result = pre_commit(repository, hook, "--files", "pkg/fine.py", "notes.txt")
    assert (result.returncode, "Passed" in result.stdout) == (0, True), result.stdout


def test_a_split_list_finds_the_same(repository: Path, hook: Path) -> None:
    """pre-commit splits a list that is too long for one command line; many files with long names make it do so."""
    many = repository / "many"
    many.mkdir()
    name = "x" * 180
    for number in range(900):
        (many / f"{name}{number}.py").write_text("x = 1\n", encoding="utf-8")
    git(repository, "add", "--all")
    result = pre_commit(repository, hook, "--all-files", "--verbose")
    assert result.stdout.count(" files\n") >= 2, result.stdout[-2000:]
    assert sorted(set(places(result.stdout))) == ["pkg/loop.py:5:5:", "pkg/worker.py:9:9:"]
    git(repository, "rm", "--quiet", "--cached", "-r", "many")
    shutil.rmtree(many)


def test_the_hooks_name_commands_that_exist() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert "spinlint" in [hook["id"] for hook in hooks]
    for each in hooks:
        program, command, *options = each["entry"].split()
        shown = spinlint(command, "--help", cwd=ROOT)
        assert (program, shown.returncode) == ("spinlint", 0)
        assert all(option in shown.stdout for option in options)


def test_the_manifest_is_valid() -> None:
    manifest = ROOT / ".pre-commit-hooks.yaml"
    result = run(sys.executable, "-m", "pre_commit", "validate-manifest", manifest, cwd=ROOT)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")
