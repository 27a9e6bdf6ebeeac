"""A file that is no Python somewhere: what is said of it when it is given alone, and in a run over a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules import engine
from lint_rules.config import Settings
from lint_rules.findings import Report
from lint_rules.part import FEW, SMALL

FILL = "".join(f"    line{n} = {n}\n" for n in range(8))
BROKEN = f"def broken():\n{FILL}    x = = 1\n"
LARGE = "".join(f"def filler{n}():\n{FILL}\n\n" for n in range(SMALL // len(FILL) + 1))
SPINS = "async def run():\n    while True:\n        await step()\n\n\nasync def step():\n    pass\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    for n in range(FEW):
        (tmp_path / f"other{n}.py").write_text("x = 1\n")
    return tmp_path


def check(project: Path, *paths: Path) -> Report:
    return engine.check(list(paths) or [project], Settings(folder=project, jobs=1))


def test_a_broken_function_that_no_loop_needs(project: Path) -> None:
    """Whichever run comes first, and whatever it leaves in the cache."""
    file = project / "large.py"
    file.write_text(f"{SPINS}\n\n{LARGE}{BROKEN}")
    line = file.read_text().split("\n").index("    x = = 1") + 1
    for _ in range(2):
        whole = check(project)
        assert [f.code for f in whole.findings] == ["SPN101"] and whole.errors == []
        alone = check(project, file)
        assert alone.findings == [] and [e.line for e in alone.errors] == [line]


def test_a_small_file_is_asked_in_any_run(project: Path) -> None:
    (project / "small.py").write_text(f"{SPINS}\n\n{BROKEN}")
    report = check(project)
    assert report.findings == [] and len(report.errors) == 1


@pytest.mark.parametrize("text", [f"{BROKEN}    y = (\n", f"{BROKEN}<<<<<<< HEAD\n", f"x = = 1\n\n\n{BROKEN}"])
def test_what_is_always_seen(project: Path, text: str) -> None:
    (project / "large.py").write_text(f"{SPINS}\n\n{LARGE}{text}")
    report = check(project)
    assert report.findings == [] and len(report.errors) == 1


def test_a_broken_function_that_a_loop_needs(project: Path) -> None:
    file = project / "large.py"
    needed = f"async def step():\n{FILL}    x = = 1\n"
    file.write_text(f"async def run():\n    while True:\n        await step()\n\n\n{LARGE}{needed}")
    line = file.read_text().split("\n").index("    x = = 1") + 1
    report = check(project)
    assert report.findings == [] and [(e.path, e.line) for e in report.errors] == [(file, line)]


def test_a_broken_function_of_another_file(project: Path) -> None:
    (project / "large.py").write_text(f"{LARGE}async def step():\n{FILL}    x = = 1\n")
    caller = project / "caller.py"
    caller.write_text("from large import step\n\n\nasync def run():\n    while True:\n        await step()\n")
    for report in (check(project), check(project, caller)):
        assert report.findings == [] and report.errors == []
        [incomplete] = report.incomplete
        assert incomplete.path == caller and incomplete.reason.startswith("large.py:")
