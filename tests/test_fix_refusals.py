"""What the fixer does not do, each with the reason that it gives, and the gates that a fix has to pass."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixed_fixtures import repaired
from lint_rules.config import Settings
from lint_rules.findings import Edit
from lint_rules.fixes import repair
from lint_rules.fixes.edits import insert
from lint_rules.fixes.gates import text_problem
from lint_rules.fixes.proposal import SAFE, Context, Offer, Proposal
from lint_rules.fixes.repair import Workshop
from surfaces import SPINNING

HEAD = "import asyncio\n\n\nclass Worker:\n    def __init__(self) -> None:\n        self.on = False\n\n"
FLAG = "\n    def switch(self, on: bool) -> None:\n        self.on = on\n"


READER = """\
import asyncio


class Worker:
    def __init__(self) -> None:
        self.on: bool | None = None

    async def run(self) -> None:
        while True:
            try:
                await self._read()
            except ValueError:
                await asyncio.sleep(1)

    async def _read(self) -> None:
        if self.on is None:
            raise ValueError
        while self.on:
            await asyncio.sleep(1)

    def switch(self, on: bool) -> None:
        self.on = on
"""


LIKELY = """\
import asyncio


class Job:
    def stop(self) -> None:
        print()


class Worker:
    def start(self, job: Job) -> None:
        self.job: Job | None = job

    async def run(self) -> None:
        while True:
            try:
                self.job.stop()
                await asyncio.sleep(1)
            except AttributeError:
                pass

    def end(self) -> None:
        self.job = None
"""


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def fix(tmp_path: Path, text: str, unsafe: bool = False) -> tuple[str, str]:
    """The text after fixing and the reasons of the refusals."""
    path = tmp_path / "worker.py"
    path.write_text(text, encoding="utf-8")
    data, results = repaired(path, unsafe)
    assert results, "nothing was found in this text"
    return data.decode(), "; ".join(done.reason for done in results)


ONE_LINE = """\
async def run(self) -> None:
    while not self.on: await self.step()

async def step(self) -> None:
    return
"""
IN_FINALLY = """\
async def run(self) -> None:
    try:
        print()
    finally:
        while not self.on:
            pass
"""
CANCELLED = """\
async def run(self) -> None:
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:
        while not self.on:
            pass
"""
GENERATOR = """\
async def run(self):
    yield 1
    while True:
        if not self.on:
            continue
        yield 2
"""
PLAIN = """\
async def run(self) -> None:
    while not self.on:
        pass
"""
CHANGING = """\
def next(self) -> bool:
    self.n = 1 - self.n
    return not self.on

async def run(self) -> None:
    self.n = 0
    while self.next():
        pass
"""
# The name of the library, the methods of the class, and what the refusal says.
REFUSED = {
    "a loop on one line": ("asyncio", ONE_LINE, "the body of the loop stands on the line of its header"),
    "in a finally": ("asyncio", IN_FINALLY, "it would stand in a `finally`"),
    "at a cancellation": ("asyncio", CANCELLED, "it would stand where a cancellation is handled"),
    "a generator": ("asyncio", GENERATOR, "the loop is in a generator"),
    "asyncio is hidden": ("asyncio", PLAIN.replace("self)", "self, asyncio: int)"), "`asyncio` means something else"),
    "another library": ("trio", PLAIN, "the file uses trio and not asyncio"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_its_reason(case: str, tmp_path: Path) -> None:
    library, methods, reason = REFUSED[case]
    text = HEAD.replace("asyncio", library) + indented(methods) + FLAG
    ast.parse(text)
    after, said = fix(tmp_path, text, unsafe=True)
    assert after == text
    assert reason in said
    assert "by hand" in said


def test_a_header_that_acts_leaves_no_place_for_a_safe_pause(tmp_path: Path) -> None:
    text = HEAD + indented(CHANGING) + FLAG
    after, said = fix(tmp_path, text)
    assert after == text
    assert "the header of the loop changes the state in which it spins" in said
    assert "`sleep 1.0 s in run at the end of every lap` needs --unsafe" in said


MANY = """\
async def run(self, a: bool, b: bool, c: bool, d: bool, e: bool) -> None:
    while True:
        if self.on or a or b or c or d or e:
            await asyncio.sleep(1)
        print()
