"""Runs a harness in a process of its own and gives its answer.

Invariant: whatever the harness does, this returns, within the time that is set, and leaves no process behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from lint_rules.confirm.harness import harness
from lint_rules.confirm.plan import Plan

TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What running a harness showed. `assumed`: what the loop asked of things that the harness does not know."""

    verdict: str
    why: str = ""
    laps: int = 0
    yields: int = 0
    assumed: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        if self.verdict != "confirmed":
            return f"{self.verdict}: {self.why}"
        if self.yields >= self.laps // 2:
            return f"confirmed: {self.laps} laps without waiting; it yields, so other tasks run"
        return f"confirmed: {self.laps} laps without suspending"


def run(plan: Plan, timeout: float = TIMEOUT) -> Answer:
    """The plan's harness, run as it would be written."""
    with tempfile.TemporaryDirectory(prefix="spinlint-") as folder:
        file = Path(folder) / "test_lap.py"
        file.write_text(harness(plan, file), encoding="utf-8")
        return run_file(file, timeout)


def run_file(file: Path, timeout: float = TIMEOUT) -> Answer:
    """A harness that stands in a file."""
    child = Path(__file__).with_name("child.py")
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-B", str(child), str(file)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=file.parent,
        env={"PYTHONHASHSEED": "0", "PATH": os.defpath},
    )
    try:
        out, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        return Answer("cannot run", f"no answer within {timeout:g} s: a step on the lap blocks or is endless")
    finally:
        _end(process)
    return _answer(out, process.returncode)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _answer(out: bytes, code: int) -> Answer:
    lines = out.decode("utf-8", "replace").strip().splitlines()
    try:
        data = json.loads(lines[-1]) if lines else None
        answer = Answer(**{**data, "assumed": tuple(data.get("assumed", ()))})
    except (ValueError, TypeError, AttributeError):
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return Answer("cannot run", f"the process ended with {how}: its limit of time or memory was reached")
    return replace(answer, why=" ".join(answer.why.split()))


def confirm(found: list[Plan]) -> tuple[Plan, Answer]:
    """The first lap that is confirmed, else what came of the surest one."""
    first: tuple[Plan, Answer] | None = None
    for plan in found:
        answer = run(plan)
        if answer.verdict == "confirmed":
            return plan, answer
        first = first or (plan, answer)
    assert first is not None
    return first
