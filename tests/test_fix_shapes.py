"""Loops as real projects have them (clients, consumers, pollers): each repaired as its `.fixed.py` shows, and run.

The files were written to attack the fixer, not to show a rule: `python tests/test_fix_shapes.py` writes the fixed ones
anew, and every change of them is to be read as a maintainer reads a pull request.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from drives import shapes
from fixed_fixtures import fixed_path, repaired
from harness import Run, Verdict, drive, load
from lint_rules.config import Settings
from lint_rules.engine import check
from lint_rules.findings import Level

FOLDER = Path(__file__).parent / "data/shapes"
SHAPES = sorted(path for path in FOLDER.glob("*.py") if not path.name.endswith(".fixed.py"))
LEAVES_WITH = {"whole_frame": ConnectionError}  # its result would not be whole


def stem(path: Path) -> str:
    return path.stem


def fixed(shape: Path, folder: Path) -> tuple[str, list[str]]:
    """The repaired text, and why loops were refused."""
    path = folder / shape.name
    shutil.copy(shape, path)
    text, results = repaired(path)
    return text.decode(), [done.reason for done in results if not done.proposals]


def run(path: Path, name: str) -> Run:
    module = load(path)
    start = shapes.PLAIN.get(name) or getattr(shapes, name)
    return drive(lambda: start(module), 5000, 1)


@pytest.mark.parametrize("shape", SHAPES, ids=stem)
def test_a_shape_is_repaired_as_a_maintainer_would(shape: Path, tmp_path: Path) -> None:
    text, refused = fixed(shape, tmp_path)
    assert refused == []
    assert text == fixed_path(shape).read_text(encoding="utf-8")


@pytest.mark.parametrize("shape", SHAPES, ids=stem)
def test_a_repaired_shape_is_clean_and_waits_or_leaves(shape: Path, tmp_path: Path) -> None:
    before = run(shape, shape.stem)
    assert before.verdict.spins
    assert before.header is not None and before.header[0] == str(shape)
    path = tmp_path / shape.name
    shutil.copy(fixed_path(shape), path)
    found = [f for f in check([path], Settings(root=tmp_path)).findings if f.level >= Level.LIKELY]
    assert found == []
    after = run(path, shape.stem)
    assert after.verdict in (Verdict.WAITS, Verdict.ENDS)
    assert max(after.seen.values()) <= 3, after
    assert isinstance(after.error, LEAVES_WITH.get(shape.stem, type(None))), after


def test_every_shape_has_a_drive() -> None:
    assert [path.stem for path in SHAPES if path.stem not in shapes.PLAIN and not hasattr(shapes, path.stem)] == []
    assert set(shapes.PLAIN) <= {path.stem for path in SHAPES}


def main() -> None:
    for shape in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            text, refused = fixed(shape, Path(folder))
        fixed_path(shape).write_text(text, encoding="utf-8")
        print(shape.name, *refused)


if __name__ == "__main__":
    sys.exit(main())
