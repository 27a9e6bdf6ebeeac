"""`spinlint effects`: the outcomes of a coroutine, the conditions of each, what it reads and writes, with lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules.config import Settings
from lint_rules.effects import NotFound, effects
from surfaces import FIXTURES, project, spinlint

WORKER = """\
import asyncio
import helper

LIMIT = 3
hits = 0


class Worker:
    def __init__(self) -> None:
        self.job: str | None = None
        self.jobs: list[str] = []
        self.tries = 0

    async def step(self, delay: float) -> None:
        global hits
        hits += 1
        if self.job is None:
            self.tries = 0
            return
        if self.tries > LIMIT:
            raise ValueError(self.job)
        self.job = self.jobs.pop()
        await asyncio.sleep(1)
        self.after = delay

    async def nested(self) -> None:
        async def inner() -> None:
            if self.job is None:
                return
            await asyncio.sleep(1)

        await inner()

    async def beside(self) -> int:
        await helper.help(self)
        return 3

    def set(self, job: str | None) -> None:
        self.job = job
        self.tries += 1


class Other:
    async def step(self) -> None:
        await asyncio.sleep(0)
"""
HELPER = """\
import asyncio


async def help(worker):
    if worker.job:
        worker.helped = True
        return
    await asyncio.sleep(1)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return project(tmp_path, {"worker.py": WORKER, "deep/er/helper.py": "", "helper.py": HELPER})


def told(folder: Path, target: str) -> list[str]:
    return effects(target, Settings(root=folder))


def test_outcomes_have_conditions_reads_and_writes_each_with_its_line(folder: Path) -> None:
    assert told(folder, "worker.Worker.step") == [
        "Worker.step in worker.py, line 14 (for the class Worker)",
        "  returns None without suspending, at line 19",
        "    when self.job is None (line 17)",
        "    having written hits (line 16), self.tries (line 18)",
        "  raises ValueError without suspending, at line 21",
        "    when self.job is not None (line 17), self.tries > 3 (line 20)",
        "    having written hits (line 16)",
        "  raises IndexError without suspending, after line 20",
        "    when self.job is not None (line 17), not self.jobs, self.tries <= 3 (line 20)",
        "    having written hits (line 16)",
        "  sleeps, at line 23",
        "    when self.job is not None (line 17), self.jobs, self.tries <= 3 (line 20)",
        "    having written hits (line 16), self.job (line 22)",
        "  its own text reads LIMIT (20), hits (16), self.job (17, 21), self.jobs (22), self.tries (20)",
        "  its own text writes hits (16), self.after (24), self.job (22), self.jobs.pop() (22), self.tries (18)",
    ]


def test_places_in_other_files_name_the_file(folder: Path) -> None:
    assert told(folder, "Worker.beside")[1:] == [
        "  returns 3 without suspending, at line 36",
        "    when self.job (helper.py:5)",
        "    having written worker.helped (helper.py:6)",
        "  sleeps, at helper.py:8",
        "    when not self.job (helper.py:5)",
    ]


@pytest.mark.parametrize(
    ("line", "name"), [(27, "nested.<locals>.inner"), (29, "nested.<locals>.inner"), (32, "nested")]
)
def test_a_line_means_the_innermost_coroutine_around_it(folder: Path, line: int, name: str) -> None:
    assert told(folder, f"{folder / 'worker.py'}:{line}")[0].startswith(f"Worker.{name} in worker.py")


def test_a_nested_coroutine_reads_what_encloses_it(folder: Path) -> None:
    assert told(folder, "nested.inner")[1:] == [
        "  returns None without suspending, at line 29",
        "    when self.job is None (line 28)",
        "  sleeps, at line 30",
        "    when self.job is not None (line 28)",
        "  its own text reads self.job (28)",
    ]


def test_folders_that_are_no_packages_can_be_named(tmp_path: Path) -> None:
    text = "async def one():\n    return 1\n"
    folder = project(tmp_path, {"plugins/a/worker.py": text, "plugins/b/worker.py": text})
    assert told(folder, "plugins.b.worker.one")[0] == "one in plugins/b/worker.py, line 1"
    with pytest.raises(NotFound, match=r"2 coroutines are called so: plugins/a/worker.py:1, plugins/b/worker.py:1"):
        told(folder, "worker.one")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("worker.Worker.stpe", "no such coroutine in this project; did you mean 'step'?"),
        ("Worker.set", "no such coroutine in this project"),
        ("step", "2 coroutines are called so: worker.py:14, worker.py:44"),
        ("worker.py:5", "no coroutine stands on this line"),
        ("worker.py:39", "no coroutine stands on this line"),
    ],
)
def test_what_cannot_be_found_is_trouble(folder: Path, target: str, message: str) -> None:
    result = spinlint("effects", target, cwd=folder)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"spinlint: {target}: {message}")


def test_a_file_that_is_no_python_is_trouble(tmp_path: Path) -> None:
    folder = project(tmp_path, {"bad.py": "async def x(:\n"})
    result = spinlint("effects", "bad.py:1", cwd=folder)
    assert result.returncode == 2
    assert result.stderr.startswith("spinlint: bad.py:1: line 1: ")


def test_it_says_why_the_gateway_spins() -> None:
    lines = told(FIXTURES / "SPN101", f"{FIXTURES / 'SPN101' / 'bad_qq_gateway.py'}:55")
    silent = lines.index("  returns None without suspending, after line 57")
    assert lines[silent + 1] == "    when self._ws (line 55), self._running (line 57), self._ws.closed (line 57)"


def test_a_file_without_a_project_is_shown_by_name(tmp_path: Path) -> None:
    (tmp_path / "alone.py").write_text("async def one():\n    return 1\n", encoding="utf-8")
    shown = spinlint("effects", "alone.py:2", cwd=tmp_path)
    assert (shown.returncode, shown.stdout.splitlines()[0]) == (0, "one in alone.py, line 1")
