"""The two loops of hermes-agent that burnt a processor are confirmed by running them; the mended one is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lint_rules.config import Settings
from lint_rules.confirm.plan import Plan, plans
from lint_rules.confirm.run import run
from wild import QQBOT, folder_of

pytestmark = pytest.mark.hermes
WECOM = "gateway/platforms/wecom.py"
PLACES = ((QQBOT, 489), (WECOM, 329))


def plan(file: str, line: int) -> Plan:
    root = folder_of("hermes-agent 0.14.0").absolute()
    return plans(root / file, line, Settings(root=root, cache=False))[0]


@pytest.mark.parametrize(("file", "line"), PLACES)
def test_the_loop_spins_in_its_state(file: str, line: int) -> None:
    assert run(plan(file, line)).text == "confirmed: 5000 laps without suspending"


@pytest.mark.parametrize(
    ("file", "line", "said"),
    [(QQBOT, 489, "not confirmed: waits at adapter.py:"), (WECOM, 329, "confirmed: 5000 laps")],
)
def test_in_0_17_0_one_of_them_is_mended(file: str, line: int, said: str) -> None:
    later = replace(plan(file, line), root=folder_of("hermes-agent 0.17.0").absolute())
    assert run(later).text.startswith(said)
