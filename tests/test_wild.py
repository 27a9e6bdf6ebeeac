"""Real bugs: the release before the fix is reported on the loop's line, the one after it is not.

`after` of a bug can keep `hole`: a smaller real spin that the fix has left on the same loop; then that is reported.
"""

from __future__ import annotations

from typing import Any

import pytest

from wild import QQBOT_LOOP, TABLE, WECOM_LOOP, folder_of, loops, shown

pytestmark = pytest.mark.wild


def named(bugs: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(bug, id=bug["id"]) for bug in bugs]


def place(side: dict[str, Any]) -> tuple[str, int]:
    return side["path"], side["line"]


def header(side: dict[str, Any]) -> str:
    return (folder_of(side["release"]) / side["path"]).read_text(encoding="utf-8").splitlines()[side["line"] - 1]


@pytest.mark.parametrize("bug", named(TABLE["bugs"]))
def test_reported_before_the_fix_and_not_after(bug: dict[str, Any]) -> None:
    before, after = bug["before"], bug["after"]
    assert "while" in header(before) or "for" in header(before)
    assert place(before) in loops(shown(before["release"]))
    assert "while" in header(after) or "for" in header(after)
    assert place(after) not in loops(shown(after["release"]))


@pytest.mark.parametrize("bug", named(TABLE["misses"]))
def test_known_misses(bug: dict[str, Any]) -> None:
    """Threads, and retries that do real input and output without a delay: not what this tool looks for. The day one is
    found, it moves to the other table.
    """
    assert "while" in header(bug["place"]) or "for" in header(bug["place"])
    assert place(bug["place"]) not in loops(shown(bug["place"]["release"]))


@pytest.mark.parametrize(
    ("version", "qqbot"),
    [
        ("0.13.0", True),
        ("0.14.0", True),
        ("0.15.2", True),
        ("0.16.0", True),
        ("0.17.0", False),
        ("0.18.2", False),
        ("0.19.0", False),
    ],
)
def test_every_release_of_hermes(version: str, qqbot: bool) -> None:
    """The gateway's reader up to its fix, with its two resets, and its twin that nobody has mended."""
    findings = [(f["function"], f["code"]) for f in shown(f"hermes-agent {version}")]
    expected = [(QQBOT_LOOP, "SPN101"), (QQBOT_LOOP, "SPN201"), (QQBOT_LOOP, "SPN201")] if qqbot else []
    assert sorted(findings) == [*expected, (WECOM_LOOP, "SPN101"), (WECOM_LOOP, "SPN201")]
