"""Every setting that changes what is found reaches every host: the command, flake8 and pylint, each really started."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from surfaces import SPINNING, project, run, spinlint

TIMEOUT = SPINNING.replace("await self.step()", "await asyncio.wait_for(self.step(), 5)", 1)
POLL = "import ext\n\n\nasync def run():\n    while True:\n        await ext.poll()\n"
READ = "async def read(reader):\n    if reader is None:\n        return\n    await reader.wait()\n"
CALL = "from inner import read\n\n\nasync def run(reader):\n    while True:\n        await read(reader)\n"
FILES = {"timeout.py": TIMEOUT, "poll.py": POLL, "lib/inner.py": READ, "call.py": CALL, "worker.py": SPINNING}
FLAKE8 = ("flake8", "--isolated", "--select=SPN", ".")
PYLINT = ("pylint", "--load-plugins=lint_rules.pylint_plugin", "--disable=all", "--enable=spinlint", *FILES)
PYLINT_LINE = re.compile(r"([\w/]+\.py):(\d+):\d+: W\d+: .*\(([a-z-]+)\)")
FLAKE8_LINE = re.compile(r"\./([\w/]+\.py):(\d+):\d+: SPN\d+ ([a-z-]+) .*")
COMMAND_LINE = re.compile(r"([\w/]+\.py):(\d+):\d+: SPN\d+ ([a-z-]+) .*")
TIMEOUT_SPINS = ("timeout.py", "9", "silent-return")  # wait_for runs the coroutine inline from 3.12 on
TIMEOUT_BURNS = ("timeout.py", "9", "zero-delay")
ALL = {
    ("call.py", "5", "silent-return"),
    TIMEOUT_SPINS,
    ("worker.py", "9", "silent-return"),
}


def found(output: str, line: re.Pattern[str]) -> set[tuple[str, ...]]:
    return {match.groups() for match in map(line.fullmatch, output.splitlines()) if match}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("src = ['lib']", ALL),
        ("", ALL - {("call.py", "5", "silent-return")}),
        ("src = ['lib']\ntarget-version = '3.11'", ALL - {TIMEOUT_SPINS} | {TIMEOUT_BURNS}),
        ("target-version = '3.11'\nignore = ['silent-return']", {TIMEOUT_BURNS}),
        ("target-version = '3.11'\nselect = ['SPN105']", {TIMEOUT_BURNS}),
        ("src = ['lib']\nextend-ignore = ['SPN1']", set()),
        ("src = ['lib']\nper-file-ignores = { 't*.py' = ['SPN1'] }", {each for each in ALL if each[0] != "timeout.py"}),
        ("src = ['lib']\nmodels = { 'ext.*' = 'yields' }", ALL | {("poll.py", "5", "zero-delay")}),
        ("src = ['lib']\nmodels = { 'inner.read' = 'suspends' }", {each for each in ALL if each[0] != "call.py"}),
    ],
)
def test_the_same_settings_give_the_same_findings(
    tmp_path: Path, settings: str, expected: set[tuple[str, ...]]
) -> None:
    folder = project(tmp_path, FILES, settings)
    assert found(spinlint("check", "--format", "concise", cwd=folder).stdout, COMMAND_LINE) == expected
    flake8 = run(sys.executable, "-m", *FLAKE8, cwd=folder)
    assert found(flake8.stdout, FLAKE8_LINE) == expected
    pylint = run(sys.executable, "-m", *PYLINT, cwd=folder)
    assert found(pylint.stdout, PYLINT_LINE) == expected
