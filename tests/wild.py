"""What the tests on real releases share: the table of releases, and the findings in each, from the command line.

Invariant: no code of a release is kept in this project: only names, places, verdicts and hashes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from releases import known
from surfaces import ROOT, spinlint

TABLE: dict[str, Any] = json.loads((ROOT / "tests/data/wild.json").read_text(encoding="utf-8"))
QQBOT = "gateway/platforms/qqbot/adapter.py"
QQBOT_LOOP = "QQAdapter._listen_loop"
WECOM_LOOP = "WeComAdapter._listen_loop"
SHOWN = ("certain", "likely")
Finding = dict[str, Any]


def folder_of(release: str) -> Path:
    name, version = release.split(" ")
    return known(name, version, **TABLE["releases"][release]).folder


@cache
def report(release: str) -> dict[str, Any]:
    """All findings of a whole release, down to the possible ones."""
    options = ("--root", ".", "--format", "json", "--level", "possible", "--no-cache")
    done = spinlint("check", ".", *options, cwd=folder_of(release))
    assert done.returncode in (0, 1, 2), done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["files"] > 0
    return answer


def found(release: str) -> list[Finding]:
    findings: list[Finding] = report(release)["findings"]
    return findings


def shown(release: str) -> list[Finding]:
    """What a user sees without asking for more."""
    return [finding for finding in found(release) if finding["level"] in SHOWN]


def loops(findings: Iterable[Finding]) -> set[tuple[str, int]]:
    """The headers of loops among the findings."""
    return {(f["path"], f["line"]) for f in findings if f["code"].startswith("SPN1")}