"""
CHUNKS = """\
async def run(self, reader: asyncio.StreamReader, parts: list[str]) -> None:
    while self.on or any(len(part) > 2 for part in parts):
        if self.on:
            parts.append(str(await reader.readexactly(10)))
"""


def test_a_guard_that_nobody_would_read_is_not_written(tmp_path: Path) -> None:
    after, said = fix(tmp_path, HEAD + indented(MANY) + FLAG, unsafe=True)
    assert after.count("await asyncio.sleep") == 1
    assert "takes too many conditions to say" in said


PARSER = """\
async def run(self, reader: asyncio.StreamReader, bad: asyncio.Queue[bytes], good: list[int]) -> None:
    while True:
        line = b""
        try:
            line = await reader.readline()
            good.append(len(line))
        except LookupError as exc:
            await bad.put(exc.args[0])
"""


def test_a_loop_that_reconnects_is_not_left(tmp_path: Path) -> None:
    """What its handler reads nobody can make up; a handler for bad data makes no new connection."""
    text = HEAD + indented(PARSER) + FLAG
    after, said = fix(tmp_path, text, unsafe=True)
    assert "if not line:\n                    break\n" in after, said
    after, said = fix(tmp_path, text.replace("LookupError", "OSError"), unsafe=True)
    assert after == text.replace("LookupError", "OSError")
    assert said.startswith("the loop goes on after a failure")


def test_a_lap_that_takes_a_message_is_not_slowed_down(tmp_path: Path) -> None:
    text = HEAD + indented(CHUNKS) + FLAG
    after, said = fix(tmp_path, text, unsafe=True)
    assert after == text
    assert said.startswith("the state in which it spins depends on what the lap itself makes")


def test_what_a_branch_that_goes_round_has_tested_is_known_behind_it(tmp_path: Path) -> None:
    text = MANY.replace("await asyncio.sleep(1)", "await asyncio.sleep(1)\n            continue")
    after, said = fix(tmp_path, HEAD + indented(text) + FLAG)
    assert "            print()\n            await asyncio.sleep(1)\n" in after, said


def test_a_likely_finding_is_left_to_unsafe(tmp_path: Path) -> None:
    text = LIKELY
    after, said = fix(tmp_path, text)
    assert (after, said) == (text, "it is only likely")
    after, said = fix(tmp_path, text, unsafe=True)
    assert after != text
    assert said == ""


def test_a_public_callee_keeps_its_contract(tmp_path: Path) -> None:
    """A name in `__all__` may have callers elsewhere: the loop gets the fix, not the callee."""
    text = READER.replace("_read", "read")
    after, _ = fix(tmp_path, text)
    assert after.count("raise ValueError") == 2
    after, _ = fix(tmp_path, text.replace("import asyncio\n", 'import asyncio\n\n__all__ = ["Worker"]\n'))
    assert (after.count("raise ValueError"), after.count("await asyncio.sleep(1)")) == (1, 3)


CALLERS = {
    "bare": "async def once(worker: Worker) -> None:\n    await worker._read()\n",
    "handed on": "def later(worker: Worker) -> object:\n    return worker._read\n",
    "wrong handler": """\
async def once(worker: Worker) -> None:
    try:
        await worker._read()
    except KeyError:
        pass
""",
    "as a task": """\
async def once(worker: Worker) -> None:
    try:
        await asyncio.create_task(worker._read())
    except ValueError:
        pass
