"""Breaks the analysis in many small places, one at a time, and asks the tests to notice: those of conditions and loops.

The mutants are drawn by a printed seed from all that mutmut makes of the modules in `[tool.mutmut]`; a copy of the
checkout is mutated, never the checkout. Survivors are printed with what was changed: docs/limits.md says why they live.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from surfaces import ROOT

pytestmark = pytest.mark.mutation

SEED = int(os.environ.get("SPINLINT_MUTATION_SEED", "8"))
SAMPLE = int(os.environ.get("SPINLINT_MUTATION_SAMPLE", "300"))
BUDGET = 60 * 60
SHARE = 0.85
KILLED = {1: "killed", 3: "killed", 24: "timeout", 36: "timeout", -24: "timeout", -9: "timeout", -11: "segfault"}


def mutmut(*arguments: str, folder: Path, patience: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mutmut", *arguments]
    env = {**os.environ, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=patience, check=False)


def exit_codes(folder: Path) -> dict[str, int | None]:
    """Of every mutant: how its tests ended, or None while it has not been tried."""
    codes: dict[str, int | None] = {}
    for path in sorted((folder / "mutants").glob("lint_rules/**/*.meta")):
        codes |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return codes


def changed(folder: Path, mutant: str) -> str:
    """The lines of a mutant that differ, as text."""
    shown = mutmut("show", mutant, folder=folder, patience=60).stdout
    lines = [line for line in shown.splitlines() if re.match(r"[-+](?![-+])", line)]
    return " ".join(re.sub(r"\s+", " ", line) for line in lines)


def test_mutants_of_conditions_and_loops_are_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = time.monotonic()
    folder = tmp_path / "checkout"
    skipped = shutil.ignore_patterns(".*", "mutants", "dist", "build", "__pycache__")
    shutil.copytree(ROOT, folder, ignore=skipped)
    first = mutmut("run", "no.such.mutant", folder=folder, patience=BUDGET / 3)  # makes them all, tries none
    names = sorted(exit_codes(folder))
    assert len(names) > 1000, first.stdout[-2000:] + first.stderr[-2000:]
    sample = sorted(Random(SEED).sample(names, min(SAMPLE, len(names))))
    second = mutmut("run", *sample, folder=folder, patience=BUDGET - (time.monotonic() - start))
    codes = exit_codes(folder)
    ends = Counter(KILLED.get(codes[name] or 0, "survived") for name in sample)
    assert None not in [codes[name] for name in sample], second.stdout[-2000:] + second.stderr[-2000:]
    alive = [name for name in sample if codes[name] not in KILLED]
    share = 1 - len(alive) / len(sample)
    with capsys.disabled():
        print(f"\nseed {SEED}: {len(sample)} of {len(names)} mutants, {share:.1%} killed, {dict(ends)}")
        print(f"{time.monotonic() - start:.0f} s; survivors:")
        for name in alive:
            print(f"  {name.removeprefix('lint_rules.')}: {changed(folder, name)}")
    assert share >= SHARE
