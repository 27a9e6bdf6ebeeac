"""What decides by bytes that a file needs no analysis may be wrong in one direction only."""

from __future__ import annotations

import ast
import codecs
import os
from pathlib import Path

import pytest

from lint_rules import candidates, engine, memory
from lint_rules.config import Settings
from lint_rules.scan import scan
from lint_rules.source import may_matter
from surfaces import ROOT
from wild import folder_of

LOOP = """\
import asyncio


class Worker:
    def __init__(self, jobs) -> None:
        self.jobs = jobs

    async def run(self) -> None:
        while True:
            await self.step()

    async def step(self) -> None:
        if not self.jobs:
            return
        await asyncio.sleep(1)
"""
FOR = """\
{imports}

async def run(flag) -> None:
    for _ in {endless}:
        flag.seen = True
"""


def for_each(imports: str, endless: str) -> bytes:
    return FOR.format(imports=imports, endless=endless).encode()


def latin(text: str) -> bytes:
    return f"# -*- coding: latin-1 -*-\n# \xe9\n{text}".encode("latin-1")


PROGRAMS: dict[str, bytes] = {
    "plain": LOOP.encode(),
    "tabs": LOOP.replace("    ", "\t").encode(),
    "carriage returns": LOOP.replace("\n", "\r\n").encode(),
    "old line ends": LOOP.replace("\n", "\r").encode(),
    "form feeds": LOOP.replace("class Worker", "\f\nclass Worker").replace("async def run", "async\fdef run").encode(),
    "byte order mark": codecs.BOM_UTF8 + LOOP.encode(),
    "latin-1": latin(LOOP),
    "encoding in the second line": b"#!/usr/bin/env python\n" + latin(LOOP),
    "utf-7": b"# coding: utf-7\n" + LOOP.replace("while True", "+AHc-hile True").encode(),
    "utf-7 coroutine": b"# coding: utf-7\n" + LOOP.replace("async def", "+AGE-sync def").encode(),
    "while(": LOOP.replace("while True:", "while(True):").encode(),
    "while not": LOOP.replace("while True:", "while\\\n                True:").encode(),
    "async and def on two lines": LOOP.replace("async def run", "async \\\n    def run").encode(),
    "many blanks": LOOP.replace("async def run", "async  \t def  run").encode(),
    "nested function": LOOP.replace("        while", "        async def inner(): pass\n\n        while").encode(),
    "no end of line": LOOP.rstrip("\n").encode(),
    "one line": b"async def run():\n    while True: pass",
    "itertools": for_each("import itertools", "itertools.count()"),
    "itertools by another name": for_each("import itertools as it", "it.count(5)"),
    "count by another name": for_each("from itertools import count as c", "c()"),
    "iter with a sentinel": for_each("", "iter(lambda: 1, 2)"),
    "brackets": for_each("import itertools", "(\n        itertools\n        .cycle([1])\n    )"),
}


def findings(path: Path, monkeypatch: pytest.MonkeyPatch, everything: bool) -> list[tuple[str, int]]:
    memory._memories.clear()
    with monkeypatch.context() as patch:
        if everything:
            patch.setattr(memory, "may_matter", lambda data: True)
            patch.setattr(candidates, "may_give_endless", lambda resolver, fn, function: True)
        report = engine.check([path], Settings(cache=False, jobs=1))
    return [(finding.code, finding.line) for finding in report.findings]


@pytest.mark.parametrize("name", PROGRAMS)
def test_odd_spellings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path = tmp_path / "program.py"
    path.write_bytes(PROGRAMS[name])
    found = findings(path, monkeypatch, everything=False)
    assert found, "the program spins; if the analysis does not see it, the test says nothing"
    assert found == findings(path, monkeypatch, everything=True)


def test_an_endless_iterator_from_another_file(tmp_path: Path) -> None:
    """The loop's own file names nothing that never ends."""
    (tmp_path / "setup.cfg").write_text("")
    (tmp_path / "ticks.py").write_text("import itertools\n\ndef ticks():\n    return itertools.count()\n")
    (tmp_path / "naturals.py").write_text("from itertools import count as naturals\n")
    (tmp_path / "pages.py").write_text("def pages(source):\n    while True:\n        yield source\n")
    (tmp_path / "source.py").write_text("from pages import pages as sheets\n")
    (tmp_path / "later.py").write_text("import itertools\n\nticker = itertools.count\n")
    (tmp_path / "a.py").write_bytes(for_each("from ticks import ticks", "ticks()"))
    (tmp_path / "b.py").write_bytes(for_each("from naturals import naturals", "naturals()"))
    (tmp_path / "c.py").write_bytes(for_each("from source import sheets", "sheets(1)"))
    (tmp_path / "d.py").write_bytes(for_each("from later import ticker", "ticker()"))
    report = engine.check([tmp_path], Settings(cache=False))
    assert [finding.path.name for finding in report.findings] == ["a.py", "b.py", "c.py", "d.py"]


GENERATORS = """\
def outer():
    def inner():
        pass
    text = '''
    def not_one():
'''
    yield text

class Holder:
    async def \\
            broken_line(self):
        x = (
yield_
        )
        await x; yield 1

def short(): yield 1
def none(): return 1
"""


def test_the_functions_that_yield() -> None:
    found = scan(GENERATORS.encode()).makers
    assert {"outer", "broken_line", "short"} <= found
    assert "none" not in found


def test_no_generator_of_the_standard_library_is_missed() -> None:
    """Where the tree and the text disagree, the text may only name more."""
    seen = 0
    for path in sorted(Path(os.__file__).parent.glob("*.py")) + sorted(Path(os.__file__).parent.glob("asyncio/*.py")):
        makers = scan(path.read_bytes()).makers
        module = ast.parse(path.read_bytes())
        names = {fn.name for fn in ast.walk(module) if isinstance(fn, ast.FunctionDef) and _yields(fn)}
        assert names <= makers, path
        seen += len(names)
    assert seen > 100


def _yields(node: ast.AST) -> bool:
    inner = [child for child in ast.iter_child_nodes(node) if not isinstance(child, (ast.FunctionDef, ast.Lambda))]
    return any(isinstance(child, (ast.Yield, ast.YieldFrom)) or _yields(child) for child in inner)


@pytest.mark.parametrize(
    "text", ["x = 1\n", "async def f():\n    await g()\n", "while True:\n    pass\n", "# async for\n"]
)
def test_what_cannot_matter(text: str) -> None:
    """Without this, a filter that keeps everything would pass."""
    assert not may_matter(text.encode())


@pytest.mark.parametrize("file", sorted((ROOT / "fixtures").rglob("*.py")), ids=lambda path: path.name)
def test_no_fixture_with_a_finding_is_dropped(file: Path) -> None:
    if "# expect:" in file.read_text(encoding="utf-8"):
        assert may_matter(file.read_bytes())


@pytest.mark.hermes
@pytest.mark.parametrize("version", ["0.14.0", "0.19.0"])
def test_no_file_of_hermes_with_a_finding_is_dropped(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    folder = folder_of(f"hermes-agent {version}")
    found = findings(folder, monkeypatch, everything=False)
    assert found
    assert found == findings(folder, monkeypatch, everything=True)
