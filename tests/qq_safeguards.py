"""What keeps each loop of the adapter from spinning: the contract between the adapter, the harness and the rules.

Every row is one statement that can be taken away alone; the texts are compared with the files, so no row goes stale.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "qqbot_fixed"


@dataclass(frozen=True, slots=True)
class Safeguard:
    """A statement of the adapter; without it (`instead` in its place) the code appears in the function."""

    name: str
    file: str
    text: str
    instead: str
    code: str
    function: str


SAFEGUARDS = [
    Safeguard(
        name="closed-socket guard",
        file="adapter.py",
        text="""\
        if self._running:  # also when there was nothing to read from: a closed socket is not entered twice
            raise TransportClosedError("the websocket is not open")
""",
        instead="",
        code="SPN101",
        function="QQAdapter._listen_loop",
    ),
    Safeguard(
        name="proof of progress",
        file="adapter.py",
        text="""\
            if self._made_progress():
                self._failures = 0
                self._unproved = 0
""",
        instead="""\
            self._failures = 0
            self._unproved = 0
""",
        code="SPN201",
        function="QQAdapter._reconnect",
    ),
    Safeguard(
        name="pause before a dial",
        file="adapter.py",
        text="            await asyncio.sleep(max(MIN_DELAY, pause))\n",
        instead="",
        code="SPN102",
        function="QQAdapter._reconnect",
    ),
    Safeguard(
        name="pause between heartbeats",
        file="adapter.py",
        text="            await asyncio.sleep(max(MIN_DELAY, self._policy.heartbeat_floor, link.interval))\n",
        instead="",
        code="SPN104",
        function="QQAdapter._heartbeat_loop",
    ),
    Safeguard(
        name="pause between messages of the fake",
        file="fake_gateway.py",
        text="            await asyncio.sleep(max(0.1, every))\n",
        instead="",
        code="SPN101",
        function="_serve",
    ),
]


def copy_without(guard: Safeguard | None, folder: Path) -> Path:
    """A copy of the package in which one safeguard is missing."""
    copy = folder / "qqbot_fixed"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    if guard is not None:
        source = (copy / guard.file).read_text()
        assert source.count(guard.text) == 1
        (copy / guard.file).write_text(source.replace(guard.text, guard.instead))
    return copy
