"""The pylint plugin, in real runs of pylint: the findings of the command, under pylint's own comments and options."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lint_rules.rules.registry import RULES
from surfaces import FIXTURES, SPINNING, project, run, spinlint

SYMBOLS = ",".join(rule.name for rule in RULES)
PATHS = ("SPN101", "SPN103", "SPN201")
Found = list[tuple[str, int, int, str, str]]


def pylint(*arguments: str | Path, cwd: Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return run(
        sys.executable,
        "-m",
        "pylint",
        "--rcfile=",
        "--load-plugins=lint_rules.pylint_plugin",
        "--disable=all",
        f"--enable={SYMBOLS}",
        "--output-format=json",
        *arguments,
        cwd=cwd,
        stdin=stdin,
    )


def found(result: subprocess.CompletedProcess[str]) -> Found:
    ids = {rule.pylint_id: rule for rule in RULES}
    messages = json.loads(result.stdout)
    assert all(ids[m["message-id"]].name == m["symbol"] for m in messages)
    return sorted((m["path"], m["line"], m["column"] + 1, ids[m["message-id"]].code, m["message"]) for m in messages)


def by_command(folder: Path, *arguments: str) -> Found:
    document = json.loads(spinlint("check", "--format", "json", *arguments, cwd=folder).stdout)
    return sorted(
        (f["path"], f["line"], f["column"], f["code"], f"[{f['level']}] {f['message']}") for f in document["findings"]
    )


@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_the_findings_of_the_command(jobs: str) -> None:
    paths = sorted(str(p.relative_to(FIXTURES)) for folder in PATHS for p in (FIXTURES / folder).rglob("*.py"))
    expected = by_command(FIXTURES, *paths)
    assert len(expected) > 15
    assert found(pylint(jobs, *paths, cwd=FIXTURES)) == expected


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("while True:", "while True:  # pylint: disable=silent-return", False),
        ("while True:", "while True:  # pylint: disable=W7801", False),
        ("while True:", "while True:  # pylint: disable=zero-delay", True),
        ("while True:", "# pylint: disable-next=silent-return\n        while True:", False),
        ("import asyncio", "import asyncio  # noqa\n# pylint: disable=silent-return", False),
        ("await self.step()", "await self.step()  # pylint: disable=silent-return", True),
        ("while True:", "while True:  # spinlint: ignore[SPN101] nobody closes it", False),
    ],
)
def test_comments_of_pylint_and_ours_hold(tmp_path: Path, before: str, after: str, shown: bool) -> None:
    folder = project(tmp_path, {"worker.py": SPINNING.replace(before, after, 1)})
    assert bool(found(pylint("worker.py", cwd=folder))) is shown


def test_standard_input_is_judged_within_its_project(tmp_path: Path) -> None:
    caller = "from reader import read\n\n\nasync def run(r):\n    while True:\n        await read(r)\n"
    reader = "async def read(r):\n    if r is None:\n        return\n    await r.wait()\n"
    folder = project(tmp_path, {"caller.py": "", "reader.py": reader})
    result = pylint("--from-stdin", "caller.py", cwd=folder, stdin=caller)
    assert [each[:4] for each in found(result)] == [("caller.py", 5, 5, "SPN101")]


def test_settings_and_options_reach_the_plugin(tmp_path: Path) -> None:
    folder = project(tmp_path, {"worker.py": SPINNING}, "ignore = ['SPN101']\n")
    assert found(pylint("worker.py", cwd=folder)) == []
    (folder / "other.toml").write_text("select = ['SPN1']\n", encoding="utf-8")
    assert len(found(pylint("--spinlint-config=other.toml", "worker.py", cwd=folder))) == 1
    waiting = (FIXTURES / "worked" / "e14_deadline.py").read_text(encoding="utf-8")
    (folder / "waiting.py").write_text(waiting, encoding="utf-8")
    assert found(pylint("waiting.py", cwd=folder)) == []
    assert len(found(pylint("--spinlint-level=possible", "waiting.py", cwd=folder))) == 1
    wrong = pylint("--spinlint-level=certian", "waiting.py", cwd=folder)
    assert (wrong.returncode, "certian" in wrong.stderr) == (2, True)  # argparse inside pylint


@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("slect = []\n", "pyproject.toml: unknown key 'slect'; did you mean 'select'?"),
        ("baseline = 'none.json'\n", "none.json: cannot be read: No such file or directory"),
    ],
)
def test_wrong_settings_are_said_in_one_line(tmp_path: Path, settings: str, message: str, jobs: str) -> None:
    folder = project(tmp_path, {"worker.py": SPINNING, "other.py": SPINNING}, settings)
    result = pylint(jobs, "worker.py", "other.py", cwd=folder)
    assert result.returncode == 32
    assert set(result.stderr.splitlines()) == {f"spinlint: {folder}/{message}"}
