"""The cache changes how long a run takes and nothing else.

What was edited is analysed again, and so is all that asked about it.
"""

from __future__ import annotations

import os
import pickle
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lint_rules import cache, engine, words, work
from lint_rules.config import Settings
from lint_rules.findings import Report
from lint_rules.memory import _memories
from lint_rules.part import Job, Todo
from lint_rules.project import Project
from surfaces import ROOT

CALLER = """\
import asyncio
from pkg.callee import Callee


class Caller:
    def __init__(self) -> None:
        self.callee = Callee()
        self.running = True

    async def run(self) -> None:
        while self.running:
            await self.callee.step()
"""
CALLEE = """\
import asyncio


class Callee:
    def __init__(self) -> None:
        self.ready = False

    async def step(self) -> None:
        if self.ready:
            return
        await asyncio.sleep(1)

    def take(self, ready: bool) -> None:
        self.ready = ready

    def other(self) -> int:
        return 1
"""
GIVEN = """\
async def copy(reader):
    data = b""
    while True:
        data += await reader.read(10)
"""
GIVER = """\
import asyncio
from pkg.given import copy


async def give():
    reader, writer = await asyncio.open_connection("host", 1)
    await copy(reader)
"""
ALONE = """\
import asyncio


async def alone(flag) -> None:
    while flag.up:
        await asyncio.sleep(1)
"""
WAITING = """\
import asyncio


class Waiter:
    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self.todo = []

    async def run(self) -> None:
        while True:
            await self.wake.wait()
            self.flush()

    def flush(self) -> None:
        for each in self.todo:
            print(each)

    def ring(self) -> None:
        self.wake.set()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name, text in {
        "pyproject.toml": "[project]\nname = 'p'\n",
        "pkg/__init__.py": "",
        "pkg/caller.py": CALLER,
        "pkg/callee.py": CALLEE,
        "pkg/alone.py": ALONE,
        "pkg/waiting.py": WAITING,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    """Each run of these tests begins as a new process would."""
    _memories.clear()
    yield
    _memories.clear()


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The functions that are analysed, `file:function`."""
    names: list[str] = []
    real = work.Session._check_function

    def watched(self: work.Session, path: Path, fn: object) -> object:
        names.append(f"{path.name}:{fn.qualname}")  # type: ignore[attr-defined]
        return real(self, path, fn)  # type: ignore[arg-type]

    monkeypatch.setattr(work.Session, "_check_function", watched)
    return names


def run(project: Path, **settings: object) -> Report:
    _memories.clear()
    return engine.check([project], replace(Settings(jobs=1, folder=project), **settings))  # type: ignore[arg-type]


def shown(report: Report) -> list[object]:
    return [report.findings, report.incomplete, report.errors, report.loops, report.files]


def same_as_without(project: Path) -> Report:
    warm = run(project)
    assert shown(warm) == shown(run(project, cache=False))
    return warm


def test_a_second_run_analyses_nothing(project: Path, done: list[str]) -> None:
    first = run(project)
    assert [f.code for f in first.findings] == ["SPN101", "SPN106"]
    assert sorted(done) == ["alone.py:alone", "caller.py:Caller.run", "waiting.py:Waiter.run"]
    done.clear()
    assert shown(run(project)) == shown(first)
    assert done == []


def test_an_unchanged_project_is_asked_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(project)

    def forbidden(self: Project, kind: str, about: str, more: str = "") -> str:
        raise AssertionError(f"asked for {kind} of {about}")

    with monkeypatch.context() as patch:
        patch.setattr(Project, "_answer", forbidden)
        assert shown(run(project)) == shown(first)
    edit(project / "pkg/callee.py", "return 1", "return 2")
    asked: list[str] = []
    real = Project._answer
    monkeypatch.setattr(Project, "_answer", lambda self, *question: asked.append(question[0]) or real(self, *question))
    assert shown(run(project)) == shown(first)
    assert asked


