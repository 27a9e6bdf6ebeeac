"""Real releases are repaired by one command: what comes of each bug, beside what its maintainers did.

The reader loops of hermes-agent are cut out of the release, before and after the fix, and run with a closed socket.
"""

from __future__ import annotations

import ast
import asyncio
import difflib
import functools
import json
import logging
import shutil
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from drives.standins import Socket
from harness import HOOK, Run, Verdict, _lap, drive, instrument
from surfaces import spinlint
from wild import QQBOT, TABLE, folder_of

WECOM = "gateway/platforms/wecom.py"
WECOM_LATER = "plugins/platforms/wecom/adapter.py"
READER = {
    QQBOT: '        if self._ws.closed:\n            raise RuntimeError("WebSocket closed")\n',
    WECOM: '        if self._ws.closed:\n            raise RuntimeError("WeCom websocket closed")\n',
    WECOM_LATER: '        if self._ws.closed:\n            raise RuntimeError("WeCom websocket closed")\n',
}
NAMES = {
    "RECONNECT_BACKOFF": [2, 5, 10, 30, 60],
    "MAX_RECONNECT_ATTEMPTS": 100,
    "QUICK_DISCONNECT_THRESHOLD": 5.0,
    "MAX_QUICK_DISCONNECT_COUNT": 3,
    "RATE_LIMIT_DELAY": 60,
}
# For each bug: safe, unsafe or refused, and a part of what the fixer says. The maintainers' own fix stands beside it.
OUTCOMES = {
    "hermes-qqbot-listen-loop": ("safe", "raise RuntimeError in _read_events when self._ws.closed"),  # the same
    "engineio-client-read-loop": ("unsafe", "raise ConnectionError in _read_loop_websocket"),  # the same, on the data
    "engineio-server-service-task": ("unsafe", "`await self.sleep(sleep_interval)`"),  # the same
    "interactions-websocket-ready": ("unsafe", "clear self._guild_event"),  # the same, after each wait
    "genesis-protocol-handler": ("unsafe", "raise ConnectionError in handler when not content"),  # does what that does
    "langgraph-batch-store": ("unsafe", "sleep 1.0 s in _run on the path"),  # waits for a queue
    "pytak-worker-run": ("unsafe", "sleep 1.0 s in run on the path"),  # sleeps 0.1 s on every lap
    "pytak-rxworker-run": ("unsafe", "sleep 1.0 s instead of 0"),  # the same
    "aiohomematic-scheduler": ("unsafe", "sleep 1.0 s instead of 0.0"),  # plans the skipped jobs anew
    "electrum-aionostr-receive": ("unsafe", "catch exceptions.ConnectionClosed instead"),  # the same
    "infra-01-nats-readloop": ("unsafe", "raise ConnectionError in _read_loop when not b"),  # does what that does
    "infra-05-sinricpro-handle": ("unsafe", "sleep 1.0 s in handle"),  # sleeps 0.5 s
    "uagents-dispenser": ("unsafe", "sleep 1.0 s instead of 0"),  # waits for a queue
    # The maintainers try to reconnect after a clean end; the loop stands in a base class of many services.
    "pipecat-websocket-service": ("refused", "it spins for AssemblyAISTTService only"),
}
WORDS = {"safe": "would fix (safe)", "unsafe": "only with --unsafe", "refused": "refused"}


def copy(release: str, folder: Path) -> Path:
    target = folder / "release"
    shutil.copytree(folder_of(release), target)
    return target


def added(before: str, after: str) -> str:
    """The lines that were added; nothing may be missing."""
    lines = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    assert [line for line in lines if line[:2] == "- "] == []
    return "".join(line[2:] for line in lines if line[:2] == "+ ")


def run_reader(text: str) -> Run:
    """The listening loop and its reader, cut out of an adapter, with a closed socket and no gateway to be reached."""
    tree = ast.parse(text)
    [cls] = [n for n in tree.body if isinstance(n, ast.ClassDef) and "_listen_loop" in map(_name, n.body)]
    cls.bases, cls.body = [], [n for n in cls.body if _name(n) in ("_listen_loop", "_read_events")]
    names: dict[str, Any] = {**NAMES, "asyncio": asyncio, "time": time, "logger": logging.getLogger("unused")}
    names |= {
        "aiohttp": SimpleNamespace(WSMsgType=SimpleNamespace()),
        "QQCloseError": type("QQCloseError", (Exception,), {}),
    }
    names |= {HOOK: functools.partial(_lap, "adapter"), "__name__": "adapter"}
    header = "from __future__ import annotations\n"
    exec(instrument(header + ast.unparse(cls), "adapter"), names)

    class Adapter(names[cls.name]):  # type: ignore[misc]
        _running = True
        _ws = Socket(closed=True)

        def __getattr__(self, name: str) -> Any:
            return lambda *_, **__: None

        async def _reconnect(self, backoff: int) -> bool:
            await asyncio.sleep(NAMES["RECONNECT_BACKOFF"][min(backoff, 4)])  # type: ignore[index]
            return False

        async def _open_connection(self) -> None:
            raise OSError("unreachable")

    return drive(lambda: Adapter()._listen_loop(), laps=5000, waits=1)


def _name(node: ast.stmt) -> str:
    return getattr(node, "name", "")


@pytest.mark.hermes
@pytest.mark.parametrize(("version", "paths"), [("0.14.0", (QQBOT, WECOM)), ("0.19.0", (WECOM_LATER,))])
def test_the_readers_of_hermes_are_repaired_as_their_maintainers_did(
    version: str, paths: tuple[str, ...], tmp_path: Path
) -> None:
    folder = copy(f"hermes-agent {version}", tmp_path)
    before = {path: (folder / path).read_text(encoding="utf-8") for path in paths}
    done = spinlint("fix", "--root", ".", *paths, cwd=folder)
    assert (done.returncode, done.stdout.count("fixed (safe)")) == (0, len(paths)), done.stdout + done.stderr
    for path in paths:
        after = (folder / path).read_text(encoding="utf-8")
        assert added(before[path], after) == READER[path]
        span = run_reader(before[path])
        assert (span.verdict, span.waits, max(span.seen.values())) == (Verdict.FROZEN, 0, 5001)
        repaired = run_reader(after)
        assert (repaired.verdict, repaired.error) == (Verdict.WAITS, None)
        assert max(repaired.seen.values()) <= 3
    assert spinlint("check", "--root", ".", *paths, cwd=folder).returncode == 0
    again = spinlint("fix", "--unsafe", "--root", ".", *paths, cwd=folder)
    assert again.stdout == "0 loops fixed, 0 only with --unsafe, 0 refused\n"


@pytest.mark.wild
@pytest.mark.parametrize("bug", TABLE["bugs"], ids=lambda bug: bug["id"])
def test_what_comes_of_each_real_bug(bug: dict[str, Any], tmp_path: Path) -> None:
    folder = copy(bug["before"]["release"], tmp_path)
    path, line = bug["before"]["path"], bug["before"]["line"]
    expected, words = OUTCOMES[bug["id"]]
    done = spinlint("fix", "--diff", "--root", ".", path, cwd=folder)
    [said] = [each for each in done.stderr.splitlines() if f"{path}:{line}:" in each]
    assert WORDS[expected] in said and words in said, said
    if expected == "refused":
        return
    spinlint("fix", "--unsafe", "--root", ".", path, cwd=folder)
    left = json.loads(spinlint("check", "--root", ".", "--format", "json", path, cwd=folder).stdout)
    assert bug["before"]["function"] not in [finding["function"] for finding in left["findings"]]
