"""The incident: the buggy twin spins in it, the repaired ones do not, and the adapter spends next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from qq_scenario import LIMIT, load_twin, on_stage, run_fixed, run_twin
from qq_support import FAST


@pytest.fixture
def root() -> Path:
    return Path(__file__).parents[1]


async def test_the_buggy_twin_spins() -> None:
    module = load_twin("bad_qq_gateway")
    run = await on_stage(lambda scene: run_twin(scene, module))
    assert run.entries > LIMIT, "another task had a turn in between"
    assert run.socket_closed, "the state is a closed socket that is not None"
    assert run.attempt == 0, "each of the laps set the counter back"
    assert run.frames == 0


async def test_the_repaired_twin_reads_on() -> None:
    module = load_twin("good_qq_gateway")
    run = await on_stage(lambda scene: run_twin(scene, module))
    assert run.frames > 0
    assert not run.socket_closed
    assert run.entries <= 3


async def test_the_adapter_reconnects_and_reads_on() -> None:
    result = await on_stage(lambda scene: run_fixed(scene, FAST))
    assert result["failures"] == 2, "both failures of name resolution took place"
    assert len(result["dials"]) == 2
    assert result["heard"] == result["emitted"] != []


def test_the_adapter_spends_next_to_nothing(root: Path) -> None:
    """With real back-off, in a process of its own: 2 s, then 5 s, then 10 s of pauses, then reading."""
    command = [sys.executable, str(root / "tests" / "qq_scenario.py"), "21"]
    process = subprocess.run(
        command, cwd=root, env={"PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=90
    )
    assert process.returncode == 0, process.stderr
    result = json.loads(process.stdout)
    print({key: result[key] for key in ("wall", "cpu", "dials")})
    assert result["wall"] >= 21 > 10
    assert result["cpu"] < 0.05 * result["wall"]
    assert result["dials"][0] >= 2 and result["dials"][1] - result["dials"][0] >= 5 + 10
    assert result["heard"] == result["emitted"] != []
