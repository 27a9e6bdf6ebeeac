"""spinlint reads and never runs: code that would leave a trace if it ran leaves none, in every command and host.

Each is started under an audit hook, which would also note a connection to anywhere. `spinlint confirm` is left out: it
runs what it is asked to run, and only that.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lint_rules.cli import COMMANDS
from surfaces import ROOT, SPINNING, run, spinlint

CHECK = ("lint_rules", "check", "--no-cache")
PYLINT = ("pylint", "--load-plugins=lint_rules.pylint_plugin", "--disable=all", "--enable=silent-return")
CODEMOD = ("libcst.tool", "codemod", "--no-format", "-x", "lint_rules.codemod.RepairLoops", "trap")
HOSTS = {
    "check": (*CHECK, "."),
    "processes": (*CHECK, "--jobs", "2", "."),
    "cache": ("lint_rules", "check", "--cache-dir", "cache", "."),
    "touching": (*CHECK, "--touching", "trap/loop.py"),
    "explain": ("lint_rules", "explain", "trap/loop.py:11"),
    "effects": ("lint_rules", "effects", "trap/loop.py:14"),
    "baseline": ("lint_rules", "baseline", "."),
    "rule": ("lint_rules", "rule", "--all"),
    "models": ("lint_rules", "models"),
    "diff": ("lint_rules", "fix", "--diff", "."),
    "fix": ("lint_rules", "fix", "."),
    "fix touching": ("lint_rules", "fix", "--touching", "trap/loop.py"),
    "lsp": ("lint_rules", "lsp"),
    "flake8": ("flake8", "--select=SPN", "."),
    "pylint": (*PYLINT, "trap"),
    "codemod": CODEMOD,
}
SILENT = (
    "explain",
    "effects",
    "baseline",
    "rule",
    "models",
    "diff",
    "fix",
    "fix touching",
    "codemod",
    "lsp",
)  # name no finding
WATCHED = """
import runpy, sys
def watch(event, args):
    away = event in ("socket.connect", "socket.bind", "socket.sendto") and isinstance(args[1], tuple)
    if away or event in ("socket.getaddrinfo", "urllib.Request", "ftplib.connect", "http.client.connect"):
        open({canary!r}, "a").write(f"network: {{event}} {{args}}")
sys.addaudithook(watch)
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def messages(folder: Path) -> str:
    """What an editor says to the language server when it opens the file and goes."""
    path = folder / "trap/loop.py"
    text = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": path.read_text(encoding="utf-8")}
    said: list[dict[str, object]] = [
        {
            "id": 1,
            "method": "initialize",
            "params": {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}},
        },
        {"method": "initialized", "params": {}},
        {"method": "textDocument/didOpen", "params": {"textDocument": text}},
        {"id": 2, "method": "shutdown"},
        {"method": "exit"},
    ]
    bodies = [json.dumps({"jsonrpc": "2.0", **message}) for message in said]
    return "".join(f"Content-Length: {len(body)}\r\n\r\n{body}" for body in bodies)


