"""The linter on the adapter: clean as it stands, and each safeguard, taken away alone, is missed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from qq_safeguards import PACKAGE, ROOT, SAFEGUARDS, Safeguard, copy_without

TWINS = ROOT / "fixtures" / "SPN101"
EXPECT = re.compile(r"# expect: (SPN\d{3})$")


NO_LOOP = {"await asyncio.sleep(action.seconds)"}  # a pause that no loop needs


def run(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def findings(path: Path, level: str) -> list[dict[str, Any]]:
    process = run("lint_rules", "check", path, "--level", level, "--format", "json")
    assert process.returncode in (0, 1), process.stderr
    report = json.loads(process.stdout)
    assert report["errors"] == []
    found: list[dict[str, Any]] = report["findings"]
    assert found or not report["incomplete"], "clean because the search gave up is not clean"
    assert process.returncode == bool(found)
    return found


def test_no_comment_and_no_setting_hides_anything() -> None:
    words = re.compile(r"noqa|spinlint|pylint:|SPN\d|silent-return")
    assert [path for path in PACKAGE.rglob("*.py") if words.search(path.read_text())] == []


def test_every_delay_of_the_package_is_in_the_table() -> None:
    delays = {
        line.strip() for path in PACKAGE.rglob("*.py") for line in path.read_text().splitlines() if "sleep(" in line
    }
    assert delays - NO_LOOP == {guard.text.strip() for guard in SAFEGUARDS if "sleep(" in guard.text}


def test_the_adapter_is_clean_at_every_level() -> None:
    assert findings(PACKAGE, "possible") == []


def test_the_adapter_is_clean_in_flake8() -> None:
    process = run("flake8", "--isolated", "--select", "SPN", PACKAGE)
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")


def test_the_adapter_is_clean_in_pylint() -> None:
    codes = "silent-return,swallowed-raise,end-of-stream,skipped-wait,zero-delay,stale-event,counter-reset"
    process = run(
        "pylint", "--rcfile=", "--load-plugins=lint_rules.pylint_plugin", "--disable=all", f"--enable={codes}", PACKAGE
    )
    assert process.returncode == 0, process.stdout + process.stderr


@pytest.mark.parametrize("guard", SAFEGUARDS, ids=lambda guard: guard.name)
def test_each_safeguard_is_missed(guard: Safeguard, tmp_path: Path) -> None:
    copy = copy_without(guard, tmp_path)
    found = [(Path(item["path"]).name, item["code"], item["function"]) for item in findings(copy, "possible")]
    assert (guard.file, guard.code, guard.function) in found


def test_the_buggy_twin_is_reported_line_by_line() -> None:
    path = TWINS / "bad_qq_gateway.py"
    lines = path.read_text().splitlines()
    expected = [(number, match[1]) for number, text in enumerate(lines, 1) if (match := EXPECT.search(text))]
    assert sorted(code for _, code in expected) == ["SPN101", "SPN201", "SPN201"]
    found = findings(path, "likely")
    assert [(item["line"], item["code"]) for item in found] == expected
    assert {item["function"] for item in found} == {"QQAdapter._listen_loop"}
    assert {"self._running", "self._ws.closed"} <= set(found[0]["witness"])


def test_the_repaired_twin_is_clean() -> None:
    assert findings(TWINS / "good_qq_gateway.py", "possible") == []
