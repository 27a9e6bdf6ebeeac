"""`spinlint fix` as a process: what it prints, what it writes, what it leaves alone, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lint_rules.cli import main
from lint_rules.commands import UsageError
from lint_rules.commands.fix import replace_file
from surfaces import FIXTURES, ROOT, SPINNING, project, run, spinlint

ZERO = """\
import asyncio


async def poll(flags: dict[str, bool]) -> None:
    while True:
        await asyncio.sleep(0)
"""
OVER = (FIXTURES / "SPN106" / "bad_finished_task.py").read_text(encoding="utf-8")
FIXED_LINES = "            if self.job is None:\n                await asyncio.sleep(1.0)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return project(tmp_path / "p", {"worker.py": SPINNING, "zero.py": ZERO, "over.py": OVER, "fine.py": "x = 1\n"})


def test_the_summary_says_what_became_of_each_loop(folder: Path) -> None:
    done = spinlint("fix", ".", cwd=folder)
    assert done.returncode == 1, done.stderr
    over, fixed, unsafe, total = done.stdout.splitlines()
    assert over.startswith("over.py:15: SPN106 refused: what it waits for is over for ever")
    assert fixed.startswith("worker.py:9: SPN101 fixed (safe): sleep 1.0 s in run when self.job is None")
    assert "the state of the loop stays wrong" in fixed
    assert unsafe.startswith("zero.py:5: SPN105 only with --unsafe: sleep 1.0 s instead of 0 in poll")
    assert total == "1 loop fixed, 1 only with --unsafe, 1 refused"
    assert (folder / "zero.py").read_text() == ZERO
    head, tail = SPINNING.split("            await self.step()\n")
    assert (folder / "worker.py").read_text() == f"{head}{FIXED_LINES}            await self.step()\n{tail}"


def test_unsafe_fixes_are_made_on_request_and_the_rest_stays(folder: Path) -> None:
    done = spinlint("fix", "--unsafe", "worker.py", "zero.py", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "zero.py:5: SPN105 fixed (unsafe)" in done.stdout
    assert spinlint("check", "worker.py", "zero.py", cwd=folder).returncode == 0
    texts = [(folder / name).read_bytes() for name in ("worker.py", "zero.py")]
    again = spinlint("fix", "--unsafe", "worker.py", "zero.py", cwd=folder)
    assert (again.returncode, again.stdout) == (0, "0 loops fixed, 0 only with --unsafe, 0 refused\n")
    assert texts == [(folder / name).read_bytes() for name in ("worker.py", "zero.py")]


def test_a_diff_writes_nothing_and_can_be_applied(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.glob("*.py")}
    done = spinlint("fix", "--diff", "--unsafe", ".", cwd=folder)
    assert done.returncode == 1
    assert {path: path.read_bytes() for path in folder.glob("*.py")} == before
    assert "worker.py:9: SPN101 would fix (safe)" in done.stderr
    assert done.stderr.endswith("2 loops would be fixed, 0 only with --unsafe, 1 refused\n")
    subprocess.run(["git", "apply", "-"], cwd=folder, input=done.stdout, text=True, check=True)
    assert FIXED_LINES in (folder / "worker.py").read_text()
    assert (folder / "zero.py").read_text() == ZERO.replace("sleep(0)", "sleep(1.0)")


def test_a_diff_of_a_last_line_without_end_can_be_applied(tmp_path: Path) -> None:
    folder = project(tmp_path / "p", {"zero.py": ZERO.rstrip("\n")})
    done = spinlint("fix", "--diff", "--unsafe", ".", cwd=folder)
    subprocess.run(["git", "apply", "-"], cwd=folder, input=done.stdout, text=True, check=True)
    assert (folder / "zero.py").read_text() == ZERO.rstrip("\n").replace("sleep(0)", "sleep(1.0)")


def test_what_is_not_asked_for_is_not_fixed(folder: Path) -> None:
    done = spinlint("fix", "--select", "SPN105", ".", cwd=folder)
    assert [line.split(":")[0] for line in done.stdout.splitlines()[:-1]] == ["zero.py"]
    silenced = SPINNING.replace("while True:", "while True:  # noqa: SPN101")
    (folder / "worker.py").write_text(silenced, encoding="utf-8")
    assert "worker.py" not in spinlint("fix", ".", cwd=folder).stdout
    assert (folder / "worker.py").read_text() == silenced


def test_the_settings_give_the_delay(tmp_path: Path) -> None:
    folder = project(tmp_path / "p", {"worker.py": SPINNING}, "delay = 2.5\n")
    assert spinlint("fix", ".", cwd=folder).returncode == 0
    assert "await asyncio.sleep(2.5)" in (folder / "worker.py").read_text()


def test_mode_and_links_stay(folder: Path) -> None:
    real = folder / "worker.py"
    real.chmod(0o750)
    link = folder / "link.py"
    link.symlink_to("worker.py")
    done = spinlint("fix", "link.py", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert link.is_symlink() and FIXED_LINES in real.read_text()
    assert real.stat().st_mode & 0o7777 == 0o750
    assert [path.name for path in folder.iterdir() if path.name.startswith(".worker")] == []


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_bytes(b"new")
    with pytest.raises(UsageError, match="changed meanwhile"):
        replace_file(path, b"old", b"fixed")
    assert path.read_bytes() == b"new"


def test_a_read_only_file_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.py"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(UsageError, match="read-only"):
        replace_file(path, b"old", b"fixed")
    assert path.read_bytes() == b"old"


def test_one_file_that_cannot_be_written_does_not_stop_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "another.py").write_text(SPINNING, encoding="utf-8")
    access = os.access
    monkeypatch.setattr(os, "access", lambda p, m, **k: Path(p).name != "another.py" and access(p, m, **k))
    monkeypatch.chdir(folder)
    assert main(["fix", "another.py", "worker.py"]) == 2
    said = capsys.readouterr()
    assert "another.py: read-only; it stays as it was" in said.err
    assert "another.py:9: SPN101 not fixed: the file could not be written" in said.out
    assert "1 loop fixed, 0 only with --unsafe, 1 refused" in said.out
    assert (folder / "another.py").read_text() == SPINNING
    assert FIXED_LINES in (folder / "worker.py").read_text()


def test_a_file_and_a_link_to_it_are_one(folder: Path) -> None:
    (folder / "link.py").symlink_to("worker.py")
    (folder / "zebra.py").write_text(SPINNING, encoding="utf-8")
    done = spinlint("fix", "worker.py", "link.py", "zebra.py", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("2 loops fixed, 0 only with --unsafe, 0 refused\n")
    assert (folder / "link.py").is_symlink()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_without_write_permission_is_our_trouble(folder: Path) -> None:
    folder.chmod(0o550)
    done = spinlint("fix", "worker.py", cwd=folder)
    folder.chmod(0o750)
    assert done.returncode == 2
    assert (folder / "worker.py").read_text() == SPINNING


def test_an_unreadable_file_is_trouble_and_the_others_are_fixed(folder: Path) -> None:
    (folder / "broken.py").write_text("async def f(:\n    while True: pass\n", encoding="utf-8")
    done = spinlint("fix", "worker.py", "broken.py", cwd=folder)
    assert done.returncode == 2
    assert "broken.py" in done.stderr
    assert FIXED_LINES in (folder / "worker.py").read_text()


def test_no_new_delay_is_ever_zero(tmp_path: Path) -> None:
    for number, value in enumerate(("0", "-1.0", "true", '"1"')):
        folder = project(tmp_path / f"p{number}", {"worker.py": SPINNING}, f"delay = {value}\n")
        done = spinlint("fix", ".", cwd=folder)
        assert (done.returncode, "delay" in done.stderr) == (2, True)


# ---------------------------------------------------------------------- other ways in


def report(folder: Path, format_: str) -> Any:
    done = spinlint("check", ".", "--format", format_, cwd=folder)
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)


def test_json_names_the_fix(folder: Path) -> None:
    document = report(folder, "json")
    jsonschema.validate(document, json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8")))
    fixes = {finding["path"]: finding["fix"] for finding in document["findings"]}
    assert fixes["over.py"] is None
    assert fixes["worker.py"] == {"title": "sleep 1.0 s in run when self.job is None", "safety": "safe"}
    assert fixes["zero.py"]["safety"] == "unsafe"


def test_sarif_holds_the_edits(folder: Path) -> None:
    document = report(folder, "sarif")
    schema = json.loads((ROOT / "tests/data/sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    results = document["runs"][0]["results"]
    by_path = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: r.get("fixes") for r in results}
    assert by_path["over.py"] is None
    [fix] = by_path["worker.py"]
    [change] = fix["artifactChanges"]
    [replacement] = change["replacements"]
    assert change["artifactLocation"]["uri"] == "worker.py"
    assert replacement["insertedContent"]["text"] == FIXED_LINES
    assert replacement["deletedRegion"] == {"startLine": 10, "startColumn": 1, "endLine": 10, "endColumn": 1}
    [zero] = by_path["zero.py"][0]["artifactChanges"][0]["replacements"]
    assert (zero["deletedRegion"]["startLine"], zero["deletedRegion"]["endLine"]) == (6, 7)


def codemod(folder: Path, name: str, *options: str) -> str:
    """Run a command of libcst's own tool over a folder."""
    command = [sys.executable, "-m", "libcst.tool", "codemod", "--no-format", "-j1"]
    done = run(*command, "-x", f"lint_rules.codemod.{name}", *options, ".", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_codemods_make_the_same_fixes(folder: Path, tmp_path: Path) -> None:
    copy = project(tmp_path / "copy", {path.name: path.read_text() for path in folder.glob("*.py")})
    spinlint("fix", "--unsafe", ".", cwd=copy)
    said = codemod(folder, "RepairLoops", "--unsafe")
    assert "over.py:15: SPN106 refused" in said
    for path in folder.glob("*.py"):
        assert path.read_bytes() == (copy / path.name).read_bytes()


def test_a_codemod_of_one_kind_leaves_the_others(folder: Path) -> None:
    codemod(folder, "RealDelay", "--unsafe")
    assert (folder / "worker.py").read_text() == SPINNING
    assert (folder / "zero.py").read_text() == ZERO.replace("sleep(0)", "sleep(1.0)")
    codemod(folder, "SleepOnSilentPath")
    assert FIXED_LINES in (folder / "worker.py").read_text()


def test_a_codemod_changes_no_other_file(tmp_path: Path) -> None:
    loop = "import asyncio\n\nfrom reader import _read\n\n\nasync def run(r) -> None:\n    while True:\n        try:\n"
    loop += "            await _read(r)\n        except ValueError:\n            await asyncio.sleep(3)\n"
    reader = "class R:\n    ready: bool | None = None\n\n\nasync def _read(r: R) -> None:\n    if r.ready is None:\n"
    reader += "        raise ValueError\n    while r.ready:\n        await r.wait()\n"
    folder = project(
        tmp_path / "p",
        {"loop.py": loop.replace("(r)", "(r: R)", 1).replace("_read\n", "R, _read\n", 1), "reader.py": reader},
    )
    codemod(folder, "RepairLoops")
    assert (folder / "reader.py").read_text() == reader
    assert (folder / "loop.py").read_text().count("asyncio.sleep(3)") == 2
