"""The gate of docs/hermes-gate.md, applied to the real release: it passes with the baseline and fails when the old
bug is put back.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from lint_rules.baseline import read
from surfaces import ROOT, spinlint
from test_pre_commit import git, hook, pre_commit  # `hook` is a fixture

__all__ = ["hook"]
pytestmark = pytest.mark.hermes
ADAPTER = "gateway/platforms/qqbot/adapter.py"
WECOM = "plugins/platforms/wecom/adapter.py"


def release(version: str, folder: Path) -> Path:
    """Unpacked, nothing built; an index that cannot be reached is a failure."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--python-version=3.12", f"--dest={folder}", f"hermes-agent=={version}"]
    subprocess.run(command, check=True)
    target = folder / version
    with zipfile.ZipFile(next(folder.glob(f"hermes_agent-{version}-*.whl"))) as wheel:
        wheel.extractall(target)
    return target


def read_events(text: str) -> str:
    return text[text.index("    async def _read_events") : text.index("    async def _heartbeat_loop")]


def console(heading: str) -> list[str]:
    """The lines of the last console block under a heading of the document."""
    text = (ROOT / "docs" / "hermes-gate.md").read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    return text.rsplit("```console\n", 1)[1].split("```")[0].splitlines()


def test_the_gate_on_the_real_release(hook: Path, tmp_path: Path) -> None:
    """As the document has it: once set up, a commit passes, and one that brings the bug back fails."""
    old = read_events((release("0.14.0", tmp_path) / ADAPTER).read_text(encoding="utf-8"))
    repository = release("0.19.0", tmp_path)
    settings = "[tool.spinlint]\nbaseline = '.spinlint-baseline.json'\n"
    (repository / "pyproject.toml").write_text(settings, encoding="utf-8")
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=hook, capture_output=True, text=True, check=True)
    config = {"repos": [{"repo": str(hook), "rev": revision.stdout.strip(), "hooks": [{"id": "spinlint"}]}]}
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    git(repository, "init", "--quiet")
    assert spinlint("baseline", cwd=repository).returncode == 0
    entries = read(repository / ".spinlint-baseline.json")
    assert [(e.path, e.code, e.function, e.text) for e in entries] == [
        (WECOM, "SPN101", "WeComAdapter._listen_loop", "while self._running:"),
        (WECOM, "SPN201", "WeComAdapter._listen_loop", "backoff_idx = 0"),
    ]
    passes = spinlint("check", cwd=repository)
    assert (passes.returncode, passes.stdout.splitlines()) == (0, console("Set-up, once")[-1:])
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "The gate")

    other = repository / "gateway" / "run.py"
    other.write_text(other.read_text(encoding="utf-8") + "# a change elsewhere\n", encoding="utf-8")
    git(repository, "add", "--all")
    passed = pre_commit(repository, hook)
    assert (passed.returncode, "Passed" in passed.stdout) == (0, True), passed.stdout

    adapter = repository / ADAPTER
    text = adapter.read_text(encoding="utf-8")
    adapter.write_text(text.replace(read_events(text), old), encoding="utf-8")
    git(repository, "add", "--all")
    failed = pre_commit(repository, hook)
    assert (failed.returncode, failed.stdout.count(": SPN")) == (1, 3), failed.stdout
    shown = console("What a contributor sees")[1:]  # without the command
    assert failed.stdout.splitlines()[: len(shown)] == shown
