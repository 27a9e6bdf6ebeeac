"""spinlint reads and never runs: code that would leave a trace if it ran leaves none, in every command and host."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from surfaces import SPINNING, run, spinlint

HOSTS = {
    "check": (sys.executable, "-m", "lint_rules", "check", "."),
    "touching": (sys.executable, "-m", "lint_rules", "check", "--touching", "trap/loop.py"),
    "explain": (sys.executable, "-m", "lint_rules", "explain", "trap/loop.py:11"),
    "effects": (sys.executable, "-m", "lint_rules", "effects", "trap/loop.py:14"),
    "baseline": (sys.executable, "-m", "lint_rules", "baseline", "."),
    "flake8": (sys.executable, "-m", "flake8", "--select=SPN", "."),
    "pylint": (
        *(sys.executable, "-m", "pylint", "--load-plugins=lint_rules.pylint_plugin", "--disable=all"),
        *("--enable=silent-return", "trap"),
    ),
}


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
    result = run(sys.executable, "-P", *HOSTS[host][1:], cwd=folder)
    assert result.returncode in (0, 1, 4), result.stderr  # 4: pylint's bit for a warning
    assert "silent-return" in result.stdout or host in ("explain", "effects", "baseline"), result.stdout
    assert not canary.exists(), canary.read_text(encoding="utf-8")


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


def test_names_with_escapes_stay_names(tmp_path: Path) -> None:
    name = "evil\x1b[2J<script>.py"
    (tmp_path / name).write_text(SPINNING, encoding="utf-8")
    for form in ("text", "concise", "github", "json", "sarif"):
        shown = spinlint("check", "--format", form, ".", cwd=tmp_path, env={"FORCE_COLOR": ""})
        assert (shown.returncode, "\x1b" in shown.stdout + shown.stderr) == (1, False), form
