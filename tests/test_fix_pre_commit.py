"""The hook `spinlint-fix` in a real run of pre-commit: it changes the file and fails, and the next run passes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

from surfaces import SPINNING, project
from test_pre_commit import LOOP, READER, git, hook, pre_commit  # `hook` is a fixture

__all__ = ["hook"]


def test_the_hook_repairs_what_is_passed(hook: Path, tmp_path: Path) -> None:
    folder = project(tmp_path / "repository", {"worker.py": SPINNING, "other.py": SPINNING})
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=hook, capture_output=True, text=True, check=True)
    config = {"repos": [{"repo": str(hook), "rev": revision.stdout.strip(), "hooks": [{"id": "spinlint-fix"}]}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    first = pre_commit(folder, hook, "--files", "worker.py")
    assert (first.returncode, "files were modified by this hook" in first.stdout) == (1, True), first.stdout
    assert "worker.py:9: SPN101 fixed (safe)" in first.stdout
    assert (folder / "other.py").read_text(encoding="utf-8") == SPINNING
    git(folder, "add", "--all")
    assert pre_commit(folder, hook, "--files", "worker.py").returncode == 0


def test_a_changed_callee_alone_is_enough(hook: Path, tmp_path: Path) -> None:
    """The loop stands in a file that is not passed, and both files may be repaired."""
    files = {"pkg/__init__.py": "", "pkg/loop.py": LOOP, "pkg/reader.py": READER, "pkg/worker.py": SPINNING}
    folder = project(tmp_path / "repository", files)
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=hook, capture_output=True, text=True, check=True)
    config = {"repos": [{"repo": str(hook), "rev": revision.stdout.strip(), "hooks": [{"id": "spinlint-fix"}]}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    result = pre_commit(folder, hook, "--files", "pkg/reader.py")
    assert result.returncode == 1, result.stdout
    assert "pkg/loop.py:5: SPN101" in result.stdout
    assert "worker.py" not in result.stdout
    assert (folder / "pkg/worker.py").read_text(encoding="utf-8") == SPINNING