def test_words_are_looked_for_in_changed_files_alone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "pkg/given.py").write_text(GIVEN)
    (project / "pkg/giver.py").write_text("from pkg.given import copy\n\n\nasync def give(box):\n    await copy(box)\n")
    run(project)
    edit(project / "pkg/alone.py", "sleep(1)", "sleep(2)")
    looked: list[bytes] = []
    real = words._lines_with
    monkeypatch.setattr(words, "_lines_with", lambda word, name, data: looked.append(data) or real(word, name, data))
    same_as_without(project)
    changed = (project / "pkg/alone.py").read_bytes()
    assert looked[:1] == [changed]
    (project / "pkg/giver.py").write_text(GIVER)
    report = same_as_without(project)
    assert "given.py" in {finding.path.name for finding in report.findings}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("file", "old", "new", "again", "codes"),
    [
        ("callee.py", "            return\n", "            raise ValueError\n", ["caller.py:Caller.run"], ["SPN106"]),
        ("callee.py", "        return 1\n", "        return 1 + 1 - 1\n", [], None),
        ("alone.py", "sleep(1)", "sleep(0)", ["alone.py:alone"], ["SPN105", "SPN101", "SPN106"]),
        ("caller.py", "while self.running", "while True", ["caller.py:Caller.run"], ["SPN101", "SPN106"]),
    ],
    ids=["callee", "beside the callee", "own text", "caller"],
)
def test_what_is_edited_is_analysed_again(
    project: Path, done: list[str], file: str, old: str, new: str, again: list[str], codes: list[str] | None
) -> None:
    before = run(project)
    done.clear()
    edit(project / "pkg" / file, old, new)
    after = run(project)
    # A finding speaks of lines: with any edit in one of its files it is made anew.
    assert [name for name in done if name in again] == again
    assert set(done) <= {*again, "caller.py:Caller.run"}
    assert [f.code for f in after.findings] == ([f.code for f in before.findings] if codes is None else codes)
    same_as_without(project)


def test_editing_a_callee_analyses_its_callers_and_nothing_else(project: Path, done: list[str]) -> None:
    edit(project / "pkg" / "callee.py", "            return\n", "            raise ValueError\n")
    assert [f.code for f in run(project).findings] == ["SPN106"]
    done.clear()
    edit(project / "pkg" / "callee.py", "        return 1\n", "        print(self)  # more to do\n        return 1\n")
    run(project)
    assert done == [], "another function of the callee's file says nothing about the caller"
    edit(project / "pkg" / "callee.py", "            raise ValueError\n", "            return\n")
    assert [f.code for f in run(project).findings] == ["SPN101", "SPN106"]
    assert done == ["caller.py:Caller.run"]


@pytest.mark.parametrize(
    ("more", "again"),
    [
        ("\nLIMIT = 3\n", False),
        ("\n\ndef helper():\n    return 1\n", False),
        ("\n    def helper(self):\n        return 1\n", False),
        ("\n\nclass Helper:\n    pass\n", False),
        ("\nimport json\n", False),
        ("\n    async def step(self):\n        return\n", True),
        ("\n    def __getattr__(self, name):\n        return 1\n", True),
        ("\nasyncio = None\n", True),
        ("\n\nclass Callee:\n    pass\n", True),
    ],
)
def test_a_new_name_concerns_only_whom_it_could_be_meant_by(
    project: Path, done: list[str], more: str, again: bool
) -> None:
    callee = project / "pkg" / "callee.py"
    edit(callee, "            return\n", "            raise ValueError\n")
    run(project)
    done.clear()
    callee.write_text(callee.read_text() + more)
    same_as_without(project)
    assert (done[:1] == ["caller.py:Caller.run"] and len(done) == 4) if again else len(done) == 3


def test_lines_move_with_an_edit_above(project: Path) -> None:
    [before] = [f for f in run(project).findings if f.code == "SPN101"]
    edit(project / "pkg" / "callee.py", "import asyncio\n", "import asyncio\n\n# a remark\n")
    edit(project / "pkg" / "caller.py", "import asyncio\n", "import asyncio\n\n# a remark\n")
    [after] = [f for f in same_as_without(project).findings if f.code == "SPN101"]
    assert after.line == before.line + 2
    assert after.steps != before.steps


