"""Comments that silence: what they cover, which of them are unused, and how these are removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules.suppress import Kind, misspelt, silenced, unused, whole_file, without
from surfaces import finding

HERE = Path("a.py")


@pytest.mark.parametrize(
    ("comment", "covered"),
    [
        ("# noqa", True),
        ("# NOQA:SPN101", True),
        ("# noqa: SPN101 since nobody closes it", True),
        ("# noqa: E501, SPN101", True),
        ("# noqa: E501 SPN101", True),
        ("# noqa: SPN1", True),
        ("# noqa: SPN102", False),
        ("# noqa: E501", False),
        ("# no qa: SPN101", False),
        ("# spinlint: ignore[SPN101] the socket is replaced by a thread", True),
        ("#spinlint:ignore[SPN102, SPN101]", True),
        ("# spinlint: ignore[silent-return]", True),
        ("# spinlint: ignore", True),
        ("# spinlint: ignore[SPN2]", False),
        ("# spinlint: ignore[]", False),
        ("# fine  # spinlint: ignore[SPN101]", True),
    ],
)
def test_a_comment_covers_its_codes(comment: str, covered: bool) -> None:
    lines = ("while True:  " + comment,)
    assert silenced(finding(HERE, 1), lines, frozenset(Kind)) is covered


def test_a_host_that_reads_noqa_itself_asks_for_ours_only() -> None:
    assert not silenced(finding(HERE, 1), ("while True:  # noqa",), (Kind.OURS,))
    assert silenced(finding(HERE, 1), ("while True:  # spinlint: ignore",), (Kind.OURS,))


def test_only_the_line_of_the_finding_counts() -> None:
    lines = ("while True:", "    pass  # noqa: SPN101")
    assert not silenced(finding(HERE, 1), lines, frozenset(Kind))
    assert not silenced(finding(HERE, 7), lines, frozenset(Kind))


@pytest.mark.parametrize(
    ("line", "covered"),
    [
        ("# flake8: noqa", True),
        ("  # FLAKE8=NOQA", True),
        ("# flake8: noqa: SPN101,E501", True),
        ("# flake8: noqa: E501", False),
        ("x = 1  # flake8: noqa", False),
    ],
)
def test_a_whole_file_is_silenced_as_in_flake8(line: str, covered: bool) -> None:
    assert whole_file(("import a", line), "SPN101") is covered


STALE = """\
x = 1  # noqa
x = 2  # noqa: E501
x = 3  # noqa: SPN101
x = 4  # noqa: E501,SPN101 long and slow
x = 5  # spinlint: ignore[SPN101,SPN102] because
x = 6  # spinlint: ignore because  # type: ignore
x = 7  # see above  # noqa: SPN101
x = "# noqa: SPN101"
while x:  # noqa: SPN101
"""
FRESH = """\
x = 1  # noqa
x = 2  # noqa: E501
x = 3
x = 4  # noqa: E501 long and slow
x = 5  # spinlint: ignore[SPN102] because
x = 6  # type: ignore
x = 7  # see above
x = "# noqa: SPN101"
while x:  # noqa: SPN101
"""


def test_unused_comments_of_ours_are_found_and_removed() -> None:
    found = unused(STALE, [finding(HERE, 9), finding(HERE, 5, "SPN102")])
    assert [(each.comment.line, each.selectors) for each in found] == [
        (3, ("SPN101",)),
        (4, ("SPN101",)),
        (5, ("SPN101",)),
        (6, ()),
        (7, ("SPN101",)),
    ]
    assert without(STALE, found) == FRESH
    assert unused(FRESH, [finding(HERE, 9), finding(HERE, 5, "SPN102")]) == ()


def test_removing_keeps_line_ends() -> None:
    text = "\x0cx = '\x1c'\r\nx = 1  # noqa: SPN101\r\ny = 2  # spinlint: ignore[SPN101] why"
    assert without(text, unused(text, [])) == "\x0cx = '\x1c'\r\nx = 1\r\ny = 2"


def test_a_code_that_does_not_exist_is_named() -> None:
    text = "a = 1  # noqa: SPN999, E501\nb = 2  # spinlint: ignore[silent-retrun]\nc = 3  # spinlint: ignore[]\n"
    assert [(comment.line, selector) for comment, selector in misspelt(text)] == [
        (1, "SPN999"),
        (2, "silent-retrun"),
        (3, ""),
    ]
