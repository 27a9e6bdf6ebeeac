"""What the processes of one run lend each other saves time and decides nothing."""

from __future__ import annotations

import pickle
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from lint_rules import engine, executor, memory
from lint_rules.config import Settings
from lint_rules.findings import Level
from lint_rules.indexer import index
from lint_rules.memory import Memory
from lint_rules.shelf import Shelf
from lint_rules.source import Text

INDEXED = index(Text(Path("/m.py"), "import b as a", ("import b as a",)), "pkg.module", False)
SPINNING = "class A:\n    async def run(self):\n        while self.on:\n            await self.step()\n\n"
STEP = "    async def step(self):\n        return\n\n\n"


def test_what_one_lends_another_reads(tmp_path: Path) -> None:
    giver, taker = Memory(shelf=Shelf(tmp_path)), Memory(shelf=Shelf(tmp_path))
    giver.keep_module(Path("/m.py"), "key", INDEXED)
    found = taker.module(Path("/m.py"), "key")
    assert found is not None
    assert found.imports == INDEXED.imports
    assert taker.module(Path("/m.py"), "another key") is None
    assert taker.module(Path("/n.py"), "key") is None


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:40])


def _garbage(file: Path) -> None:
    file.write_bytes(b"no pickle")


def _code(file: Path) -> None:
    file.write_bytes(pickle.dumps(print))


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("spoil", [_cut, _garbage, _code, _folder])
def test_what_cannot_be_read_is_not_there(tmp_path: Path, spoil: object) -> None:
    shelf = Shelf(tmp_path)
    shelf.put("name", "key", INDEXED)
    [file] = tmp_path.iterdir()
    assert callable(spoil)
    spoil(file)
    assert shelf.get("name", "key") is None


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "gone")
    shelf.put("name", "key", INDEXED)
    assert shelf.get("name", "key") is None


def test_a_run_lends_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, scratch = tmp_path / "project", tmp_path / "scratch"
    scratch.mkdir()
    project.mkdir()
    (project / "pyproject.toml").touch()
    for n in range(4):
        (project / f"m{n}.py").write_text(SPINNING + STEP)
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setattr(executor, "WORTH_A_PROCESS", 1)
    keep = Shelf.put
    monkeypatch.setattr(Shelf, "put", lambda self, *args: (keep(self, *args), (scratch / "seen").touch()))
    settings = Settings(cache=False, level=Level.POSSIBLE)
    alone = engine.check([project], replace(settings, jobs=1))
    memory._memories.clear()
    together = engine.check([project], replace(settings, jobs=2))
    assert [path.name for path in scratch.iterdir()] == ["seen"]
    assert alone.findings == together.findings != []