ELSEWHERE: dict[str, Callable[[Path], object]] = {
    "a subclass": lambda p: (p / "pkg" / "sub.py").write_text(
        "from pkg.callee import Callee\n\n\nclass Sub(Callee):\n    async def step(self):\n        return\n"
    ),
    "a write from outside": lambda p: (p / "pkg" / "writes.py").write_text("def f(c):\n    c.ready = 7\n"),
    "a call of clear": lambda p: (p / "pkg" / "clears.py").write_text("def f(w):\n    w.wake.clear()\n"),
    "a module that hides another": lambda p: (p / "asyncio.py").write_text("async def sleep(n):\n    return\n"),
    "a module less": lambda p: (p / "pkg" / "callee.py").unlink(),
    "a module moved": lambda p: (p / "pkg" / "callee.py").rename(p / "pkg" / "renamed.py"),
    "a broken module": lambda p: (p / "pkg" / "callee.py").write_text("def (:\n"),
    "a lock file": lambda p: (p / "poetry.lock").write_text('[[package]]\nname = "aiohttp"\nversion = "3.9.5"\n'),
}


def test_who_touches_a_queue_from_outside_is_asked_again(project: Path) -> None:
    queue = Path(__file__).parent.parent / "fixtures" / "alarms" / "clean_hand_made_queue.py"
    (project / "pkg" / "queue.py").write_text(queue.read_text(encoding="utf-8"))

    def here(report: Report) -> list[str]:
        return [f.level.word for f in report.findings if f.path.name == "queue.py"]

    assert here(run(project)) == ["possible", "possible"], "no method of the class brings the state about"
    (project / "pkg" / "outside.py").write_text("def wake(ring):\n    ring.ring_filled.set()\n")
    assert here(same_as_without(project)) == ["certain", "possible"]


PUMP = """\
import asyncio


async def pump(source, delay):
    while True:
        print(await source.readline())


async def poll(args):
    while True:
        print(args)
        await asyncio.sleep(args.poll_every)
"""
GIVES = """\
import asyncio
from argparse import ArgumentParser
from pkg.pump import poll, pump


async def main():
    source, _ = await asyncio.open_connection("host", 1)
    await pump(source, 1)


parser = ArgumentParser()
parser.add_argument("--poll-every", type=float, default=0)
"""


def test_who_calls_is_asked_again(project: Path) -> None:
    (project / "pkg" / "pump.py").write_text(PUMP)

    def here() -> list[str]:
        return [
            f.code for f in same_as_without(project).findings if f.path.name == "pump.py" and f.level.word == "likely"
        ]

    assert here() == []
    (project / "pkg" / "gives.py").write_text(GIVES)
    assert here() == ["SPN103", "SPN105"]
    (project / "pkg" / "gives.py").write_text(GIVES.replace("asyncio.open_connection", "dial"))
    assert here() == ["SPN105"]
    (project / "pkg" / "gives.py").write_text(GIVES.replace("default=0", "default=5"))
    assert here() == ["SPN103"]


@pytest.mark.parametrize("change", ELSEWHERE)
def test_what_changes_elsewhere(project: Path, change: str) -> None:
    first = run(project)
    ELSEWHERE[change](project)
    after = same_as_without(project)
    if change in ("a module less", "a module that hides another"):
        assert [f.code for f in after.findings] != [f.code for f in first.findings]


def test_random_edits(project: Path, tmp_path: Path) -> None:
    """After any edit a run with the cache gives what one without gives."""
    for package in sorted((ROOT / "fixtures" / "worked").glob("*.py"))[:12]:
        shutil.copy(package, project / "pkg" / f"w_{package.name}")
    files = sorted((project / "pkg").glob("*.py"))
    dice = random.Random(7)
    run(project)
    changed = 0
    for _ in range(25):
        path = dice.choice([file for file in files if file.exists() and file.read_text()])
        lines = path.read_text().splitlines(keepends=True)
        at = dice.randrange(len(lines))
        line = lines[at]
        lines[at : at + 1] = dice.choice(([], [line] * 2, ["# remark\n", line], [line.replace("self", "cls")]))
        path.write_text("".join(lines))
        before = shown(run(project))
        assert before == shown(run(project, cache=False)), path
        changed += 1
    assert changed == 25


def test_the_same_text_again_at_the_same_time(project: Path) -> None:
    """Neither the size nor the time of a file stands for its content."""
    path = project / "pkg" / "callee.py"
    run(project)
    state = path.stat()
    edit(path, "if self.ready:", "if False     :")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert path.stat().st_size == state.st_size
    assert [f.code for f in same_as_without(project).findings] == ["SPN106"]


# ---------------------------------------------------------------------- the file


def database(project: Path) -> Path:
    return project / cache.FOLDER / cache.FILE


