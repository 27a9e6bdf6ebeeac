"""What the tests of the surfaces share: made-up findings, a stand-in for the analysis, and real processes.

Invariant: the stand-in is only for what a real run cannot be made to show; every host is also really started.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lint_rules import engine
from lint_rules.config import Settings
from lint_rules.findings import Finding, Level, Report, Step
from lint_rules.rules.registry import rule

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
SPINNING = """\
import asyncio


class Worker:
    def __init__(self) -> None:
        self.job = None

    async def run(self) -> None:
        while True:
            await self.step()

    async def step(self) -> None:
        if self.job is None:
            return
        await asyncio.sleep(1)

    def take(self, job: str | None) -> None:
        self.job = job
"""
SPIN_LINE = 9


def finding(path: Path, line: int = SPIN_LINE, code: str = "SPN101", **changes: object) -> Finding:
    values: dict[str, object] = {
        "code": code,
        "name": rule(code).name,
        "level": Level.CERTAIN,
        "path": path,
        "line": line,
        "column": 9,
        "end_line": line + 1,
        "function": "Worker.run",
        "message": "the loop can go round for ever without waiting",
        "witness": ("self.job is None",),
        "steps": (
            Step(path, line, 9, "always true", "while True:"),
            Step(path, line + 1, 13, "returns", "await self.step()"),
        ),
        "fingerprint": f"{code}-{path.name}",
    }
    return Finding(**{**values, **changes})  # type: ignore[arg-type]


class FakeEngine:
    """Gives the findings that a test has put in, for the files that it is asked about."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.report = Report()
        self.asked: list[tuple[list[Path], Settings]] = []

    def check(
        self, paths: Sequence[Path], settings: Settings, texts: dict[Path, bytes] | None = None, pool: object = None
    ) -> Report:
        self.asked.append((list(paths), settings))
        here = [each for each in self.findings if each.path in paths]
        return Report(here, list(self.report.errors), list(self.report.incomplete), files=len(paths), loops=len(here))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    stand_in = FakeEngine()
    monkeypatch.setattr(engine, "check", stand_in.check)
    return stand_in


def run(
    *arguments: str | Path, cwd: Path, stdin: str | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Any command, as a real process."""
    return subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**{k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}, **(env or {})},
        timeout=300,
        check=False,
    )


def spinlint(
    *arguments: str | Path, cwd: Path, stdin: str | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "lint_rules", *arguments, cwd=cwd, stdin=stdin, env=env)


def project(folder: Path, files: dict[str, str], settings: str = "") -> Path:
    """A project folder with these files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(f"[tool.spinlint]\n{settings}", encoding="utf-8")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
