"""Two modules that import each other, one class below the other: the verdict is the same from every root, for every
order of the files and for each file alone.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules.config import Settings
from lint_rules.engine import check

BELOW = """\
import asyncio
{imports}


class Feed({base}):
    def __init__(self):
        super().__init__()
        self.link = None

    def attach(self, link):
        self.link = link

    async def step(self):
        if self.link is None:
            return
        await asyncio.sleep(1)
"""
ABOVE = """\
{before}

class Loop:
    def __init__(self):
        self.on = True

    def stop(self):
        self.on = False

    async def run(self):
        while self.on:
            await self.step()

    async def step(self):
        raise NotImplementedError

    def make(self){result}:
        {inside}
        return one.Feed()
"""
IMPORTS = {"module": ("import two", "two.Loop"), "name": ("from two import Loop", "Loop")}
USES = {"top": ("import one", " -> one.Feed", "self.on = True"), "inside": ("", "", "import one")}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("imports", IMPORTS)
def test_the_root_and_the_order_decide_nothing(tmp_path: Path, imports: str, use: str) -> None:
    folder = tmp_path / "sub"
    folder.mkdir()
    text, base = IMPORTS[imports]
    before, result, inside = USES[use]
    one, two = folder / "one.py", folder / "two.py"
    one.write_text(BELOW.format(imports=text, base=base))
    two.write_text(ABOVE.format(before=before, result=result, inside=inside))
    said = []
    for root in (tmp_path, folder):
        for files in ([one, two], [two, one], [two]):
            found = check(files, Settings(root=root, jobs=1, cache=False)).findings
            said.append([(f.path.name, f.line, f.code, f.level, f.message, f.witness, f.assumptions) for f in found])
    assert [(name, code) for name, _, code, *_ in said[0]] == [("two.py", "SPN101")]
    assert all(each == said[0] for each in said)