def trap(folder: Path, canary: Path) -> Path:
    """A project in which every place that some tool runs by itself writes the canary."""
    write = f"open({str(canary)!r}, 'a').write(__file__ + chr(10))\n"
    build = '[build-system]\nrequires = []\nbuild-backend = "setup"\nbackend-path = ["."]\n[tool.spinlint]\n'
    files = {
        "pyproject.toml": build,
        "setup.py": write,
        "conftest.py": write,
        "sitecustomize.py": write,
        "usercustomize.py": write,
        "trap/__init__.py": write,
        "trap/__main__.py": write,
        "trap/helper.py": write,
        "trap/loop.py": SPINNING.replace("import asyncio\n", f"import asyncio\nfrom trap import helper\n{write}", 1),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("host", HOSTS)
def test_nothing_that_is_read_is_run(tmp_path: Path, host: str) -> None:
    canary = tmp_path / "canary"
    folder = trap(tmp_path / "project", canary)
    before = (folder / "trap/loop.py").read_text(encoding="utf-8")
    if host == "lsp":
        pytest.importorskip("pygls")
    stdin = messages(folder) if host == "lsp" else None
    result = run(sys.executable, "-P", "-c", WATCHED.format(canary=str(canary)), *HOSTS[host], cwd=folder, stdin=stdin)
    assert result.returncode in (0, 1, 4), result.stderr  # 4: pylint's bit for a warning
    assert "Traceback" not in result.stderr
    assert "silent-return" in result.stdout or host in SILENT, result.stdout
    if host in ("fix", "fix touching", "codemod"):
        assert (folder / "trap/loop.py").read_text(encoding="utf-8") != before
    if host == "lsp":
        assert "initialize" not in result.stderr and '"id":1' in result.stdout.replace(" ", "")
    assert not canary.exists(), canary.read_text(encoding="utf-8")


def test_every_command_and_host_is_tried() -> None:
    tried = {words[1] for words in HOSTS.values() if words[0] == "lint_rules"}
    assert tried == set(COMMANDS) - {"confirm"}


def test_the_hooks_start_commands_that_are_tried() -> None:
    entries = [
        line.split("entry: ")[1]
        for line in (ROOT / ".pre-commit-hooks.yaml").read_text().splitlines()
        if "entry: " in line
    ]
    assert entries == ["spinlint check --touching", "spinlint fix --touching"]
    assert {"touching", "fix touching"} <= set(HOSTS)


def test_the_watch_sees_a_connection(tmp_path: Path) -> None:
    """Without this, nothing would say that the watch works."""
    canary = tmp_path / "canary"
    (tmp_path / "caller.py").write_text(
        "import socket\nsocket.socket().connect_ex(('127.0.0.1', 9))\n", encoding="utf-8"
    )
    assert run(sys.executable, "-c", WATCHED.format(canary=str(canary)), "caller", cwd=tmp_path).returncode == 0
    assert canary.read_text(encoding="utf-8").startswith("network: socket.connect")


def test_the_trap_works(tmp_path: Path) -> None:
    """Without this, the test above could not fail."""
    canary = tmp_path / "canary"
    folder = trap(tmp_path / "project", canary)
    assert run(sys.executable, "-c", "import trap.loop", cwd=folder).returncode == 0
    assert canary.read_text(encoding="utf-8").count("\n") == 3


def test_the_command_is_not_taken_from_the_working_directory(tmp_path: Path) -> None:
    """`python -m` puts the working directory first; the installed script does not."""
    canary = tmp_path / "canary"
    folder = trap(tmp_path / "project", canary)
    script = Path(sys.executable).with_name("spinlint")
    result = run(script, "check", ".", cwd=folder)
    assert (result.returncode, canary.exists()) == (1, False)


EVIL = "evil\x1b[2J\x9b31m<script>alert(1)</script>\u202e&'\".py"
FORMATS = ("text", "concise", "github", "gitlab", "junit", "json", "sarif", "html")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("colour", ["", "1"], ids=["plain", "colour"])
def test_names_with_escapes_stay_names(tmp_path: Path, form: str, colour: str) -> None:
    """Of files, folders and in lines that are quoted: no control sequence, no direction mark, no tag gets through."""
    folder = tmp_path / "sub\x1b]0;title\x07"
    folder.mkdir()
    text = SPINNING.replace(
        "while True:", "while True:  # \x1b[31m \x9b \u202e <script>alert(2)</script> ]]> ::error::"
    )
    (folder / EVIL.replace("/", "_")).write_text(text, encoding="utf-8")
    (tmp_path / "ok::error file=x::.py").write_text(SPINNING, encoding="utf-8")
    shown = spinlint("check", "--no-cache", "--format", form, ".", cwd=tmp_path, env={"FORCE_COLOR": colour})
    assert shown.returncode == 1, shown.stderr
    said = shown.stdout + shown.stderr
    own = "\x1b[" if form == "text" and colour else None  # our own colours
    assert "\x1b]" not in said and "\x1b[2J" not in said and "\x9b" not in said and "\x07" not in said
    assert own is not None or "\x1b" not in said
    if form == "html":
        assert "<script>alert" not in said
    if form == "junit":
        assert len(ElementTree.fromstring(said).findall(".//testcase")) >= 2
    if form in ("json", "sarif", "gitlab"):
        assert json.loads(shown.stdout)
    if form == "github":
        commands = [line for line in said.splitlines() if line.startswith("::")]
        assert len(commands) == 2, commands
        assert all(re.match(r"::error file=[^,:]*,line=9,col=9,title=[^,:]*::loop can spin", line) for line in commands)


def test_a_function_with_a_name_of_the_world_is_shown_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(SPINNING.replace("step(", "l\u00e4ufer("), encoding="utf-8")
    for form in FORMATS:
        shown = spinlint("check", "--no-cache", "--format", form, ".", cwd=tmp_path)
        assert shown.returncode == 1 and "ufer" in shown.stdout, form
