"""The command, started as a process: exit codes, input, output, and one clear line for every trouble."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from lint_rules import __version__, cli
from lint_rules.commands import output
from lint_rules.findings import Incomplete, Level
from lint_rules.reports.text import Line
from surfaces import FIXTURES, ROOT, SPINNING, FakeEngine, fake, finding, project, run, spinlint

__all__ = ["fake"]
BAD = FIXTURES / "SPN101" / "bad_watchdog.py"
GOOD = FIXTURES / "SPN101" / "good_watchdog.py"
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
FORMATS = ("text", "concise", "json", "sarif", "github")


def codes(folder: Path, *arguments: str) -> list[tuple[str, str, int]]:
    result = spinlint("check", "--format", "json", *arguments, cwd=folder)
    document = json.loads(result.stdout)
    jsonschema.validate(document, SCHEMA)
    return [(each["code"], each["path"], each["line"]) for each in document["findings"]]


@pytest.mark.parametrize("form", FORMATS)
def test_exit_codes_in_every_format(tmp_path: Path, form: str) -> None:
    assert spinlint("check", "--format", form, GOOD, cwd=tmp_path).returncode == 0
    assert spinlint("check", "--format", form, BAD, cwd=tmp_path).returncode == 1
    (tmp_path / "broken.py").write_text("async def f(:\n    while True: pass\n", encoding="utf-8")
    both = spinlint("check", "--format", form, BAD, "broken.py", cwd=tmp_path)
    assert (both.returncode, "SPN101" in both.stdout) == (2, True)
    assert both.stderr.startswith("spinlint: broken.py:1: ")
    assert "Traceback" not in both.stderr


def test_version_and_module(tmp_path: Path) -> None:
    assert spinlint("--version", cwd=tmp_path).stdout == f"spinlint {__version__}\n"
    script = Path(sys.executable).with_name("spinlint")
    assert subprocess.run([script, "--version"], capture_output=True, text=True, check=True).stdout.endswith("\n")


def test_the_working_directory_is_the_default(tmp_path: Path) -> None:
    folder = project(tmp_path, {"pkg/worker.py": SPINNING, ".venv/lib.py": SPINNING})
    assert codes(folder) == [("SPN101", "pkg/worker.py", 9)]
    assert codes(folder, "pkg", "pkg/worker.py", "./pkg/../pkg/worker.py") == [("SPN101", "pkg/worker.py", 9)]


def test_standard_input(tmp_path: Path) -> None:
    result = spinlint("check", "-", "--format", "concise", "--stdin-filename", "w.py", cwd=tmp_path, stdin=SPINNING)
    assert (result.returncode, result.stdout[:15]) == (1, "w.py:9:9: SPN10")
    nameless = spinlint("check", "-", "--format", "concise", cwd=tmp_path, stdin=SPINNING)
    assert (nameless.returncode, nameless.stdout[:9]) == (1, "stdin.py:")
    (tmp_path / "w.py").write_text(SPINNING, encoding="utf-8")
    replaced = spinlint("check", "-", "--stdin-filename", "w.py", cwd=tmp_path, stdin="x = 1\n")
    assert (replaced.returncode, replaced.stdout) == (0, "no findings in 1 file\n")


def test_standard_input_is_seen_within_its_project(tmp_path: Path) -> None:
    caller = "from reader import read\n\n\nasync def run(r):\n    while True:\n        await read(r)\n"
    reader = "async def read(r):\n    if r is None:\n        return\n    await r.wait()\n"
    folder = project(tmp_path, {"caller.py": "", "reader.py": reader})
    result = spinlint("check", "-", "--stdin-filename", "caller.py", "--format", "concise", cwd=folder, stdin=caller)
    assert (result.returncode, result.stdout[:12]) == (1, "caller.py:5:")


def test_levels_and_selection(tmp_path: Path) -> None:
    folder = project(tmp_path, {"worker.py": SPINNING})
    found = [("SPN101", "worker.py", 9)]
    assert codes(folder, "--level", "certain") == found
    assert codes(folder, "--select", "SPN1") == codes(folder, "--select", "silent-return,SPN2") == found
    assert codes(folder, "--select", "SPN2") == codes(folder, "--ignore", "SPN101") == []
    (folder / "spinlint.toml").write_text("per-file-ignores = { 'work*.py' = ['SPN1'] }\n", encoding="utf-8")
    assert codes(folder) == []
    (folder / "spinlint.toml").write_text("ignore = ['ALL']\n", encoding="utf-8")
    assert codes(folder) == []


def test_fail_level(tmp_path: Path, fake: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.py"
    path.write_text(SPINNING, encoding="utf-8")
    fake.findings = [finding(path, level=Level.LIKELY), finding(path, code="SPN102", level=Level.POSSIBLE)]
    expected = [((), 1, 1), (("--fail-level", "certain"), 0, 1), (("--level", "possible"), 1, 2)]
    expected += [(("--level", "certain"), 0, 0), (("--level", "possible", "--fail-level", "likely"), 1, 2)]
    for arguments, code, shown in expected:
        assert cli.main(["check", str(path), "--format", "concise", *arguments]) == code
        assert capsys.readouterr().out.count("\n") == shown


def test_findings_are_sorted_and_independent_of_the_order_of_paths(tmp_path: Path) -> None:
    folder = project(tmp_path, {"b.py": SPINNING, "a.py": SPINNING, "c/d.py": SPINNING})
    runs = {
        spinlint("check", "--format", "json", *paths, cwd=folder).stdout
        for paths in (("a.py", "b.py", "c"), ("c", "b.py", "a.py"), (".",))
    }
    assert [json.loads(text)["findings"][0]["path"] for text in runs] == ["a.py"]


def test_touching_reports_a_loop_when_only_its_callee_was_passed(tmp_path: Path) -> None:
    loop = "from pkg.reader import read\n\n\nasync def run(r):\n    while True:\n        await read(r)\n"
    reader = "async def read(r):\n    if r is None:\n        return\n    await r.wait()\n"
    files = {"pkg/__init__.py": "", "pkg/loop.py": loop, "pkg/reader.py": reader, "pkg/other.py": SPINNING}
    folder = project(tmp_path / "project", files)
    assert codes(folder, "--touching", "pkg/reader.py") == [("SPN101", "pkg/loop.py", 5)]
    assert codes(folder, "--touching", "pkg/other.py") == [("SPN101", "pkg/other.py", 9)]
    assert codes(folder, "--touching", "pkg/__init__.py") == []
    assert codes(folder, "pkg/reader.py") == []
    (folder / "pyproject.toml").write_text("[tool.spinlint]\nexclude = ['reader.py']\n", encoding="utf-8")
    assert codes(folder, "--touching", "pkg/reader.py") == []


def test_unused_suppressions(tmp_path: Path) -> None:
    text = SPINNING.replace("while True:", "while True:  # noqa: SPN101,SPN102") + "x = 1  # spinlint: ignore[SPN105]\n"
    folder = project(tmp_path, {"worker.py": text})
    assert spinlint("check", cwd=folder).returncode == 0
    result = spinlint("check", "--unused-suppressions", cwd=folder)
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "spinlint: worker.py:9:22: unused suppression of SPN102: nothing on this line needs it",
        "spinlint: worker.py:19:8: unused suppression of SPN105: nothing on this line needs it",
    ]


def test_a_misspelt_suppression_is_an_error(tmp_path: Path) -> None:
    folder = project(tmp_path, {"worker.py": SPINNING.replace("while True:", "while True:  # noqa: SPN999")})
    result = spinlint("check", cwd=folder)
    assert (result.returncode, "SPN101" in result.stdout) == (2, True)
    assert result.stderr == "spinlint: worker.py:9: a suppression names 'SPN999', which is no code of spinlint\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "missing.py"), "missing.py:1: no such file or folder"),
        (("check", "empty"), "empty:1: this folder holds no Python file to check"),
        (("check", "--config", "none.toml"), "none.toml:1: cannot be read: No such file or directory"),
        (("check", "wrong"), "wrong/spinlint.toml:1: unknown key 'slect'; did you mean 'select'?"),
        (("check", "a.py", "--baseline", "none.json"), "none.json:1: cannot be read: No such file or directory"),
        (("check", "a.py", "--output", "."), ".: cannot be written: Is a directory"),
        (("check", "a.py", "--stdin-filename", "b.py"), "--stdin-filename needs the path `-`"),
        (("check", "--touching"), "--touching needs the changed files"),
        (("check", "--touching", "-"), "--touching takes files, not standard input"),
        (("baseline", "a.py", "-o", "no/such/folder"), "no/such/folder: cannot be written: No such file or directory"),
        (("explain", "a.py"), "'a.py' is not FILE:LINE"),
        (("explain", "none.py:3"), "none.py: no such file"),
        (("effects", "none.py:3"), "none.py: no such file"),
        (("effects", "a.py:x"), "'a.py:x' is neither a qualified name nor FILE:LINE"),
    ],
)
def test_trouble_is_one_clear_line_and_exit_2(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    project(tmp_path, {"a.py": SPINNING, "wrong/b.py": SPINNING, "wrong/spinlint.toml": "slect = []\n"})
    (tmp_path / "empty").mkdir()
    result = spinlint(*arguments, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (2, f"spinlint: {message}\n")


# The superuser may read everything, unless these powers are taken away.
POWERLESS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []


@pytest.mark.skipif(bool(POWERLESS) and not shutil.which("setpriv"), reason="nothing to take powers away with")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "secret.py"), "secret.py:1: cannot be read: Permission denied"),
        (
            ("check", "."),
            "locked:1: cannot be listed: Permission denied|secret.py:1: cannot be read: Permission denied",
        ),
        (("check", "locked"), "locked:1: cannot be listed: Permission denied"),
        (("check", "locked/a.py"), "locked/a.py:1: no such file or folder"),
        (("check", "a.py", "--config", "secret.toml"), "secret.toml:1: cannot be read: Permission denied"),
        (("check", "a.py", "--baseline", "secret.json"), "secret.json:1: cannot be read: Permission denied"),
        (("check", "a.py", "-o", "secret.txt"), "secret.txt: cannot be written: Permission denied"),
        (("explain", "secret.py:9"), "secret.py:9: line 1: cannot be read: Permission denied"),
        (("effects", "secret.py:9"), "secret.py:9: line 1: cannot be read: Permission denied"),
        (("baseline", "a.py", "-o", "locked/b.json"), "locked/b.json: Permission denied"),
        (("fix", "worked"), "worked/b.py: cannot be written: Permission denied; it stays as it was"),
    ],
)
def test_what_may_not_be_read_or_written_is_trouble(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    secret = ["secret.py", "secret.toml", "secret.json", "secret.txt", "locked"]
    stale = "x = 1  # noqa: SPN101\n"
    project(
        tmp_path, {"a.py": SPINNING, "locked/a.py": SPINNING, "worked/b.py": stale, **dict.fromkeys(secret[:-1], "")}
    )
    for name in secret:
        (tmp_path / name).chmod(0)
    (tmp_path / "worked").chmod(0o555)
    try:
        result = run(*POWERLESS, sys.executable, "-m", "lint_rules", *arguments, cwd=tmp_path)
    finally:
        for name in ("locked", "worked"):
            (tmp_path / name).chmod(0o755)
    assert (result.returncode, result.stderr.splitlines()) == (2, [f"spinlint: {line}" for line in message.split("|")])


@pytest.mark.parametrize("form", ["json", "sarif"])
@pytest.mark.parametrize("path", ["missing.py", "wrong", "undecodable.py"])
def test_the_document_is_complete_on_exit_2(tmp_path: Path, form: str, path: str) -> None:
    project(tmp_path, {"a.py": SPINNING, "wrong/b.py": SPINNING, "wrong/spinlint.toml": "slect = []\n"})
    (tmp_path / "undecodable.py").write_bytes(SPINNING.encode() + b"# \xff\n")
    result = spinlint("check", "--format", form, path, "a.py", cwd=tmp_path)
    document = json.loads(result.stdout)
    assert result.returncode == 2
    if form == "json":
        jsonschema.validate(document, SCHEMA)
        assert len(document["errors"]) == 1
        assert len(document["findings"]) == (0 if path == "wrong" else 1)
    else:
        assert len(document["runs"][0]["invocations"][0]["toolExecutionNotifications"]) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--select", "SPN110"), "argument --select: unknown code 'SPN110'; valid: SPN101 silent-return, SPN102 "),
        (("--level", "certian"), "argument --level: unknown level 'certian'; did you mean 'certain'?"),
        (("--target-version", "3.11,4.0"), "argument --target-version: unknown Python version '4.0'; valid: 3.10, "),
        (("--jobs", "many"), "argument --jobs/-j: must be a number of processes"),
        (("--format", "xml"), "argument --format: invalid choice: 'xml'; "),
        (("--format", "jsn"), "argument --format: invalid choice: 'jsn'; did you mean 'json'?"),
        (("--slect", "SPN101"), "unrecognized arguments: --slect; did you mean '--select'?"),
        (("--select",), "argument --select: expected one argument"),
        (("--root", "none"), "--root: none is no folder"),
        (("--baseline", "a.json", "--no-baseline"), "argument --no-baseline: not allowed with argument --baseline"),
    ],
)
def test_a_misspelt_option_is_an_error(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    result = spinlint("check", *arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith(f"spinlint: {message}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "the following arguments are required: COMMAND (see `spinlint --help`)"),
        (("chekc",), "argument COMMAND: invalid choice: 'chekc'; did you mean 'check'? (see `spinlint --help`)"),
        (("rule", "--format", "html"), "argument --format: invalid choice: 'html'; valid: json, markdown, text "),
    ],
)
def test_a_misspelt_command_is_an_error(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    result = spinlint(*arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith(f"spinlint: {message}")


def test_output_goes_to_a_file(tmp_path: Path) -> None:
    folder = project(tmp_path, {"worker.py": SPINNING})
    shown = spinlint("check", cwd=folder).stdout
    result = spinlint("check", "--output", "report.txt", cwd=folder, env={"FORCE_COLOR": "1"})
    assert (result.returncode, result.stdout) == (1, "")
    assert (folder / "report.txt").read_text(encoding="utf-8") == shown


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that refuses to be written")
def test_output_that_cannot_be_written_is_trouble(tmp_path: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "lint_rules", "check", str(BAD)]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (result.returncode, result.stderr) == (2, "spinlint: standard output: No space left on device\n")


@pytest.mark.parametrize(
    ("closed", "code", "said"), [(">&-", 2, "spinlint: standard output is closed\n"), ("2>&-", 1, "")]
)
def test_closed_streams(tmp_path: Path, closed: str, code: int, said: str) -> None:
    """As cron jobs and some supervisors start programs."""
    result = run("bash", "-c", f"{sys.executable} -m lint_rules check --format concise {BAD} {closed}", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (code, said)


def test_a_closed_pipe_is_trouble(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "lint_rules", "check", str(BAD)]
    result = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (result.returncode, result.stderr) == (
        2,
        "spinlint: the output was closed before all of it was written\n",
    )


def test_colour_only_on_a_terminal(tmp_path: Path) -> None:
    plain = spinlint("check", BAD, cwd=tmp_path).stdout
    forced = spinlint("check", BAD, cwd=tmp_path, env={"FORCE_COLOR": "1"}).stdout
    assert "\x1b" not in plain
    assert "\x1b[1;31mSPN101 silent-return" in forced
    assert spinlint("check", BAD, cwd=tmp_path, env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout == plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", forced) == plain
    assert "\x1b[1;31m" in on_a_terminal(["check", str(BAD)], {"TERM": "xterm"})
    assert "\x1b" not in on_a_terminal(["check", str(BAD)], {"TERM": "xterm", "NO_COLOR": "1"})


def on_a_terminal(arguments: list[str], env: dict[str, str]) -> str:
    leader, follower = pty.openpty()
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    with subprocess.Popen(
        [sys.executable, "-m", "lint_rules", *arguments],
        stdout=follower,
        stderr=subprocess.DEVNULL,
        env={**clean, **env},
    ) as process:
        os.close(follower)
        read = b""
        while True:
            try:
                chunk = os.read(leader, 4096)
            except OSError:  # what Linux says when the other side is closed
                break
            if not chunk:
                break
            read += chunk
    os.close(leader)
    assert process.returncode == 1
    return read.decode()


def test_a_progress_bar_after_a_second_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(output, "PATIENCE", 0.05)
    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with output.progress("analysing"):
            time.sleep(0.4)
        assert ("analysing" in stream.getvalue()) is shown
    monkeypatch.setattr(sys, "stderr", quick := Terminal())
    with output.progress("analysing"):
        pass
    assert quick.getvalue() == ""


def test_statistics_name_the_loops_given_up(
    tmp_path: Path, fake: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.py"
    path.write_text(SPINNING, encoding="utf-8")
    fake.report.incomplete = [Incomplete(path, 9, "Worker.run", "20000 steps")]
    assert cli.main(["check", str(path)]) == 0
    assert capsys.readouterr().err == "spinlint: gave up on 1 loop; --statistics lists them\n"
    fake.findings = [finding(path), finding(path, code="SPN102", level=Level.POSSIBLE)]
    assert cli.main(["check", str(path), "--statistics"]) == 1
    assert [line.removeprefix("spinlint: ") for line in capsys.readouterr().err.splitlines()] == [
        "1 file, 2 loops, 1 finding",
        "    1 SPN101 certain",
        "    1 below the shown level",
        f"{path}:9: gave up on a loop in Worker.run: 20000 steps",
    ]


def test_a_fault_of_ours_is_one_line_and_not_exit_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: object) -> list[Line]:
        raise ZeroDivisionError("really")

    monkeypatch.setattr("lint_rules.reports.text.render", fail)
    assert cli.main(["check", str(GOOD)]) == 2
    assert capsys.readouterr().err == (
        "spinlint: internal error: ZeroDivisionError: really (set SPINLINT_TRACEBACK=1 to see where)\n"
    )
    monkeypatch.setattr("lint_rules.engine.check", fail)
    assert cli.main(["check", str(GOOD), "--format", "json"]) == 2
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert [error["message"][:37] for error in document["errors"]] == ["internal error: ZeroDivisionError: re"]
    monkeypatch.setenv("SPINLINT_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main(["check", str(GOOD)])


def test_settings_reach_the_analysis(tmp_path: Path, fake: FakeEngine) -> None:
    for name, text in (("a", "target-version = '3.11'\n"), ("b", ""), ("c", "")):
        project(tmp_path / name, {"x.py": SPINNING}, text)
    assert cli.main(["check", str(tmp_path), "--jobs", "1", "--no-cache", "--root", str(tmp_path)]) == 0
    asked = {path.parent.name: settings for paths, settings in fake.asked for path in paths}
    assert asked["a"].targets == ((3, 11),)
    assert len(asked["b"].targets) == 5
    assert {(s.jobs, s.cache, s.root) for s in asked.values()} == {(1, False, tmp_path)}


HEAVY = ("libcst", "rich", "jsonschema", "flake8", "pylint", "pathspec", "packaging")


@pytest.mark.parametrize("arguments", [("--version",), ("check", "plain.py"), ("check", "--format", "json", ".")])
def test_what_is_not_needed_is_not_imported(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "plain.py").write_text("def f():\n    return 1\n", encoding="utf-8")
    code = (
        "import sys\nfrom lint_rules.cli import main\n"
        f"try: code = main({list(arguments)!r})\nexcept SystemExit as exc: code = exc.code\n"
        f"print(code, sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stderr == "0 []\n"


def test_explain_and_effects(tmp_path: Path) -> None:
    folder = project(tmp_path, {"worker.py": SPINNING})
    explained = spinlint("explain", "worker.py:9", cwd=folder)
    assert (explained.returncode, explained.stderr) == (0, "")
    assert "SPN101" in explained.stdout
    assert "recurrent: the lap waits nowhere and its state comes back, so it spins;" in explained.stdout
    assert spinlint("explain", "worker.py:1", cwd=folder).returncode == 2
    by_place = spinlint("effects", "worker.py:12", cwd=folder)
    by_name = spinlint("effects", "worker.Worker.step", cwd=folder)
    assert (by_place.returncode, by_place.stdout) == (0, by_name.stdout)
    assert "self.job" in by_place.stdout
    assert spinlint("effects", "worker.Worker.none", cwd=folder).returncode == 2


def test_models_are_listed_with_their_origin(tmp_path: Path) -> None:
    folder = project(tmp_path, {}, "[tool.spinlint.models]\n'app.fetch' = 'suspends'\n")
    listed = spinlint("models", cwd=folder).stdout
    assert "asyncio.StreamReader.readline" in listed
    assert "app.fetch" in listed
    few = spinlint("models", "aiohttp", "receive_str", cwd=folder).stdout.splitlines()
    assert 0 < len(few) < listed.count("\n")
    assert all("aiohttp" in line and "receive_str" in line for line in few)


MANY_WAYS = """\
import asyncio


class Worker:
    async def run(self):
        while True:
            if self.first:
                self.note("first")
            if self.second:
                self.note("second")
            if self.on:
                await asyncio.sleep(1)
            else:
                return

    def note(self, text):
        self.seen = text
"""


def test_explain_folds_what_ends_in_the_same_way(tmp_path: Path) -> None:
    folder = project(tmp_path, {"worker.py": MANY_WAYS})
    lines = spinlint("explain", "worker.py:6", cwd=folder).stdout.splitlines()
    [sleeps] = [line for line in lines if "sleeps" in line]
    assert sleeps == "  sleeps at worker.py:12, on 3 laps, all when self.on"