def test_the_folder_ignores_itself(project: Path) -> None:
    run(project)
    assert (project / cache.FOLDER / ".gitignore").read_text() == "*\n"
    assert database(project).is_file()


def test_no_cache_leaves_no_trace(project: Path) -> None:
    run(project, cache=False)
    assert not (project / cache.FOLDER).exists()


def garbage(path: Path) -> None:
    path.write_bytes(b"no database at all " * 100)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def overwritten(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(bytes(data))


def foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()


def spoilt_values(path: Path) -> None:
    with sqlite3.connect(path) as own:
        own.execute("UPDATE entries SET value = ?", (pickle.dumps(object())[:-3],))
    own.close()


@pytest.mark.parametrize("spoil", [garbage, truncated, overwritten, foreign, spoilt_values])
def test_a_broken_file_is_made_anew_with_one_warning(
    project: Path, spoil: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    first = run(project)
    spoil(database(project))
    assert shown(run(project)) == shown(first)
    assert [record.name for record in caplog.records] == ["spinlint"]
    assert "made anew" in caplog.text
    caplog.clear()
    assert shown(run(project)) == shown(first)
    assert not caplog.records


def test_nothing_in_the_file_is_run(project: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    canary = tmp_path / "canary"

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(canary),)

    first = run(project)
    with sqlite3.connect(database(project)) as own:
        own.execute("UPDATE entries SET value = ?", (pickle.dumps(Trap()),))
    own.close()
    assert shown(run(project)) == shown(first)
    assert not canary.exists()
    assert "has no place in a cache" in caplog.text


def test_a_folder_that_cannot_be_made(project: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = project / "file"
    blocked.write_text("")
    first = run(project, cache=False)
    assert shown(run(project, cache_dir=blocked / "below")) == shown(first)
    assert not caplog.records


def test_a_folder_that_may_only_be_read(
    project: Path, done: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As root no folder is read-only: what sqlite says of one is said here by hand."""
    first = run(project)
    before = database(project).read_bytes()
    real = sqlite3.connect

    def connect(target: object, **rest: object) -> sqlite3.Connection:
        if not rest.get("uri"):
            raise sqlite3.OperationalError("unable to open database file")
        return real(target, **rest)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3, "connect", connect)
    done.clear()
    assert shown(run(project)) == shown(first)
    assert done == [], "what is there is read"
    edit(project / "pkg" / "alone.py", "sleep(1)", "sleep(0)")
    assert [f.code for f in run(project).findings] == ["SPN105", "SPN101", "SPN106"]
    assert database(project).read_bytes() == before
    assert not caplog.records


def test_another_version_starts_anew(project: Path, done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    run(project)
    done.clear()
    monkeypatch.setattr("lint_rules.part.analyser", lambda: "another")
    run(project)
    assert len(done) == 3


@pytest.mark.parametrize(
    ("settings", "again"),
    [
        ({"targets": ((3, 14),)}, 3),
        ({"models": {"pkg.callee.Callee.step": "suspends"}}, 3),
        ({"select": ("SPN105",)}, 0),
        ({"jobs": 2}, 0),
    ],
    ids=str,
)
def test_settings_that_matter(project: Path, done: list[str], settings: dict[str, object], again: int) -> None:
    run(project)
    done.clear()
    run(project, **settings)
    assert len(done) == again


def test_runs_at_once(project: Path) -> None:
    command = [sys.executable, "-m", "lint_rules", "check", ".", "--format", "concise", "--statistics"]
    runs = [subprocess.Popen(command, cwd=project, stdout=-1, stderr=-1, text=True) for _ in range(4)]
    said = {each.communicate() for each in runs}
    assert len(said) == 1, said
    [(out, err)] = said
    assert out.count("SPN10") == 2
    assert "cannot be used" not in err


def test_a_job_can_be_sent(project: Path) -> None:
    """Whatever runs the jobs, they and what they give must go through a pipe."""
    todo = Todo(project / "pkg" / "caller.py", None, 0, whole=True)
    job = Job("run", project, Settings(folder=project), {}, None, todo)
    done = pickle.loads(pickle.dumps(work.analyse(pickle.loads(pickle.dumps(job)))))
    assert [f.code for result in done.result.functions.values() for f in result.findings] == ["SPN101"]
