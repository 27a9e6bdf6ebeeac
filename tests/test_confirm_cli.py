"""`spinlint confirm` as its user meets it: consent, answers, the written test, and what the process may not do."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lint_rules.confirm import child
from lint_rules.confirm.run import run_file
from surfaces import FIXTURES, SPIN_LINE, SPINNING, spinlint

MENDED = SPINNING.replace("            return\n", "            await asyncio.sleep(5)\n")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "p"\nversion = "1"\n')
    (tmp_path / "worker.py").write_text(SPINNING)
    (tmp_path / "tests").mkdir()
    return tmp_path


PLACE = f"worker.py:{SPIN_LINE}"


def test_a_confirmed_finding_is_one_line_and_exit_code_1(project: Path) -> None:
    result = spinlint("confirm", "--yes", PLACE, cwd=project)
    assert result.returncode == 1, result.stderr
    assert result.stdout.splitlines() == [
        f"{PLACE}: SPN101 confirmed: 5000 laps without suspending",
        "  in the state self.job is None",
    ]


def test_nothing_runs_without_consent(project: Path) -> None:
    result = spinlint("confirm", PLACE, cwd=project)
    assert (result.returncode, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert line == (
        "spinlint: this runs code from worker.py, in a process with limits and without network; --yes agrees to that"
    )


@pytest.mark.parametrize(("typed", "code", "said"), [("y\n", 1, "confirmed: 5000 laps"), ("\n", 2, "nothing was run")])
def test_at_a_terminal_it_asks(project: Path, typed: str, code: int, said: str) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "lint_rules", "confirm", PLACE],
        cwd=project, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    os.close(slave)
    os.write(master, typed.encode())
    out, _ = process.communicate(timeout=120)
    os.close(master)
    assert process.returncode == code, out
    assert "run it? [y/N]" in out and said in out


def test_a_line_without_a_finding_names_those_that_have_one(project: Path) -> None:
    result = spinlint("confirm", "--yes", "worker.py:3", cwd=project)
    assert result.returncode == 2
    assert result.stderr == f"spinlint: worker.py:3: no finding on this line; there are findings on {SPIN_LINE}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["worker.py"], "'worker.py' is not FILE:LINE"),
        (["gone.py:3"], "gone.py: no such file"),
        ([PLACE, "--write", "worker.py"], "worker.py: exists already; nothing is run"),
    ],
)
def test_what_cannot_be_done_is_one_line(project: Path, arguments: list[str], said: str) -> None:
    result = spinlint("confirm", "--yes", *arguments, cwd=project)
    assert (result.returncode, result.stderr) == (2, f"spinlint: {said}\n")


def pytest_on(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=project, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_written_test_fails_until_the_loop_is_mended(project: Path) -> None:
    result = spinlint("confirm", "--yes", PLACE, "--write", "tests/test_worker.py", cwd=project)
    assert result.returncode == 1
    assert "tests/test_worker.py: fails until the loop is mended" in result.stderr
    text = (project / "tests/test_worker.py").read_text()
    compile(text, "test_worker.py", "exec")
    assert "lint_rules" not in text and str(project) not in text
    failed = pytest_on(project)
    assert failed.returncode == 1 and "confirmed: 5000 laps without suspending" in failed.stdout, failed.stdout
    (project / "worker.py").write_text(MENDED)
    passed = pytest_on(project)
    assert passed.returncode == 0 and "1 passed" in passed.stdout, passed.stdout


def test_the_written_test_is_tidy(project: Path) -> None:
    spinlint("confirm", "--yes", PLACE, "--write", "tests/test_worker.py", cwd=project)
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--line-length=120", "--select=E,F,I,W,B,UP"]
    result = subprocess.run([*command, "tests"], cwd=project, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=120", "--diff"]
    result = subprocess.run([*command, "tests"], cwd=project, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_a_finding_that_does_not_hold_writes_nothing(project: Path) -> None:
    """A reset whose loop waits later is reported at level possible; its lap does not spin."""
    clumsy = SPINNING.replace("        while True:\n", "        import library\n        while library.on:\n")
    (project / "worker.py").write_text(clumsy.replace("self.job is None:", "self.job is library.none:"))
    result = spinlint("confirm", "--yes", f"worker.py:{SPIN_LINE + 1}", "--write", "tests/test_no.py", cwd=project)
    assert result.returncode in (0, 2), result.stdout
    assert not (project / "tests/test_no.py").exists()


def test_check_never_comes_here() -> None:
    code = (
        "import sys; from lint_rules.cli import main; main(['check', '--no-cache', sys.argv[1]]); "
        "assert 'lint_rules.engine' in sys.modules; "
        "sys.exit(any(name.startswith('lint_rules.confirm') for name in sys.modules))"
    )
    file = str(FIXTURES / "SPN101/bad_feed_reader.py")
    result = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


BENCH = """\
KNOWN = ROOT = LAP = state = None
class Answer:
    def __init__(self, why): self.why = why
    def data(self): return {"verdict": "not confirmed", "why": self.why}
class Bench:
    def __init__(self, *_): pass
    def run(self, state):
        try:
            return Answer(repr(self.act()))
        except Exception as error:
            return Answer(f"{type(error).__name__}: {error}")
    def act(self):
"""


def acting(tmp_path: Path, *lines: str, timeout: float = 30.0) -> str:
    """What comes of a harness that does this."""
    file = tmp_path / "test_lap.py"
    file.write_text(BENCH + "".join(f"        {line}\n" for line in lines))
    return run_file(file, timeout).text


def test_a_harness_that_does_no_harm_answers(tmp_path: Path) -> None:
    assert acting(tmp_path, "return 1 + 1") == "not confirmed: 2"


@pytest.mark.parametrize(
    "line",
    [
        "import socket; return socket.create_connection(('127.0.0.1', 9))",
        "import socket; return socket.getaddrinfo('localhost', 80)",
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); return s.sendto(b'x', ('127.0.0.1', 9))",
        "import subprocess; return subprocess.run(['true'])",
        "import os; return os.system('true')",
        "import os; return os.fork()",
        "import os; return os.kill(os.getppid(), 0)",
        "import os; return os.remove(__file__)",
        "return open(__file__, 'a')",
        "import os; return os.open(__file__, os.O_RDWR)",
        "import pathlib; return pathlib.Path(__file__).with_name('new').mkdir()",
    ],
)
def test_what_reaches_out_is_refused(tmp_path: Path, line: str) -> None:
    said = acting(tmp_path, line)
    assert said.startswith("not confirmed: PermissionError: ") and said.endswith("not while a finding is confirmed"), (
        said
    )
    assert [path.name for path in tmp_path.iterdir()] == ["test_lap.py"]


def test_memory_is_limited(tmp_path: Path) -> None:
    said = acting(tmp_path, f"return len(bytearray({child.MEMORY} + 1))")
    assert said == "not confirmed: MemoryError:"


def test_time_is_limited(tmp_path: Path) -> None:
    began = time.monotonic()
    said = acting(tmp_path, "while True: pass", timeout=2.0)
    assert said == "cannot run: no answer within 2 s: a step on the lap blocks or is endless"
    assert time.monotonic() - began < 20


def test_a_process_that_dies_is_told(tmp_path: Path) -> None:
    said = acting(tmp_path, "import os; os._exit(3)")
    assert said == "cannot run: the process ended with exit code 3"
