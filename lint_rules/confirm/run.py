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
from dataclasses import replace
from pathlib import Path
from typing import Any

from lint_rules.confirm.bench.drive import Answer
from lint_rules.confirm.harness import harness
from lint_rules.confirm.plan import Plan

TIMEOUT = 30.0


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
        return Answer("cannot run", why=f"no answer within {timeout:g} s: a step on the lap blocks or is endless")
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
        data: dict[str, Any] = json.loads(lines[-1])
        data["assumed"] = tuple(data.get("assumed", ()))
        data["why"] = " ".join(str(data.get("why", "")).split())
        data["passed"] = tuple(data.get("passed", ()))
        return Answer(**data)
    except (ValueError, TypeError, AttributeError, IndexError):
        how = f"signal {-code}, perhaps at its limit of time or memory" if code < 0 else f"exit code {code}"
        return Answer("cannot run", why=f"the process ended with {how}")


def the_same_lap(plan: Plan, answer: Answer) -> Answer:
    """A loop that spins, but not by the lap that was reported, confirms nothing."""
    if answer.verdict != "confirmed":
        return answer
    lines = {f"{step.path.resolve()}:{step.line}": step for step in plan.finding.steps}
    missed = [step for key, step in lines.items() if key not in answer.passed]
    if not missed:
        return answer
    where = f"{missed[0].path.name}:{missed[0].line}: {missed[0].source}"
    return replace(
        answer, verdict="cannot run", why=f"it spins, but not by the reported lap: it never comes to {where}"
    )


def confirm(found: list[Plan]) -> tuple[Plan, Answer]:
    """The first lap that is confirmed, else what came of the surest one."""
    first: tuple[Plan, Answer] | None = None
    for plan in found:
        answer = the_same_lap(plan, run(plan))
        if answer.verdict == "confirmed":
            return plan, answer
        first = first or (plan, answer)
    assert first is not None
    return first
