"""Comments that silence: what they cover, which of them are unused, and how these are removed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lint_rules.fixes.edits import apply
from lint_rules.source import decode
from lint_rules.suppress import Kind, Unused, misspelt, removals, silenced, unused, whole_file
from surfaces import FIXTURES, SPINNING, finding, project, run, spinlint

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
        ("# flake8: noqa: E501", True),
        ("x = 1  # flake8: noqa", False),
    ],
)
def test_a_whole_file_is_silenced_as_in_flake8(line: str, covered: bool) -> None:
    assert whole_file(("import a", line)) is covered


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


def without(text: str, idle: tuple[Unused, ...]) -> str:
    data = text.encode()
    return apply(data, removals(HERE, decode(HERE, data).lines, idle)).decode()


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


def test_a_line_of_which_nothing_is_known_is_left_alone() -> None:
    assert [each.comment.line for each in unused(STALE, [], unknown={3, 6})] == [4, 5, 7, 9]


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


def suppressed(comment: str) -> str:
    return SPINNING.replace("while True:", f"while True:  {comment}")


def test_fix_takes_out_stale_suppressions_of_ours_only(tmp_path: Path) -> None:
    """Needed ones, those of others, and those of files that cannot be judged stay, byte for byte."""
    files = {
        "needed.py": suppressed("# noqa: SPN101"),
        "stale.py": suppressed("# noqa: SPN101,SPN104,E501").replace("import asyncio", "import asyncio  # noqa: SPN1"),
        "others.py": "x = 1  # noqa\ny = 2  # noqa: E501\nz = 3  # type: ignore\n",
        "broken.py": "x = 1  # noqa: SPN101\ny = (\n",
    }
    folder = project(tmp_path, files)
    latin = "# coding: latin-1\r\nx = 'é'  # spinlint: ignore[silent-return] é\r\n".encode("latin-1")
    (folder / "latin.py").write_bytes(latin)
    shown = spinlint("fix", "--diff", cwd=folder)
    assert shown.returncode == 2  # one file is broken
    assert "+        while True:  # noqa: SPN101,E501\n" in shown.stdout
    assert (folder / "latin.py").read_bytes() == latin
    done = spinlint("fix", cwd=folder)
    assert done.stdout.splitlines() == [
        "latin.py:2: unused suppression of silent-return: removed",
        "stale.py:1: unused suppression of SPN1: removed",
        "stale.py:9: unused suppression of SPN104: removed",
        "0 loops fixed, 0 only with --unsafe, 0 refused, 3 suppressions removed",
    ]
    assert (folder / "latin.py").read_bytes() == "# coding: latin-1\r\nx = 'é'\r\n".encode("latin-1")
    assert (folder / "stale.py").read_text(encoding="utf-8") == suppressed("# noqa: SPN101,E501")
    for name in ("needed.py", "others.py", "broken.py"):
        assert (folder / name).read_text(encoding="utf-8") == files[name]
    assert spinlint("check", "--unused-suppressions", "needed.py", "stale.py", "latin.py", cwd=folder).returncode == 0


def test_fix_takes_out_what_its_own_repair_has_made_stale(tmp_path: Path) -> None:
    """The comment hides another code than the one that is repaired, on the same header."""
    text = (FIXTURES / "SPN101" / "bad_watchdog.py").read_text(encoding="utf-8")
    header = next(line for line in text.splitlines() if "# expect: SPN101" in line)
    marked = header.split("  # expect")[0] + "  # spinlint: ignore[SPN105] not yet"
    folder = project(tmp_path, {"watchdog.py": text.replace(header, marked)})
    done = spinlint("fix", cwd=folder)
    assert "SPN101 fixed" in done.stdout, done.stdout
    assert done.stdout.splitlines()[-1] == ("1 loop fixed, 0 only with --unsafe, 0 refused, 1 suppression removed")
    assert "spinlint: ignore" not in (folder / "watchdog.py").read_text(encoding="utf-8")


def test_fix_of_some_codes_leaves_suppressions_of_others(tmp_path: Path) -> None:
    text = "x = 1  # noqa: SPN101,SPN104\ny = 1  # spinlint: ignore\n"
    folder = project(tmp_path, {"a.py": text})
    assert spinlint("fix", "--select", "SPN104", cwd=folder).returncode == 0
    assert (folder / "a.py").read_text(encoding="utf-8") == text.replace(",SPN104", "")


@pytest.mark.parametrize(("external", "kept"), [("", False), ("lint.external = ['SPN']\n", True)])
def test_ruff_keeps_our_comments_as_the_documents_say(tmp_path: Path, external: str, kept: bool) -> None:
    (tmp_path / "ruff.toml").write_text(f"{external}preview = true\n", encoding="utf-8")
    (tmp_path / "worker.py").write_text(suppressed("# noqa: SPN101"), encoding="utf-8")
    run(sys.executable, "-m", "ruff", "check", "--select=RUF100,RUF102", "--fix", "--no-cache", ".", cwd=tmp_path)
    assert ("noqa" in (tmp_path / "worker.py").read_text(encoding="utf-8")) is kept