""",
}


@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)
def test_a_caller_that_cannot_take_the_exception_forbids_it(caller: str, tmp_path: Path) -> None:
    after, _ = fix(tmp_path, READER)
    assert after.count("raise ValueError") == 2
    (tmp_path / "other.py").write_text(f"import asyncio\nfrom worker import Worker\n\n\n{caller}", encoding="utf-8")
    after, _ = fix(tmp_path, READER)
    assert after.count("raise ValueError") == 1


# ---------------------------------------------------------------------- the gates


class Bad:
    """A fixer that offers what a test has put in."""

    KIND = "bad"

    def __init__(self, *texts: str, line: int = 10) -> None:
        self.texts = texts
        self.line = line

    def propose(self, ctx: Context) -> Iterator[Offer]:
        edit = insert(ctx.site.finding.path, self.line, *self.texts)
        yield Proposal("bad", "a bad fix", SAFE, (edit,), ("run",))


GATES = {
    "no Python": (Bad("            await asyncio.sleep("), "no Python"),
    "it does not help": (Bad("            print()"), "the loop would still spin"),
    "an unbound name": (Bad("            await trio.sleep(1)"), "the name trio is not bound there"),
    "another class of the disease": (
        Bad("            if self.job is None:", "                await asyncio.sleep(0)"),
        "it would bring SPN105",
    ),
    "it changes more than it says": (
        Bad("            await asyncio.sleep(1)", "            'and more': if 1:"),
        "no Python",
    ),
}


@pytest.mark.parametrize("case", GATES)
def test_a_bad_fix_is_dropped(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fixer, problem = GATES[case]
    path = tmp_path / "worker.py"
    path.write_text(SPINNING, encoding="utf-8")
    monkeypatch.setattr(repair, "FIXERS", (fixer,))
    shop = Workshop(path, Settings(root=tmp_path), {}, kinds=("bad",))
    [(loop, codes)] = shop.loops(path, [s.finding for s in shop.sites({}, path)])
    done = shop.repair(path, loop, codes, True)
    assert done is not None
    assert done.proposals == ()
    assert (
        f"`a bad fix` was dropped: {problem}" in done.reason or f"dropped: the fixed text is {problem}" in done.reason
    )


def test_a_good_fix_passes_the_same_gates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "worker.py"
    path.write_text(SPINNING, encoding="utf-8")
    monkeypatch.setattr(
        repair, "FIXERS", (Bad("            if self.job is None:", "                await asyncio.sleep(1)"),)
    )
    shop = Workshop(path, Settings(root=tmp_path), {}, kinds=("bad",))
    [(loop, codes)] = shop.loops(path, [s.finding for s in shop.sites({}, path)])
    done = shop.repair(path, loop, codes, True)
    assert done is not None and [p.title for p in done.proposals] == ["a bad fix"]


def test_what_changes_more_than_it_says_is_dropped() -> None:
    path = Path("x.py").absolute()
    before = {path: b"async def f():\n    x = 1\n    y = 2\n"}
    honest = insert(path, 2, "    print()")
    after = {path: b"async def f():\n    print()\n    x = 1\n    y = 2\n"}
    assert text_problem(before, after, [honest], ((3, 10),)) == ""
    after = {path: b"async def f():\n    print()\n    x = 1\n    y = 3\n"}
    assert text_problem(before, after, [honest], ((3, 10),)) == "the fix would change more than it says"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="needs a Python that knows more than the oldest target")
def test_a_fix_must_be_python_for_every_target() -> None:
    path = Path("x.py").absolute()
    before = {path: b"async def f():\n    pass\n"}
    text = "    try:\n        pass\n    except* ValueError:\n        pass\n"
    edit = Edit(path, 2, 1, 2, 1, text)
    after = {path: f"async def f():\n{text}    pass\n".encode()}
    assert text_problem(before, after, [edit], ((3, 11), (3, 12))) == ""
    assert text_problem(before, after, [edit], ((3, 10), (3, 12))) == "the fixed text is no Python 3.10"


def test_a_call_in_another_file_is_analysed_again(tmp_path: Path) -> None:
    """A raise that the loop here takes would only be swallowed by a loop in another file."""
    other = (
        "async def retry(worker: Worker) -> None:\n    while True:\n        try:\n            await worker._read()\n"
    )
    other = f"from worker import Worker\n\n\n{other}        except ValueError:\n            pass\n"
    after, _ = fix(tmp_path, READER)
    assert after.count("raise ValueError") == 2
    (tmp_path / "other.py").write_text(other, encoding="utf-8")
    after, _ = fix(tmp_path, READER)
    assert (after.count("raise ValueError"), after.count("await asyncio.sleep(1)")) == (1, 3)
