"""The gate of docs/hermes-gate.md, applied to the real release: it passes with the baseline and fails when the old
bug is put back.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lint_rules.baseline import read
from surfaces import spinlint

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


def test_the_gate_on_the_real_release(tmp_path: Path) -> None:
    old = read_events((release("0.14.0", tmp_path) / ADAPTER).read_text(encoding="utf-8"))
    repository = release("0.19.0", tmp_path)
    (repository / "pyproject.toml").write_text(
        "[tool.spinlint]\nbaseline = '.spinlint-baseline.json'\n", encoding="utf-8"
    )
    assert spinlint("baseline", cwd=repository).returncode == 0
    entries = read(repository / ".spinlint-baseline.json")
    assert [(e.path, e.code, e.function, e.text) for e in entries] == [
        (WECOM, "SPN101", "WeComAdapter._listen_loop", "while self._running:"),
        (WECOM, "SPN201", "WeComAdapter._listen_loop", "backoff_idx = 0"),
    ]
    passes = spinlint("check", cwd=repository)
    assert passes.returncode == 0, passes.stdout

    adapter = repository / ADAPTER
    text = adapter.read_text(encoding="utf-8")
    adapter.write_text(text.replace(read_events(text), old), encoding="utf-8")
    fails = spinlint("check", "--touching", ADAPTER, "--format", "concise", cwd=repository)
    assert fails.returncode == 1, fails.stderr
    assert [line.split(" ")[:2] for line in fails.stdout.splitlines()] == [
        [f"{ADAPTER}:501:9:", "SPN101"],
        [f"{ADAPTER}:505:17:", "SPN201"],
        [f"{ADAPTER}:506:17:", "SPN201"],
    ]
