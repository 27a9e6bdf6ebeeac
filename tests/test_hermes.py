"""Three whole releases of hermes-agent: the loop that burnt the processor is found, the mended one is not, and nothing
that a person read and found right is reported.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from surfaces import ROOT
from wild import QQBOT, QQBOT_LOOP, WECOM_LOOP, found, loops, shown

pytestmark = pytest.mark.hermes
LABELS = ROOT / "tests/data/hermes_0.14.0_labels.json"
WECOM = "gateway/platforms/wecom.py"
WECOM_LATER = "plugins/platforms/wecom/adapter.py"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (
            "0.14.0",
            [
                (QQBOT, 489, "SPN101", QQBOT_LOOP),
                (QQBOT, 493, "SPN201", QQBOT_LOOP),
                (QQBOT, 494, "SPN201", QQBOT_LOOP),
                (WECOM, 329, "SPN101", WECOM_LOOP),
                (WECOM, 332, "SPN201", WECOM_LOOP),
            ],
        ),
        ("0.17.0", [(WECOM, 337, "SPN101", WECOM_LOOP), (WECOM, 340, "SPN201", WECOM_LOOP)]),
        ("0.19.0", [(WECOM_LATER, 338, "SPN101", WECOM_LOOP), (WECOM_LATER, 341, "SPN201", WECOM_LOOP)]),
    ],
)
def test_what_is_shown_is_the_two_adapters_and_nothing_else(
    version: str, expected: list[tuple[str, int, str, str]]
) -> None:
    findings = shown(f"hermes-agent {version}")
    assert [(f["path"], f["line"], f["code"], f["function"]) for f in findings] == expected
    assert {f["level"] for f in findings} == {"certain"}


def test_the_witness_names_the_running_flag_the_socket_and_its_state() -> None:
    loop = next(f for f in shown("hermes-agent 0.14.0") if f["path"] == QQBOT and f["code"] == "SPN101")
    assert set(loop["witness"]) == {"self._running", "self._ws", "self._ws.closed"}


def test_the_loops_that_a_person_judged() -> None:
    """`possible` labels may be reported or not."""
    labels: list[dict[str, Any]] = json.loads(LABELS.read_text(encoding="utf-8"))
    assert len(labels) == 97
    reported = loops(shown("hermes-agent 0.14.0"))
    certain = {(f["path"], f["line"]) for f in found("hermes-agent 0.14.0") if f["level"] == "certain"}
    spin = {(label["file"], label["line"]) for label in labels if label["spins"] is True}
    clean = {(label["file"], label["line"]) for label in labels if label["spins"] is False}
    assert len(spin) == 2
    assert spin <= certain
    assert not reported & clean


def test_the_labels_are_of_this_release() -> None:
    """Every labelled line is the header of a loop, so that a silence there means something."""
    from wild import folder_of

    folder: Path = folder_of("hermes-agent 0.14.0")
    for label in json.loads(LABELS.read_text(encoding="utf-8")):
        line = (folder / label["file"]).read_text(encoding="utf-8").splitlines()[label["line"] - 1].split()
        assert line[0] in ("while", "for", "async"), label
