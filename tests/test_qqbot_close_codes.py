"""Every row of the close-code table, before and after READY, gives the reaction that the fact sheet names."""

from __future__ import annotations

import pytest

from qq_support import FAST, adapter, assert_paced, following, until
from qqbot_fixed import GatewayRefusedError, Ready
from qqbot_fixed.close_codes import RULES, rule_for
from qqbot_fixed.errors import Reaction
from qqbot_fixed.fake_gateway import Close, FakeGateway, Script

pytest_plugins = ["qq_fixtures"]

# written out from the fact sheet, not read from the table under test
FATAL = [4001, 4002, 4010, 4011, 4012, 4013, 4014, 4914, 4915]
RESUMES = [1000, 1001, 4004, 4008, 4009]
IDENTIFIES = [4000, 4003, 4005, 4006, 4007, *range(4900, 4914), 4500]


def test_the_table_has_every_code_of_the_fact_sheet() -> None:
    assert sorted(RULES) == sorted({*FATAL, *RESUMES, *IDENTIFIES} - {1000, 1001, 4500})
    assert rule_for(None).reaction is rule_for(1006).reaction is Reaction.RESUME
    assert rule_for(4999).reaction is Reaction.IDENTIFY


@pytest.mark.parametrize("code", FATAL)
@pytest.mark.parametrize("ready", [False, True])
async def test_a_fatal_code_stops(fake: FakeGateway, code: int, ready: bool) -> None:
    fake.scripts.append(Script(on_ready=(Close(code),)) if ready else Script(on_login=(Close(code),)))
    async with adapter(fake) as bot:
        with pytest.raises(GatewayRefusedError) as caught:
            while True:
                await following(bot)
    assert caught.value.code == code
    assert len(fake.dials) == 1


@pytest.mark.parametrize("code", RESUMES)
async def test_after_ready_the_session_is_resumed(fake: FakeGateway, code: int) -> None:
    fake.scripts.extend([Script(on_ready=(Close(code),)), Script()])
    async with adapter(fake) as bot:
        await until(lambda: len(fake.logins) == 2)
        assert isinstance(await following(bot), Ready)
    first, second = fake.logins
    assert [first.kind, second.kind] == ["identify", "resume"]
    assert second.data == {"token": f"QQBot {fake.token}", "session_id": "session-1", "seq": 1}
    assert len(fake.token_requests) == (2 if code == 4004 else 1)
    pause = FAST.rate_limit_delay if code == 4008 else FAST.delays[0]
    assert fake.dials[1] - fake.dials[0] >= pause


@pytest.mark.parametrize("code", IDENTIFIES)
async def test_after_ready_a_new_session_begins(fake: FakeGateway, code: int) -> None:
    fake.scripts.extend([Script(on_ready=(Close(code),)), Script()])
    async with adapter(fake):
        await until(lambda: len(fake.logins) == 2)
    assert [login.kind for login in fake.logins] == ["identify", "identify"]
    assert len(fake.token_requests) == 1


@pytest.mark.parametrize("code", [*RESUMES, *IDENTIFIES])
async def test_before_ready_there_is_nothing_to_resume(fake: FakeGateway, code: int) -> None:
    fake.scripts.extend([Script(on_login=(Close(code),)), Script()])
    async with adapter(fake):
        await until(lambda: len(fake.logins) == 2)
    assert [login.kind for login in fake.logins] == ["identify", "identify"]
    assert_paced(fake, FAST.rate_limit_delay if code == 4008 else FAST.delays[0])


@pytest.mark.parametrize("code", [4006, 4900, 4902])
async def test_a_refused_resume_turns_into_identify(fake: FakeGateway, code: int) -> None:
    fake.scripts.extend([Script(on_ready=(Close(4009),)), Script(on_login=(Close(code),)), Script()])
    async with adapter(fake):
        await until(lambda: len(fake.logins) == 3)
    assert [login.kind for login in fake.logins] == ["identify", "resume", "identify"]
