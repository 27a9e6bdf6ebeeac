"""What is not loaded, what is done at once, and that the work grows as the code does.

Nothing here looks at a clock on the wall: `benchmarks/bench.py` does. Growth is measured in steps of the search and in
processor time of one process, with room for noise.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lint_rules import engine, executor, memory, words, work
from lint_rules.config import Settings
from lint_rules.findings import Report
from surfaces import FIXTURES, ROOT, SPINNING

sys.path.insert(0, str(ROOT / "benchmarks"))
from growth import SHAPES, write_shape

HEAVY = ("libcst", "rich", "lint_rules.session", "lint_rules.models.load", "concurrent.futures", "logging")
PLAIN = "import asyncio\n\n\nasync def main():\n    await asyncio.sleep(1)\n"


def loaded(folder: Path, *arguments: str) -> set[str]:
    """The modules that a run of the command loads."""
    command = [sys.executable, "-X", "importtime", "-m", "lint_rules", *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode in (0, 1), result.stderr[-2000:]
    return {line.rpartition("|")[2].strip() for line in result.stderr.splitlines() if line.startswith("import time:")}


def test_the_version_loads_nothing_heavy(tmp_path: Path) -> None:
    assert not loaded(tmp_path, "--version") & set(HEAVY)


def test_a_file_without_candidates_loads_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text(PLAIN)
    assert not loaded(tmp_path, "check", "plain.py", "--no-cache") & set(HEAVY)


def test_a_run_with_nothing_to_do_loads_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "loop.py").write_text(SPINNING)
    arguments = ("check", ".", "--format", "concise", "--cache-dir", "kept")
    assert set(HEAVY[:4]) - {"rich"} <= loaded(tmp_path, *arguments)
    assert not loaded(tmp_path, *arguments) & set(HEAVY)


# ---------------------------------------------------------------------- processes


def check(paths: list[Path], **settings: Any) -> Report:
    memory._memories.clear()
    return engine.check(paths, Settings(**{"cache": False, **settings}))


def as_text(report: Report) -> str:
    return "\n".join(map(repr, (*report.findings, *report.incomplete, *report.errors, report.loops, report.files)))


def test_processes_and_order_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    files = sorted((FIXTURES / "SPN101").rglob("*.py")) + sorted((FIXTURES / "worked").rglob("*.py"))
    expected = as_text(check(files, jobs=1))
    assert expected.count("SPN1") > 20
    monkeypatch.setattr(executor, "WORTH_A_PROCESS", 1)
    assert as_text(check(files, jobs=2)) == expected
    assert as_text(check(files[::-1], jobs=3)) == expected


SEEDED = """
import sys
from pathlib import Path
from lint_rules import engine
from lint_rules.config import Settings
report = engine.check([Path(p) for p in sys.argv[1:]], Settings(cache=False))
print(*map(repr, (*report.findings, *report.incomplete, report.loops)), sep="\\n")
"""


@pytest.mark.parametrize("code", ["SPN101", "SPN102", "SPN104", "SPN201"])
def test_the_hash_seed_changes_nothing(code: str) -> None:
    said = set()
    for seed in ("0", "1", "77"):
        command = [sys.executable, "-c", SEEDED, str(FIXTURES / code)]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        said.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(said) == 1
    assert code in said.pop()


@pytest.mark.parametrize(("jobs", "bytes_", "expected"), [(8, 1000, 1), (1, 10**9, 1), (4, 10**9, 4), (4, 250_000, 2)])
def test_processes_by_work(jobs: int, bytes_: int, expected: int) -> None:
    assert executor.processes_for(jobs, bytes_) == expected


def test_one_small_file_starts_no_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "loop.py").write_text(SPINNING)
    monkeypatch.setattr(executor, "_context", lambda: pytest.fail("a process was started"))
    assert [f.code for f in check([tmp_path], jobs=8).findings] == ["SPN101"]


class Cluster:
    """What a client of a scheduler looks like to us: `submit` gives something with a `result`."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(1)
        self.submitted = 0

    def submit(self, function: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        self.submitted += 1
        return self.threads.submit(function, *args)


def test_a_caller_may_bring_the_pool(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"loop{n}.py").write_text(SPINNING)
    cluster = Cluster()
    report = engine.check([tmp_path], Settings(cache=False), pool=cluster)
    cluster.threads.shutdown()
    assert cluster.submitted == 3
    assert [f.path.name for f in report.findings] == ["loop0.py", "loop1.py", "loop2.py"]


def test_a_file_that_kills_its_process_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(4):
        (tmp_path / f"loop{n}.py").write_text(SPINNING)
    real = work.Session.check_file

    def deadly(self: work.Session, path: Path, wanted: Any = None) -> Any:
        if path.name == "loop2.py":
            os._exit(3)
        return real(self, path, wanted)

    monkeypatch.setattr(work.Session, "check_file", deadly)
    monkeypatch.setattr(executor, "WORTH_A_PROCESS", 1)
    report = check([tmp_path], jobs=2)
    assert [f.path.name for f in report.findings] == ["loop0.py", "loop1.py", "loop3.py"]
    assert [(e.path.name, e.message) for e in report.errors] == [("loop2.py", "the analysis of this file crashed")]


@pytest.mark.parametrize("how", ["dies", "cannot read"])
def test_files_that_others_could_not_scan_are_scanned_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    for n in range(4):
        (tmp_path / f"loop{n}.py").write_text(SPINNING)
    expected = as_text(check([tmp_path], jobs=1))
    asked, here, real = tmp_path / "asked", os.getpid(), words.scan

    def unable(data: bytes) -> object:
        if os.getpid() == here:
            return real(data)
        asked.touch()
        if how == "dies":
            os._exit(3)
        raise OSError

    monkeypatch.setattr(words, "scan", unable)
    monkeypatch.setattr(engine, "forks", lambda: True)
    monkeypatch.setattr(executor, "WORTH_A_PROCESS", 1)
    assert as_text(check([tmp_path], jobs=2)) == expected
    assert asked.exists()


# ---------------------------------------------------------------------- growth and budgets


def seconds(path: Path) -> float:
    """Processor time of the analysis alone, the best of three."""
    best = float("inf")
    for _ in range(3):
        before = time.process_time()
        check([path], jobs=1)
        best = min(best, time.process_time() - before)
    return best


@pytest.mark.parametrize("shape", SHAPES)
def test_the_analysis_grows_as_the_code_does(tmp_path: Path, shape: str) -> None:
    """Within three times of proportional, or the budget ends it and that is reported."""
    small, large = (write_shape(tmp_path / f"{shape}{n}.py", shape, n) for n in (10, 40))
    seconds(small)  # what is loaded on the first run is no growth
    report = check([large], jobs=1)
    assert report.loops, "nothing was measured"
    assert report.incomplete or seconds(large) <= 3 * 4 * max(seconds(small), 0.005)


def test_the_budget_is_reported(tmp_path: Path) -> None:
    """More branches than any budget covers: an end, and a line that says so, in every place that shows it."""
    path = write_shape(tmp_path / "many.py", "branches that all matter", 60)
    report = check([path], jobs=1)
    assert not report.findings
    assert [(each.path, each.function) for each in report.incomplete] == [(path, "main")]
    command = [sys.executable, "-m", "lint_rules", "check", str(path), "--statistics", "--no-cache", "--format", "json"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert json.loads(result.stdout)["incomplete"][0]["function"] == "main"
    assert "gave up on a loop in main" in result.stderr
