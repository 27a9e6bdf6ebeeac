"""Which laps are worth a second one: not those after which a counter has only counted, or a rest is left of a text."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules.config import Settings
from lint_rules.engine import explain

PARSER = """\
async def read(parts, buffer, n):
    i = 0
    while {test}:
        if {first}:
            {step}
        elif {second}:
            {step}
        else:
            {other}
"""
COUNTS = ("i < len(parts)", "parts[i] == 'a'", "parts[i] == 'b'")


def laps(tmp_path: Path, test: str, first: str, second: str, step: str, other: str) -> int:
    """How many laps that made progress were walked."""
    path = tmp_path / "parser.py"
    path.write_text(PARSER.format(test=test, first=first, second=second, step=step, other=other))
    lines = explain(path, 3, Settings(root=tmp_path, cache=False))
    return int(lines[0].split("recurrent, ")[1].split(" ")[0])


@pytest.mark.parametrize(
    ("other", "goes_on"),
    [("i += 2", False), ("i -= 1", True), ("i = 0", True), ("i += n", True)],
)
def test_a_counter_is_followed_only_where_it_may_come_back(tmp_path: Path, other: str, goes_on: bool) -> None:
    assert (laps(tmp_path, *COUNTS, step="i += 1", other=other) > 3) is goes_on


@pytest.mark.parametrize("step", ["buffer = buffer.split(',', 1)[1]", "buffer = buffer[1:]"])
def test_what_is_left_of_a_text_never_grows_again(tmp_path: Path, step: str) -> None:
    tests = ("',' in buffer", "buffer.startswith('a')", "buffer.startswith('b')")
    assert laps(tmp_path, *tests, step=step, other=step) <= 3
