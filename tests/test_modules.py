"""Small modules as a user might write them, each with loops that spin and loops that do not, read and judged by hand.

A header with `# BAD` is reported as certain or likely, with the code that follows, if one does; every other loop is
silent at these levels. A part begins with `### name`; one that is named `FN_` holds loops that are missed so far, and
fails the day one is found.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from lint_rules.config import Settings
from lint_rules.engine import check
from lint_rules.findings import Level

FOLDER = Path(__file__).parent / "data/modules"
BAD = re.compile(r"# BAD( SPN\d+)?")
PART = re.compile(r"^### (\S+)\n", re.MULTILINE)


def parts() -> list[tuple[str, str]]:
    """The names and texts of all modules."""
    found = []
    for file in sorted(FOLDER.glob("*.txt")):
        pieces = PART.split(file.read_text(encoding="utf-8"))[1:]
        found += [(f"{file.stem}:{name}", text) for name, text in zip(pieces[::2], pieces[1::2], strict=True)]
    return found


def test_no_name_is_given_twice() -> None:
    names = [name for name, _ in parts()]
    assert len(names) == len(set(names)) >= 100


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in parts()])
def test_what_spins_is_reported_and_nothing_else(tmp_path: Path, text: str, request: pytest.FixtureRequest) -> None:
    file = tmp_path / "module.py"
    file.write_text(text, encoding="utf-8")
    if "except*" not in text or sys.version_info >= (3, 11):
        compile(text, "module.py", "exec")
    report = check([file], Settings(root=tmp_path, jobs=1))
    shown = [f for f in report.findings if f.level >= Level.LIKELY and f.code.startswith("SPN1")]
    wanted = {n: mark[1] for n, line in enumerate(text.splitlines(), 1) if (mark := BAD.search(line))}
    found = {f.line for f in shown}
    if ":FN_" in request.node.name:
        assert not found
        return
    assert found == set(wanted)
    for line, code in wanted.items():
        assert code is None or code.strip() in {f.code for f in shown if f.line == line}
