"""The flake8 plugin, in real runs of flake8: the findings of the command, in every way that flake8 is started."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from surfaces import FIXTURES, SPINNING, project, run, spinlint

LINE = re.compile(r"(?P<path>[^:]+):(?P<line>\d+):(?P<column>\d+): (?P<code>SPN\d+) (?P<text>.*)")
FOLDERS = ("SPN101", "SPN103", "SPN201")


def flake8(*arguments: str | Path, cwd: Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "flake8", "--isolated", "--select=SPN", *arguments, cwd=cwd, stdin=stdin)


def found(result: subprocess.CompletedProcess[str]) -> list[tuple[str, int, int, str, str]]:
    matches = [LINE.fullmatch(line) for line in result.stdout.splitlines()]
    assert all(matches), result.stdout + result.stderr
    return sorted(
        (m["path"].removeprefix("./"), int(m["line"]), int(m["column"]), m["code"], m["text"]) for m in matches if m
    )


def by_command(folder: Path, *arguments: str) -> list[tuple[str, int, int, str, str]]:
    document = json.loads(spinlint("check", "--format", "json", *arguments, cwd=folder).stdout)
    return sorted(
        (f["path"], f["line"], f["column"], f["code"], f"{f['name']} [{f['level']}] {f['message']}")
        for f in document["findings"]
    )


@pytest.mark.parametrize("jobs", ["-j1", "-j4"])
def test_the_findings_of_the_command(jobs: str) -> None:
    expected = by_command(FIXTURES, *FOLDERS)
    assert len(expected) > 15
    assert found(flake8(jobs, *FOLDERS, cwd=FIXTURES)) == expected


def test_standard_input_is_judged_as_it_is_within_its_project(tmp_path: Path) -> None:
    caller = "from reader import read\n\n\nasync def run(r):\n    while True:\n        await read(r)\n"
    reader = "async def read(r):\n    if r is None:\n        return\n    await r.wait()\n"
    folder = project(tmp_path, {"caller.py": "", "reader.py": reader})
    result = flake8("-", "--stdin-display-name", "caller.py", cwd=folder, stdin=caller)
    assert [each[:4] for each in found(result)] == [("caller.py", 5, 5, "SPN101")]
    nameless = flake8("-", cwd=folder, stdin=caller)
    assert [each[:4] for each in found(nameless)] == [("stdin", 5, 5, "SPN101")]


@pytest.mark.parametrize(
    ("comment", "shown"),
    [
        ("# noqa: SPN101", False),
        ("# noqa", False),
        ("# noqa: E501, SPN101 nobody closes it", False),
        ("# noqa: SPN102", True),
        ("# spinlint: ignore[SPN101] nobody closes it", False),
        ("# spinlint: ignore[SPN102]", True),
    ],
)
def test_comments_hold_as_in_the_command(tmp_path: Path, comment: str, shown: bool) -> None:
    folder = project(tmp_path, {"worker.py": SPINNING.replace("while True:", f"while True:  {comment}")})
    assert bool(found(flake8("worker.py", cwd=folder))) is shown
    assert bool(by_command(folder, "worker.py")) is shown


NOQA = """\
noqa|NOQA|noqa:SPN101|noqa: spn101|noqa:  SPN101|noqa : SPN101|noqa: E501|noqa: E501,SPN101|noqa: E501 SPN101
noqa:E501,,SPN101|noqa: SPN1|noqa: SPN|noqa: S|noqa: SPN101 why|noqa: SPN101: why|noqa SPN101|noqa: because SPN101
noqa: SPN101why|noqa: silent-return|type: ignore # noqa: SPN101|noqa: SPN104 # noqa: SPN101|noqa: SPN101;E501| noqa
noqasdf|NoQA: SPN101|ruff: noqa: SPN101|flake8: noqa|x noqa|noqa: SPN10, SPN2|noqa: SPN2, SPN10|noqa: E501\tSPN101"""
LINES = ("# flake8: noqa", "# flake8: noqa: E501", "#flake8:noqa", "  # FLAKE8=NOQA: SPN1 x", "x = 1  # flake8: noqa")
HEADERS = (
    "while True and \\\n                True:  # noqa: SPN101",
    "while True and (\n                True):  # noqa: SPN101",
    'while """a\n""":  # noqa: SPN101',
    "while True and \\\n                True:  # spinlint: ignore[SPN101]",
)


def test_every_form_of_noqa_means_what_it_means_to_flake8(tmp_path: Path) -> None:
    texts = [SPINNING.replace("while True:", f"while True:  # {form}") for form in re.split(r"\||\n", NOQA)]
    texts += [f"{line}\n{SPINNING}" for line in LINES]
    texts += [SPINNING.replace("while True:", header) for header in HEADERS]
    folder = project(tmp_path, {f"w{number:02}.py": text for number, text in enumerate(texts)})
    assert found(flake8(".", cwd=folder)) == (expected := by_command(folder))
    assert 0 < len(expected) < len(texts)


def test_noqa_is_left_to_flake8(tmp_path: Path) -> None:
    folder = project(tmp_path, {"worker.py": SPINNING.replace("while True:", "while True:  # noqa: SPN101")})
    assert len(found(flake8("--disable-noqa", "worker.py", cwd=folder))) == 1


def test_a_whole_file_is_silenced_alike(tmp_path: Path) -> None:
    folder = project(tmp_path, {"worker.py": "# flake8: noqa\n" + SPINNING})
    assert found(flake8("worker.py", cwd=folder)) == by_command(folder, "worker.py") == []


def test_settings_and_options_reach_the_plugin(tmp_path: Path) -> None:
    folder = project(
        tmp_path, {"worker.py": SPINNING, "b/worker.py": SPINNING, "b/spinlint.toml": "ignore = ['ALL']\n"}
    )
    assert [each[0] for each in found(flake8(".", cwd=folder))] == ["worker.py"]
    (folder / "other.toml").write_text("select = ['SPN2']\n", encoding="utf-8")
    assert found(flake8("--spinlint-config", "other.toml", ".", cwd=folder)) == []
    (folder / "tox.ini").write_text("[flake8]\nspinlint-config = other.toml\n", encoding="utf-8")
    assert found(run(sys.executable, "-m", "flake8", "--select=SPN", ".", cwd=folder)) == []
    waiting = (FIXTURES / "worked" / "e14_deadline.py").read_text(encoding="utf-8")
    (folder / "waiting.py").write_text(waiting, encoding="utf-8")
    assert found(flake8("waiting.py", cwd=folder)) == []
    assert found(flake8("--spinlint-level=possible", "waiting.py", cwd=folder)) == by_command(
        folder, "--level", "possible", "waiting.py"
    )
    assert len(found(flake8("--spinlint-level=possible", "waiting.py", cwd=folder))) == 1


def test_a_baseline_of_the_settings_holds(tmp_path: Path) -> None:
    folder = project(tmp_path, {"worker.py": SPINNING}, "baseline = 'known.json'\n")
    assert spinlint("baseline", cwd=folder).returncode == 0
    assert found(flake8("worker.py", cwd=folder)) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--spinlint-level=certian",), "unknown level 'certian'; did you mean 'certain'?"),
        (("--spinlint-config=none.toml",), "none.toml: cannot be read"),
    ],
)
def test_wrong_options_are_said(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    folder = project(tmp_path, {"worker.py": SPINNING})
    result = flake8(*arguments, "worker.py", cwd=folder)
    assert (result.returncode, message in result.stdout) == (1, True)
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.parametrize("jobs", ["-j1", "-j4"])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("slect = []\n", "deep/spinlint.toml: unknown key 'slect'; did you mean 'select'?"),
        ("baseline = 'none.json'\n", "deep/none.json: cannot be read: No such file or directory"),
    ],
)
def test_wrong_settings_of_one_folder_are_said(tmp_path: Path, settings: str, message: str, jobs: str) -> None:
    """Also from a worker: what it raises has to survive the way back."""
    folder = project(tmp_path, {"a.py": SPINNING, "deep/b.py": SPINNING, "deep/spinlint.toml": settings})
    result = flake8(jobs, "a.py", "deep/b.py", cwd=folder)
    assert (result.returncode, f"spinlint: {folder}/{message}\n" in result.stdout) == (1, True)
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1251"])
def test_text_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    first = "" if encoding == "utf-8-sig" else f"# -*- coding: {encoding} -*-\n"
    letter = "ж" if encoding == "cp1251" else "é"
    text = first + SPINNING.replace("while True:", f"while '{letter}':")
    folder = project(tmp_path, {})
    (folder / "worker.py").write_bytes(text.encode(encoding))
    expected = by_command(folder, "worker.py")
    assert [each[3] for each in expected] == ["SPN101"]
    assert found(flake8("worker.py", cwd=folder)) == expected


def test_a_file_that_is_no_python_is_left_to_flake8(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("async def f(:\n    while True: pass\n", encoding="utf-8")
    result = run(sys.executable, "-m", "flake8", "--isolated", "--select=SPN,E9", "broken.py", cwd=tmp_path)
    assert (result.returncode, "E999" in result.stdout, result.stderr) == (1, True, "")
