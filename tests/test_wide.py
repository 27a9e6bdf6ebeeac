"""A class of many bases (a library with a mixin for every method) is asked by name where its members may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules import engine, resolve
from lint_rules.config import Settings
from lint_rules.findings import Report

MANY = 2 * resolve.WIDE
LOOP = """
class Client({bases}):
    def __init__(self):
        self.closed = False

    async def run(self):
        while not self.closed:
            await self.read()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    for n in range(MANY):
        (tmp_path / f"m{n}.py").write_text(f"class M{n}:\n    async def m{n}(self):\n        self.a{n} = {n}\n")
    imports = "".join(f"from m{n} import M{n}\n" for n in range(MANY))
    (tmp_path / "client.py").write_text(imports + LOOP.format(bases=", ".join(f"M{n}" for n in range(MANY))))
    (tmp_path / f"m{MANY - 1}.py").write_text(
        f"class M{MANY - 1}:\n    async def read(self):\n        return self.a7\n"
    )
    return tmp_path


def check(project: Path, cache: bool = True) -> Report:
    return engine.check([project], Settings(folder=project, jobs=1, cache=cache))


def test_as_where_every_base_is_asked(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = check(project, cache=False).findings
    monkeypatch.setattr(resolve, "WIDE", 10 * MANY)
    assert [f.code for f in found] == ["SPN101"]
    assert check(project, cache=False).findings == found


@pytest.mark.parametrize(
    "body",
    ["async def read(self):\n        await asyncio.sleep(1)", "def read(self):\n        return asyncio.sleep(1)"],
)
def test_a_method_that_is_added_to_an_earlier_base(project: Path, body: str) -> None:
    assert len(check(project).findings) == 1
    (project / "m3.py").write_text(f"import asyncio\n\n\nclass M3:\n    {body}\n")
    assert check(project).findings == []
    (project / "m3.py").write_text("class M3:\n    pass\n")
    assert len(check(project).findings) == 1


def test_an_attribute_that_another_base_assigns(project: Path) -> None:
    (project / f"m{MANY - 1}.py").write_text(
        f"import asyncio\n\n\nclass M{MANY - 1}:\n    async def read(self):\n        await asyncio.sleep(self.pause)\n"
    )
    (project / "m4.py").write_text("class M4:\n    def m4(self):\n        self.pause = 1\n")
    assert check(project).findings == []
    (project / "m4.py").write_text("class M4:\n    def m4(self):\n        self.pause = 0\n")
    assert [f.code for f in check(project).findings] == ["SPN105"]
