"""Small pieces of what other tests run whole: each folder of fixtures by itself, generated programs a few at a time.

Each piece takes seconds and shares nothing with the others, so that a mutant is held against those that reach it.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from drives import FIXTURES
from expectations import describe, expected, shown
from harness import drive, load
from lint_rules.config import Settings
from lint_rules.engine import check
from snippets import SNIPPETS, Snippet
from test_permutations import compare

FOLDERS = sorted({path.parent for path in FIXTURES.glob("*/*.py")} - {FIXTURES / "worked"})
DISAGREED = (724, 2731, 11865, 17372, 21574, 27557, 31822, 40874)  # once wrong: each a false certain or a miss
MISSED = {4315}  # FN_whole_remainder; the day it is found, it moves up


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(FIXTURES)))
def test_a_folder_of_fixtures_by_itself(folder: Path) -> None:
    files = sorted(path for path in folder.glob("*.py") if ".fixed" not in path.name)
    report = check(files, Settings(root=folder, cache=False))
    assert not report.errors
    for path in files:
        found = [finding for finding in report.findings if finding.path == path]
        wanted = expected(path)
        assert [item for item in wanted if not any(item.allows(finding) for finding in found)] == [], path
        surplus = [finding for finding in shown(found) if not any(item.allows(finding) for item in wanted)]
        assert describe(surplus) == [], path


@pytest.mark.parametrize("start", range(4000, 4800, 80))
def test_a_few_programs(start: int, tmp_path: Path) -> None:
    seeds = range(start, start + 80)
    tally = compare(seeds, tmp_path)
    assert (tally.false_certain, tally.false_likely, tally.wrong_label) == ([], [], [])
    assert {seed for seed, _, _ in tally.missed} == MISSED & set(seeds)


@pytest.mark.parametrize("seed", DISAGREED)
def test_programs_that_were_once_judged_wrongly(seed: int, tmp_path: Path) -> None:
    tally = compare(range(seed, seed + 1), tmp_path)
    assert (tally.false_certain, tally.false_likely, tally.wrong_label, tally.missed) == ([], [], [], [])


def module_of(snippet: Snippet, path: Path) -> ModuleType:
    path.write_text(snippet.source, encoding="utf-8")
    return load(path)


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_loop_of_a_few_lines(name: str, tmp_path: Path) -> None:
    snippet = SNIPPETS[name]
    path = tmp_path / "snippet.py"
    module = module_of(snippet, path)
    values = {
        key: getattr(module, kind)(value) if kind in ("Items", "Stream", "Feed") else value
        for (key, kind), value in zip(snippet.types.items(), snippet.values.values(), strict=True)
    }
    report = check([path], Settings(root=tmp_path, cache=False))
    assert not report.errors
    header = snippet.source.split("    async def run(")[0].count("\n") + 2
    found = {finding.level.word for finding in report.findings if finding.line >= header and finding.code != "SPN201"}
    assert found == ({snippet.said} if snippet.said else set())
    run = drive(lambda: module.W(**values).run())
    if snippet.said != "possible":
        assert run.verdict.spins == (snippet.said == "certain" or name.startswith("FN"))


@pytest.mark.parametrize(
    ("name", "witness"),
    [
        ("range of an unknown number, of none", "self.k <= 0"),
        ("range between unknown numbers", "self.j - self.k >= 0"),
        ("copy of a list", "not self.items"),
        ("sorted copy of a list", "not self.items"),
        ("values of a dict", "not self.table"),
        ("dict itself", "not self.table"),
        ("while left by break", "self.a"),
        ("while that waits", "not self.a"),
    ],
)
def test_the_state_is_named(name: str, witness: str, tmp_path: Path) -> None:
    path = tmp_path / "snippet.py"
    path.write_text(SNIPPETS[name].source, encoding="utf-8")
    found = [
        finding for finding in check([path], Settings(root=tmp_path, cache=False)).findings if "run" in finding.function
    ]
    assert [witness in finding.witness for finding in found] == [True]


@pytest.mark.parametrize(
    ("name", "witness"),
    [
        ("range of nothing", ()),
        ("range of an unknown number, of none", ("self.k >= 0", "self.k <= 0")),
        ("range from one to an unknown number", ("self.k <= 1",)),
        ("range up to one", ("self.j >= 1",)),
        ("range that comes to its else", ("self.a",)),
        ("while counted, silent", ()),
        ("while that returns", ("not self.a",)),
        ("list that holds something", ("self.items",)),
        ("items of a dict that holds something", ("self.table", "next(iter(self.table))")),
        ("iterator at its end", ("self.it.left == 0",)),
        ("iterator at its end, left by break", ("self.it.left == 0",)),
        ("iterable with a generator", ("not self.it.open",)),
        ("feed that is ready", ("self.it.ready",)),
        ("guard that says nothing", ("n < 5",)),
        ("guard around, other side", ()),
        ("guard, and n is counted", ("n == 1",)),
        ("counter of another", ()),
        ("counter reset", ("k == 1",)),
        ("counter that passes its number", ("k >= 6",)),
        ("counter that passes its number downwards", ("k <= 4",)),
        ("counter that passes two numbers", ("k >= 10",)),
        ("counter that passes two numbers downwards", ("k <= 4",)),
        ("counter that stands still", ("k != 5",)),
        ("turns by three", ()),
        ("three that turn", ("not self.b", "not self.c")),
        ("until a time", ("now - end < 0",)),
        ("after a time, for ever", ("now - self.start >= 0",)),
        ("two readings of one lap", ()),
    ],
)
def test_no_more_and_no_less_than_the_state_is_named(name: str, witness: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "snippet.py"
    path.write_text(SNIPPETS[name].source, encoding="utf-8")
    report = check([path], Settings(root=tmp_path, cache=False))
    assert [finding.witness for finding in report.findings if "run" in finding.function] == [witness]


def test_an_iteration_over_an_unknown_library_is_taken_to_wait(tmp_path: Path) -> None:
    path = tmp_path / "unknown.py"
    loops = ["async for _ in nobody.stream():\n            {}", "async for _ in nobody.stream(1):\n            {}"]
    bodies = [loop.format(word) for loop in loops for word in ("pass", "continue", "break")]
    text = [f"async def f{n}():\n    while True:\n        {body}\n" for n, body in enumerate(bodies)]
    path.write_text("import nobody\n\n\n" + "\n\n".join(text), encoding="utf-8")
    report = check([path], Settings(root=tmp_path, cache=False))
    assert (report.errors, report.findings) == ([], []) and report.loops == len(bodies) * 2


@pytest.mark.parametrize(("ready", "said"), [("False", []), ("True", ["certain"])])
@pytest.mark.parametrize("iterated", ["feed", "feed.__aiter__()"])
def test_a_feed_that_is_given(iterated: str, ready: str, said: list[str], tmp_path: Path) -> None:
    path = tmp_path / "feed.py"
    head = SNIPPETS["feed that is ready"].source.partition("class W:")[0]
    loop = f"async def run(feed: Feed) -> None:\n    async for _ in {iterated}:\n        feed.ready = {ready}\n"
    path.write_text(head + loop, encoding="utf-8")
    report = check([path], Settings(root=tmp_path, cache=False))
    assert not report.errors
    assert [finding.level.word for finding in report.findings if finding.function == "run"] == said


@pytest.mark.parametrize(
    ("name", "said"), [("limit", []), ("batch_size", []), ("n", ["certain"]), ("left", ["certain"])]
)
def test_what_is_named_as_a_limit_is_positive(name: str, said: list[str], tmp_path: Path) -> None:
    path = tmp_path / "limit.py"
    body = f"    while True:\n        for _ in range({name}):\n            await asyncio.sleep(1)\n"
    path.write_text(f"import asyncio\n\n\nasync def run({name}: int) -> None:\n{body}", encoding="utf-8")
    report = check([path], Settings(root=tmp_path, cache=False))
    assert not report.errors
    assert [finding.level.word for finding in report.findings] == said
